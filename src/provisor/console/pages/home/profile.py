"""A person's own profile, to read, and their password, to change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from starlette.responses import Response

from provisor.console.pages.people.attributes import shown
from provisor.console.pages.sign_in.sign_in import begun
from provisor.console.routing import Access, get, post
from provisor.console.visit import Visit
from provisor.directory.user import User
from provisor.services.attempts import SignInRules
from provisor.services.errors import Forbidden, Invalid
from provisor.services.own import change_own_password, own_attributes, own_profile
from provisor.services.sessions import Reason, SignInRefused

FIELDS = {"oldPassword": "old", "newPassword": "new"}
"""What the service calls a value, and the field it was typed in."""


@dataclass(frozen=True, slots=True)
class ProfileView:
    facts: list[tuple[str, str]]
    """What is filled in, by its title."""
    user: User
    ours: bool
    """The password is kept here."""


@dataclass(frozen=True, slots=True)
class PasswordView:
    ours: bool
    login: str
    problems: Mapping[str, str] = field(default_factory=dict)


async def show(visit: Visit) -> Response:
    user = await own_profile(visit.database, visit.actor)
    attributes = await own_attributes(visit.database, visit.actor)
    found = [(each.title, shown(each, user.profile)) for each in attributes]
    facts = [(title, value) for title, value in found if value]
    return visit.render("pages/home/profile.html", ProfileView(facts, user, user.has_password))


async def ask(visit: Visit) -> Response:
    user = await own_profile(visit.database, visit.actor)
    return visit.render("pages/home/password.html", PasswordView(user.has_password, user.login))


async def change(visit: Visit) -> Response:
    form = visit.form
    old, new = form.raw("old"), form.raw("new")
    user = await own_profile(visit.database, visit.actor)
    problems: dict[str, str] = {}
    token: str | None = None
    status = 422
    if new != form.raw("again"):
        problems["again"] = "This is not the same as the new password."
    else:
        rules = SignInRules.of(visit.context.settings)
        try:
            token = await change_own_password(visit.database, visit.actor, old, new, keep=visit.session, rules=rules)
        except Invalid as refusal:
            problems = {FIELDS.get(each.path, "new"): worded_problem(each.message) for each in refusal.diagnostics}
        except SignInRefused as refusal:
            problems = {"old": str(refusal)}
            status = 429 if refusal.reason is Reason.TOO_MANY else 422
        except Forbidden as refusal:
            problems = {"old": str(refusal)}
    if problems:
        view = PasswordView(user.has_password, user.login, problems)
        return visit.render("pages/home/password.html", view, status=status)
    return begun(visit, token or "", "/profile", "Your password was changed, and you were signed out everywhere else.")


def worded_problem(message: str) -> str:
    """A service says what is wrong after the name of the value; here its field stands above."""
    return f"This {message}." if not message.endswith(".") else message


routes = (
    get("/profile", show, Access.SIGNED_IN),
    get("/profile/password", ask, Access.SIGNED_IN),
    post("/profile/password", change, Access.SIGNED_IN),
)

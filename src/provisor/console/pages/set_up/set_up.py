"""The first run: whoever has the address that the server printed makes the first super administrator, once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from starlette.responses import RedirectResponse, Response

from provisor.console.pages.sign_in.sign_in import begun
from provisor.console.routing import Access, get, post
from provisor.console.visit import Visit
from provisor.services.attempts import SignInRules
from provisor.services.errors import Invalid
from provisor.services.sessions import SignInRefused, sign_in
from provisor.services.setup import is_set_up, set_up

if TYPE_CHECKING:
    from collections.abc import Mapping

TEMPLATE = "pages/set_up/set_up.html"
FIELDS = ("firstName", "lastName", "login", "password")


@dataclass(frozen=True, slots=True)
class SetUpView:
    token: str
    values: Mapping[str, str] = field(default_factory=lambda: dict.fromkeys(FIELDS, ""))
    problems: Mapping[str, str] = field(default_factory=dict)
    fields: tuple[str, ...] = FIELDS


async def show(visit: Visit) -> Response:
    """The form; once there is an administrator, only the sign-in page."""
    if await is_set_up(visit.database):
        return RedirectResponse("/sign-in", 303)
    return visit.render(TEMPLATE, SetUpView(visit.query("token")))


async def make(visit: Visit) -> Response:
    """Make the administrator and sign them in."""
    form = visit.form
    values = {name: form.text(name) for name in FIELDS}
    password = form.raw("password")
    assert visit.actor.request is not None
    try:
        if form.raw("password") != form.raw("again"):
            raise Invalid.one("again", "is not the same as the password")
        profile = {"login": values["login"], "email": values["login"]}
        profile |= {"firstName": values["firstName"], "lastName": values["lastName"]}
        await set_up(visit.database, form.text("token"), profile, password, visit.actor.request)
    except Invalid as problem:
        problems = {each.path.removeprefix("profile."): each.message for each in problem.diagnostics}
        return visit.render(TEMPLATE, SetUpView(form.text("token"), values, problems), status=422)
    rules = SignInRules.of(visit.context.settings)
    try:
        signed = await sign_in(visit.database, values["login"], password, visit.actor.request, rules=rules)
    except SignInRefused:
        # Somebody has been guessing at this login; the set-up is done all the same.
        return visit.go("/sign-in")
    return begun(visit, signed.token, "/")


routes = (
    get("/setup", show, Access.ANYBODY),
    post("/setup", make, Access.ANYBODY),
)

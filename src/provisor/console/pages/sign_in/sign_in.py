"""The sign-in form, an expired password's replacement, and signing out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from starlette.responses import RedirectResponse, Response

from provisor.console.routing import Access, get, post
from provisor.console.security import is_own_path, origin_of
from provisor.console.visit import COOKIE, Visit
from provisor.services.attempts import SignInRules
from provisor.services.errors import Invalid
from provisor.services.sessions import Reason, SignInRefused, sign_in, sign_out
from provisor.services.setup import is_set_up

if TYPE_CHECKING:
    from collections.abc import Mapping

TEMPLATE = "pages/sign_in/sign_in.html"


@dataclass(frozen=True, slots=True)
class SignInView:
    next: str
    login: str = ""
    refusal: str | None = None
    expired: bool = False
    """The password was right and is too old: a new one is asked for."""
    is_set_up: bool = True
    problems: Mapping[str, str] = field(default_factory=dict)


async def show(visit: Visit) -> Response:
    """The form; somebody who is signed in goes on."""
    onward = next_path(visit.query("next"))
    if visit.session is not None:
        return RedirectResponse(onward, 303)
    return visit.render(TEMPLATE, SignInView(onward, is_set_up=await is_set_up(visit.database)))


async def enter(visit: Visit) -> Response:
    """Begin a session, or say why not in the form."""
    form = visit.form
    onward, login = next_path(form.text("next")), form.text("login")
    assert visit.actor.request is not None
    try:
        signed = await sign_in(
            visit.database,
            login,
            form.raw("password"),
            visit.actor.request,
            rules=SignInRules.of(visit.context.settings),
            new_password=form.raw("new_password") or None,
        )
    except SignInRefused as refusal:
        expired = refusal.reason is Reason.PASSWORD_EXPIRED
        status = 429 if refusal.reason is Reason.TOO_MANY else 401
        return visit.render(TEMPLATE, SignInView(onward, login, str(refusal), expired), status=status)
    except Invalid as problem:
        problems = {"new_password": problem.diagnostics[0].message}
        return visit.render(TEMPLATE, SignInView(onward, login, None, True, problems=problems), status=422)
    if visit.session is not None:
        # The cookie is about to be another one's; nobody could end this session any more.
        await sign_out(visit.database, visit.session, visit.actor.request)
    return begun(visit, signed.token, onward)


def begun(visit: Visit, token: str, onward: str, said: str | None = None) -> Response:
    """On to a page, with the session's cookie."""
    response = visit.go(onward, said)
    secure = origin_of(visit.request).startswith("https:")
    hours = visit.context.settings.session_max_hours
    response.set_cookie(COOKIE, token, max_age=hours * 3600, path="/", secure=secure, httponly=True, samesite="lax")
    return response


async def leave(visit: Visit) -> Response:
    """End the session."""
    if visit.session is not None:
        await sign_out(visit.database, visit.session, visit.actor.request)
    response = visit.go("/sign-in")
    response.delete_cookie(COOKIE, path="/")
    return response


def next_path(text: str) -> str:
    """Where to go after signing in: a page of ours, else the start."""
    return text if is_own_path(text) and not text.startswith("/sign-") else "/"


routes = (
    get("/sign-in", show, Access.ANYBODY),
    post("/sign-in", enter, Access.ANYBODY),
    post("/sign-out", leave, Access.SIGNED_IN),
)

"""What every request to the console goes through: session, origin, form, need, handler, and one page for each refusal.

1. A form is read only for who may send it, and a handler runs only when the request comes from a page of ours and
   carries the session's token. Files are taken from administrators alone.
2. Nothing of an internal problem is shown; it is logged under the reference that the page gives.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote, urlsplit

import structlog
from starlette.formparsers import MultiPartException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse, Response
from starlette.types import Receive, Scope, Send

from provisor.console.context import ConsoleContext
from provisor.console.forms import Form, FormRefused
from provisor.console.problems import Problem, problem_of
from provisor.console.rendering import number
from provisor.console.routing import Access, Route, Router
from provisor.console.security import HEADERS, SAFE, is_own_path, is_same_origin
from provisor.console.visit import COOKIE, Visit, flashed
from provisor.directory.ids import Prefix
from provisor.services.actor import Actor, NotAllowed, RequestOrigin
from provisor.services.sessions import check_csrf, find_session
from provisor.services.work import repeated

log = structlog.get_logger("provisor.console")

CSRF = "csrf"
FOREIGN = "This was not sent by a page of Provisor, so nothing was done. Open the page here and repeat."
OLD_FORM = "This form is of another session, so nothing was done. Open the page anew and repeat."
FORM_FIELDS = 5_000
ROOM = 1_048_576
"""Bytes for what is around a file in a form, or in a form without one."""


class Frame:
    """The ASGI application of the console, below which are its routes."""

    def __init__(self, context: ConsoleContext, router: Router) -> None:
        self._context = context
        self._router = router

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive, send)
        request_id = self._context.database.ids.new(Prefix.TRANSACTION)
        origin = RequestOrigin(
            request_id,
            request.url.path,
            request.client.host if request.client else None,
            request.headers.get("user-agent", "")[:500] or None,
        )
        visit = Visit(request, self._context, Actor("anonymous", frozenset(), origin), said=flashed(request))
        try:
            response = await self._answer(visit, origin)
        except ClientDisconnect:
            return
        response.raw_headers += [*HEADERS, (b"x-request-id", request_id.encode())]
        await response(scope, receive, send)

    async def _answer(self, visit: Visit, origin: RequestOrigin) -> Response:
        try:
            return await self._handle(visit, origin)
        except ClientDisconnect:
            raise
        except Exception as problem:  # noqa: BLE001  (the ASGI edge)
            return self._refuse(visit, problem, origin.id)
        finally:
            # Uploaded files are in temporary ones.
            await visit.request.close()

    async def _handle(self, visit: Visit, origin: RequestOrigin) -> Response:
        request = visit.request
        found = self._router.find(request.method, raw_path(request))
        token = request.cookies.get(COOKIE)
        visit.session = await find_session(self._context.database, token) if token else None
        if visit.session is not None:
            visit.actor = visit.session.actor(origin)
        if found is None:
            return self._nothing_here(visit)
        route, visit.params = found
        if route.need is not Access.ANYBODY and visit.session is None:
            return self._sign_in_first(visit)
        if "%00" in raw_path(request) + request.url.query:
            raise FormRefused("The address holds the character U+0000, which text cannot hold.")
        check_need(visit.actor, route)
        if request.method not in SAFE:
            await self._read_form(visit, route)
        return await repeated(lambda: route.handler(visit))

    async def _read_form(self, visit: Visit, route: Route) -> None:
        if not is_same_origin(visit.request):
            raise NotAllowed(FOREIGN)
        headers = visit.request.headers
        files = not isinstance(route.need, Access) and headers.get("content-type", "").startswith("multipart/")
        check_length(headers, visit.context.settings.upload_max_bytes if files else 0)
        try:
            sent = await visit.request.form(max_fields=FORM_FIELDS, max_files=1 if files else 0)
        except MultiPartException as problem:
            raise FormRefused(f"The form cannot be read: {problem.message}") from None
        visit.form = Form.of(sent)
        session = visit.session if route.need is not Access.ANYBODY else None
        if session is not None and not check_csrf(session, visit.form.raw(CSRF)):
            raise NotAllowed(OLD_FORM)

    def _sign_in_first(self, visit: Visit) -> Response:
        request = visit.request
        back = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        if request.method not in SAFE:
            # What was typed is gone with this answer, so the page to come back to is the one with the form.
            back = referring_path(request.headers)
        path = f"/sign-in?next={quote(back, safe='/')}"
        if visit.is_partial:
            # A part of a page cannot be replaced by the sign-in page; the whole page goes there.
            return Response(status_code=401, headers={"HX-Redirect": path})
        return RedirectResponse(path, 303)

    def _nothing_here(self, visit: Visit) -> Response:
        if visit.session is None:
            return self._sign_in_first(visit)
        return self._show(visit, Problem(404, "There is no such page", f"Nothing is at {visit.path[:200]}."))

    def _refuse(self, visit: Visit, problem: Exception, reference: str) -> Response:
        known = problem_of(problem)
        if known is None:
            log.error("request failed", exc_info=problem, request_id=reference, method=visit.request.method)
            known = Problem(
                500,
                "Provisor itself failed",
                f"This is a defect; the server's log says more under {reference}. What you sent was not saved.",
            )
        elif known.status == 503:
            log.warning("request not served", request_id=reference, problem=str(problem))
        return self._show(visit, known)

    def _show(self, visit: Visit, problem: Problem) -> Response:
        if visit.is_partial:
            # The page stays as it is, with a toast on it.
            response = visit.render("templates/toast.html", problem, status=problem.status)
            response.headers["HX-Retarget"] = "#toasts"
            response.headers["HX-Reswap"] = "beforeend"
            response.headers["HX-Reselect"] = ".toast"
            return response
        return visit.render("templates/problem.html", problem, status=problem.status)


def check_need(actor: Actor, route: Route) -> None:
    """Raise `NotAllowed` before the page is built; the services would say the same."""
    if not isinstance(route.need, Access):
        actor.require(route.need)


def check_length(headers: Mapping[str, str], most: int) -> None:
    """Refuse a form that is too large before it is read; `most` are the bytes of its file.

    Browsers always say how long theirs is.
    """
    length = headers.get("content-length", "")
    if not length.isdigit():
        raise FormRefused("It does not say how long it is, so it was not read.")
    if int(length) > ROOM and not most:
        raise FormRefused(f"It has {number(int(length))} bytes; without a file a form has at most {number(ROOM)}.")
    if int(length) > most + ROOM:
        raise FormRefused(
            f"It has {number(int(length))} bytes; at most {number(most)} are taken (setting upload_max_bytes). "
            "Send it in parts, or load it on the server with `provisor users load`."
        )


def raw_path(request: Request) -> str:
    raw: bytes = request.scope.get("raw_path") or request.scope["path"].encode()
    return raw.partition(b"?")[0].decode("latin-1")


def referring_path(headers: Mapping[str, str]) -> str:
    """The page that the form was on."""
    try:
        parts = urlsplit(headers.get("referer", ""))
    except ValueError:
        return "/"
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    return path if is_own_path(path) else "/"

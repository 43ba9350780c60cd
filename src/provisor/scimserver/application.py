"""`scim_app`: a SCIM 2.0 service over a storage, as an ASGI application to run or to mount.

    app.mount("/scim/v2", scim_app(MyStorage(), credential=bearer("secret")))

It finds its own base URL from where it is mounted, unless `base_url` says how clients reach it.
"""

from typing import Any, Final

from provisor.scim.errors import NotFound, ScimError

from .asgi import Edge, Headers, Receive, Scope, Send
from .catalogue import Catalogue
from .handler import Handler, error
from .options import Options
from .storage import Storage
from .wire import Request, Response
from .writes import Clock, NewId, random_id, utc_now

_MOST_BASES: Final = 32
"""Base URLs kept ready; a client chooses the Host header, so there must be an end to them."""


def scim_app(
    storage: Storage,
    options: Options | None = None,
    *,
    base_url: str | None = None,
    clock: Clock = utc_now,
    new_id: NewId = random_id,
    **fields: Any,
) -> "ScimApp":
    """Return the application; keyword arguments are fields of `Options`."""
    if options is not None and fields:
        raise TypeError("give either options or single fields")
    return ScimApp(storage, options or Options(**fields), base_url=base_url, clock=clock, new_id=new_id)


class ScimApp:
    """One SCIM service."""

    def __init__(
        self,
        storage: Storage,
        options: Options,
        *,
        base_url: str | None = None,
        clock: Clock = utc_now,
        new_id: NewId = random_id,
    ) -> None:
        self.storage = storage
        self._options = options
        self._clock = clock
        self._new_id = new_id
        self._base_url = base_url.rstrip("/") if base_url is not None else options.public_url
        Catalogue(options.resource_types)
        self._handlers: dict[str, Handler] = {}
        self._edge = Edge(self.answer, options.limits.body)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._edge(scope, receive, send)

    async def answer(self, scope: Scope, headers: Headers, body: bytes) -> Response:
        """Authenticate a request and answer it; the path below `root_path` is ours."""
        credential = self._options.credential
        if not credential.admits(headers.get(b"authorization")):
            problem = ScimError(401, "the Authorization header is missing or not the one this server expects")
            return error(problem, (b"www-authenticate", credential.challenge))
        root: str = scope.get("root_path", "")
        path: str = scope["path"]
        if not path.startswith(root):
            return error(NotFound(f"the SCIM service is at {root}, not at {path[:200]}"))
        if_match, if_none_match = headers.get(b"if-match"), headers.get(b"if-none-match")
        request = Request(
            scope["method"],
            path[len(root) :] or "/",
            scope["query_string"].decode("latin-1"),
            body,
            headers.get(b"content-type", b"").decode("latin-1"),
            if_match.decode("latin-1") if if_match is not None else None,
            if_none_match.decode("latin-1") if if_none_match is not None else None,
            self._options.me(headers) if self._options.me is not None else None,
        )
        return await self._handler(scope, headers, root).handle(request)

    def _handler(self, scope: Scope, headers: Headers, root: str) -> Handler:
        base = self._base_url if self._base_url is not None else _base_of(scope, headers, root)
        handler = self._handlers.get(base)
        if handler is None:
            if len(self._handlers) >= _MOST_BASES:
                self._handlers.pop(next(iter(self._handlers)))
            handler = Handler(self.storage, self._options, base, clock=self._clock, new_id=self._new_id)
            self._handlers[base] = handler
        return handler


def _base_of(scope: Scope, headers: Headers, root: str) -> str:
    """Return the URL that the client used, as far as the path we are mounted at."""
    host = headers.get(b"host", b"").decode("latin-1")
    if not host or not host.isascii() or any(mark in host for mark in '"\\/<> '):
        server = scope.get("server") or ("localhost", None)
        host = f"{server[0]}:{server[1]}" if server[1] else str(server[0])
    return f"{scope.get('scheme', 'http')}://{host}{root}"

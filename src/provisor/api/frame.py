"""What every request goes through: who asks, how often, which handler, and one answer for each problem.

1. Every answer has X-Okta-Request-Id and the three rate headers, whatever happens; the server adds Date.
2. Nothing of an internal problem is shown; it is logged under the error id that the caller sees.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Send
from starlette.types import Scope as AsgiScope

from provisor.api.context import ApiContext
from provisor.api.errors import ApiError, api_error
from provisor.api.limits import Allowance, RateLimit
from provisor.api.metrics import Metrics
from provisor.api.routing import Route, Router
from provisor.directory.ids import Prefix
from provisor.services.actor import Actor, NotAllowed, Permission, RequestOrigin, Scope
from provisor.services.tokens import Tokens
from provisor.services.work import repeated

logger = structlog.get_logger("provisor.api")

SAFE = frozenset({"GET", "HEAD"})
UNROUTED = "(none)"


@dataclass(slots=True)
class Exchange:
    """One request on its way to its answer."""

    request: Request
    id: str
    route: Route | None = None
    allowance: Allowance | None = None
    started: float = field(default_factory=time.perf_counter)


class Frame:
    """The ASGI application of the API."""

    def __init__(self, context: ApiContext, router: Router, metrics: Metrics) -> None:
        self._context = context
        self._router = router
        self._metrics = metrics
        self._tokens = Tokens(context.database)
        self._limit = RateLimit(context.settings.api_rate_limit, time.time)

    async def __call__(self, scope: AsgiScope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await live(receive, send)
            return
        if scope["type"] != "http":
            return
        scope["state"] = {"context": self._context, "tokens": self._tokens, "metrics": self._metrics}
        exchange = Exchange(Request(scope, receive, send), self._context.database.ids.new(Prefix.TRANSACTION))
        try:
            response = await self._answer(exchange)
        except ClientDisconnect:
            return
        self._complete(exchange, response)
        await response(scope, receive, send)

    async def _answer(self, exchange: Exchange) -> Response:
        try:
            return await self._handle(exchange)
        except ClientDisconnect:
            raise
        except Exception as problem:  # noqa: BLE001  (the ASGI edge)
            return self._refusal(exchange, problem)

    async def _handle(self, exchange: Exchange) -> Response:
        request = exchange.request
        raw = request.scope.get("raw_path") or request.scope["path"].encode()
        path = raw.partition(b"?")[0].decode("latin-1")
        if "%00" in path or b"%00" in request.scope["query_string"]:
            raise ApiError("E0000001", "url", ["url: holds U+0000, which text cannot hold"])
        problem: ApiError | None = None
        try:
            exchange.route, request.scope["path_params"] = self._router.find(request.method, path)
        except ApiError as unknown:
            # Said only to those who have a token: a stranger does not learn which paths exist.
            problem = unknown
        if exchange.route is None or not exchange.route.public:
            request.scope["state"]["actor"] = await self._admit(exchange)
        if problem is not None or exchange.route is None:
            raise problem or ApiError("E0000008")
        handler = exchange.route.handler
        return await repeated(lambda: handler(request))

    async def _admit(self, exchange: Exchange) -> Actor:
        """Who asks; raises E0000011, E0000047 or, for a lacking scope, `NotAllowed`."""
        request = exchange.request
        address = request.client.host if request.client else None
        text = token_text(request.headers.get("authorization", ""))
        token = await self._tokens.check(text) if text else None
        exchange.allowance = self._limit.take(token.id if token else f"address {address}")
        if not exchange.allowance.allowed:
            raise ApiError("E0000047")
        if token is None:
            raise ApiError("E0000011")
        agent = request.headers.get("user-agent")
        origin = RequestOrigin(exchange.id, request.scope["path"], address, agent[:500] if agent else None)
        needed = Scope.READ if request.method in SAFE else Scope.WRITE
        if needed not in token.scopes:
            # Services would say so too, but after looking at a body that the caller may not send.
            raise NotAllowed(f"This token lacks the scope “{needed}”. A super administrator can make one that has it.")
        return Actor(token.id, permissions_of(token.scopes), origin)

    def _refusal(self, exchange: Exchange, problem: Exception) -> Response:
        error_id = self._context.database.ids.new(Prefix.ERROR)
        error = api_error(problem)
        if error is None or error.status >= 500:
            told = {
                "error_id": error_id,
                "request_id": exchange.id,
                "method": exchange.request.method,
                "path": exchange.route.path if exchange.route else UNROUTED,
            }
            if error is not None and error.status == 503:
                # Every request says so while the database is away: one line each, and nothing to search for in it.
                logger.warning("request not served", problem=str(problem), **told)
            else:
                logger.error("request failed", exc_info=problem, **told)
        return (error or ApiError("E0000009")).response(error_id)

    def _complete(self, exchange: Exchange, response: Response) -> None:
        method, path = exchange.request.method, exchange.route.path if exchange.route else UNROUTED
        self._metrics.count(method, path, response.status_code, time.perf_counter() - exchange.started)
        allowance = exchange.allowance or self._limit.show()
        response.raw_headers += [
            (b"x-okta-request-id", exchange.id.encode()),
            (b"cache-control", b"no-store"),
            *allowance.headers(),
        ]


def permissions_of(scopes: Iterable[str]) -> frozenset[Permission]:
    return frozenset().union(*(Scope(name).permissions for name in scopes))


def token_text(header: str) -> str | None:
    """The token of an Authorization header: `SSWS x`, `SSWSx` (as the PyPI client sends it) or `Bearer x`."""
    scheme = header[:4].upper()
    if scheme == "SSWS":
        return header[4:].strip() or None
    scheme, _, text = header.partition(" ")
    return text.strip() or None if scheme.lower() == "bearer" else None


async def live(receive: Receive, send: Send) -> None:
    """The ASGI lifespan: there is nothing to begin or to end here; pools belong to the wiring."""
    while True:
        message: Any = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return

"""Which part of the server answers a path: the management API under its prefixes, the console everything else."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send

API = ("/api/", "/provisor/", "/healthz", "/readyz", "/metrics")


class Front:
    """One ASGI application out of two."""

    def __init__(self, api: ASGIApp, console: ASGIApp) -> None:
        self._api = api
        self._console = console

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # The lifespan is the API's: the console has nothing to begin or to end with the server.
        is_console = scope["type"] == "http" and not scope["path"].startswith(API)
        await (self._console if is_console else self._api)(scope, receive, send)

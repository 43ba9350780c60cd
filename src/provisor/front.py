"""Which part of the server answers a path: API and inbound SCIM under their prefixes, the console everything else."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send

API = ("/api/", "/provisor/", "/healthz", "/readyz", "/metrics")
SCIM = "/scim/v2"


class Front:
    """One ASGI application out of three."""

    def __init__(self, api: ASGIApp, console: ASGIApp, scim: ASGIApp) -> None:
        self._api = api
        self._console = console
        self._scim = scim

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # The lifespan is the API's: the others have nothing to begin or to end with the server.
        part = self._part_of(scope["path"]) if scope["type"] == "http" else self._api
        await part(scope, receive, send)

    def _part_of(self, path: str) -> ASGIApp:
        if path.startswith(API):
            return self._api
        return self._scim if path == SCIM or path.startswith(SCIM + "/") else self._console

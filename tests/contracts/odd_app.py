"""A small SCIM app with one defect at a time, as a test asks for it. Keeps users in memory and nothing else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from aiohttp import web

CORE = "urn:ietf:params:scim:schemas:core:2.0:User"
LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"


@dataclass
class OddApp:
    """Its users, what it was asked, and what is wrong with it."""

    ignores: frozenset[str] = frozenset()
    """Attributes that it takes and forgets."""
    shouts: frozenset[str] = frozenset()
    """Texts that it keeps in capitals."""
    patch: int | None = None
    """The status that a PATCH is answered with."""
    keeps: bool = False
    """Nothing is ever cleared."""
    hides: bool = False
    """Inactive users are not found."""
    no_elements: bool = False
    """A path with a filter is refused."""
    deletes: bool = True
    url: str = ""
    token: str = "any"
    users: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def take(self, user: dict[str, Any], values: dict[str, Any]) -> None:
        for name, value in values.items():
            if name in self.ignores or (self.keeps and value in (None, "")):
                continue
            if value in (None, "", []):
                user.pop(name, None)
            else:
                user[name] = value.upper() if name in self.shouts and isinstance(value, str) else value

    async def create(self, request: web.Request) -> web.Response:
        user: dict[str, Any] = {"id": str(len(self.users) + 1)}
        self.take(user, await request.json())
        self.users[user["id"]] = user
        return web.json_response(self.shown(user), status=201)

    async def read(self, request: web.Request) -> web.Response:
        return web.json_response(self.shown(self.user(request)))

    async def replace(self, request: web.Request) -> web.Response:
        user, sent = self.user(request), await request.json()
        if not self.keeps:
            for name in [name for name in user if name not in sent and name != "id"]:
                del user[name]
        self.take(user, sent)
        return web.json_response(self.shown(user))

    async def patch_user(self, request: web.Request) -> web.Response:
        user, sent = self.user(request), await request.json()
        if self.patch is not None:
            return web.json_response({"detail": "PATCH is not for us"}, status=self.patch)
        for operation in sent["Operations"]:
            path = operation.get("path", "")
            if "[" in path:
                if self.no_elements:
                    return web.json_response({"detail": f"What is {path}?"}, status=400)
                user.pop(path.partition("[")[0], None)
            elif operation["op"] == "remove":
                self.take(user, {path: None})
            elif path:
                self.take(user, {path: operation["value"]})
            else:
                self.take(user, operation["value"])
        return web.json_response(self.shown(user))

    async def delete(self, request: web.Request) -> web.Response:
        if not self.deletes:
            return web.json_response({"detail": "Nobody is deleted here"}, status=403)
        del self.users[request.match_info["id"]]
        return web.Response(status=204)

    async def listing(self, request: web.Request) -> web.Response:
        wanted = unquote(request.query.get("filter", "")).partition('"')[2].rstrip('"')
        found = [
            self.shown(user)
            for user in self.users.values()
            if (not wanted or user["userName"] == wanted) and (user.get("active", True) or not self.hides)
        ]
        head = {"schemas": [LIST], "totalResults": len(found), "startIndex": 1, "itemsPerPage": len(found)}
        return web.json_response({**head, "Resources": found})

    def user(self, request: web.Request) -> dict[str, Any]:
        if request.match_info["id"] not in self.users:
            raise web.HTTPNotFound
        return self.users[request.match_info["id"]]

    def shown(self, user: dict[str, Any]) -> dict[str, Any]:
        return {"schemas": [CORE], **{name: value for name, value in user.items() if name != "password"}}


@asynccontextmanager
async def odd_app(**defects: Any) -> AsyncIterator[Any]:
    """The app, listening on a free port."""
    app = OddApp(**defects)

    @web.middleware
    async def note(request: web.Request, handler: Any) -> web.StreamResponse:
        app.asked.append(f"{request.method} {request.path}")
        answer: web.StreamResponse = await handler(request)
        return answer

    site = web.Application(middlewares=[note])
    site.router.add_post("/scim/Users", app.create)
    site.router.add_get("/scim/Users", app.listing)
    site.router.add_get("/scim/Users/{id}", app.read)
    site.router.add_put("/scim/Users/{id}", app.replace)
    site.router.add_patch("/scim/Users/{id}", app.patch_user)
    site.router.add_delete("/scim/Users/{id}", app.delete)
    runner = web.AppRunner(site)
    await runner.setup()
    listening = web.TCPSite(runner, "127.0.0.1", 0)
    await listening.start()
    server = listening._server
    assert server is not None
    app.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/scim"  # type: ignore[attr-defined]
    try:
        yield app
    finally:
        await runner.cleanup()

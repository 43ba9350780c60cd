"""Inbound SCIM as its clients meet it: real HTTP on loopback, a real directory, tokens of several scopes."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import aiohttp
import orjson
import pytest
import uvicorn
from multidict import CIMultiDictProxy
from starlette.responses import Response
from starlette.types import ASGIApp

from provisor.api.app import create_api
from provisor.api.context import ApiContext
from provisor.api.inbound.mount import InboundScim
from provisor.front import Front
from provisor.scim import urns
from provisor.scimserver.serving import QuietServer
from provisor.services.actor import SYSTEM, Scope
from provisor.services.tokens import create_token
from provisor.services.work import Database
from provisor.settings import Settings
from provisor.store.database import open_pool

CURSOR_KEY = b"a cursor key of the tests, 32 b."


@dataclass(frozen=True)
class Reply:
    """What came back."""

    status: int
    body: Any
    headers: CIMultiDictProxy[str]

    @property
    def detail(self) -> str:
        return self.body["detail"]


@dataclass
class Inbound:
    """A directory with `/scim/v2` before it, and a client with a token of the scope `scim`."""

    url: str
    token: str
    database: Database
    session: aiohttp.ClientSession

    async def call(self, method: str, path: str, body: Any = None, **headers: str) -> Reply:
        """Send a request; `path` is below `/scim/v2`."""
        given = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/scim+json"}
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        sent = body if isinstance(body, bytes) or body is None else orjson.dumps(body)
        async with self.session.request(method, self.url + path, data=sent, headers=given) as response:
            content = await response.read()
            return Reply(response.status, orjson.loads(content) if content else None, response.headers)

    async def get(self, path: str, **query: Any) -> Reply:
        return await self.call("GET", path + ("?" + urlencode(query) if query else ""))

    async def post(self, path: str, body: Any, **headers: str) -> Reply:
        return await self.call("POST", path, body, **headers)

    async def put(self, path: str, body: Any, **headers: str) -> Reply:
        return await self.call("PUT", path, body, **headers)

    async def patch(self, path: str, *operations: dict[str, Any], **headers: str) -> Reply:
        return await self.call("PATCH", path, {"schemas": [urns.PATCH_OP], "Operations": list(operations)}, **headers)

    async def delete(self, path: str, **headers: str) -> Reply:
        return await self.call("DELETE", path, **headers)

    async def hire(self, who: str, **more: Any) -> dict[str, Any]:
        """Push somebody in; the user."""
        reply = await self.post("/Users", person(who, **more))
        assert reply.status == 201, reply.body
        return reply.body

    async def team(self, name: str, *members: str, **more: Any) -> dict[str, Any]:
        """Push a group in; the group."""
        body = {"schemas": [urns.GROUP], "displayName": name, "members": [{"value": each} for each in members], **more}
        reply = await self.post("/Groups", body)
        assert reply.status == 201, reply.body
        return reply.body

    async def profile(self, user_id: str) -> dict[str, Any]:
        """What the directory holds."""
        return await self.database.pool.fetchval("SELECT profile FROM users WHERE id = $1", user_id)

    async def status(self, user_id: str) -> str:
        return await self.database.pool.fetchval("SELECT status FROM users WHERE id = $1", user_id)

    async def events(self) -> list[str]:
        """The types of all events but those of tokens, in order."""
        rows = await self.database.pool.fetch("SELECT type FROM event ORDER BY seq")
        return [row["type"] for row in rows if not row["type"].startswith("system.")]

    async def with_scopes(self, *scopes: Scope) -> "Inbound":
        """The same client with another token."""
        _, text = await create_token(self.database, SYSTEM, "other", frozenset(scopes))
        return Inbound(self.url, text, self.database, self.session)


def person(who: str, **more: Any) -> dict[str, Any]:
    """Somebody called Who Tester."""
    return {
        "schemas": [urns.USER],
        "userName": f"{who}@example.com",
        "name": {"givenName": who.title(), "familyName": "Tester"},
        "emails": [{"value": f"{who}@example.com", "type": "work", "primary": True}],
        "active": True,
        **more,
    }


@asynccontextmanager
async def serving(dsn: str, settings: Settings) -> AsyncIterator[Inbound]:
    """`/scim/v2` over a database, and a client for it."""
    pool = await open_pool(dsn, size=4)
    database = Database(pool)
    _, token = await create_token(database, SYSTEM, "hr", frozenset({Scope.SCIM}))
    app = InboundScim(database, settings, CURSOR_KEY)
    try:
        async with listening(app) as url, aiohttp.ClientSession() as session:
            yield Inbound(url + "/scim/v2", token, database, session)
    finally:
        await pool.close()


@asynccontextmanager
async def front(database: Database) -> AsyncIterator[str]:
    """API and inbound SCIM behind one address, as `provisor serve` has them; the console answers 299."""
    settings = Settings()
    context = ApiContext(database, settings)
    inbound = InboundScim(database, settings, CURSOR_KEY, context.metrics)
    async with listening(Front(create_api(context), Response("", 299), inbound)) as url:
        yield url


@asynccontextmanager
async def listening(app: ASGIApp) -> AsyncIterator[str]:
    """Serve on a free port of loopback, in this event loop; the address."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=1)
    server = QuietServer(config)
    running = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.end()
        await running
        listener.close()


@pytest.fixture
async def inbound(database: str) -> AsyncIterator[Inbound]:
    """Inbound SCIM over an empty directory."""
    async with serving(database, Settings()) as running:
        yield running


@pytest.fixture
def somebody() -> Any:
    """Makes the body of somebody."""
    return person


@pytest.fixture
def start_inbound(database: str) -> Any:
    """Starts inbound SCIM with settings of the test's own."""
    return lambda settings: serving(database, settings)


@pytest.fixture
def listening_front() -> Any:
    """Starts what `provisor serve` listens with, but for the console, which answers 299."""
    return front

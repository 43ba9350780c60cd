"""The management API as its callers meet it: real HTTP on loopback, a real database, one token."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from ipaddress import ip_network
from typing import Any

import aiohttp
import pytest
import uvicorn
from multidict import CIMultiDictProxy
from starlette.types import ASGIApp

from provisor.api.app import create_api
from provisor.api.context import ApiContext
from provisor.scimserver.serving import QuietServer
from provisor.services.connecting import ConnectorFactory
from provisor.services.secrets import Sealer
from provisor.services.tokens import ensure_first_token
from provisor.services.work import Database
from provisor.settings import Settings
from provisor.store.database import open_pool
from provisor.wiring_scim import build_scim_connector

TOKEN = "token-of-the-tests"
OTHERS = """SELECT pid, backend_xid::text FROM pg_stat_activity
WHERE datname <> current_database() AND backend_xid IS NOT NULL"""
LOOPBACK = (ip_network("127.0.0.0/8"),)


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    body: Any
    headers: CIMultiDictProxy[str]

    @property
    def code(self) -> str:
        return self.body["errorCode"]

    @property
    def causes(self) -> list[str]:
        return [cause["errorSummary"] for cause in self.body["errorCauses"]]

    @property
    def next(self) -> str | None:
        """The address of the next page."""
        links = self.headers.getall("link", [])
        return links[-1].partition(">")[0][1:] if links and 'rel="next"' in links[-1] else None


@dataclass
class Api:
    """A running API and a client for it."""

    url: str
    token: str
    database: Database
    session: aiohttp.ClientSession
    connectors: ConnectorFactory
    headers: dict[str, str] = field(default_factory=dict)

    async def call(self, method: str, path: str, body: Any = None, **options: Any) -> Answer:
        """Send a request; `path` is below `/api/v1`, or a whole address."""
        address = path if path.startswith("http") else f"{self.url}/api/v1{path}"
        headers = {"Authorization": f"SSWS {self.token}", **self.headers, **options.pop("headers", {})}
        if body is not None:
            options["json"] = body
        async with self.session.request(method, address, headers=headers, **options) as response:
            text = await response.text()
            is_json = response.content_type == "application/json" and text
            return Answer(response.status, await response.json() if is_json else text, response.headers)

    async def get(self, path: str, **options: Any) -> Answer:
        if "/logs" in path:
            await self.others_are_done()
        return await self.call("GET", path, **options)

    async def others_are_done(self) -> None:
        """Wait for the transactions of tests beside this one: polling stays behind every one of the whole cluster."""
        async with asyncio.timeout(20):
            before = {tuple(row) for row in await self.database.pool.fetch(OTHERS)}
            while before & {tuple(row) for row in await self.database.pool.fetch(OTHERS)}:
                await asyncio.sleep(0.01)

    async def post(self, path: str, body: Any = None, **options: Any) -> Answer:
        return await self.call("POST", path, body, **options)

    async def put(self, path: str, body: Any = None, **options: Any) -> Answer:
        return await self.call("PUT", path, body, **options)

    async def patch(self, path: str, body: Any = None, **options: Any) -> Answer:
        return await self.call("PATCH", path, body, **options)

    async def delete(self, path: str, **options: Any) -> Answer:
        return await self.call("DELETE", path, **options)


@asynccontextmanager
async def listening(app: ASGIApp) -> AsyncIterator[str]:
    """Serve an ASGI application on a free port of loopback, in this event loop; its address."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=1)
    server = QuietServer(config)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.end()
        await serving
        listener.close()


@asynccontextmanager
async def running_api(dsn: str, settings: Settings) -> AsyncIterator[Api]:
    """The API over a database."""
    pool = await open_pool(dsn, size=4)
    database = Database(pool)
    connectors = ConnectorFactory(database, Sealer(bytes(32)), settings, build_scim_connector)
    await ensure_first_token(database, TOKEN)
    try:
        async with (
            listening(create_api(ApiContext(database, settings, apps=connectors))) as url,
            aiohttp.ClientSession() as session,
        ):
            yield Api(url, TOKEN, database, session, connectors)
    finally:
        await pool.close()


@pytest.fixture
async def api(database: str) -> AsyncIterator[Api]:
    """The API over an empty directory; apps may live on loopback."""
    async with running_api(database, Settings(egress_allow=LOOPBACK)) as api:
        yield api


@pytest.fixture
async def start_api(database: str) -> AsyncIterator[Callable[[Settings], Awaitable[Api]]]:
    """Starts an API with settings of the test's own."""
    async with AsyncExitStack() as stack:
        yield lambda settings: stack.enter_async_context(running_api(database, settings))

"""People pushed in over SCIM reach the apps; one Provisor provisions another."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
import asyncpg
import pytest
import uvicorn

from provisor.api.inbound.mount import InboundScim
from provisor.directory.group import EVERYONE
from provisor.scim import urns
from provisor.scimserver.serving import QuietServer
from provisor.services.actor import SYSTEM, Scope
from provisor.services.connecting import ConnectorFactory
from provisor.services.secrets import Sealer
from provisor.services.tokens import create_token
from provisor.services.work import Database
from provisor.settings import Settings
from provisor.store.database import open_pool
from provisor.wiring_scim import build_scim_connector


@dataclass(frozen=True)
class Door:
    """`/scim/v2` of a Provisor, as an app's connection or a source sees it."""

    url: str
    token: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


@asynccontextmanager
async def door(database: Database) -> AsyncIterator[Door]:
    """Inbound SCIM over a directory, on a port of its own, with a token of the scope `scim`."""
    _, token = await create_token(database, SYSTEM, "source", frozenset({Scope.SCIM}))
    listener = socket.create_server(("127.0.0.1", 0))
    app = InboundScim(database, Settings(), b"a cursor key of the tests, 32 b.")
    config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=1)
    server = QuietServer(config)
    running = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield Door(f"http://127.0.0.1:{listener.getsockname()[1]}/scim/v2", token)
    finally:
        server.end()
        await running
        listener.close()


@pytest.fixture
async def other(company: Any, cluster: Any, template_database: str) -> AsyncIterator[Any]:
    """A second Provisor, with a directory of its own."""
    name = f"other_{os.getpid()}"
    connection = await asyncpg.connect(cluster.dsn())
    await connection.execute(f"CREATE DATABASE {name} TEMPLATE {template_database}")
    pool = await open_pool(cluster.dsn(name), size=4)
    database = Database(pool)
    connectors = ConnectorFactory(database, Sealer(bytes(32)), company.settings, build_scim_connector)
    yield type(company)(database, cluster.dsn(name), connectors, company.settings)
    await pool.close()
    await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await connection.close()


async def whole(company: Any, login: str) -> tuple[str, dict[str, Any]]:
    """Status and profile of somebody."""
    row = await company.database.pool.fetchrow(
        "SELECT status, profile FROM users WHERE login_key = $1 AND deleted IS NULL", login
    )
    return row["status"], row["profile"]


@pytest.mark.parametrize("entry", ["scim2_bearer_token", "scim2_custom"])
async def test_one_provisor_provisions_another_and_that_one_an_app(company, other, peer, entry):
    """Hired here, arrived there with the whole profile, and in the app behind it; the same for each later change."""
    ann = await company.hire(
        "ann", title="Engineer", department="IT", city="Berlin", countryCode="DE", primaryPhone="+49 30 1",
        manager="Bo Boss", managerId="17", displayName="Ann T",
    )  # fmt: skip
    wiki = await other.app(peer)
    await other.assign_group(wiki, EVERYONE)
    async with door(other.database) as there, company.worker(), other.worker():
        app = await company.app(there, entry)

        async def settled() -> dict[str, Any]:
            await company.settled(app)
            await other.settled(wiki)
            assert await company.tasks(app) == await other.tasks(wiki) == []
            return peer.user("ann@example.com")

        await company.assign(app, ann)
        account = await settled()
        status, profile = await whole(other, "ann@example.com")
        assert (status, profile) == ("ACTIVE", (await whole(company, "ann@example.com"))[1])
        assert (account["active"], account["title"]) == (True, "Engineer")

        await company.edit(ann, title="Architect", department=None, city=None, lastName="Lee")
        account = await settled()
        assert (await whole(other, "ann@example.com"))[1] == (await whole(company, "ann@example.com"))[1]
        assert (account["title"], account["name"]["familyName"]) == ("Architect", "Lee")

        await company.unassign(app, ann)
        assert (await settled())["active"] is False
        assert (await whole(other, "ann@example.com"))[0] == "DEPROVISIONED"

        await company.assign(app, ann)
        back = await settled()
        assert (back["active"], back["id"]) == (True, account["id"])
    assert await other.database.pool.fetchval("SELECT count(*) FROM users") == 1
    assert await other.database.pool.fetchval("SELECT external_id FROM users") == ann


async def test_whom_a_source_pushes_in_arrives_in_the_apps_of_the_group(company, peer):
    """A group with its members, a change, a leaver: the app has followed within moments of each."""
    app = await company.app(peer)
    crew = await company.group("Crew")
    await company.assign_group(app, crew)
    async with company.worker(), door(company.database) as here, aiohttp.ClientSession(headers=here.headers) as session:

        async def send(method: str, path: str, body: Any = None) -> Any:
            async with session.request(method, here.url + path, json=body) as response:
                assert response.status < 300, await response.text()
                return await response.json(content_type=None) if response.status != 204 else None

        async def patch(path: str, *operations: Any) -> Any:
            return await send("PATCH", path, {"schemas": [urns.PATCH_OP], "Operations": operations})

        ids = []
        for name in ("ann", "bo"):
            name_ = {"givenName": name.title(), "familyName": "Tester"}
            body = {"schemas": [urns.USER], "userName": f"{name}@example.com", "name": name_, "title": "Engineer"}
            ids.append((await send("POST", "/Users", body))["id"])
        ann, bo = ids
        await patch(f"/Groups/{crew}", {"op": "add", "path": "members", "value": [{"value": each} for each in ids]})
        await company.settled(app)
        assert {each["userName"]: each["active"] for each in peer.users()} == {
            "ann@example.com": True, "bo@example.com": True,
        }  # fmt: skip
        await patch(f"/Users/{ann}", {"op": "replace", "path": "title", "value": "Architect"})
        await patch(f"/Groups/{crew}", {"op": "remove", "path": f'members[value eq "{bo}"]'})
        await company.settled(app)
        assert peer.user("ann@example.com")["title"] == "Architect"
        assert peer.user("bo@example.com")["active"] is False
        await send("DELETE", f"/Users/{ann}")
        await company.settled(app)
        assert peer.user("ann@example.com")["active"] is False
    assert await company.differences(app, peer) == []

"""A company whose apps look at tokens, and somebody who authorizes it at a real server's pages."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest
from tests.journeys.conftest import QUICK, Company
from tests.oauth.iam import Person

from provisor.scimserver.testing import Peer
from provisor.services import apps, authorizations, connections
from provisor.services.actor import SYSTEM
from provisor.services.apps_definition import parse_definition
from provisor.services.authorizations import Answer
from provisor.services.connecting import ConnectorFactory
from provisor.services.connections_definition import parse_connection
from provisor.services.secrets import Sealer
from provisor.services.work import Database
from provisor.store.connections import AppConnection
from provisor.store.database import open_pool
from provisor.wiring_scim import build_scim_connector

REDIRECT = "https://provisor.example.com/callback"
SESSION = b"the session of an administrator"


@dataclass
class Office(Company):
    """A company whose apps ask the authorization server."""

    async def new_app(self, entry: str = "scim2") -> str:
        made = await apps.create_app(self.database, SYSTEM, parse_definition({"name": entry, "label": entry}))
        return made.id

    async def save(self, app_id: str, peer: Peer, profile: dict[str, Any]) -> AppConnection:
        """Save a connection, and switch it on if it can be."""
        new = parse_connection({"baseUrl": peer.url, "profile": profile})
        return await connections.save_connection(self.database, SYSTEM, self.connectors, app_id, new, activate=True)

    async def authorize(self, app_id: str, name: str, answer: str = "accept") -> None:
        """Have somebody authorize at the real pages."""
        await self.come_back(app_id, await self.go(app_id, name, answer))

    async def begin(self, app_id: str) -> str:
        """Where an administrator is sent to authorize."""
        return await authorizations.begin_authorization(
            self.database, SYSTEM, self.connectors, app_id, SESSION, REDIRECT
        )

    async def go(self, app_id: str, name: str, answer: str = "accept") -> Answer:
        """Have somebody go and come back; what came in the address."""
        url = await self.begin(app_id)
        async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as browser:
            back = await Person(browser, name).authorize(url, answer)
        sent = {key: values[0] for key, values in parse_qs(urlsplit(back).query).items()}
        return Answer(sent["state"], sent.get("code", ""), sent.get("error", ""), sent.get("error_description", ""))

    async def come_back(self, app_id: str, answer: Answer, session: bytes = SESSION) -> None:
        await authorizations.finish_authorization(self.database, SYSTEM, self.connectors, app_id, session, answer)

    async def grant(self, app_id: str) -> Any:
        return await self.database.pool.fetchrow("SELECT * FROM oauth_grant WHERE app_id = $1", app_id)


@pytest.fixture
async def office(database: str) -> AsyncIterator[Office]:
    pool = await open_pool(database, size=6)
    opened = Database(pool)
    connectors = ConnectorFactory(opened, Sealer(bytes(32)), QUICK, build_scim_connector)
    yield Office(opened, database, connectors, QUICK)
    await pool.close()

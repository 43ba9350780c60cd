"""The SCIM connector under the contract: every dialect of 2.0, against our own server and one we did not write."""

import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from typing import Any

import aiohttp
import pytest

from provisor.connectors.egress import EgressPolicy, parse_allow_list
from provisor.connectors.http import AiohttpTransport
from provisor.connectors.scim import ENTERPRISE, AuthScheme, Dialect, ScimConnector, ScimSettings, authorization
from provisor.scimserver.testing import running

from .connector_contract import ConnectorContract, Held

TOKEN = "token-of-the-contract"


class ScimWorld:
    """An app seen through plain HTTP."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._session = aiohttp.ClientSession(headers={"Authorization": f"Bearer {TOKEN}"})

    async def close(self) -> None:
        await self._session.close()

    async def accounts(self) -> list[Held]:
        async with self._session.get(f"{self._url}/Users") as answer:
            return [_held(user) for user in (await answer.json(content_type=None)).get("Resources", [])]

    async def edit(self, account_id: str, attribute: str, value: str) -> None:
        operation = {"op": "replace", "path": attribute, "value": value}
        body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [operation]}
        async with self._session.patch(f"{self._url}/Users/{account_id}", json=body) as answer:
            assert answer.status in (200, 204), await answer.text()

    async def clear(self) -> None:
        for account in await self.accounts():
            async with self._session.delete(f"{self._url}/Users/{account.id}") as answer:
                assert answer.status == 204


def _held(user: dict[str, Any]) -> Held:
    """Flatten what the app shows, without the connector's own code."""
    email: dict[str, Any] = next(iter(user.get("emails", [])), {})
    assert len(user.get("emails", [])) <= 1, "e-mail addresses have piled up"
    attributes = {
        "givenName": user["name"].get("givenName"),
        "familyName": user["name"].get("familyName"),
        "displayName": user.get("displayName"),
        "email": email.get("value"),
        "emailType": email.get("type"),
        "title": user.get("title"),
        "department": user.get(ENTERPRISE, {}).get("department"),
    }
    assert "password" not in user
    present = {name: value for name, value in attributes.items() if value is not None}
    return Held(user["id"], user["userName"], user["active"], user.get("externalId"), present)


@pytest.fixture(params=[Dialect.PATCH, Dialect.PUT, Dialect.PATCH_USER, Dialect.MINIMAL])
def dialect(request: pytest.FixtureRequest) -> Dialect:
    """Every dialect of SCIM 2.0 has to leave the app in the same state."""
    return Dialect(request.param)


class ScimConnectorContract(ConnectorContract):
    """The fixtures that every SCIM server shares; `url` says which server it is."""

    @pytest.fixture
    async def world(self, url: str) -> AsyncIterator[ScimWorld]:
        """The app, empty."""
        world = ScimWorld(url)
        await world.clear()
        yield world
        await world.close()

    @pytest.fixture
    async def connector(self, url: str, dialect: Dialect, world: ScimWorld) -> AsyncIterator[ScimConnector]:
        """A connector with the right token."""
        connector = _connector(url, dialect, TOKEN)
        yield connector
        await connector.close()

    @pytest.fixture
    async def locked_out(self, url: str, dialect: Dialect) -> AsyncIterator[ScimConnector]:
        """A connector with a wrong token."""
        connector = _connector(url, dialect, "wrong")
        yield connector
        await connector.close()


class TestReferenceServer(ScimConnectorContract):
    """Our own server."""

    @pytest.fixture(scope="class")
    @classmethod
    def url(cls) -> Iterator[str]:
        """Its base URL."""
        with running(token=TOKEN) as peer:
            yield peer.url


class TestScim2Server(ScimConnectorContract):
    """`scim2-server` from PyPI: other authors, strict models, HTTP/1.0."""

    @pytest.fixture(scope="class")
    @classmethod
    def url(cls) -> Iterator[str]:
        """Its base URL."""
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        command = [sys.executable, "-m", "scim2_server.testserver.cli", "--port", str(port), "--bearer-token", TOKEN]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
            assert server.stdout is not None
            assert "Serving SCIM" in server.stdout.readline()
            yield f"http://127.0.0.1:{port}/v2"
            server.terminate()


def _connector(url: str, dialect: Dialect, token: str) -> ScimConnector:
    header = authorization(AuthScheme.TOKEN, token=token)
    transport = AiohttpTransport(EgressPolicy(parse_allow_list("127.0.0.0/8")))
    return ScimConnector(transport, ScimSettings(url, header, dialect))

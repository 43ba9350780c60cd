"""A running reference server and a client that sends exactly what it is told."""

import base64
import http.client
import json
import os
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import pytest

from provisor.postgres.cluster import Cluster
from provisor.scim import urns
from provisor.scimserver.testing import Peer, running

_numbers = count(1)


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    raw: bytes

    @property
    def body(self) -> Any:
        """The JSON body."""
        return json.loads(self.raw)


def send(
    url: str, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None, timeout: float = 20
) -> Answer:
    """Send one request on a connection of its own; `path` is below the base URL, or absolute with a leading `!`."""
    parts = urlsplit(url)
    assert parts.hostname
    target = path[1:] if path.startswith("!") else parts.path + path
    payload = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
    given = {"Content-Type": "application/scim+json", **(headers or {})} if payload is not None else (headers or {})
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=timeout)
    try:
        connection.request(method, target.replace(" ", "%20").replace('"', "%22"), payload, given)
        response = connection.getresponse()
        return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
    finally:
        connection.close()


Call = Callable[..., Answer]


def caller(peer: Peer) -> Call:
    """Return a function that sends authenticated requests to a peer."""

    def call(method: str, path: str, body: Any = None, **headers: str) -> Answer:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return send(peer.url, method, path, body, {**peer.headers, **named})

    return call


@pytest.fixture
async def empty_database(cluster: Cluster) -> AsyncIterator[str]:
    """The DSN of a database without a table."""
    name = f"scim_{os.getpid()}_{next(_numbers)}"
    connection = await asyncpg.connect(cluster.dsn())
    try:
        await connection.execute(f"CREATE DATABASE {name} TEMPLATE template0")
        yield cluster.dsn(name)
        await connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    finally:
        await connection.close()


@pytest.fixture(scope="session")
def shared() -> Iterator[Peer]:
    """One tolerant server in memory, with faults and journal."""
    with running() as started:
        yield started


@pytest.fixture
def peer(shared: Peer) -> Peer:
    """The shared server, empty and well-behaved."""
    shared.reset()
    return shared


@pytest.fixture
def call(peer: Peer) -> Call:
    """Send authenticated requests to the peer."""
    return caller(peer)


def user(name: str = "babs@example.com", **more: Any) -> dict[str, Any]:
    """A user as Okta creates one."""
    return {
        "schemas": [urns.USER],
        "userName": name,
        "name": {"givenName": "Babs", "familyName": "Jensen"},
        "emails": [{"primary": True, "value": name, "type": "work"}],
        "displayName": "Babs Jensen",
        "active": True,
        **more,
    }


def patch(*operations: dict[str, Any]) -> dict[str, Any]:
    """A PATCH body."""
    return {"schemas": [urns.PATCH_OP], "Operations": list(operations)}


@dataclass(frozen=True)
class Kit:
    """Builders that every test of the server needs."""

    user: Callable[..., dict[str, Any]] = user
    patch: Callable[..., dict[str, Any]] = patch
    send: Callable[..., Answer] = send
    caller: Callable[[Peer], Call] = caller

    @staticmethod
    def basic(name: str, password: str) -> str:
        """The Authorization header of HTTP Basic."""
        return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


@pytest.fixture
def kit() -> Kit:
    """Builders that every test of the server needs."""
    return Kit()

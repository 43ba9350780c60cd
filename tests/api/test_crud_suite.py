"""Okta's published CRUD suite for SCIM 2.0: its 13 steps, against our API and what the app holds afterwards."""

import asyncio
from collections.abc import AsyncIterator, Callable
from ipaddress import ip_network
from typing import Any
from urllib.parse import quote, urlsplit

import aiohttp
import pytest

from provisor.scimserver.testing import Peer, running
from provisor.services.connecting import ConnectorFactory
from provisor.services.secrets import Sealer
from provisor.services.work import Database
from provisor.settings import Settings
from provisor.store.database import open_pool
from provisor.wiring_scim import build_scim_connector
from provisor.worker.main import run_worker

PATIENCE = 20
"""Seconds that the suite gives each change; they pass only when something is wrong."""
LOOK_AGAIN = 0.02

ALL_ON = {
    "create": {"lifecycleCreate": {"status": "ENABLED"}},
    "update": {"profile": {"status": "ENABLED"}, "lifecycleDeactivate": {"status": "ENABLED"}},
}


@pytest.fixture
async def peer() -> AsyncIterator[Peer]:
    """The SCIM server that the suite looks at."""
    async with running() as peer:
        yield peer


@pytest.fixture
async def worker(api: Any, database: str) -> AsyncIterator[None]:
    """A worker over the API's database, with connections of its own."""
    settings = Settings(egress_allow=(ip_network("127.0.0.0/8"),))
    pool = await open_pool(database, size=4)
    own = Database(pool)
    connectors = ConnectorFactory(own, Sealer(bytes(32)), settings, build_scim_connector)
    stop = asyncio.Event()
    working = asyncio.create_task(run_worker(own, database, settings, connectors, stop))
    yield
    stop.set()
    await working
    await pool.close()


class Scim:
    """The suite's own requests to the app."""

    def __init__(self, peer: Peer, session: aiohttp.ClientSession) -> None:
        self._peer = peer
        self._session = session

    async def get(self, path: str) -> Any:
        async with self._session.get(self._peer.url + path, headers=self._peer.headers) as answer:
            assert answer.status == 200, (path, answer.status)
            return await answer.json(content_type=None)

    async def until(self, path: str, holds: Callable[[Any], bool]) -> Any:
        """What the app answers once the condition holds."""
        async with asyncio.timeout(PATIENCE):
            while not holds(found := await self.get(path)):
                await asyncio.sleep(LOOK_AGAIN)
        return found


async def make_app(api: Any, peer: Peer, entry: str) -> str:
    """The id of a connected app with everything switched on."""
    app_id: str = (await api.post("/apps", {"name": entry, "label": "CRUD"})).body["id"]
    connection = {"baseUrl": peer.url, "profile": {"authScheme": "TOKEN", "token": peer.token}}
    assert (await api.post(f"/apps/{app_id}/connections/default?activate=true", connection)).status == 200
    assert (await api.put(f"/apps/{app_id}/features/USER_PROVISIONING", ALL_ON)).status == 200
    return app_id


def profile(name: str) -> dict[str, str]:
    return {"login": f"{name}@example.com", "email": f"{name}@example.com", "firstName": name, "lastName": "Lee"}


@pytest.mark.parametrize("entry", ["scim2_bearer_token", "scim2_custom"])
async def test_the_13_steps_of_oktas_crud_suite(api, peer, worker, entry):
    """One person's life in an app, in both dialects: one account from the first step to the last, never deleted."""
    scim = Scim(peer, api.session)
    app_id = await make_app(api, peer, entry)
    email = "Runscope123.Xabcdefgh456@atko.com"
    person = {
        "firstName": "Runscope123", "lastName": "Xabcdefgh456", "email": email, "login": email,
        "title": "Engineer", "primaryPhone": "415.123.4567",
    }  # fmt: skip

    assert (await api.get(f"/apps/{app_id}")).status == 200  # 1

    credentials = {
        "password": {"value": "Aa1!runscope-password"},
        "recovery_question": {"question": "Who's a major player in the cowboy scene?", "answer": "Annie Oakley"},
    }
    made = await api.post("/users?activate=true", {"profile": person, "credentials": credentials})  # 2
    assert made.status == 200, made.body
    user_id = made.body["id"]

    assignment = {
        "id": user_id,
        "scope": "USER",
        "credentials": {"userName": email},
        "profile": {"familyName": "Xabcdefgh456", "givenName": "Runscope123", "emailType": "work", "email": email},
    }
    assert (await api.post(f"/apps/{app_id}/users", assignment)).status == 200  # 3

    by_name = "/Users?filter=" + quote(f'userName eq "{email}"')
    found = (await scim.until(by_name, lambda answer: answer["totalResults"] == 1))["Resources"][0]  # 4
    assert found["userName"] == email
    assert found["emails"][0]["value"] == email
    assert found["name"]["givenName"] == "Runscope123"
    assert found["name"]["familyName"] == "Xabcdefgh456"
    assert found["active"] is True
    account = f"/Users/{found['id']}"

    replaced = await api.put(f"/users/{user_id}", {"profile": {**person, "firstName": "Runscope123update"}})  # 5
    assert replaced.status == 200, replaced.body
    await scim.until(account, lambda user: user["name"]["givenName"] == "Runscope123update")  # 6

    assert (await api.post(f"/users/{user_id}/lifecycle/deactivate")).status == 200  # 7
    await scim.until(account, lambda user: user["active"] is False)  # 8

    assert (await api.post(f"/users/{user_id}/lifecycle/activate")).status == 200  # 9
    assert (await api.post(f"/apps/{app_id}/users", assignment)).status == 200  # 10
    await scim.until(account, lambda user: user["active"] is True)  # 11

    assert (await api.delete(f"/apps/{app_id}/users/{user_id}")).status == 204  # 12
    await scim.until(account, lambda user: user["active"] is False)  # 13

    assert [user["id"] for user in peer.users()] == [found["id"]]
    assert "DELETE" not in {exchange.method for exchange in peer.journal}


async def test_the_app_user_shows_where_its_account_stands(api, peer, worker):
    """STAGED until the app has confirmed, PROVISIONED with the app's own id, DEPROVISIONED without it."""
    app_id = await make_app(api, peer, "scim2_bearer_token")
    user_id = (await api.post("/users?activate=true", {"profile": profile("ann")})).body["id"]
    path = f"/apps/{app_id}/users/{user_id}"

    async def shown(status: str, sync_state: str) -> Any:
        async with asyncio.timeout(PATIENCE):
            while True:
                user = (await api.get(path)).body
                if (user["status"], user["syncState"]) == (status, sync_state):
                    return user
                await asyncio.sleep(LOOK_AGAIN)

    await api.post(f"/apps/{app_id}/users", {"id": user_id})
    user = await shown("PROVISIONED", "SYNCHRONIZED")
    assert user["externalId"] == peer.user("ann@example.com")["id"]
    assert user["credentials"] == {"userName": "ann@example.com"}
    assert user["profile"] == {
        "givenName": "ann", "familyName": "Lee", "email": "ann@example.com", "emailType": "work",
    }  # fmt: skip
    assert user["lastSync"] is not None
    await api.delete(path)
    assert (await shown("DEPROVISIONED", "SYNCHRONIZED"))["externalId"] is None


@pytest.fixture
async def moved_on() -> AsyncIterator[Callable[[int], Peer]]:
    """Starts, at the port of an app that has ended, one that takes another token."""
    started: list[Peer] = []

    def start(port: int) -> Peer:
        started.append(running(token="another-token").start(port))
        return started[-1]

    yield start
    for each in started:
        each.stop()


async def test_new_credentials_let_a_stopped_app_go_on(api, worker, moved_on):
    """Bad credentials stop the app with one task; saving good ones sends what waited and closes the task."""
    async with running() as peer:
        app_id = await make_app(api, peer, "scim2_bearer_token")
    changed = moved_on(urlsplit(peer.url).port)
    for name in ("ann", "bob"):
        user_id = (await api.post("/users?activate=true", {"profile": profile(name)})).body["id"]
        await api.post(f"/apps/{app_id}/users", {"id": user_id})
    tasks = f"{api.url}/provisor/v1/tasks?app={app_id}"
    async with asyncio.timeout(PATIENCE):
        while not (found := (await api.get(tasks)).body):
            await asyncio.sleep(LOOK_AGAIN)
    assert [(task["kind"], task["userId"]) for task in found] == [("CREDENTIALS", None)]
    assert changed.users() == []
    connection = {"baseUrl": changed.url, "profile": {"authScheme": "TOKEN", "token": changed.token}}
    assert (await api.post(f"/apps/{app_id}/connections/default", connection)).status == 200
    async with asyncio.timeout(PATIENCE):
        while len(changed.users()) < 2:
            await asyncio.sleep(LOOK_AGAIN)
    assert (await api.get(tasks)).body == []

"""Credentials that end are announced before they do: once, by one task, which goes by itself."""

import base64
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from tests.journeys.conftest import until
from tests.oauth.conftest import REDIRECT, Office
from tests.oauth.iam import Iam

from provisor.scimserver.testing import Peer, running
from provisor.services import expiring
from provisor.services.actor import SYSTEM
from provisor.services.connections import activate_connection, deactivate_connection

DAYS = 14


def jwt(end: datetime) -> str:
    """A token that says itself when it ends."""
    parts = [{"alg": "none"}, {"sub": "provisor", "exp": int(end.timestamp())}]
    return ".".join(base64.urlsafe_b64encode(orjson.dumps(each)).rstrip(b"=").decode() for each in parts) + ".sig"


def token(value: str, **ours: str) -> dict[str, Any]:
    return {"authScheme": "TOKEN", "token": value, "provisor": ours}


async def connected(office: Office, peer: Peer, profile: dict[str, Any]) -> str:
    app_id = await office.new_app("scim2")
    await office.save(app_id, peer, profile)
    return app_id


async def kinds(office: Office, app_id: str) -> list[str]:
    return [task["kind"] for task in await office.tasks(app_id)]


async def test_an_end_is_announced_once_and_the_task_goes_with_new_credentials(office: Office) -> None:
    """From 14 days before: one task, one event; nothing is said of what lasts longer, and saving others settles it."""
    soon, later = datetime.now(UTC) + timedelta(days=13), datetime.now(UTC) + timedelta(days=15)
    async with running(token=jwt(soon)) as peer, running(token=jwt(later)) as other, running(token="plain") as plain:
        told = await connected(office, peer, token(jwt(soon)))
        silent = [await connected(office, other, token(jwt(later))), await connected(office, plain, token("plain"))]
        assert await expiring.announce(office.database, DAYS) == [told]
        assert await expiring.announce(office.database, DAYS) == []
        assert await kinds(office, told) == ["CREDENTIALS_EXPIRE"]
        assert [await kinds(office, each) for each in silent] == [[], []]
        assert [each["app_id"] for each in await office.events("provisor.app.credentials.expire")] == [told]
        await office.save(told, plain, token("plain"))
        assert await kinds(office, told) == []
        assert await expiring.announce(office.database, DAYS) == []


@pytest.mark.parametrize("typed", ["date", "moment"])
async def test_a_date_that_was_typed_counts_for_credentials_that_say_nothing(office: Office, typed: str) -> None:
    """A date means its last moment."""
    end = datetime.now(UTC) + timedelta(days=3)
    value = end.date().isoformat() if typed == "date" else end.isoformat()
    async with running(token="plain") as peer:
        app_id = await connected(office, peer, token("plain", expires=value))
    assert await expiring.announce(office.database, DAYS) == [app_id]
    assert f"{end:%d %B %Y}" in (await office.tasks(app_id))[0]["summary"]


async def test_a_task_is_not_opened_for_an_app_that_is_switched_off(office: Office) -> None:
    """Whoever switches it on again is told then; and a task for one that was switched off goes."""
    async with running(token="plain") as peer:
        end = (datetime.now(UTC) + timedelta(days=3)).date().isoformat()
        app_id = await connected(office, peer, token("plain", expires=end))
        await expiring.announce(office.database, DAYS)
        await deactivate_connection(office.database, SYSTEM, app_id)
        assert await expiring.announce(office.database, DAYS) == []
        assert await kinds(office, app_id) == []
        await activate_connection(office.database, SYSTEM, app_id)
        assert await expiring.announce(office.database, DAYS) == [app_id]


@pytest.mark.parametrize(
    ("lifetime", "left", "told"),
    [(90, 20, False), (90, 13, True), (10, 6, False), (10, 4, True)],
)
async def test_a_refresh_token_is_announced_by_its_own_measure(
    office: Office, iam: Iam, lifetime: int, left: int, told: bool
) -> None:
    """One that lives for months: two weeks before. One that lives for days: at half its life, if nothing renewed it."""
    client, name = iam.client(REDIRECT), secrets.token_hex(4)
    iam.person(name)
    async with iam.app(client) as peer:
        app_id = await office.new_app()
        await office.save(app_id, peer, iam.profile(client, grantType="authorization_code"))
        await office.authorize(app_id, name)
    await office.database.pool.execute(
        "UPDATE oauth_grant SET expires = now() + $1 * interval '1 day', expires_since = now() - $2 * interval '1 day'",
        left,
        lifetime - left,
    )
    assert await expiring.announce(office.database, DAYS) == ([app_id] if told else [])


async def test_a_server_that_tells_the_end_of_refresh_tokens_is_believed(office: Office, iam: Iam) -> None:
    """The end is kept as it was told; a renewal that moves it settles the task."""
    client, name = iam.client(REDIRECT), secrets.token_hex(4)
    iam.person(name)
    iam.refresh_lifetime = 6 * 86_400
    async with iam.app(client) as peer:
        app_id = await office.new_app()
        await office.save(app_id, peer, iam.profile(client, grantType="authorization_code"))
        await office.authorize(app_id, name)
        grant = await office.grant(app_id)
        assert timedelta(days=5.9) < grant["expires"] - datetime.now(UTC) < timedelta(days=6.1)
        await office.database.pool.execute(
            "UPDATE oauth_grant SET expires = now() + interval '2 days', expires_since = now() - interval '4 days',"
            " access_until = now()"
        )
        assert await expiring.announce(office.database, DAYS) == [app_id]
        connector = await office.connectors.open(app_id)
        await connector.test()
        await connector.close()
        assert await expiring.announce(office.database, DAYS) == []
        assert await kinds(office, app_id) == []


async def test_a_worker_announces_by_itself(office: Office) -> None:
    """Nobody has to ask: it is the first thing a worker looks at, and then every hour."""
    end = (datetime.now(UTC) + timedelta(days=3)).date().isoformat()
    async with running(token="plain") as peer:
        app_id = await connected(office, peer, token("plain", expires=end))
        async with office.worker():
            await until(lambda: office.tasks(app_id), "the announcement")
    assert await kinds(office, app_id) == ["CREDENTIALS_EXPIRE"]

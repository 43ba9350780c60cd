"""Holds and tasks through the API: released or discarded for all or some; retried together, dismissed."""

from typing import Any

import pytest


@pytest.fixture
async def app(api) -> str:
    """The id of an app whose three people are held back from having their title overwritten."""
    app_id = (await api.post("/apps", {"name": "scim2_custom", "label": "Wiki"})).body["id"]
    for name in ("ann", "bob", "eve"):
        profile = {"login": f"{name}@example.com", "email": f"{name}@example.com", "firstName": name, "lastName": "L"}
        user = (await api.post("/users?activate=true", {"profile": profile})).body["id"]
        await api.post(f"/apps/{app_id}/users", {"id": user})
    await run(
        api,
        """INSERT INTO dirty (app_id, user_id, gen, lane, due, since, cause)
        SELECT app_id, user_id, nextval('generation'), 1, 'infinity', now(), 'trnx' FROM app_user""",
    )
    await run(
        api,
        """INSERT INTO hold (id, app_id, kind, waiting, allowed, attribute)
        VALUES ('hld1', $1, 'OVERWRITES', 3, 1, 'title')""",
        app_id,
    )
    await run(api, "INSERT INTO held_person SELECT 'hld1', user_id, gen FROM dirty")
    return app_id


async def run(api, sql: str, *values) -> list[Any]:
    async with api.database.pool.acquire() as connection:
        return await connection.fetch(sql, *values)


async def waiting(api) -> list[str]:
    """Who is parked."""
    rows = await run(
        api,
        """SELECT u.profile ->> 'firstName' AS name FROM dirty d JOIN users u ON u.id = d.user_id
        WHERE d.due = 'infinity' ORDER BY 1""",
    )
    return [row["name"] for row in rows]


async def test_a_hold_of_overwrites_is_decided_person_by_person(api, app):
    """Released by name, discarded by name, then the rest; what is closed is not found."""
    own = f"{api.url}/provisor/v1/holds"
    (hold,) = (await api.get(own)).body
    assert (hold["kind"], hold["attribute"], hold["waiting"], len(hold["people"])) == ("OVERWRITES", "title", 3, 3)
    ids = {each["login"][:3]: each["id"] for each in hold["people"]}
    released = await api.post(f"{own}/hld1/release", {"users": [ids["ann"], "00uNobody"]})
    assert released.body == {"released": 1}
    assert await waiting(api) == ["bob", "eve"]
    assert (await api.post(f"{own}/hld1/discard", {"users": [ids["bob"]]})).body == {"discarded": 1}
    assert (await api.get(f"{own}/hld1")).body["waiting"] == 1
    assert (await api.post(f"{own}/hld1/release", {"users": "all"})).status == 400
    assert (await api.post(f"{own}/hld1/discard")).body == {"discarded": 1}
    assert await waiting(api) == []
    assert (await api.get(f"{own}/hld1")).status == 404
    assert (await api.post(f"{own}/hld1/release")).status == 404
    logged = await run(api, "SELECT type FROM event WHERE type LIKE 'provisor.safeguard.%' ORDER BY seq")
    assert [row["type"].rpartition(".")[2] for row in logged] == ["release", "discard", "discard"]


async def test_a_released_hold_of_overwrites_lets_everybody_go(api, app):
    """And the release of the app's deactivations does not touch it."""
    assert (await api.post(f"{api.url}/provisor/v1/apps/{app}/release")).body == {"released": False}
    assert (await api.post(f"{api.url}/provisor/v1/holds/hld1/release")).body == {"released": 3}
    assert await waiting(api) == []


async def test_tasks_are_retried_together_and_dismissed_alone(api, app):
    """All of an app, or those named; a dismissed one tries nothing again."""
    users = [each["id"] for each in (await api.get(f"/apps/{app}/users")).body]
    for number, user in enumerate(users):
        await run(
            api,
            "INSERT INTO task (id, kind, app_id, user_id, summary, detail) VALUES ($1, 'PROVISIONING', $2, $3, '', '')",
            f"tsk{number}",
            app,
            user,
        )
    own = f"{api.url}/provisor/v1/tasks"
    dismissed = await api.post(f"{own}/tsk0/dismiss")
    assert dismissed.status == 200 and dismissed.body["resolved"] is not None
    assert len(await waiting(api)) == 3
    assert (await api.post(f"{own}/retry", {"tasks": ["tsk1", "tsk0"]})).body == {"retried": 1}
    assert len(await waiting(api)) == 2
    assert (await api.post(f"{own}/retry?app={app}")).body == {"retried": 1}
    assert (await api.get(own)).body == []

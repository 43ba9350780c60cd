"""Tasks and holds: what waits for an administrator, trying again, letting go."""

import pytest


@pytest.fixture
async def app(api) -> str:
    """The id of an app with three people in it, all linked, wanted and up to date."""
    app_id = (await api.post("/apps", {"name": "scim2_custom", "label": "Wiki"})).body["id"]
    for name in ("ann", "bob", "eve"):
        profile = {"login": f"{name}@example.com", "email": f"{name}@example.com", "firstName": name, "lastName": "L"}
        user = (await api.post("/users?activate=true", {"profile": profile})).body["id"]
        await api.post(f"/apps/{app_id}/users", {"id": user})
    async with api.database.pool.acquire() as connection:
        await connection.execute("UPDATE app_user SET wanted = true, external_id = user_id, active = true")
    return app_id


async def people(api, app: str) -> list[str]:
    return [each["id"] for each in (await api.get(f"/apps/{app}/users")).body]


async def run(api, sql: str, *values):
    async with api.database.pool.acquire() as connection:
        return await connection.fetch(sql, *values)


async def open_task(api, app: str, task: str, user: str | None, kind: str = "PROVISIONING") -> None:
    await run(
        api,
        "INSERT INTO task (id, kind, app_id, user_id, summary, detail) VALUES ($1, $2, $3, $4, 'failed', 'mend it')",
        task,
        kind,
        app,
        user,
    )


async def park(api, app: str, user: str) -> None:
    await run(
        api,
        """INSERT INTO dirty (app_id, user_id, gen, lane, due, since, attempts, cause)
        VALUES ($1, $2, nextval('generation'), 1, 'infinity', now(), 3, 'trnx')""",
        app,
        user,
    )


async def test_open_tasks_are_listed_with_what_to_do(api, app):
    """Of all apps, of one app, of one person; page by page."""
    users = await people(api, app)
    for number, user in enumerate(users):
        await open_task(api, app, f"tsk{number}", user)
    own = f"{api.url}/provisor/v1/tasks"
    seen, address = [], f"{own}?limit=2"
    while address:
        answer = await api.get(address)
        seen += answer.body
        address = answer.next
    assert [task["id"] for task in seen] == ["tsk0", "tsk1", "tsk2"]
    assert seen[0]["summary"] == "failed"
    assert seen[0]["detail"] == "mend it"
    assert (seen[0]["appId"], seen[0]["userId"], seen[0]["resolved"]) == (app, users[0], None)
    assert [task["id"] for task in (await api.get(f"{own}?user={users[1]}")).body] == ["tsk1"]
    assert len((await api.get(f"{own}?app={app}")).body) == 3
    assert (await api.get(f"{own}?app=0oanone")).code == "E0000007"
    states = {each["id"]: each["syncState"] for each in (await api.get(f"/apps/{app}/users")).body}
    assert set(states.values()) == {"ERROR"}


async def test_retrying_a_persons_task_makes_their_parked_mark_due(api, app):
    """The task closes, the row is tried at once with its count begun anew, and nobody else is disturbed."""
    ann, bob, _ = await people(api, app)
    await open_task(api, app, "tsk1", ann)
    await park(api, app, ann)
    await park(api, app, bob)
    retried = await api.post(f"{api.url}/provisor/v1/tasks/tsk1/retry")
    assert retried.status == 200, retried.body
    assert retried.body["resolved"] is not None
    rows = await run(api, "SELECT user_id, attempts, due <= clock_timestamp() AS due FROM dirty ORDER BY user_id")
    assert [tuple(row) for row in rows] == [(ann, 0, True), (bob, 3, False)]
    again = await api.post(f"{api.url}/provisor/v1/tasks/tsk1/retry")
    assert again.status == 200
    assert (await api.get(f"{api.url}/provisor/v1/tasks")).body == []
    assert (await api.get(f"{api.url}/provisor/v1/tasks/tsk1")).body["resolved"] == retried.body["resolved"]


async def test_retrying_a_task_without_a_mark_marks_the_person(api, app):
    """Even if the row was cleared meanwhile, retry means: look again."""
    ann = (await people(api, app))[0]
    await open_task(api, app, "tsk1", ann)
    await api.post(f"{api.url}/provisor/v1/tasks/tsk1/retry")
    assert [row[0] for row in await run(api, "SELECT user_id FROM dirty")] == [ann]


async def test_retrying_an_apps_task_ends_its_pause_and_frees_what_is_parked(api, app):
    """One click for everybody behind it."""
    ann, bob, _ = await people(api, app)
    await open_task(api, app, "tsk1", None, "CREDENTIALS")
    await park(api, app, ann)
    await park(api, app, bob)
    await run(api, "INSERT INTO app_lease (app_id, paused_until, pause_reason) VALUES ($1, 'infinity', 'x')", app)
    assert (await api.post(f"{api.url}/provisor/v1/tasks/tsk1/retry")).status == 200
    assert [row[0] for row in await run(api, "SELECT due <= clock_timestamp() FROM dirty")] == [True, True]
    assert (await run(api, "SELECT paused_until < now(), pause_reason FROM app_lease"))[0] == (True, None)


async def test_an_unknown_task_cannot_be_retried(api):
    """404 with its id."""
    refused = await api.post(f"{api.url}/provisor/v1/tasks/tsknone/retry")
    assert (refused.status, refused.code) == (404, "E0000007")


async def test_a_hold_names_the_people_behind_it_and_is_released_once(api, app):
    """Everybody marked until now may go; later ones are judged anew."""
    ann, bob, eve = await people(api, app)
    for user in (ann, bob):
        await api.delete(f"/apps/{app}/users/{user}")
    await run(
        api, "INSERT INTO hold (id, app_id, kind, waiting, allowed) VALUES ('hld1', $1, 'DEACTIVATIONS', 2, 1)", app
    )
    held = (await api.get(f"{api.url}/provisor/v1/holds")).body
    assert [(hold["id"], hold["app"], hold["waiting"], hold["allowed"]) for hold in held] == [
        ("hld1", {"id": app, "label": "Wiki"}, 2, 1)
    ]
    assert [each["login"] for each in held[0]["people"]] == ["ann@example.com", "bob@example.com"]
    released = await api.post(f"{api.url}/provisor/v1/apps/{app}/release")
    assert (released.status, released.body) == (200, {"released": True})
    assert (await api.get(f"{api.url}/provisor/v1/holds")).body == []
    await api.delete(f"/apps/{app}/users/{eve}")
    rows = await run(
        api, "SELECT user_id, gen > (SELECT released_gen FROM hold) FROM dirty WHERE lane = 0 ORDER BY user_id"
    )
    assert [tuple(row) for row in rows] == [(ann, False), (bob, False), (eve, True)]
    again = await api.post(f"{api.url}/provisor/v1/apps/{app}/release")
    assert (again.status, again.body) == (200, {"released": False})
    assert (await api.post(f"{api.url}/provisor/v1/apps/0oanone/release")).code == "E0000007"
    events = [row[0] for row in await run(api, "SELECT type FROM event WHERE type LIKE 'provisor.%'")]
    assert events == ["provisor.safeguard.release"]

"""How apps are doing, and stopping what is sent to one, through the API."""

from typing import Any

from tests.api.conftest import Answer, Api


async def at(api: Api, method: str, path: str, body: Any = None) -> Answer:
    """A call of Provisor's own interface."""
    return await api.call(method, f"{api.url}/provisor/v1/{path}", body)


async def test_an_app_is_paused_with_a_reason_and_resumed(api: Api) -> None:
    """Who did it is told; repeating changes nothing; an app that is off is off all the same."""
    app = (await api.post("/apps", {"name": "scim2", "label": "Wiki"})).body["id"]
    await api.database.pool.execute(
        """INSERT INTO app_connection (app_id, status, base_url, auth_scheme, secret)
        VALUES ($1, 'ENABLED', 'https://wiki.example.com', 'TOKEN', '')""",
        app,
    )
    paused = (await at(api, "POST", f"apps/{app}/pause", {"reason": "They move."})).body
    assert (paused["state"], paused["reason"], "resume" in paused["_links"]) == ("PAUSED", "They move.", True)
    again = (await at(api, "POST", f"apps/{app}/pause", {"reason": "Another reason"})).body
    assert (again["reason"], again["since"], again["pausedBy"]) == ("They move.", paused["since"], paused["pausedBy"])
    resumed = (await at(api, "POST", f"apps/{app}/resume")).body
    assert (resumed["state"], resumed["since"]) == ("IDLE", None)
    assert (await at(api, "POST", f"apps/{app}/resume")).status == 200
    assert len((await api.get('/logs?filter=eventType sw "provisor.app."')).body) == 2
    assert (await at(api, "POST", f"apps/{app}/pause", {"reason": 5})).status == 400
    assert (await at(api, "GET", "apps/0oaNobody/health")).status == 404


async def test_queues_are_listed_by_lane_with_an_honest_end(api: Api) -> None:
    """Measured throughput gives an estimate; without one there is none."""
    app = (await api.post("/apps", {"name": "scim2", "label": "Wiki"})).body["id"]
    pool = api.database.pool
    await pool.execute(
        """INSERT INTO app_connection (app_id, status, base_url, auth_scheme, secret)
        VALUES ($1, 'ENABLED', 'https://wiki.example.com', 'TOKEN', '')""",
        app,
    )
    await pool.execute(
        """INSERT INTO dirty (app_id, user_id, gen, lane, due, since, cause)
        SELECT $1, '00u' || n, n, CASE WHEN n <= 20 THEN 0 ELSE 2 END, now(), now(), ''
        FROM generate_series(1, 120) AS n""",
        app,
    )
    found = (await at(api, "GET", f"apps/{app}/health")).body
    assert (found["state"], found["waiting"], found["perSecond"], found["secondsLeft"]) == ("WORKING", 120, None, None)
    await pool.execute("INSERT INTO app_lease (app_id, throughput, measured) VALUES ($1, 10.0, now())", app)
    (listed,) = (await at(api, "GET", "health")).body
    assert (listed["appId"], listed["secondsLeft"]) == (app, 12)
    assert (listed["lanes"][0]["lane"], listed["lanes"][0]["secondsLeft"]) == ("LEAVING", 2)
    assert listed["lanes"][0]["oldest"] is not None

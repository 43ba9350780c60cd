"""Reading accounts back through the API: beginning a check, its state, what was found, and the schedule."""

from dataclasses import replace
from typing import Any

from tests.api.conftest import Answer, Api

from provisor.apps.schemas import SCIM_SCHEMA
from provisor.directory.schemas import render_stored
from provisor.provisioning.drift import Difference, Finding, Kind, Phase, Tally
from provisor.store import drift_findings, drift_runs, profile_schemas

EDITED = Difference("title", "Countess", "Wizard")


async def at(api: Api, method: str, path: str, body: Any = None) -> Answer:
    return await api.call(method, f"{api.url}/provisor/v1/apps/{path}", body)


async def test_a_check_is_begun_looked_at_and_repeated_when_it_has_ended(api: Api) -> None:
    """An app that is not connected has nothing to check; one check at a time; findings page, by kind if asked."""
    app = (await api.post("/apps", {"name": "scim2", "label": "Wiki"})).body["id"]
    assert (await at(api, "GET", f"{app}/drift")).body["run"] is None
    assert (await at(api, "GET", f"{app}/drift/findings")).body == []
    assert (await at(api, "POST", f"{app}/drift")).status == 403
    pool = api.database.pool
    await pool.execute(
        """INSERT INTO app_connection (app_id, status, base_url, auth_scheme, secret)
        VALUES ($1, 'ENABLED', 'https://wiki.example.com', 'TOKEN', '')""",
        app,
    )
    begun = await at(api, "POST", f"{app}/drift", {"repair": True})
    assert (begun.status, begun.body["repair"], begun.body["phase"], begun.body["complete"]) == (
        202, True, "LISTING", None,
    )  # fmt: skip
    assert (await at(api, "POST", f"{app}/drift")).status == 403
    people = [
        (await api.post("/users", {"profile": {
            "firstName": name, "lastName": "T", "login": f"{name}@example.com", "email": f"{name}@example.com",
        }})).body["id"]
        for name in ("ada", "bob")
    ]  # fmt: skip
    found = [
        Finding(Kind.CHANGED_THERE, people[0], "1", "ada@example.com", (EDITED,), repaired=True),
        Finding(Kind.MISSING, people[1], "2", None),
        Finding(Kind.UNKNOWN_THERE, None, "3", "stranger"),
    ]
    async with pool.acquire() as connection, connection.transaction():
        await drift_findings.put(connection, app, begun.body["id"], found)
        tally = Tally(seen=3).plus(found)
        await drift_runs.move(connection, begun.body["id"], Phase.CONFIRMING, "", 3, tally)
        run = await drift_runs.find_open(connection, app)
        assert run is not None
        await drift_runs.finish(connection, run, complete=True, reason="")
    state = (await at(api, "GET", f"{app}/drift")).body
    assert (state["missing"], state["run"]["drifted"], state["run"]["repaired"], state["run"]["complete"]) == (
        1, 2, 1, True,
    )  # fmt: skip
    assert state["run"]["counts"]["UNKNOWN_THERE"] == 1
    first = await at(api, "GET", f"{app}/drift/findings?limit=2")
    assert [each["kind"] for each in first.body] == ["CHANGED_THERE", "MISSING"]
    assert first.body[0]["attributes"] == [{"name": "title", "ours": "Countess", "there": "Wizard", "kept": True}]
    assert first.body[0]["user"] == {"id": people[0], "login": "ada@example.com"}
    assert 'rel="next"' in str(first.headers)
    only = (await at(api, "GET", f"{app}/drift/findings?kind=UNKNOWN_THERE")).body
    assert [(each["userName"], each["user"]) for each in only] == [("stranger", None)]
    assert (await at(api, "GET", f"{app}/drift/findings?kind=ODD")).status == 400
    assert (await at(api, "POST", f"{app}/drift")).status == 202
    assert len((await api.get('/logs?filter=eventType eq "provisor.drift.start"')).body) == 2
    # A person's erasure takes what was found about them.
    await api.call("DELETE", f"{api.url}/api/v1/users/{people[0]}")
    await api.call("DELETE", f"{api.url}/api/v1/users/{people[0]}")
    assert await pool.fetchval("SELECT count(*) FROM drift_finding WHERE user_id = $1", people[0]) == 0


async def test_values_of_sensitive_attributes_are_not_shown(api: Api) -> None:
    """Neither what was confirmed nor what the app holds; that there is a value, and that it differs, may be seen."""
    app = (await api.post("/apps", {"name": "scim2", "label": "Wiki"})).body["id"]
    schema = tuple(replace(each, sensitive=each.name == "title") for each in SCIM_SCHEMA)
    async with api.database.pool.acquire() as connection:
        await profile_schemas.put(connection, app, render_stored(schema))
        await drift_runs.insert(connection, "drf1", app, repair=False, started_by="x", cause="x")
        given = Difference("nickName", None, "Ada")
        found = Finding(Kind.CHANGED_THERE, None, "1", "ada", (EDITED, given))
        await drift_findings.put(connection, app, "drf1", [found])
    hidden, shown = (await at(api, "GET", f"{app}/drift/findings")).body[0]["attributes"]
    assert (hidden["ours"], hidden["there"]) == ("********", "********")
    assert (shown["ours"], shown["there"]) == (None, "Ada")


async def test_a_schedule_is_set_and_refused(api: Api) -> None:
    """Mode and hours; what cannot be used is named."""
    app = (await api.post("/apps", {"name": "scim2", "label": "Wiki"})).body["id"]
    assert (await at(api, "GET", f"{app}/drift")).body["schedule"] == {"mode": "OFF", "hours": 24}
    saved = await at(api, "PUT", f"{app}/drift/schedule", {"mode": "REPORT", "hours": 6})
    assert (saved.status, saved.body) == (200, {"mode": "REPORT", "hours": 6})
    assert (await at(api, "GET", f"{app}/drift")).body["schedule"] == saved.body
    refused = await at(api, "PUT", f"{app}/drift/schedule", {"mode": "SOMETIMES", "hours": 0})
    assert refused.status == 400
    assert {each["errorSummary"].partition(":")[0] for each in refused.body["errorCauses"]} == {"mode", "hours"}
    assert (await at(api, "POST", f"{app}/drift/recreate", {"users": "all"})).status == 400
    assert (await at(api, "POST", f"{app}/drift/recreate")).body == {"users": []}
    assert (await at(api, "GET", "0oaNobody/drift")).status == 404

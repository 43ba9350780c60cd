"""Plans of changes through the API: made, looked at, applied once, refused when something has changed."""

import pytest

from provisor.apps.mapping import Mapping
from provisor.provisioning.pending import MappingChange
from provisor.services import change_plans, trials
from provisor.services.actor import SYSTEM, Actor, NotAllowed, Role, permissions_of_roles


@pytest.fixture
async def app(api) -> str:
    """An app with a connection that nobody works, and two people in it who wait for their account."""
    app_id = (await api.post("/apps", {"name": "scim2_custom", "label": "Wiki"})).body["id"]
    for name in ("ann", "bob"):
        profile = {"login": f"{name}@example.com", "email": f"{name}@example.com", "firstName": name, "lastName": "L"}
        user = (await api.post("/users?activate=true", {"profile": profile})).body["id"]
        await api.post(f"/apps/{app_id}/users", {"id": user})
    async with api.database.pool.acquire() as connection:
        await connection.execute(
            """UPDATE apps SET features = '{"create": true, "update": true, "deactivate": true}' WHERE id = $1""",
            app_id,
        )
        await connection.execute("UPDATE app_user SET wanted = true")
    return app_id


def to(expression: str) -> dict:
    return {"change": {"kind": "MAPPING", "properties": {"title": {"expression": expression}}}}


async def test_a_plan_is_made_shown_and_applied_once(api, app):
    """It counts everybody, shows each person's values, changes the mapping when it is applied, and is used up then."""
    own = f"{api.url}/provisor/v1"
    made = await api.post(f"{own}/apps/{app}/plans", to("user.firstName"))
    assert (made.status, made.body["state"], made.body["counts"]) == (201, "PENDING", {"CREATE_OR_LINK": 2})
    assert made.body["change"]["mappingId"].startswith("prm")
    path = f"{own}/plans/{made.body['id']}"
    assert (await api.get(path)).body == made.body
    first = await api.get(f"{path}/operations?limit=1")
    assert [each["user"]["login"] for each in first.body] == ["ann@example.com"]
    values = {each["attribute"]: each["after"] for each in first.body[0]["changes"]}
    assert values["title"] == "ann" and not first.body[0]["changed"]
    assert [each["user"]["login"] for each in (await api.get(first.next)).body] == ["bob@example.com"]
    assert (await api.get(f"{path}/operations?operation=DEACTIVATE")).body == []
    assert (await api.post(f"{path}/apply")).body["state"] == "APPLIED"
    again = await api.post(f"{path}/apply")
    assert (again.status, again.causes) == (403, ["The plan has been used already. Make a new one."])
    assert [each["state"] for each in (await api.get(f"{own}/apps/{app}/plans")).body] == ["APPLIED"]
    assert (await api.delete(path)).status == 403


async def test_an_outdated_plan_is_a_conflict_that_says_what_changed(api, app):
    """Status 409, with the settings or the people in the causes; the plan can still be looked at."""
    own = f"{api.url}/provisor/v1"
    made = (await api.post(f"{own}/apps/{app}/plans", to("user.firstName"))).body
    user = (await api.get(f"/apps/{app}/users")).body[0]["id"]
    await api.post(f"/users/{user}", {"profile": {"firstName": "Anna"}})
    refused = await api.post(f"{own}/plans/{made['id']}/apply")
    assert (refused.status, refused.code) == (409, "E0000107")
    assert refused.causes == ["ann@example.com: has changed, and would be sent other values."]
    changed = (await api.get(f"{own}/plans/{made['id']}/operations")).body
    assert {each["user"]["login"]: each["changed"] for each in changed} == {
        "ann@example.com": True,
        "bob@example.com": False,
    }
    assert (await api.delete(f"{own}/plans/{made['id']}")).status == 204
    assert (await api.get(f"{own}/plans/{made['id']}")).status == 404


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"kind": "SOMETHING"}, "kind"),
        ({"kind": "MAPPING", "properties": {"title": {"expression": "user.nobody"}}}, "properties.title.expression"),
        ({"kind": "MAPPING", "properties": {"nothing": {"expression": "'x'"}}}, "properties.nothing.expression"),
        ({"kind": "MAPPING", "properties": {"title": "x"}}, "properties.title"),
        ({"kind": "USERNAME", "template": "${source.login"}, "template"),
        ({"kind": "SCHEMA", "attributes": {"userName": None}}, "userName"),
        ({"kind": "ASSIGNMENT"}, "assign"),
        (None, "change"),
    ],
)
async def test_a_change_that_could_not_be_saved_is_not_planned(api, app, change, path):
    """The refusal names the part of the change, as saving it would."""
    refused = await api.post(f"{api.url}/provisor/v1/apps/{app}/plans", {"change": change})
    assert (refused.status, refused.code) == (400, "E0000001")
    assert refused.causes[0].startswith(f"{path}: ")


async def test_trials_grow_and_are_taken_back(api, app):
    """A share below the one reached changes nothing, everybody is not a share, and a second trial is refused."""
    own = f"{api.url}/provisor/v1"
    plan = f"{own}/plans/{(await api.post(f'{own}/apps/{app}/plans', to('user.firstName'))).body['id']}"
    assert (await api.post(f"{plan}/trial", {"percent": 100})).status == 400
    assert (await api.post(f"{plan}/trial", {})).status == 400
    assert (await api.post(f"{plan}/trial", {"percent": 20})).body["trial"]["percent"] == 20
    smaller = await api.post(f"{plan}/trial", {"percent": 5})
    assert (smaller.body["state"], smaller.body["trial"]["percent"]) == ("TRIAL", 20)
    assert (await api.post(f"{own}/apps/{app}/plans", to("user.lastName"))).status == 403
    assert (await api.delete(plan)).status == 403
    assert (await api.delete(f"{plan}/trial")).body["state"] == "TAKEN_BACK"
    assert (await api.delete(f"{plan}/trial")).status == 403


async def test_who_may_not_map_what_is_sensitive_may_not_try_it_either(api, app):
    """An application administrator plans no mapping of a sensitive attribute; nothing of it is shown or sent."""
    schema = {"definitions": {"custom": {"properties": {"ssn": {"title": "SSN", "type": "string", "sensitive": True}}}}}
    assert (await api.post("/meta/schemas/user/default", schema)).status == 200
    actor = Actor("00uApps", permissions_of_roles([Role.APP_ADMIN]))
    change = MappingChange(None, {"title": Mapping("title", "user.ssn")})
    with pytest.raises(NotAllowed):
        await change_plans.create_plan(api.database, actor, app, change, lifetime=60.0)
    plan = await change_plans.create_plan(api.database, SYSTEM, app, change, lifetime=60.0)
    with pytest.raises(NotAllowed):
        await trials.try_plan(api.database, actor, plan.row.id, percent=50)

"""Values set by hand, group values, conversion of assignments, and the explanations of all that, through the API."""

from typing import Any

from tests.api.test_app_users import ALL_ON, make_app, make_group, make_user, marked

from provisor.apps.schemas import SCIM_SCHEMA
from provisor.directory.attributes import Attribute, AttributeType, Scope
from provisor.directory.schemas import render_stored
from provisor.store import mappings, profile_schemas

SCHEMA = (
    *SCIM_SCHEMA,
    Attribute("role", "Role", longest=10, default="guest"),
    Attribute("teams", "Teams", AttributeType.ARRAY, item=AttributeType.STRING, union=True),
    Attribute("desk", "Desk", scope=Scope.SELF),
    Attribute("code", "Code", sensitive=True),
    Attribute("level", "Level", AttributeType.INTEGER),
)


async def connected_app(api: Any, properties: list[dict[str, str]] | None = None) -> str:
    """An app with attributes of its own that keeps accounts; nobody ever answers at its address."""
    app = await make_app(api)
    app_id = app.removeprefix("/apps/")
    async with api.database.pool.acquire() as connection:
        await profile_schemas.put(connection, app_id, render_stored(SCHEMA))
        await connection.execute(
            """INSERT INTO app_connection (app_id, status, base_url, auth_scheme, secret)
            VALUES ($1, 'ENABLED', 'https://wiki.example.com/scim', 'TOKEN', '')""",
            app_id,
        )
        if properties is not None:
            row = (await mappings.list_of_app(connection, app_id))[0]
            await mappings.update(connection, row.id, properties, [])
        await mappings.bump(connection, app_id)
    assert (await api.put(f"{app}/features/USER_PROVISIONING", ALL_ON)).status == 200
    return app


def ours(api: Any, app: str, user: str, what: str) -> str:
    return f"{api.url}/provisor/v1{app}/users/{user}/{what}"


async def served(api: Any) -> None:
    """As if a worker had looked at everybody."""
    await api.database.pool.execute("DELETE FROM dirty")


async def explained(api: Any, app: str, user: str, attribute: str) -> dict[str, Any]:
    answer = await api.get(ours(api, app, user, f"explanation?attribute={attribute}"))
    assert answer.status == 200, answer.body
    return answer.body["values"][0]


async def names_in_log(api: Any) -> list[dict[str, Any]]:
    rows = await api.database.pool.fetch(
        "SELECT detail FROM event WHERE type = 'application.user_membership.update' ORDER BY seq"
    )
    return [row[0] for row in rows if row[0]]


async def test_an_override_wins_until_it_is_reset(api):
    """It marks the person, is named in the log without its value, and the explanation says what it stands before."""
    app, user = await connected_app(api), await make_user(api)
    assert (await api.post(f"{app}/users", {"id": user})).status == 200
    await served(api)
    answer = await api.patch(ours(api, app, user, "overrides"), {"givenName": "Nan", "userName": "nan"})
    assert answer.status == 200 and answer.body["overridden"] == ["givenName", "userName"]
    assert await marked(api) == [user]
    found = await explained(api, app, user, "givenName")
    assert (found["value"], found["origin"]) == ("Nan", "OVERRIDE")
    assert found["setBy"]["event"] == "application.user_membership.update"
    assert [(each["origin"], each["value"], each["wins"]) for each in found["candidates"]] == [
        ("OVERRIDE", "Nan", True),
        ("MAPPING", "ann", False),
    ]
    assert (await explained(api, app, user, "userName"))["value"] == "nan"
    await served(api)
    assert (await api.delete(ours(api, app, user, "overrides/givenName"))).status == 204
    assert await marked(api) == [user]
    mapped = await explained(api, app, user, "givenName")
    assert (mapped["value"], mapped["origin"], mapped["expression"]) == ("ann", "MAPPING", "user.firstName")
    assert mapped["sources"][0]["change"]["event"] == "user.lifecycle.create"
    assert (await api.delete(ours(api, app, user, "overrides"))).status == 204
    assert (await explained(api, app, user, "userName"))["value"] == "ann@example.com"
    told = await names_in_log(api)
    assert told == [{"overridden": ["givenName", "userName"]}, {"reset": ["givenName"]}, {"reset": ["userName"]}]


async def test_repeating_an_override_changes_nothing(api):
    """Neither a mark nor an event comes of it; replacing them all resets the others."""
    app, user = await connected_app(api), await make_user(api)
    await api.post(f"{app}/users", {"id": user})
    for _ in range(2):
        assert (await api.put(ours(api, app, user, "overrides/role"), {"value": "lead"})).status == 200
    assert len(await names_in_log(api)) == 1
    await served(api)
    await api.put(ours(api, app, user, "overrides/role"), {"value": "lead"})
    assert await marked(api) == []
    replaced = await api.put(ours(api, app, user, "overrides"), {"level": 3})
    assert replaced.body["overridden"] == ["level"]


async def test_what_does_not_fit_the_schema_is_refused_by_its_name(api):
    """All problems at once; null is a value of its own, but not for what the app requires."""
    app, user = await connected_app(api), await make_user(api)
    path = ours(api, app, user, "overrides")
    assert (await api.patch(path, {"role": "lead"})).status == 404
    await api.post(f"{app}/users", {"id": user})
    refused = await api.patch(
        path, {"role": "far too long a role", "level": "3", "nothing": 1, "email": None, "userName": ""}
    )
    assert (refused.status, refused.code) == (400, "E0000001")
    assert [cause.partition(":")[0] for cause in refused.causes] == ["role", "level", "nothing", "email", "userName"]
    assert "reset it instead" in refused.causes[3]
    assert (await api.put(f"{path}/role", {"valeu": 1})).status == 400
    emptied = await api.put(f"{path}/role", {"value": None})
    assert emptied.body["values"][0]["value"] is None
    assert emptied.body["values"][0]["note"] == "An administrator has set that there is no value."
    assert (await api.get(ours(api, app, user, "explanation?attribute=nothing"))).status == 404
    assert (await api.get(ours(api, app, await make_user(api, "bob"), "explanation"))).status == 404


async def test_sensitive_values_are_asterisks(api):
    """In the value, its layers and what it was made of; that there is one may be seen."""
    app, user = await connected_app(api), await make_user(api)
    await api.post(f"{app}/users", {"id": user})
    answer = await api.put(ours(api, app, user, "overrides/code"), {"value": "hush-hush"})
    assert "hush" not in str(answer.body)
    assert (answer.body["values"][0]["value"], answer.body["values"][0]["masked"]) == ("********", True)
    assert "hush" not in str((await api.get(ours(api, app, user, "explanation"))).body)
    assert "code" not in (await api.get(f"{app}/users/{user}")).body["profile"]
    planned = (await api.get(f"{api.url}/provisor/v1{app}/plan?user={user}")).body["operations"][0]
    assert "hush" not in str(planned)
    assert [each["after"] for each in planned["changes"] if each["attribute"] == "code"] == ["********"]


async def test_values_typed_at_assignment_count_where_nothing_is_mapped(api):
    """For mapped attributes they are ignored, as the app's own client writes them back; a misfit is refused."""
    app, user = await connected_app(api), await make_user(api)
    refused = await api.post(f"{app}/users", {"id": user, "profile": {"level": "three"}})
    assert (refused.status, refused.causes[0].partition(":")[0]) == (400, "level")
    assert (await api.post(f"{app}/users", {"id": user, "profile": {"level": 3, "givenName": "X"}})).status == 200
    assert (await explained(api, app, user, "givenName"))["value"] == "ann"
    await served(api)
    assert (await api.post(f"{app}/users/{user}", {"profile": {"level": 4}})).status == 200
    assert await marked(api) == [user]
    found = await explained(api, app, user, "level")
    assert (found["value"], found["origin"]) == (4, "GIVEN")
    assert found["setBy"]["event"] == "application.user_membership.update"


async def test_a_groups_values_reach_those_who_are_in_the_app_already(api):
    """When they are set, change, change places, and go; whom they cannot concern is left alone."""
    app = await connected_app(api)
    ann, bob, eve = [await make_user(api, name) for name in ("ann", "bob", "eve")]
    high, low = await make_group(api, "High", ann), await make_group(api, "Low", ann, bob)
    for user in (ann, bob, eve):
        await api.post(f"{app}/users", {"id": user})
    steps = [
        (api.put, f"{app}/groups/{low}", {"profile": {"role": "low", "teams": ["a", "b"]}}, [ann, bob]),
        (api.put, f"{app}/groups/{high}", {"profile": {"role": "high", "teams": ["b", "c"]}}, [ann]),
        (api.put, f"{app}/groups/{high}", {"profile": {"role": "high", "teams": ["b", "c"]}}, []),
        (api.patch, f"{app}/groups/{high}", [{"op": "replace", "path": "/priority", "value": 9}], [ann]),
        (api.patch, f"{app}/groups/{low}", [{"op": "add", "path": "/profile/role", "value": "LOW"}], [ann, bob]),
    ]
    for call, path, body, expected in steps:
        await served(api)
        answer = await call(path, body)
        assert answer.status == 200, answer.body
        assert await marked(api) == sorted(expected)
    found = await explained(api, app, ann, "role")
    assert (found["value"], found["origin"], found["setBy"]["event"]) == (
        "LOW",
        "GROUP",
        "group.application_assignment.update",
    )
    assert [(each["group"] or {}).get("name") for each in found["candidates"]] == ["Low", "High", None]
    assert (await explained(api, app, ann, "teams"))["value"] == ["a", "b", "c"]
    await served(api)
    await api.delete(f"{app}/groups/{low}")
    assert await marked(api) == sorted([ann, bob])
    assert (await explained(api, app, ann, "role"))["value"] == "high"
    assert (await explained(api, app, bob, "role"))["origin"] == "DEFAULT"
    await served(api)
    await api.delete(f"/groups/{high}")
    assert ann in await marked(api)


async def test_a_group_sets_only_what_a_group_may(api):
    """Not the account's name, not what is “User personal”, nothing that the app does not have."""
    app, group = await connected_app(api), await make_group(api, "Staff")
    refused = await api.put(
        f"{app}/groups/{group}", {"profile": {"userName": "x", "desk": "1", "nothing": 1, "teams": "a", "role": "ok"}}
    )
    assert (refused.status, [cause.partition(":")[0] for cause in refused.causes]) == (
        400,
        ["userName", "desk", "nothing", "teams"],
    )


async def test_assignments_are_converted_where_a_group_can_take_over(api):
    """One, some or all; who has no assigned group stays; converting changes no account, so nobody is marked."""
    app = await connected_app(api)
    ann, bob, eve = [await make_user(api, name) for name in ("ann", "bob", "eve")]
    for user in (ann, bob, eve):
        await api.post(f"{app}/users", {"id": user})
    await api.put(f"{app}/groups/{await make_group(api, 'Staff', ann, bob)}")
    await served(api)
    path = f"{api.url}/provisor/v1{app}/conversion"
    seen = (await api.get(f"{path}?to=GROUP")).body
    assert (seen["converts"]["number"], seen["stays"]["number"]) == (2, 1)
    assert [(each["login"], each["groups"]) for each in seen["people"]] == [
        ("ann@example.com", ["Staff"]),
        ("bob@example.com", ["Staff"]),
    ]
    one = (await api.post(path, {"to": "GROUP", "users": [ann, eve]})).body
    assert (one["users"], one["refused"]) == ([ann], [eve])
    assert (await api.get(f"{app}/users/{ann}")).body["scope"] == "GROUP"
    assert (await api.post(path, {"to": "GROUP"})).body["converted"] == 1
    scopes = {each["id"]: each["scope"] for each in (await api.get(f"{app}/users")).body}
    assert scopes == {ann: "GROUP", bob: "GROUP", eve: "USER"}
    assert (await api.post(path, {"to": "USER"})).body["converted"] == 2
    assert {each["scope"] for each in (await api.get(f"{app}/users")).body} == {"USER"}
    assert await marked(api) == []
    assert (await api.post(path, {"to": "SOMEWHERE"})).status == 400


async def test_why_tells_of_anybody_and_any_app(api):
    """Also of somebody whom the app never knew, and which of its groups would do."""
    app, ann = await connected_app(api), await make_user(api)
    await api.put(f"{app}/groups/{await make_group(api, 'Staff')}")
    answer = await api.get(ours(api, app, "ann@example.com", "why"))
    assert (answer.body["cause"], answer.body["account"]["state"]) == ("NOT_ASSIGNED", "NONE")
    assert answer.body["advice"] == "Assign the person, or add them to “Staff”."
    await api.post(f"{app}/users", {"id": ann})
    waiting = (await api.get(ours(api, app, ann, "why"))).body
    assert (waiting["cause"], waiting["queue"]["lane"], waiting["queue"]["before"]) == ("WAITING", "CHANGE", 0)
    await api.post(f"{api.url}/provisor/v1{app}/pause", {"reason": "moving house"})
    paused = (await api.get(ours(api, app, ann, "why"))).body
    assert (paused["cause"], "moving house" in paused["reason"]) == ("PAUSED", True)
    assert (await api.get(ours(api, app, "nobody@example.com", "why"))).status == 404


async def test_a_mapping_without_a_result_is_shown_term_by_term(api):
    """The problem stands where it arose, and is the reason why there is no account."""
    failing = {"target": "level", "expression": "Convert.toInt(user.lastName)", "pushStatus": "PUSH"}
    app, ann = await connected_app(api, [failing]), await make_user(api)
    await api.post(f"{app}/users", {"id": ann})
    found = await explained(api, app, ann, "level")
    assert "Lee" in found["problem"]
    assert [(each["text"], each["value"], bool(each["problem"])) for each in found["terms"]] == [
        ("Convert.toInt(user.lastName)", None, True),
        ("user.lastName", "Lee", False),
    ]
    why = (await api.get(ours(api, app, ann, "why"))).body
    assert (why["cause"], "“level” has no result" in why["reason"]) == ("NO_RESULT", True)


async def test_who_leaves_a_group_while_its_members_are_walked_over_is_looked_at(api):
    """The walk does not find them any more, and what the group set is theirs no longer."""
    app, ann = await connected_app(api), await make_user(api)
    group = await make_group(api, "Staff", ann)
    await api.post(f"{app}/users", {"id": ann})
    await served(api)
    await api.database.pool.execute(
        """INSERT INTO sweep (id, app_id, kind, group_id, cause, actor_id)
        VALUES ('swp1', $1, 'VALUES', $2, 'trn1', 'test')""",
        app.removeprefix("/apps/"),
        group,
    )
    await api.delete(f"/groups/{group}/users/{ann}")
    assert await marked(api) == [ann]

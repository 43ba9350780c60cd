"""Profile schemas and types of people over the API, in Okta's shapes."""

import asyncio
from typing import Any

from provisor.services import profile_sweeping

USER = "/meta/schemas/user/default"
ANN = {"login": "ann@example.com", "email": "ann@example.com", "firstName": "Ann", "lastName": "Lee"}
BOB = {"login": "bob@example.com", "email": "bob@example.com", "firstName": "Bob", "lastName": "Roe"}


def custom(**attributes: Any) -> dict[str, Any]:
    """A change of the attributes that were added."""
    return {"definitions": {"custom": {"properties": attributes}}}


async def test_an_attribute_lives_from_its_addition_to_its_removal(api):
    """It is added, filled, searched, refused where it does not fit, and gone with its values when it is removed."""
    added = await api.post(
        USER,
        custom(
            level={"title": "Level", "type": "integer", "minimum": 1},
            tags={"title": "Tags", "type": "array", "items": {"type": "string"}},
            remote={"title": "Works elsewhere", "type": "boolean"},
        ),
    )
    assert added.status == 200, added.body
    assert added.body["definitions"]["custom"]["properties"]["level"]["type"] == "integer"
    given = {**ANN, "level": 3, "tags": ["red", "Blue"], "remote": True}
    user = (await api.post("/users", {"profile": given})).body
    assert user["profile"]["tags"] == ["red", "Blue"]
    refused = await api.post(f"/users/{user['id']}", {"profile": {"level": 0, "tags": "red"}})
    assert (refused.status, len(refused.causes)) == (400, 2)
    for search in ("profile.level gt 2", 'profile.tags eq "blue"', "profile.remote eq true", "type.id pr"):
        found = await api.get("/users", params={"search": search, "sortBy": "profile.level"})
        assert [each["id"] for each in found.body] == [user["id"]], search
    assert (await api.get("/users", params={"search": "profile.level lt 3"})).body == []
    await api.post(USER, custom(level=None))
    await profile_sweeping.finish(api.database)
    shown = (await api.get(f"/users/{user['id']}")).body["profile"]
    assert "level" not in shown and shown["tags"] == ["red", "Blue"]
    renamed = await api.post(f"/users/{user['id']}", {"profile": {"title": "Lead"}})
    assert renamed.body["profile"]["title"] == "Lead"


async def test_what_came_with_provisor_is_changed_within_limits(api):
    """Names may become optional, the login may be any text, and everything else stays."""
    body = {"definitions": {"base": {"properties": {"lastName": {"required": False}, "login": {"pattern": ".+"}}}}}
    changed = (await api.post(USER, body)).body["definitions"]["base"]
    assert "lastName" not in changed["required"]
    made = await api.post("/users", {"profile": {"login": "robot", "email": "a@example.com", "firstName": "R"}})
    assert made.status == 200, made.body
    assert (await api.get("/users/robot")).body["profile"]["login"] == "robot"
    refused = await api.post(USER, {"definitions": {"base": {"properties": {"title": {"maxLength": 5}}}}})
    assert refused.status == 400 and "title.maxLength" in refused.causes[0]


async def test_nobody_shares_the_value_of_a_unique_attribute(api):
    """The second one is refused, on create, on change and in a load; null is everybody's."""
    await api.post(USER, custom(badge={"title": "Badge", "type": "string", "unique": True}))
    assert (await api.get(USER)).body["definitions"]["custom"]["properties"]["badge"]["unique"] == "UNIQUE_VALIDATED"
    await api.post("/users", {"profile": {**ANN, "badge": "7"}})
    refused = await api.post("/users", {"profile": {**BOB, "badge": "7"}})
    assert refused.status == 400 and refused.causes[0].startswith("badge")
    bob = (await api.post("/users", {"profile": BOB})).body["id"]
    assert (await api.post(f"/users/{bob}", {"profile": {"badge": "7"}})).status == 400
    rows = [
        {"line": 2, "profile": {"login": ANN["login"], "badge": "8"}},
        {"line": 3, "profile": {"login": BOB["login"], "badge": "7"}},
        {"line": 4, "profile": {**ANN, "login": "cy@example.com", "badge": "8"}},
    ]
    report = (await api.post(f"{api.url}/provisor/v1/users/load", {"rows": rows})).body
    assert (report["updated"], report["created"]) == (2, 0)
    assert [each["line"] for each in report["refused"]] == [4]


async def test_of_two_who_take_a_value_at_once_one_gets_it(api):
    """Each request is a transaction of its own, and the value has one holder at the end."""
    await api.post(USER, custom(badge={"title": "Badge", "type": "string", "unique": True}))
    people = [
        {**ANN, "login": f"p{number}@example.com", "email": f"p{number}@example.com", "badge": "1"}
        for number in range(6)
    ]
    answers = await asyncio.gather(*(api.post("/users", {"profile": each}) for each in people))
    assert sorted(each.status for each in answers) == [200, *[400] * 5]
    held = await api.database.pool.fetch("SELECT holder FROM unique_value")
    assert [row[0] for row in held] == [each.body["id"] for each in answers if each.status == 200]


async def test_duplicates_that_are_there_clear_the_restriction(api):
    """The log says how many and who; the attribute is as it was."""
    for person in (ANN, BOB):
        assert (await api.post("/users", {"profile": {**person, "title": "Lead"}})).status == 200
    await api.post(USER, custom(badge={"title": "Badge", "type": "string"}))
    for login in (ANN["login"], BOB["login"]):
        await api.post(f"/users/{login}", {"profile": {"badge": "7"}})
    answer = await api.post(USER, custom(badge={"unique": True}))
    assert "unique" not in answer.body["definitions"]["custom"]["properties"]["badge"]
    events = (await api.get("/logs", params={"filter": 'eventType eq "provisor.profile.uniqueness"'})).body
    assert events[0]["outcome"]["result"] == "FAILURE"
    assert events[0]["debugContext"]["debugData"]["duplicates"] == 1
    assert await api.database.pool.fetchval("SELECT count(*) FROM unique_value") == 0


async def test_people_become_of_another_type(api):
    """What both types have is kept, the event tells, and a type with people cannot be deleted."""
    kind = (await api.post("/meta/types/user", {"name": "contractor", "displayName": "Contractor"})).body
    assert kind["default"] is False
    theirs = f"/meta/schemas/user/{kind['_links']['schema']['href'].rpartition('/')[2]}"
    await api.post(USER, custom(size={"title": "Size", "type": "string"}, level={"title": "L", "type": "integer"}))
    await api.post(theirs, custom(size={"title": "Size", "type": "string"}, level={"title": "L", "type": "string"}))
    user = (await api.post("/users", {"profile": {**ANN, "size": "M", "level": 3}})).body
    moved = await api.put(f"/users/{user['id']}", {"profile": ANN, "type": {"id": kind["id"]}})
    assert moved.body["type"] == {"id": kind["id"]}
    assert moved.body["profile"]["size"] == "M" and "level" not in moved.body["profile"]
    events = (await api.get("/logs", params={"filter": 'eventType eq "user.account.update_user_type"'})).body
    assert events[0]["target"][0]["id"] == user["id"]
    assert (await api.delete(f"/meta/types/user/{kind['id']}")).status == 403
    made = await api.post("/users", {"profile": {**BOB, "level": "high"}, "type": {"id": kind["id"]}})
    assert made.body["profile"]["level"] == "high"
    assert (await api.post("/users", {"profile": BOB, "type": {"id": "oty0"}})).status == 400


async def test_groups_have_attributes_too(api):
    """Added ones are checked like those of people."""
    path = "/meta/schemas/group/default"
    await api.post(path, custom(floor={"title": "Floor", "type": "integer"}))
    group = await api.post("/groups", {"profile": {"name": "A", "floor": 3}})
    assert group.body["profile"] == {"name": "A", "floor": 3, "description": None}
    assert (await api.post("/groups", {"profile": {"name": "B", "floor": "three"}})).status == 400
    found = await api.get("/groups", params={"search": "profile.floor ge 3"})
    assert [each["profile"]["name"] for each in found.body] == ["A"]
    assert (await api.post(path, custom(groupType={"title": "T", "type": "string"}))).status == 400

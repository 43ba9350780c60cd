"""Groups pushed in over SCIM, and lists of people and groups."""

import asyncio
from typing import Any

from provisor.directory.group import EVERYONE
from provisor.scim import urns
from provisor.services import groups
from provisor.services.actor import SYSTEM


async def test_a_group_comes_with_its_members(inbound):
    """One transaction: the group, its people, their events; each person shows the group."""
    ann, bo = await inbound.hire("ann"), await inbound.hire("bo", displayName="Bo")
    team = await inbound.team("Crew", ann["id"], bo["id"], externalId="g-1")
    shown = (await inbound.get(f"/Groups/{team['id']}")).body
    assert shown == team and shown["externalId"] == "g-1"
    assert [(each["value"], each["display"]) for each in shown["members"]] == [
        (ann["id"], "ann@example.com"), (bo["id"], "Bo"),
    ]  # fmt: skip
    user = (await inbound.get(f"/Users/{ann['id']}")).body
    assert [(each["value"], each["display"]) for each in user["groups"]] == [(team["id"], "Crew")]
    events = (await inbound.events())[4:]
    assert events == ["group.lifecycle.create", "group.user_membership.add", "group.user_membership.add"]


async def test_members_come_and_go_by_patch(inbound):
    """Okta's and Entra's forms; what changes nothing leaves no trace."""
    ann, bo, cy = [(await inbound.hire(each))["id"] for each in ("ann", "bo", "cy")]
    group = f"/Groups/{(await inbound.team('Crew', ann))['id']}"
    await inbound.patch(group, {"op": "Add", "path": "members", "value": [{"value": bo}, {"value": cy}]})
    await inbound.patch(group, {"op": "remove", "path": f'members[value eq "{ann}"]'})
    shown = (await inbound.get(group)).body
    assert [each["value"] for each in shown["members"]] == [bo, cy]
    events = await inbound.events()
    again = [
        {"op": "add", "path": "members", "value": [{"value": bo}]},
        {"op": "remove", "path": f'members[value eq "{ann}"]'},
        {"op": "replace", "path": "members", "value": [{"value": cy}, {"value": bo}]},
        {"op": "replace", "path": "displayName", "value": "Crew"},
    ]
    for operation in again:
        assert (await inbound.patch(group, operation)).status == 200
    assert (await inbound.get(group)).body == shown
    assert await inbound.events() == events
    await inbound.patch(group, {"op": "Remove", "path": "members", "value": [{"value": bo}, {"value": cy}]})
    assert "members" not in (await inbound.get(group)).body


async def test_a_put_names_all_members(inbound):
    """Who is left out leaves; the group's description, which SCIM has no word for, stays."""
    ann, bo = [(await inbound.hire(each))["id"] for each in ("ann", "bo")]
    made = await groups.create_group(inbound.database, SYSTEM, {"name": "Crew", "description": "All hands"})
    await groups.add_member(inbound.database, SYSTEM, made.id, ann)
    body = {"schemas": [urns.GROUP], "displayName": "The crew", "members": [{"value": bo}]}
    assert [each["value"] for each in (await inbound.put(f"/Groups/{made.id}", body)).body["members"]] == [bo]
    changed = await groups.get_group(inbound.database, SYSTEM, made.id)
    assert changed.profile == {"name": "The crew", "description": "All hands"}


async def test_a_group_that_is_deleted_is_gone(inbound):
    """Unlike people, groups are deleted; their people stay."""
    ann = (await inbound.hire("ann"))["id"]
    group = f"/Groups/{(await inbound.team('Crew', ann))['id']}"
    assert (await inbound.delete(group)).status == 204
    assert (await inbound.get(group)).status == (await inbound.delete(group)).status == 404
    assert "groups" not in (await inbound.get(f"/Users/{ann}")).body


async def test_only_people_are_members(inbound):
    """An unknown id, and a group, are refused by name; nothing of the request happens."""
    group = f"/Groups/{(await inbound.team('Crew'))['id']}"
    for member in ("00u0000000000nobody0", "no id of ours", EVERYONE):
        members = [{"value": member}]
        made = await inbound.post("/Groups", {"displayName": "Others", "members": members})
        changed = await inbound.patch(group, {"op": "add", "value": {"displayName": "X", "members": members}})
        for reply in (made, changed):
            assert (reply.status, reply.body["scimType"]) == (400, "invalidValue")
            assert member in reply.detail
    assert [each["displayName"] for each in (await inbound.get("/Groups")).body["Resources"]] == ["Everyone", "Crew"]


async def test_a_name_that_is_taken_is_a_conflict(inbound):
    """On POST and PATCH."""
    await inbound.team("Crew")
    other = await inbound.team("Other")
    assert (await inbound.post("/Groups", {"displayName": "Crew"})).body["scimType"] == "uniqueness"
    renamed = await inbound.patch(f"/Groups/{other['id']}", {"op": "replace", "value": {"displayName": "Crew"}})
    assert renamed.status == 409


async def test_groups_that_are_not_ours_to_change_can_be_read(inbound):
    """Everyone, and a group that an app brought: 403 says whose they are."""
    app_group = "00gAppGroup000000000"
    await inbound.database.pool.execute(
        "INSERT INTO groups (id, type, name, profile) VALUES ($1, 'APP_GROUP', 'Theirs', $2)",
        app_group, {"name": "Theirs"},
    )  # fmt: skip
    ann = (await inbound.hire("ann"))["id"]
    for group in (EVERYONE, app_group):
        path = f"/Groups/{group}"
        shown = await inbound.get(path)
        assert shown.status == 200 and "members" not in shown.body
        refused = [
            await inbound.patch(path, {"op": "add", "path": "members", "value": [{"value": ann}]}),
            await inbound.put(path, {"displayName": "Mine"}),
            await inbound.delete(path),
        ]
        assert [reply.status for reply in refused] == [403] * 3
    assert "built in" in (await inbound.delete(f"/Groups/{EVERYONE}")).detail


async def test_if_match_of_groups_sees_other_peoples_changes_of_members(inbound):
    """A membership changed in the directory makes the client's tag old."""
    ann = (await inbound.hire("ann"))["id"]
    team = await inbound.team("Crew")
    tag = team["meta"]["version"]
    await groups.add_member(inbound.database, SYSTEM, team["id"], ann)
    path = f"/Groups/{team['id']}"
    assert (await inbound.put(path, {"displayName": "X"}, If_Match=tag)).status == 412
    assert (await inbound.delete(path, If_Match=tag)).status == 412


async def test_two_writers_of_one_group_both_get_their_members_in(inbound):
    """Concurrent additions do not lose each other."""
    ids = [(await inbound.hire(f"p{n}"))["id"] for n in range(6)]
    group = f"/Groups/{(await inbound.team('Crew'))['id']}"

    async def add(id: str) -> None:
        reply = await inbound.patch(group, {"op": "add", "path": "members", "value": [{"value": id}]})
        while reply.status == 412:
            reply = await inbound.patch(group, {"op": "add", "path": "members", "value": [{"value": id}]})
        assert reply.status == 200

    await asyncio.gather(*map(add, ids))
    assert [each["value"] for each in (await inbound.get(group)).body["members"]] == ids


FILTERS = [
    ('userName eq "ANN@example.com"', ["ann"]),
    ('externalId eq "x-bo"', ["bo"]),
    ('externalId eq "X-BO"', []),
    ('displayName eq "groß"', ["bo"]),
    ('displayName eq "ann lee"', ["ann"]),
    ('emails.value eq "BO@example.org"', ["bo"]),
    ('emails eq "ann@example.com"', ["ann"]),
    ('emails[type eq "work" and value eq "cy@example.com"]', ["cy"]),
    ('emails[type eq "other"]', ["bo"]),
    ('emails[primary eq true and value sw "c"]', ["cy"]),
    ('name.familyName eq "tester" and title pr', ["ann", "cy"]),
    ("name pr and not (title pr)", ["bo"]),
    ('active eq false or title co "oss"', ["ann", "cy"]),
    (f'{urns.ENTERPRISE_USER}:department eq "Tour"', ["bo"]),
    (f'{urns.ENTERPRISE_USER}:manager.value eq "17"', ["bo"]),
    (f"{urns.ENTERPRISE_USER}:manager pr", ["bo"]),
    ('groups.display eq "crew"', ["ann"]),
    ('meta.created gt "2020-01-01T00:00:00Z" and userName sw "a"', ["ann"]),
    ('addresses[country eq "DE"]', ["cy"]),
    ('userName eq "a\\u0000b"', []),
    ("photos pr", []),
]


async def test_filters_find_who_they_describe(inbound):
    """By index or by condition; one that is no filter is refused."""
    ann = await inbound.hire("ann", displayName="Ann Lee", title="Boss")
    await inbound.hire(
        "bo", displayName="Groß", externalId="x-bo",
        emails=[{"value": "bo@example.com", "primary": True}, {"value": "bo@example.org"}],
        **{urns.ENTERPRISE_USER: {"department": "Tour", "manager": {"value": "17"}}},
    )  # fmt: skip
    await inbound.hire("cy", title="Clerk", active=False, addresses=[{"country": "DE"}])
    await inbound.team("Crew", ann["id"])
    found: dict[str, list[str]] = {}
    for text in dict(FILTERS):
        reply = await inbound.get("/Users", filter=text)
        assert reply.status == 200, (text, reply.body)
        found[text] = [each["userName"].partition("@")[0] for each in reply.body["Resources"]]
        assert reply.body["totalResults"] == len(found[text])
    assert found == dict(FILTERS)
    refused = await inbound.get("/Users", filter='userName is "ann"')
    assert (refused.status, refused.body["scimType"]) == (400, "invalidFilter")


async def test_lists_are_sorted_without_regard_to_case(inbound):
    """RFC 7644 §3.4.2.3: missing values last, of several values the primary one."""
    await inbound.hire("a", externalId="2", emails=[{"value": "B1@x.org"}])
    await inbound.hire("B", title="Alpha", externalId="3", emails=[{"value": "a1@x.org"}])
    two = [{"value": "z@x.org"}, {"value": "C1@x.org", "primary": True}]
    await inbound.hire("c", title="beta", externalId="1", emails=two)

    async def order(sort_by: str, **more: Any) -> str:
        found = (await inbound.get("/Users", sortBy=sort_by, **more)).body["Resources"]
        return "".join(each["userName"][0].lower() for each in found)

    wanted = {
        "userName": "abc", "title": "bca", "name.givenName": "abc", "emails": "bac", "externalId": "cab",
        "meta.created": "abc",
    }  # fmt: skip
    assert {each: await order(each) for each in wanted} == wanted
    assert {each: (await order(each, sortOrder="descending"))[::-1] for each in wanted} == wanted


async def test_groups_are_found(inbound):
    """By name, by the client's id, by member; Everyone has no members here."""
    ann = (await inbound.hire("ann"))["id"]
    await inbound.team("Crew", ann)
    await inbound.team("Größe", externalId="g-1")
    wanted = {
        'displayName eq "CREW"': ["Crew"],
        'externalId eq "g-1"': ["Größe"],
        'displayName eq "grösse"': ["Größe"],
        f'members.value eq "{ann}"': ["Crew"],
        f'members[value eq "{ann}"]': ["Crew"],
        "members pr": ["Crew"],
        'displayName sw "e"': ["Everyone"],
        f'id eq "{EVERYONE}"': ["Everyone"],
    }
    for text, names in wanted.items():
        found = (await inbound.get("/Groups", filter=text)).body
        assert [each["displayName"] for each in found["Resources"]] == names, text


async def test_pages_by_index_and_by_cursor_hold_everybody_once(inbound):
    """While people come, leave and are withdrawn between the pages."""
    people = [(await inbound.hire(f"p{n}"))["id"] for n in range(25)]
    page = (await inbound.get("/Users", startIndex=24, count=10)).body
    assert (page["totalResults"], page["itemsPerPage"], page["startIndex"]) == (25, 2, 24)
    assert [each["id"] for each in page["Resources"]] == people[23:]
    first = (await inbound.get("/Users", cursor="", count=10)).body
    await inbound.delete(f"/Users/{people[3]}")
    people.append((await inbound.hire("late"))["id"])
    second = (await inbound.get("/Users", cursor=first["nextCursor"], count=10)).body
    await inbound.delete(f"/Users/{people[19]}")
    third = (await inbound.get("/Users", cursor=second["nextCursor"], count=10)).body
    seen = [each["id"] for body in (first, second, third) for each in body["Resources"]]
    assert seen == people and "nextCursor" not in third
    assert third["totalResults"] == 24
    assert [each["id"] for each in (await inbound.get("/Users", startIndex=24)).body["Resources"]] == people[-1:]


async def test_pages_of_groups_by_cursor(inbound):
    """All of them, once."""
    made = [EVERYONE] + [(await inbound.team(f"T{n}"))["id"] for n in range(7)]
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        body = (await inbound.get("/Groups", cursor=cursor, count=3)).body
        seen += [each["id"] for each in body["Resources"]]
        cursor = body.get("nextCursor")
    assert seen == made


async def test_bulk_makes_people_and_their_group_in_one_request(inbound, somebody):
    """With references between the operations; what fails is named, the rest stands."""
    operations = [
        {"method": "POST", "path": "/Users", "bulkId": "a", "data": somebody("ann")},
        {"method": "POST", "path": "/Users", "bulkId": "b", "data": somebody("ann")},
        {
            "method": "POST", "path": "/Groups", "bulkId": "g",
            "data": {"displayName": "Crew", "members": [{"value": "bulkId:a"}]},
        },
    ]  # fmt: skip
    reply = await inbound.post("/Bulk", {"schemas": [urns.BULK_REQUEST], "Operations": operations})
    assert [each["status"] for each in reply.body["Operations"]] == ["201", "409", "201"]
    (crew,) = (await inbound.get("/Groups", filter='displayName eq "Crew"')).body["Resources"]
    assert crew["members"][0]["display"] == "ann@example.com"

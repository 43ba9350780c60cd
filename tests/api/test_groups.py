"""Groups and their members over HTTP."""

import asyncio

import pytest

EVERYONE = "00g00000000everyone0"


async def make_group(api, name: str = "Sales", **more) -> dict:
    answer = await api.post("/groups", {"profile": {"name": name, **more}})
    assert answer.status == 200, answer.body
    return answer.body


async def make_user(api, login: str = "ann@example.com") -> str:
    profile = {"login": login, "email": login, "firstName": "Ann", "lastName": "Lee"}
    return (await api.post("/users", {"profile": profile})).body["id"]


async def names(api, path: str, **params) -> list[str]:
    answer = await api.get(path, params=params)
    assert answer.status == 200, answer.body
    return [group["profile"]["name"] for group in answer.body]


async def test_a_new_group_has_oktas_shape(api):
    """Every field, with the links to members and apps."""
    group = await make_group(api, description="Sellers")
    own = f"{api.url}/api/v1/groups/{group['id']}"
    assert group == {
        "id": group["id"],
        "created": group["created"],
        "lastUpdated": group["created"],
        "lastMembershipUpdated": group["created"],
        "objectClass": ["okta:user_group"],
        "type": "OKTA_GROUP",
        "profile": {"name": "Sales", "description": "Sellers"},
        "_links": {
            "self": {"href": own},
            "logo": [],
            "users": {"href": f"{own}/users"},
            "apps": {"href": f"{own}/apps"},
        },
    }
    assert group["id"].startswith("00g") and len(group["id"]) == 20
    assert (await api.get(f"/groups/{group['id']}")).body == group


async def test_a_name_is_unique_with_regard_to_case(api):
    """E0000055 for a second one, when it is made and when it is renamed."""
    await make_group(api, "Sales")
    other = await make_group(api, "sales")
    answer = await api.post("/groups", {"profile": {"name": "Sales"}})
    assert (answer.status, answer.code) == (409, "E0000055")
    answer = await api.put(f"/groups/{other['id']}", {"profile": {"name": "Sales"}})
    assert (answer.status, answer.code) == (409, "E0000055")
    assert await names(api, "/groups") == ["Everyone", "Sales", "sales"]


async def test_a_profile_that_does_not_fit_is_refused(api):
    """With the path of each attribute."""
    for profile, path in (
        ({}, "name"),
        ({"name": ""}, "name"),
        ({"name": "  "}, "name"),
        ({"name": None}, "name"),
        ({"name": 7}, "name"),
        ({"name": "x" * 256}, "name"),
        ({"name": "x", "description": "x" * 1025}, "description"),
        ({"name": "x", "colour": "red"}, "colour"),
        ([], "profile"),
    ):
        answer = await api.post("/groups", {"profile": profile})
        assert (answer.status, answer.code) == (400, "E0000001"), profile
        assert answer.causes[0].startswith(path + ": "), profile
    assert await names(api, "/groups") == ["Everyone"]


async def test_a_group_is_renamed(api):
    """A replace without a description clears it; repeating changes nothing."""
    group = await make_group(api, "Sales", description="Sellers")
    changed = (await api.put(f"/groups/{group['id']}", {"profile": {"name": "Trade"}})).body
    assert changed["profile"] == {"name": "Trade", "description": None}
    assert changed["lastUpdated"] > group["lastUpdated"]
    again = (await api.put(f"/groups/{group['id']}", {"profile": {"name": "Trade"}})).body
    assert again == changed


async def test_everybody_is_in_everyone_and_it_cannot_be_changed(api):
    """From the first start, and for every person."""
    user_id = await make_user(api)
    everyone = (await api.get(f"/groups/{EVERYONE}")).body
    assert (everyone["type"], everyone["profile"]["name"]) == ("BUILT_IN", "Everyone")
    assert everyone["lastMembershipUpdated"] == (await api.get(f"/users/{user_id}")).body["created"]
    assert [user["id"] for user in (await api.get(f"/groups/{EVERYONE}/users")).body] == [user_id]
    for answer in (
        await api.put(f"/groups/{EVERYONE}", {"profile": {"name": "All"}}),
        await api.delete(f"/groups/{EVERYONE}"),
        await api.put(f"/groups/{EVERYONE}/users/{user_id}"),
        await api.delete(f"/groups/{EVERYONE}/users/{user_id}"),
    ):
        assert (answer.status, answer.code) == (403, "E0000006")
    assert len((await api.get(f"/groups/{EVERYONE}/users")).body) == 1


async def test_a_group_from_an_app_is_not_changed_here(api):
    """Its members are the app's business."""
    user_id = await make_user(api)
    await api.database.pool.execute(
        """INSERT INTO groups (id, type, name, profile) VALUES ('00gapp', 'APP_GROUP', 'Sales', '{"name": "Sales"}')"""
    )
    for answer in (
        await api.put("/groups/00gapp", {"profile": {"name": "All"}}),
        await api.delete("/groups/00gapp"),
        await api.put(f"/groups/00gapp/users/{user_id}"),
    ):
        assert (answer.status, answer.code) == (403, "E0000006")
    await make_group(api, "Sales")


async def test_members_come_and_go_and_repeating_changes_nothing(api):
    """Each change is logged once, and moves the time of the last membership, not of the profile."""
    user_id, group = await make_user(api), await make_group(api)
    path = f"/groups/{group['id']}/users/{user_id}"
    assert [(await api.put(path)).status for _ in range(3)] == [204, 204, 204]
    assert [user["id"] for user in (await api.get(f"/groups/{group['id']}/users")).body] == [user_id]
    now = (await api.get(f"/groups/{group['id']}")).body
    assert now["lastMembershipUpdated"] > group["lastMembershipUpdated"]
    assert now["lastUpdated"] == group["lastUpdated"]
    assert [(await api.delete(path)).status for _ in range(3)] == [204, 204, 204]
    assert (await api.get(f"/groups/{group['id']}/users")).body == []
    log = (await api.get('/logs?filter=eventType sw "group.user_membership"')).body
    assert [event["eventType"].rpartition(".")[2] for event in log] == ["add", "remove"]
    assert [target["id"] for target in log[0]["target"]] == [user_id, group["id"]]


async def test_unknown_people_and_groups_are_not_found(api):
    """Whichever of the two it is; a login is as good as an id."""
    await make_user(api)
    group = await make_group(api)
    for method, path in (
        ("PUT", f"/groups/{group['id']}/users/nobody"),
        ("DELETE", f"/groups/{group['id']}/users/nobody"),
        ("PUT", "/groups/00gx/users/ann@example.com"),
        ("GET", "/groups/00gx"),
        ("GET", "/groups/00gx/users"),
        ("GET", "/groups/00gx/apps"),
        ("DELETE", "/groups/00gx"),
        ("GET", "/users/nobody/groups"),
    ):
        answer = await api.call(method, path)
        assert (answer.status, answer.code) == (404, "E0000007"), path
    assert (await api.put(f"/groups/{group['id']}/users/ANN@example.com")).status == 204


async def test_a_deleted_group_takes_its_memberships_along(api):
    """Its name stays in the log, and may be given anew."""
    user_id, group = await make_user(api), await make_group(api)
    await api.put(f"/groups/{group['id']}/users/{user_id}")
    assert (await api.delete(f"/groups/{group['id']}")).status == 204
    assert (await api.get(f"/groups/{group['id']}")).status == 404
    assert await names(api, f"/users/{user_id}/groups") == ["Everyone"]
    event = (await api.get('/logs?filter=eventType eq "group.lifecycle.delete"')).body[0]
    assert event["target"][0]["displayName"] == "Sales"
    await make_group(api, "Sales")


async def test_a_member_who_is_deleted_leaves(api):
    """Deactivated members stay in their groups, erased ones do not."""
    user_id, group = await make_user(api), await make_group(api)
    await api.put(f"/groups/{group['id']}/users/{user_id}")
    await api.delete(f"/users/{user_id}")
    assert len((await api.get(f"/groups/{group['id']}/users")).body) == 1
    await api.delete(f"/users/{user_id}")
    assert (await api.get(f"/groups/{group['id']}/users")).body == []


async def test_groups_are_listed_searched_and_filtered(api):
    """As Okta documents it; wildcards of SQL mean themselves."""
    await make_group(api, "Sales", description="Sellers and buyers")
    await make_group(api, "Sales_North")
    west = await make_group(api, "West 100%")
    assert await names(api, "/groups", q="sales") == ["Sales", "Sales_North"]
    assert await names(api, "/groups", q="sales_") == ["Sales_North"]
    assert await names(api, "/groups", q="orth") == []
    assert await names(api, "/groups", search='profile.name co "0%"') == ["West 100%"]
    assert await names(api, "/groups", search='profile.description co "BUYERS"') == ["Sales"]
    assert await names(api, "/groups", search='type eq "BUILT_IN"') == ["Everyone"]
    assert await names(api, "/groups", filter='type eq "OKTA_GROUP"') == ["Sales", "Sales_North", "West 100%"]
    assert await names(api, "/groups", filter=f'id eq "{west["id"]}"') == ["West 100%"]
    recent = f'lastMembershipUpdated ge "{west["created"]}" and type eq "OKTA_GROUP"'
    assert await names(api, "/groups", filter=recent) == ["West 100%"]
    for params, code in (
        ({"search": 'profile.name ne "x"'}, "E0000031"),
        ({"search": "profile.name"}, "E0000031"),
        ({"filter": 'profile.name eq "x"'}, "E0000094"),
        ({"filter": "type"}, "E0000053"),
        ({"limit": "x"}, "E0000029"),
        ({"after": "x"}, "E0000054"),
    ):
        assert (await api.get("/groups", params=params)).code == code, params


async def test_lists_have_pages(api):
    """Of groups, of members, of the groups of a person."""
    group = await make_group(api, "G0")
    users = [await make_user(api, f"user{number}@example.com") for number in range(3)]
    for user_id in users:
        await api.put(f"/groups/{group['id']}/users/{user_id}")
    await make_group(api, "G1")
    for path, ids in (
        ("/groups", None),
        (f"/groups/{group['id']}/users", users),
        (f"/users/{users[0]}/groups", [EVERYONE, group["id"]]),
    ):
        found, answer = [], await api.get(path, params={"limit": "1"})
        while True:
            assert len(answer.body) == 1
            found += [each["id"] for each in answer.body]
            if answer.next is None:
                break
            answer = await api.get(answer.next)
        assert found == ids if ids else len(found) == 3


async def test_stats_are_counted_when_asked_for(api):
    """With Okta's spelling of the last key."""
    group = await make_group(api)
    await api.put(f"/groups/{group['id']}/users/{await make_user(api)}")
    app = (await api.post("/apps", {"name": "scim2_bearer_token", "label": "Wiki"})).body
    await api.put(f"/apps/{app['id']}/groups/{group['id']}", {})
    stats = {"usersCount": 1, "appsCount": 1, "groupPushMappingsCount": 0, "hasAdminPrivlege": False}
    for answer in (await api.get(f"/groups/{group['id']}?expand=stats"), await api.get("/groups?q=Sales&expand=stats")):
        shown = answer.body[0] if isinstance(answer.body, list) else answer.body
        assert shown["_embedded"]["stats"] == stats
    assert [each["id"] for each in (await api.get(f"/groups/{group['id']}/apps")).body] == [app["id"]]


@pytest.mark.parametrize("round", range(2))
async def test_joining_and_the_group_getting_an_app_miss_nobody(api, round):
    """People who join while the app is assigned are in the app in the end."""
    group = await make_group(api)
    app = (await api.post("/apps", {"name": "scim2_bearer_token", "label": "Wiki"})).body
    users = [await make_user(api, f"user{number}@example.com") for number in range(12)]
    joins = [api.put(f"/groups/{group['id']}/users/{user_id}") for user_id in users]
    assign = api.put(f"/apps/{app['id']}/groups/{group['id']}", {})
    answers = await asyncio.gather(*joins[:6], assign, *joins[6:])
    assert {answer.status for answer in answers} == {200, 204}
    assigned = (await api.get(f"/apps/{app['id']}/users?limit=50")).body
    assert sorted(each["id"] for each in assigned) == sorted(users)


async def test_deleting_a_group_takes_its_people_out_of_the_apps(api):
    """Those whom nothing else assigns."""
    group, other = await make_group(api, "A"), await make_group(api, "B")
    app = (await api.post("/apps", {"name": "scim2_bearer_token", "label": "Wiki"})).body
    ann, bob = await make_user(api), await make_user(api, "bob@example.com")
    for each, user_id in ((group, ann), (group, bob), (other, bob)):
        await api.put(f"/groups/{each['id']}/users/{user_id}")
    for each in (group, other):
        await api.put(f"/apps/{app['id']}/groups/{each['id']}", {})
    await api.delete(f"/groups/{group['id']}")
    assert [each["id"] for each in (await api.get(f"/apps/{app['id']}/users")).body] == [bob]

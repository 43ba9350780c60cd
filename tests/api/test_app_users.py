"""People and groups in apps through the API, without a worker: what is said, refused and marked."""

import pytest

from provisor.scimserver.testing import running

ALL_ON = {
    "create": {"lifecycleCreate": {"status": "ENABLED"}},
    "update": {"profile": {"status": "ENABLED"}, "lifecycleDeactivate": {"status": "ENABLED"}},
}


@pytest.fixture
async def peer():
    """A reference app that takes a bearer token."""
    async with running() as peer:
        yield peer


async def make_app(api, peer=None) -> str:
    """The path of a new app; with a peer, one that provisions."""
    app = f"/apps/{(await api.post('/apps', {'name': 'scim2_bearer_token', 'label': 'Wiki'})).body['id']}"
    if peer is not None:
        connection = {"baseUrl": peer.url, "profile": {"authScheme": "TOKEN", "token": peer.token}}
        assert (await api.post(f"{app}/connections/default?activate=true", connection)).status == 200
        assert (await api.put(f"{app}/features/USER_PROVISIONING", ALL_ON)).status == 200
    return app


async def make_user(api, name: str = "ann", **query) -> str:
    profile = {"login": f"{name}@example.com", "email": f"{name}@example.com", "firstName": name, "lastName": "Lee"}
    answer = await api.post("/users", {"profile": profile}, params={"activate": "true", **query})
    assert answer.status == 200, answer.body
    return answer.body["id"]


async def make_group(api, name: str, *users: str) -> str:
    group = (await api.post("/groups", {"profile": {"name": name}})).body["id"]
    for user in users:
        assert (await api.put(f"/groups/{group}/users/{user}")).status == 204
    return group


async def marked(api) -> list[str]:
    """Who is marked dirty."""
    async with api.database.read() as connection:
        return [row[0] for row in await connection.fetch("SELECT user_id FROM dirty ORDER BY user_id")]


async def test_assigned_without_provisioning_means_active_and_nothing_is_sent(api):
    """Nobody is marked, and switching provisioning on later changes nothing for them."""
    app, user = await make_app(api), await make_user(api)
    shown = await api.post(f"{app}/users", {"id": user, "scope": "USER"})
    assert shown.status == 200, shown.body
    assert (shown.body["status"], shown.body["syncState"], shown.body["scope"]) == ("ACTIVE", "DISABLED", "USER")
    assert shown.body["id"] == user
    assert shown.body["credentials"] == {"userName": "ann@example.com"}
    assert shown.body["profile"]["givenName"] == "ann"
    assert shown.body["externalId"] is None
    assert shown.body["_links"]["user"]["href"].endswith(f"/api/v1/users/{user}")
    assert await marked(api) == []


async def test_assigned_with_provisioning_means_staged_and_marked(api, peer):
    """The row waits for the worker."""
    app, user = await make_app(api, peer), await make_user(api)
    shown = (await api.post(f"{app}/users", {"id": user})).body
    assert (shown["status"], shown["syncState"]) == ("STAGED", "OUT_OF_SYNC")
    assert await marked(api) == [user]
    again = await api.post(f"{app}/users", {"id": user})
    assert again.status == 200


async def test_values_of_mapped_attributes_given_at_assignment_are_ignored(api, peer):
    """The directory wins; a value that no mapping fills is kept."""
    app, user = await make_app(api, peer), await make_user(api)
    given = {"givenName": "Other", "favouriteColour": "blue"}
    shown = (await api.post(f"{app}/users", {"id": user, "profile": given})).body
    assert shown["profile"]["givenName"] == "ann"
    assert shown["profile"]["favouriteColour"] == "blue"


async def test_a_mapped_attribute_cannot_be_changed_by_hand(api, peer):
    """E0000075 names it; writing back what was read, or an unmapped attribute, is fine."""
    app, user = await make_app(api, peer), await make_user(api)
    shown = (await api.post(f"{app}/users", {"id": user})).body
    path = f"{app}/users/{user}"
    refused = await api.post(path, {"profile": {"givenName": "Other"}})
    assert (refused.status, refused.code) == (403, "E0000075")
    assert "givenName" in refused.causes[0]
    refused = await api.post(path, {"credentials": {"userName": "other"}})
    assert (refused.status, refused.code) == (403, "E0000075")
    written = await api.post(path, {**shown, "profile": {**shown["profile"], "favouriteColour": "red"}})
    assert written.status == 200, written.body
    assert written.body["profile"]["favouriteColour"] == "red"


async def test_without_pushed_updates_values_can_be_set(api):
    """Only what Provisor pushes is protected."""
    app, user = await make_app(api), await make_user(api)
    await api.post(f"{app}/users", {"id": user})
    written = await api.post(f"{app}/users/{user}", {"credentials": {"userName": "ann.lee"}, "profile": {"x": 1}})
    assert written.status == 200
    assert written.body["credentials"]["userName"] == "ann.lee"
    assert written.body["profile"]["x"] == 1


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 400, "E0000001"),
        ({"id": 7}, 400, "E0000001"),
        ({"id": "00unobody"}, 404, "E0000007"),
        ({"id": "00unobody", "scope": "GROUP"}, 400, "E0000001"),
        ({"id": "00unobody", "profile": []}, 400, "E0000001"),
        ({"id": "00unobody", "credentials": {"userName": ""}}, 400, "E0000001"),
        ({"id": "00unobody", "credentials": {"userName": "x" * 101}}, 400, "E0000001"),
        ([], 400, "E0000003"),
    ],
)
async def test_an_assignment_that_cannot_be_made_is_refused(api, body, status, code):
    """And nobody is assigned."""
    app = await make_app(api)
    refused = await api.post(f"{app}/users", body)
    assert (refused.status, refused.code) == (status, code)
    assert (await api.get(f"{app}/users")).body == []


async def test_a_deactivated_user_cannot_be_assigned(api):
    """E0000117, as Okta says it."""
    app, user = await make_app(api), await make_user(api)
    await api.post(f"/users/{user}/lifecycle/deactivate")
    refused = await api.post(f"{app}/users", {"id": user})
    assert (refused.status, refused.code) == (403, "E0000117")


async def test_unknown_apps_and_people_are_not_found(api):
    """For every method."""
    app, user = await make_app(api), await make_user(api)
    for answer in (
        await api.get("/apps/0oanone/users"),
        await api.get(f"/apps/0oanone/users/{user}"),
        await api.post("/apps/0oanone/users", {"id": user}),
        await api.delete(f"/apps/0oanone/users/{user}"),
        await api.get(f"{app}/users/{user}"),
        await api.post(f"{app}/users/{user}", {}),
        await api.delete(f"{app}/users/{user}"),
        await api.get("/apps/0oanone/groups"),
        await api.put("/apps/0oanone/groups/00gnone", {}),
        await api.put(f"{app}/groups/00gnone", {}),
        await api.get(f"{app}/groups/00gnone"),
        await api.delete(f"{app}/groups/00gnone"),
    ):
        assert (answer.status, answer.code) == (404, "E0000007")


async def test_a_group_assignment_takes_members_in_and_lets_them_go(api):
    """Scope GROUP, with a link to the group; leaving the group ends the assignment."""
    app, ann, bob = await make_app(api), await make_user(api), await make_user(api, "bob")
    group = await make_group(api, "Staff", ann, bob)
    put = await api.put(f"{app}/groups/{group}", {"priority": 3, "profile": {"costCenter": "1"}})
    assert put.status == 200, put.body
    assert (put.body["id"], put.body["priority"], put.body["profile"]) == (group, 3, {"costCenter": "1"})
    people = (await api.get(f"{app}/users")).body
    assert [(each["id"], each["scope"]) for each in people] == [(ann, "GROUP"), (bob, "GROUP")]
    assert people[0]["_links"]["group"]["href"].endswith(f"/api/v1/groups/{group}")
    await api.delete(f"/groups/{group}/users/{bob}")
    assert [each["id"] for each in (await api.get(f"{app}/users")).body] == [ann]
    assert (await api.delete(f"{app}/groups/{group}")).status == 204
    assert (await api.get(f"{app}/users")).body == []


async def test_only_the_group_can_take_back_what_it_assigned(api):
    """The refusal names the group; a direct assignment beside it can be taken back and leaves the group's."""
    app, user = await make_app(api), await make_user(api)
    group = await make_group(api, "Staff", user)
    await api.put(f"{app}/groups/{group}")
    path = f"{app}/users/{user}"
    refused = await api.delete(path)
    assert (refused.status, refused.code) == (400, "E0000001")
    assert "“Staff”" in refused.body["errorSummary"]
    assert (await api.post(f"{app}/users", {"id": user})).body["scope"] == "USER"
    assert (await api.delete(path)).status == 204
    assert (await api.get(path)).body["scope"] == "GROUP"


async def test_an_app_groups_assignment_is_patched(api):
    """JSON Patch of priority and profile, all of it or none."""
    app = await make_app(api)
    group = await make_group(api, "Staff")
    path = f"{app}/groups/{group}"
    await api.put(path, {"profile": {"title": "Chief", "division": "North"}})
    patched = await api.patch(
        path,
        [
            {"op": "replace", "path": "/priority", "value": 7},
            {"op": "add", "path": "/profile/costCenter", "value": "3"},
            {"op": "remove", "path": "/profile/title"},
        ],
    )
    assert patched.status == 200, patched.body
    assert (patched.body["priority"], patched.body["profile"]) == (7, {"division": "North", "costCenter": "3"})
    for wrong in (
        [{"op": "move", "path": "/priority"}],
        [{"op": "add", "path": "/id", "value": "x"}],
        [{"op": "add", "path": "/priority", "value": -1}],
        [{"op": "add", "path": "/profile/title", "value": "X"}, {"op": "remove", "path": "/priority"}],
        [{"op": "add", "path": "/profile/title", "value": 9}],
        [{"op": "add", "path": "/profile/userName", "value": "ann"}],
        [{"op": "add", "path": "/profile/c~1d", "value": "no such attribute"}],
        ["x"],
    ):
        refused = await api.patch(path, wrong)
        assert (refused.status, refused.code) == (400, "E0000001")
    assert (await api.get(path)).body == patched.body


async def test_groups_of_an_app_are_listed_by_priority(api):
    """A group without a priority comes after those that are there."""
    app = await make_app(api)
    groups = [await make_group(api, f"Group {number}") for number in range(5)]
    for group in reversed(groups):
        await api.put(f"{app}/groups/{group}")
    seen, address = [], f"{app}/groups?limit=2"
    while address:
        answer = await api.get(address)
        seen += [(each["id"], each["priority"]) for each in answer.body]
        address = answer.next
    assert seen == [(group, priority) for priority, group in enumerate(reversed(groups))]


async def test_the_apps_of_a_group_are_listed(api):
    """Where the group's own `apps` link leads."""
    apps = [await make_app(api) for _ in range(3)]
    group = await make_group(api, "Staff")
    for app in apps[:2]:
        await api.put(f"{app}/groups/{group}")
    link = (await api.get(f"/groups/{group}")).body["_links"]["apps"]["href"]
    first = await api.get(f"{link}?limit=1")
    assert [f"/apps/{each['id']}" for each in first.body + (await api.get(first.next)).body] == apps[:2]
    assert (await api.get("/groups/00gnone/apps")).code == "E0000007"


async def test_people_of_an_app_are_listed_page_by_page_and_found_by_prefix(api):
    """`q` is a prefix of user name, first name, last name or e-mail, and never a pattern."""
    app = await make_app(api)
    people = [await make_user(api, f"u{number}_x") for number in range(5)]
    for user in people:
        await api.post(f"{app}/users", {"id": user})
    seen, address = [], f"{app}/users?limit=2"
    while address:
        answer = await api.get(address)
        seen += [each["id"] for each in answer.body]
        address = answer.next
    assert seen == people
    assert [each["id"] for each in (await api.get(f"{app}/users?q=U3_")).body] == [people[3]]
    assert (await api.get(f"{app}/users", params={"q": "%"})).body == []
    assert (await api.get(f"{app}/users", params={"limit": "0"})).code == "E0000029"


async def test_somebody_who_never_had_an_account_is_gone_when_unassigned(api):
    """Without provisioning there is nothing left to show."""
    app, user = await make_app(api), await make_user(api)
    await api.post(f"{app}/users", {"id": user})
    assert (await api.delete(f"{app}/users/{user}")).status == 204
    gone = await api.get(f"{app}/users/{user}")
    assert (gone.status, gone.code) == (404, "E0000007")


async def test_a_link_survives_unassignment_but_is_not_shown(api, peer):
    """DEPROVISIONED with a null externalId; assigned again, the same account is there."""
    app, user = await make_app(api, peer), await make_user(api)
    await api.post(f"{app}/users", {"id": user})
    async with api.database.pool.acquire() as connection:
        await connection.execute("UPDATE app_user SET external_id = 'acct-1', active = true")
        await connection.execute("DELETE FROM dirty")
    shown = (await api.get(f"{app}/users/{user}")).body
    assert (shown["status"], shown["syncState"], shown["externalId"]) == ("PROVISIONED", "SYNCHRONIZED", "acct-1")
    await api.delete(f"{app}/users/{user}")
    shown = (await api.get(f"{app}/users/{user}")).body
    assert (shown["status"], shown["syncState"], shown["externalId"]) == ("DEPROVISIONED", "OUT_OF_SYNC", None)
    assert (await api.get(f"{app}/users")).body == []
    await api.post(f"{app}/users", {"id": user})
    assert (await api.get(f"{app}/users/{user}")).body["externalId"] == "acct-1"


async def test_provision_user_takes_in_one_or_all_who_were_assigned_before(api, peer):
    """People assigned before provisioning was on wait for a person's word."""
    app = await make_app(api)
    people = [await make_user(api, f"u{number}") for number in range(3)]
    for user in people:
        await api.post(f"{app}/users", {"id": user})
    connection = {"baseUrl": peer.url, "profile": {"authScheme": "TOKEN", "token": peer.token}}
    await api.post(f"{app}/connections/default?activate=true", connection)
    await api.put(f"{app}/features/USER_PROVISIONING", ALL_ON)
    assert await marked(api) == []
    own = f"{api.url}/provisor/v1{app}"
    one = await api.post(f"{own}/users/{people[0]}/provision")
    assert one.status == 200, one.body
    assert one.body["status"] == "STAGED"
    assert await marked(api) == people[:1]
    assert (await api.post(f"{own}/provision")).status == 200
    assert await marked(api) == people
    assert (await api.post(f"{own}/users/00unobody/provision")).code == "E0000007"
    assert (await api.post(f"{api.url}/provisor/v1/apps/0oanone/provision")).code == "E0000007"


async def test_force_sync_marks_everybody_who_is_provisioned(api, peer):
    """And says so in the log."""
    app, user = await make_app(api, peer), await make_user(api)
    await api.post(f"{app}/users", {"id": user})
    async with api.database.pool.acquire() as connection:
        await connection.execute("DELETE FROM dirty")
    assert (await api.post(f"{api.url}/provisor/v1{app}/sync")).status == 200
    assert await marked(api) == [user]
    async with api.database.read() as connection:
        types = {row[0] for row in await connection.fetch("SELECT type FROM event")}
    assert "app.app_instance.provision_sync_job.started" in types
    assert "app.app_instance.provision_sync_job.completed" in types

"""Who comes in at `/scim/v2`, what hostile requests get, and what happens while the database is away."""

import asyncio

from provisor.scim import urns
from provisor.services.actor import SYSTEM, Role, Scope
from provisor.services.admins import grant_role
from provisor.settings import Settings

HOSTILE = [
    ("GET", "/Users/%00", None, 404),
    ("GET", "/Users/..%2f..%2fetc", None, 404),
    ("GET", "/Users/ann@example.com", None, 404),
    ("GET", "/Users/" + "0" * 5000, None, 404),
    ("GET", "/Users?filter=userName%20eq%20%22%00%22", None, 400),
    ("GET", "/Users?filter=userName%20eq%20%22%5Cud800%22", None, None),
    ("GET", "/Users?filter=title%20co%20%22%25'%3B--%22", None, 200),
    ("GET", "/Users?startIndex=999999999999999999&count=1000", None, 200),
    ("GET", "/Users?startIndex=-5&count=-1", None, 200),
    ("GET", "/Users?count=100000000000000000000", None, None),
    ("GET", "/Users?sortBy=password", None, None),
    ("GET", "/Users?cursor=forged", None, 400),
    ("GET", "/Nothing", None, 404),
    ("POST", "/Users", b"{", 400),
    ("POST", "/Users", b"[" * 10_000, 400),
    ("POST", "/Users", b'{"userName": "\\ud800@example.com"}', 400),
    ("POST", "/Users", b'{"userName": {"$ne": 1}, "name": []}', 400),
    ("POST", "/Users", b"null", 400),
    ("POST", "/Groups", b'{"displayName": "a\\u0000b"}', 400),
    ("POST", "/Groups", b'{"displayName": "   "}', 400),
    ("POST", "/Groups", b'{"displayName": "%s"}' % (b"x" * 256), 400),
    ("POST", "/Groups", b'{"displayName": "Crew", "members": [{"value": "\\u0000"}]}', 400),
    ("POST", "/Bulk", b"{}", 400),
    ("DELETE", "/Users", None, 405),
]
"""Method, path, body, and the status where it matters which 4xx it is."""


async def test_hostile_requests_are_refused_in_scim(inbound):
    """No 5xx, no stranger's data, an Error message each time."""
    await inbound.hire("ann")
    for method, path, body, status in HOSTILE:
        reply = await inbound.call(method, path, body)
        assert reply.status == status or (status is None and reply.status < 500), (path, body, reply)
        if reply.status >= 400:
            assert reply.body["schemas"] == [urns.ERROR] and reply.detail, path
    assert (await inbound.get("/Users")).body["totalResults"] == 1


async def test_only_tokens_of_the_scopes_scim_and_write_come_in(inbound, somebody):
    """`read` does not, nothing does not, and the refusal is SCIM's."""
    writer = await inbound.with_scopes(Scope.READ, Scope.WRITE)
    assert (await writer.post("/Users", somebody("ann"))).status == 201
    reader = await inbound.with_scopes(Scope.READ)
    refused = await reader.get("/Users")
    assert (refused.status, refused.body["schemas"], "“scim”" in refused.detail) == (403, [urns.ERROR], True)
    for header in ("", "Bearer ", "Bearer wrong", f"SSWS {inbound.token}", inbound.token, "Bearer é"):
        stranger = await inbound.call("GET", "/Users", Authorization=header)
        assert (stranger.status, stranger.headers["WWW-Authenticate"]) == (401, 'Bearer realm="scim"')


async def test_a_scim_token_is_good_for_nothing_else(inbound, listening_front):
    """The management API refuses to read and to write with it; the same token serves `/scim/v2` beside it."""
    async with listening_front(inbound.database) as url:
        headers = {"Authorization": f"SSWS {inbound.token}"}
        for method, path in (("GET", "/api/v1/users"), ("POST", "/api/v1/groups"), ("GET", "/provisor/v1/tasks")):
            async with inbound.session.request(method, url + path, headers=headers) as response:
                assert response.status == 403
                assert "lacks the scope" in (await response.text())
        headers = {"Authorization": f"Bearer {inbound.token}"}
        for path, status in (("/scim/v2/Users", 200), ("/scim/v2x", 299), ("/scim/v2", 404)):
            async with inbound.session.get(url + path, headers=headers) as response:
                assert response.status == status
        async with inbound.session.get(url + "/metrics") as response:
            shown = await response.text()
        assert 'provisor_api_requests_total{method="GET",path="/scim/v2/Users",status="200"} 1.0' in shown


async def test_who_may_do_more_than_the_token_is_not_changed_by_it(inbound, somebody):
    """A source cannot rename, deactivate or set the password of a super administrator; a `write` token can."""
    made = await inbound.hire("boss", password="a password of hers")
    await inbound.hire("other", password="a password of his")
    for login in ("boss@example.com", "other@example.com"):
        await grant_role(inbound.database, SYSTEM, login, Role.SUPER_ADMIN)
    user = f"/Users/{made['id']}"
    refused = [
        await inbound.patch(user, {"op": "replace", "value": {"title": "Nobody"}}),
        await inbound.patch(user, {"op": "replace", "value": {"active": False}}),
        await inbound.patch(user, {"op": "replace", "value": {"password": "one of mine, ha"}}),
        await inbound.delete(user),
    ]
    assert [each.status for each in refused] == [403] * 4
    assert (await inbound.put(user, somebody("boss"))).status == 200, "a repetition changes nothing"
    writer = await inbound.with_scopes(Scope.WRITE)
    assert (await writer.patch(user, {"op": "replace", "value": {"title": "Boss"}})).status == 200


async def test_too_many_requests_are_told_how_long_to_wait(start_inbound):
    """429 with Retry-After, counted by token."""
    async with start_inbound(Settings(api_rate_limit=3)) as inbound:
        # Seven are more than two minutes allow, so the limit is met even when the minute changes in between.
        replies = [await inbound.get("/Users", count=0) for _ in range(7)]
        assert [each.status for each in replies[:1]] == [200]
        refused = [each for each in replies if each.status == 429]
        assert refused and all(1 <= int(each.headers["Retry-After"]) <= 60 for each in refused)


async def test_while_the_database_is_away_clients_are_asked_to_wait(inbound, somebody):
    """503 with Retry-After, for readers and writers."""
    await inbound.hire("ann")
    await inbound.database.pool.close()
    replies = [
        await inbound.get("/Users"),
        await inbound.post("/Users", somebody("bo")),
        await inbound.get("/Groups", filter='displayName eq "x"'),
        await inbound.call("GET", "/Users", Authorization="Bearer a token that nobody has asked about"),
    ]
    assert [(each.status, each.headers["Retry-After"]) for each in replies] == [(503, "5")] * 4


async def test_discovery_says_what_the_directory_keeps(inbound):
    """Bearer tokens, the narrowed schemas, what is supported."""
    config = (await inbound.get("/ServiceProviderConfig")).body
    assert [each["type"] for each in config["authenticationSchemes"]] == ["oauthbearertoken"]
    schema = (await inbound.get(f"/Schemas/{urns.USER}")).body
    names = {each["name"] for each in schema["attributes"]}
    assert "addresses" in names and not {"photos", "x509Certificates", "roles"} & names
    (name,) = [each for each in schema["attributes"] if each["name"] == "name"]
    assert {each["name"] for each in name["subAttributes"] if each["required"]} == {"givenName", "familyName"}


async def test_requests_at_once_for_the_same_new_person_make_one(inbound, somebody):
    """One 201, the others 409."""
    replies = await asyncio.gather(*(inbound.post("/Users", somebody("ann")) for _ in range(5)))
    assert sorted(reply.status for reply in replies) == [201, 409, 409, 409, 409]

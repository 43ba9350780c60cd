"""People pushed in over SCIM: what the directory makes of them, and what the client sees of it."""

import asyncio

from provisor.directory.lifecycle import Operation
from provisor.directory.scim_profile import PATHS
from provisor.scim import urns
from provisor.services.actor import SYSTEM
from provisor.services.users import Credentials, create_user, update_user
from provisor.services.users_lifecycle import change_status, delete_user

ENTERPRISE = urns.ENTERPRISE_USER
WHOLE = {
    "externalId": "hr-17",
    "name": {
        "givenName": "Ann", "familyName": "Lee", "middleName": "B", "honorificPrefix": "Dr", "honorificSuffix": "III",
    },
    "displayName": "Ann Lee", "nickName": "Annie", "profileUrl": "https://example.com/ann", "title": "Engineer",
    "userType": "Employee", "preferredLanguage": "en-US", "locale": "en_US", "timezone": "Europe/Berlin",
    "emails": [
        {"value": "ann@example.com", "type": "work", "primary": True},
        {"value": "ann@example.org", "type": "other"},
    ],
    "phoneNumbers": [
        {"value": "+1 555 0100", "type": "work", "primary": True}, {"value": "+1 555 0101", "type": "mobile"},
    ],
    "addresses": [
        {
            "streetAddress": "1 Main St", "locality": "Town", "region": "CA", "postalCode": "90210", "country": "US",
            "formatted": "1 Main St, Town", "type": "work", "primary": True,
        },
    ],
    ENTERPRISE: {
        "employeeNumber": "17", "costCenter": "4130", "organization": "Universal", "division": "Theme",
        "department": "Tour", "manager": {"value": "26118915", "displayName": "John Smith"},
    },
}  # fmt: skip
"""Everything that the directory has a place for."""


async def test_everything_the_directory_has_a_place_for_arrives_and_is_shown_again(inbound, somebody):
    """Each attribute of the profile is filled, and the answer is what was sent."""
    sent = somebody("ann", **WHOLE)
    shown = await inbound.hire("ann", **WHOLE)
    assert {**sent, "schemas": [urns.USER, ENTERPRISE]} == {k: v for k, v in shown.items() if k not in ("id", "meta")}
    profile = await inbound.profile(shown["id"])
    assert set(profile) == set(PATHS), "the table covers the whole profile"
    assert (profile["secondEmail"], profile["mobilePhone"]) == ("ann@example.org", "+1 555 0101")
    assert (profile["manager"], profile["managerId"], profile["zipCode"]) == ("John Smith", "26118915", "90210")
    assert (await inbound.get(f"/Users/{shown['id']}")).body == shown
    assert await inbound.status(shown["id"]) == "PROVISIONED"
    assert await inbound.events() == ["user.lifecycle.create", "user.lifecycle.activate"]


async def test_the_actor_of_every_event_is_the_token(inbound):
    """And the request is found under the id that the client was told."""
    reply = await inbound.post("/Users", {"userName": "bo@example.com", "name": {"givenName": "B", "familyName": "O"}})
    row = await inbound.database.pool.fetchrow(
        """SELECT e.actor_id, e.transaction_id, w.path FROM event e JOIN web_request w USING (transaction_id)
        WHERE e.type = 'user.lifecycle.create'"""
    )
    token = await inbound.database.pool.fetchval("SELECT id FROM api_token WHERE name = 'hr'")
    assert tuple(row) == (token, reply.headers["X-Okta-Request-Id"], "/scim/v2/Users")


async def test_without_an_address_the_login_is_the_address(inbound):
    """A login has the form of one; later the address stays when a replacement names none."""
    body = {"userName": "bo@example.com", "name": {"givenName": "B", "familyName": "O"}}
    made = (await inbound.post("/Users", body)).body
    assert made["emails"] == [{"value": "bo@example.com", "type": "work", "primary": True}]
    renamed = (await inbound.put(f"/Users/{made['id']}", {**body, "userName": "bob@example.com"})).body
    assert renamed["emails"][0]["value"] == "bo@example.com" and renamed["userName"] == "bob@example.com"


async def test_what_repeats_leaves_no_trace(inbound, somebody):
    """The same PUT and the same PATCH again: no event, no version, no mark."""
    made = await inbound.hire("ann", **WHOLE)
    events = await inbound.events()
    put = await inbound.put(f"/Users/{made['id']}", somebody("ann", **WHOLE))
    patched = await inbound.patch(f"/Users/{made['id']}", {"op": "replace", "path": "title", "value": "Engineer"})
    extra = await inbound.put(f"/Users/{made['id']}", somebody("ann", **WHOLE, ims=[{"value": "x"}], favourite="blue"))
    assert [reply.body for reply in (put, patched, extra)] == [made, made, made]
    assert await inbound.events() == events
    assert await inbound.database.pool.fetchval("SELECT count(*) FROM profile_change") == 1


async def test_a_replacement_clears_what_it_leaves_out(inbound, somebody):
    """One event names what changed; the password and what SCIM has no word for stay."""
    made = await inbound.hire("ann", **WHOLE, password="a password of hers")
    reply = await inbound.put(f"/Users/{made['id']}", somebody("ann", title="Boss"))
    assert reply.status == 200 and "externalId" not in reply.body and ENTERPRISE not in reply.body
    profile = await inbound.profile(made["id"])
    assert set(profile) == {"login", "email", "firstName", "lastName", "title"}
    assert await inbound.database.pool.fetchval("SELECT password_hash IS NOT NULL FROM users")


async def test_patches_of_okta_and_entra_change_one_attribute(inbound):
    """With and without a path, by value filter, in an extension, in dotted keys."""
    user = f"/Users/{(await inbound.hire('ann', **WHOLE))['id']}"
    await inbound.patch(user, {"op": "replace", "value": {"nickName": "A", "name.givenName": "Anna"}})
    await inbound.patch(user, {"op": "Add", "path": f"{ENTERPRISE}:department", "value": "Sales"})
    await inbound.patch(user, {"op": "Replace", "path": 'emails[type eq "work"].value', "value": "anna@example.com"})
    await inbound.patch(user, {"op": "Add", "path": 'phoneNumbers[type eq "mobile"].value', "value": "+49 1"})
    reply = await inbound.patch(user, {"op": "remove", "path": "title"}, {"op": "Remove", "path": "addresses"})
    assert reply.status == 200
    profile = await inbound.profile(reply.body["id"])
    expected = {
        "nickName": "A",
        "firstName": "Anna",
        "department": "Sales",
        "email": "anna@example.com",
        "mobilePhone": "+49 1",
    }  # fmt: skip
    assert expected.items() <= profile.items()
    assert not {"title", "city", "postalAddress"} & set(profile)


async def test_a_third_address_takes_the_place_of_the_second(inbound):
    """The directory has two; the answer shows which."""
    user = f"/Users/{(await inbound.hire('ann', **WHOLE))['id']}"
    reply = await inbound.patch(
        user, {"op": "add", "path": "emails", "value": [{"value": "new@x.org", "type": "home"}]}
    )
    assert [each["value"] for each in reply.body["emails"]] == ["ann@example.com", "new@x.org"]


async def test_active_false_deactivates_and_true_brings_back(inbound):
    """The person stays visible, inactive; the same id comes back."""
    made = await inbound.hire("ann", password="a password of hers")
    user = f"/Users/{made['id']}"
    assert await inbound.status(made["id"]) == "ACTIVE"
    gone = await inbound.patch(user, {"op": "replace", "value": {"active": False}})
    assert (gone.status, gone.body["active"]) == (200, False)
    assert await inbound.status(made["id"]) == "DEPROVISIONED"
    assert (await inbound.get(user)).body["active"] is False
    assert (await inbound.get("/Users", filter='userName eq "ann@example.com"')).body["totalResults"] == 1
    back = await inbound.patch(user, {"op": "Replace", "path": "active", "value": "True"})
    assert back.body["active"] is True and await inbound.status(made["id"]) == "PROVISIONED"
    assert (await inbound.events())[-2:] == ["user.lifecycle.deactivate", "user.lifecycle.activate"]


async def test_one_request_changes_a_profile_and_deactivates(inbound, somebody):
    """The change comes first, because a deactivated person's profile is closed; the reverse order on return."""
    user = f"/Users/{(await inbound.hire('ann'))['id']}"
    left = await inbound.put(user, somebody("ann", title="Alumna", active=False))
    assert (left.body["title"], left.body["active"]) == ("Alumna", False)
    closed = await inbound.patch(user, {"op": "replace", "path": "title", "value": "x"})
    assert (closed.status, closed.body["scimType"]) == (400, "mutability")
    back = await inbound.put(user, somebody("ann", title="Boss", active=True))
    assert (back.body["title"], back.body["active"]) == ("Boss", True)


async def test_somebody_pushed_in_inactive_waits(inbound):
    """STAGED until active comes."""
    made = await inbound.hire("ann", active=False)
    assert made["active"] is False and await inbound.status(made["id"]) == "STAGED"
    await inbound.patch(f"/Users/{made['id']}", {"op": "replace", "path": "active", "value": True})
    assert await inbound.status(made["id"]) == "PROVISIONED"


async def test_who_is_suspended_stays_suspended_when_a_source_repeats_active(inbound, somebody):
    """Suspending is decided here; leaving is decided there."""
    made = await inbound.hire("ann", password="a password of hers")
    user = f"/Users/{made['id']}"
    await change_status(inbound.database, SYSTEM, made["id"], Operation.SUSPEND)
    reply = await inbound.put(user, somebody("ann", title="Boss", active=True))
    assert reply.body["active"] is True and await inbound.status(made["id"]) == "SUSPENDED"
    await inbound.put(user, somebody("ann", title="Boss", active=False))
    assert await inbound.status(made["id"]) == "DEPROVISIONED"


async def test_delete_deactivates_and_hides_and_never_erases(inbound):
    """RFC 7644 §3.6: 404 from then on, not in lists, no conflict; the directory keeps the person and the profile."""
    made = await inbound.hire("ann", **WHOLE)
    team = await inbound.team("Crew", made["id"])
    user = f"/Users/{made['id']}"
    assert (await inbound.delete(user)).status == 204
    assert await inbound.status(made["id"]) == "DEPROVISIONED"
    assert (await inbound.profile(made["id"]))["title"] == "Engineer"
    for again in (inbound.delete(user), inbound.get(user), inbound.put(user, made)):
        assert (await again).status == 404
    for query in ({}, {"filter": 'userName eq "ann@example.com"'}, {"filter": 'title eq "Engineer"'}):
        assert (await inbound.get("/Users", **query)).body["totalResults"] == 0
    assert "members" not in (await inbound.get(f"/Groups/{team['id']}")).body
    assert (await inbound.events())[-2:] == ["user.lifecycle.deactivate", "provisor.user.withdraw"]


async def test_who_was_deleted_and_comes_again_is_the_same_person(inbound, somebody):
    """The same id, active, with what is pushed now; memberships were only asleep."""
    made = await inbound.hire("ann", **WHOLE)
    team = await inbound.team("Crew", made["id"])
    await inbound.delete(f"/Users/{made['id']}")
    back = await inbound.post("/Users", somebody("ANN", title="Boss"))
    assert (back.status, back.body["id"], back.body["active"]) == (201, made["id"], True)
    assert back.body["userName"] == "ANN@example.com" and "nickName" not in back.body
    assert (await inbound.get(f"/Groups/{team['id']}")).body["members"][0]["value"] == made["id"]


async def test_an_administrator_who_activates_shows_the_person_again(inbound):
    """Withdrawn ends with the status; deactivating here does not hide."""
    made = await inbound.hire("ann")
    user = f"/Users/{made['id']}"
    await inbound.delete(user)
    await change_status(inbound.database, SYSTEM, made["id"], Operation.ACTIVATE)
    assert (await inbound.get(user)).body["active"] is True
    await change_status(inbound.database, SYSTEM, made["id"], Operation.DEACTIVATE)
    assert (await inbound.get(user)).body["active"] is False


async def test_who_is_erased_in_the_directory_is_gone_and_so_is_the_external_id(inbound):
    """The tombstone says nothing of the person, and the name is free."""
    made = await inbound.hire("ann", **WHOLE)
    await delete_user(inbound.database, SYSTEM, made["id"])
    await delete_user(inbound.database, SYSTEM, made["id"])
    assert (await inbound.get(f"/Users/{made['id']}")).status == 404
    assert await inbound.database.pool.fetchval("SELECT external_id FROM users") is None
    again = await inbound.hire("ann", externalId="hr-17")
    assert again["id"] != made["id"]


async def test_a_person_made_in_the_directory_is_there_for_clients(inbound):
    """Looked up by name and taken over, as Okta does; created again it is a conflict."""
    profile = {"login": "José@example.com", "email": "j@example.com", "firstName": "José", "lastName": "Ruiz"}
    user = await create_user(inbound.database, SYSTEM, profile, Credentials(), activate=True)
    found = (await inbound.get("/Users", filter='userName eq "JOSÉ@EXAMPLE.COM"')).body["Resources"]
    assert [each["id"] for each in found] == [user.id]
    # The directory's logins ignore diacritics, SCIM's equality does not.
    assert (await inbound.get("/Users", filter='userName eq "jose@example.com"')).body["totalResults"] == 0
    conflict = await inbound.post(
        "/Users", {"userName": "jose@example.com", "name": {"givenName": "J", "familyName": "R"}}
    )
    assert (conflict.status, conflict.body["scimType"]) == (409, "uniqueness")


async def test_a_login_that_is_taken_is_a_conflict_on_every_way(inbound, somebody):
    """POST, PUT and PATCH; nothing of the request happens."""
    await inbound.hire("ann")
    bo = await inbound.hire("bo")
    taken = [
        await inbound.post("/Users", somebody("Ann")),
        await inbound.put(f"/Users/{bo['id']}", somebody("ann", title="x")),
        await inbound.patch(f"/Users/{bo['id']}", {"op": "replace", "path": "userName", "value": "ANN@example.com"}),
    ]
    assert [(each.status, each.body["scimType"]) for each in taken] == [(409, "uniqueness")] * 3
    assert all(each.detail.startswith("userName: ") for each in taken)
    assert (await inbound.get(f"/Users/{bo['id']}")).body == bo


REFUSED = [
    ({"userName": "no address"}, "userName: "),
    ({"emails": [{"value": "nobody", "primary": True}]}, "emails[primary eq true].value: "),
    ({"emails": [{"value": "a@b.co", "primary": True}, {"value": "x"}]}, 'emails[type eq "other"].value: '),
    ({"addresses": [{"country": "Germany"}]}, "addresses[primary eq true].country: "),
    ({"name": {"givenName": "x" * 51, "familyName": "y"}}, "name.givenName: "),
    ({"name": {"givenName": "x"}}, "name.familyName "),
    ({"timezone": "!"}, "timezone: "),
    ({ENTERPRISE: {"department": "x" * 5000}}, f"{ENTERPRISE}:department: "),
    ({"title": "a\x00b"}, "title "),
    ({"externalId": "a\x00b"}, "externalId "),
    ({"externalId": "x" * 1025}, "externalId: "),
    ({"password": "p" * 73}, "password: "),
]


async def test_what_the_directory_refuses_is_named_by_its_scim_path(inbound, somebody):
    """400 invalidValue, and nobody is made."""
    for changes, path in REFUSED:
        reply = await inbound.post("/Users", somebody("ann", **changes))
        assert (reply.status, reply.body["scimType"]) == (400, "invalidValue"), path
        assert reply.detail.startswith(path)
    assert await inbound.database.pool.fetchval("SELECT count(*) FROM users") == 0


async def test_if_match_lets_one_of_two_writers_through(inbound, somebody):
    """The second is told to look again; a tag from before a change of status is old too."""
    made = await inbound.hire("ann")
    user, tag = f"/Users/{made['id']}", made["meta"]["version"]
    replies = await asyncio.gather(*(inbound.put(user, somebody("ann", title=each), If_Match=tag) for each in "ab"))
    assert sorted(reply.status for reply in replies) == [200, 412]
    tag = (await inbound.get(user)).headers["ETag"]
    await change_status(inbound.database, SYSTEM, made["id"], Operation.DEACTIVATE)
    assert (await inbound.put(user, somebody("ann", title="c"), If_Match=tag)).status == 412
    assert (await inbound.delete(user, If_Match=tag)).status == 412
    assert (await inbound.delete(user, If_Match=(await inbound.get(user)).headers["ETag"])).status == 204


async def test_writers_without_if_match_all_succeed(inbound):
    """Each PATCH is applied to what the others left."""
    user = f"/Users/{(await inbound.hire('ann'))['id']}"
    names = ("title", "nickName", "userType", "displayName")
    replies = await asyncio.gather(
        *(inbound.patch(user, {"op": "replace", "path": name, "value": name}) for name in names)
    )
    assert {reply.status for reply in replies} <= {200, 412}
    done = [name for name, reply in zip(names, replies, strict=True) if reply.status == 200]
    shown = (await inbound.get(user)).body
    assert all(shown[name] == name for name in done) and len(done) >= 3


async def test_an_unchanged_person_is_not_sent_again(inbound):
    """If-None-Match answers 304."""
    user = f"/Users/{(await inbound.hire('ann'))['id']}"
    tag = (await inbound.get(user)).headers["ETag"]
    assert (await inbound.call("GET", user, If_None_Match=tag)).status == 304


async def test_a_password_is_kept_as_the_directory_keeps_them(inbound):
    """As an argon2 hash, never shown; a new one activates and is logged."""
    made = await inbound.hire("ann", password="a password of hers")
    assert "password" not in made
    stored = await inbound.database.pool.fetchval("SELECT password_hash FROM users")
    assert stored.startswith("$argon2id$")
    await inbound.patch(f"/Users/{made['id']}", {"op": "replace", "path": "password", "value": "another of hers"})
    assert await inbound.database.pool.fetchval("SELECT password_hash FROM users") != stored
    assert (await inbound.events())[-1] == "user.account.update_password"


async def test_an_empty_text_of_the_directory_is_no_value_and_stays(inbound, somebody):
    """A form leaves empty texts; a push that has no value for the attribute is no change."""
    made = await inbound.hire("ann")
    await update_user(inbound.database, SYSTEM, made["id"], {"title": ""}, Credentials())
    events = await inbound.events()
    reply = await inbound.put(f"/Users/{made['id']}", somebody("ann"))
    assert "title" not in reply.body and (await inbound.profile(made["id"]))["title"] == ""
    assert await inbound.events() == events

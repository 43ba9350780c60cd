"""Users over HTTP: create, read, replace, patch, delete, and what the app holds afterwards."""

from typing import Any

from provisor.scimserver.testing import Peer, running


def test_a_created_user_is_complete_and_found_again(peer: Peer, call: Any, kit: Any) -> None:
    """201 with id, meta, Location and ETag; the same resource by id."""
    created = call("POST", "/Users", kit.user(externalId="00u1", groups=[], password="1mz050nq"))
    assert created.status == 201
    assert created.headers["content-type"] == "application/scim+json"
    body = created.body
    assert created.headers["location"] == body["meta"]["location"] == f"{peer.url}/Users/{body['id']}"
    assert created.headers["etag"] == body["meta"]["version"] == 'W/"1"'
    assert "password" not in body
    assert "groups" not in body
    assert body["externalId"] == "00u1"
    assert call("GET", f"/Users/{body['id']}").body == body
    assert peer.users() == [body]


def test_a_user_name_is_unique_ignoring_case_and_keeps_its_case(peer: Peer, call: Any, kit: Any) -> None:
    """A second POST is a 409 with scimType uniqueness, and the first user's spelling stays."""
    call("POST", "/Users", kit.user("Babs@Example.com"))
    second = call("POST", "/Users", kit.user("BABS@example.COM"))
    assert second.status == 409
    assert second.body["scimType"] == "uniqueness"
    found = call("GET", '/Users?filter=userName eq "babs@EXAMPLE.com"').body
    assert [user["userName"] for user in found["Resources"]] == ["Babs@Example.com"]
    assert len(peer.users()) == 1


def test_renaming_onto_another_user_is_refused(peer: Peer, call: Any, kit: Any) -> None:
    """PUT and PATCH keep userName unique as POST does; renaming in case only is allowed."""
    call("POST", "/Users", kit.user("one"))
    two = call("POST", "/Users", kit.user("two")).body["id"]
    assert call("PUT", f"/Users/{two}", kit.user("ONE")).status == 409
    rename = {"op": "replace", "value": {"userName": "One"}}
    assert call("PATCH", f"/Users/{two}", kit.patch(rename)).status == 409
    assert call("PUT", f"/Users/{two}", kit.user("TWO")).body["userName"] == "TWO"
    assert [user["userName"] for user in peer.users()] == ["one", "TWO"]
    assert call("POST", "/Users", kit.user("two")).status == 409


def test_a_freed_user_name_can_be_taken(call: Any, kit: Any) -> None:
    """Renaming and deleting release the old name."""
    first = call("POST", "/Users", kit.user("one")).body["id"]
    call("PUT", f"/Users/{first}", kit.user("renamed"))
    second = call("POST", "/Users", kit.user("one"))
    assert second.status == 201
    assert call("DELETE", f"/Users/{second.body['id']}").status == 204
    assert call("POST", "/Users", kit.user("one")).status == 201


def test_put_replaces_and_ignores_what_the_server_owns(peer: Peer, call: Any, kit: Any) -> None:
    """Attributes left out are cleared; echoed id, meta and groups have no effect; the id stays."""
    created = call("POST", "/Users", kit.user(title="Guide")).body
    echoed = {**created, "id": "other", "groups": [{"value": "x"}], "meta": {"version": "9"}, "nickName": "B"}
    del echoed["title"]
    replaced = call("PUT", f"/Users/{created['id']}", echoed)
    assert replaced.status == 200
    assert replaced.body["id"] == created["id"]
    assert replaced.body["nickName"] == "B"
    assert "title" not in replaced.body
    assert "groups" not in replaced.body
    assert replaced.body["meta"]["version"] == 'W/"2"'
    assert replaced.body["meta"]["created"] == created["meta"]["created"]


def test_put_without_active_changes_nobodys_state(call: Any, kit: Any) -> None:
    """A body that does not speak of `active` neither reactivates nor deactivates."""
    created = call("POST", "/Users", kit.user(active=False)).body
    body = kit.user()
    del body["active"]
    assert call("PUT", f"/Users/{created['id']}", body).body["active"] is False


def test_a_new_user_without_active_is_active(call: Any, kit: Any) -> None:
    """Clients read `active` from every user, so every user has it."""
    body = kit.user()
    del body["active"]
    assert call("POST", "/Users", body).body["active"] is True


def test_an_inactive_user_stays_visible(call: Any, kit: Any) -> None:
    """Deactivating hides nothing: by id, by filter and in lists the user is there with active false."""
    uid = call("POST", "/Users", kit.user("gone")).body["id"]
    off = call("PATCH", f"/Users/{uid}", kit.patch({"op": "replace", "value": {"active": False}}))
    assert (off.status, off.body["active"]) == (200, False)
    assert call("GET", f"/Users/{uid}").body["active"] is False
    assert call("GET", '/Users?filter=userName eq "gone"').body["Resources"][0]["active"] is False
    assert call("GET", "/Users").body["totalResults"] == 1
    assert call("POST", "/Users", kit.user("gone")).status == 409
    on = call("PUT", f"/Users/{uid}", kit.user("gone"))
    assert (on.body["active"], on.body["id"]) == (True, uid)


def test_a_patch_that_changes_nothing_keeps_the_version(call: Any, kit: Any) -> None:
    """lastModified and version move only with content (RFC 7644 §3.5.2.1)."""
    created = call("POST", "/Users", kit.user()).body
    same = call("PATCH", f"/Users/{created['id']}", kit.patch({"op": "replace", "value": {"active": True}}))
    assert same.body == created
    assert call("PUT", f"/Users/{created['id']}", kit.user()).body == created


def test_a_failed_patch_changes_nothing(peer: Peer, call: Any, kit: Any) -> None:
    """Operations before the faulty one leave no trace."""
    created = call("POST", "/Users", kit.user()).body
    failed = call(
        "PATCH",
        f"/Users/{created['id']}",
        kit.patch({"op": "replace", "path": "title", "value": "x"}, {"op": "replace", "path": "active", "value": "?"}),
    )
    assert (failed.status, failed.body["scimType"]) == (400, "invalidValue")
    assert peer.users() == [created]


def test_a_password_is_checked_but_never_shown(peer: Peer, call: Any, kit: Any) -> None:
    """Create, PUT and PATCH set it; leaving it out keeps it; no answer and no stored body contains it."""
    uid = call("POST", "/Users", kit.user("babs", password="first-secret")).body["id"]
    assert peer.accepts_password("babs", "first-secret")
    call("PUT", f"/Users/{uid}", kit.user("babs", title="x"))
    assert peer.accepts_password("babs", "first-secret")
    call("PATCH", f"/Users/{uid}", kit.patch({"op": "replace", "value": {"password": "second-secret"}}))
    assert peer.accepts_password("babs", "second-secret")
    assert not peer.accepts_password("babs", "first-secret")
    answers = [call("GET", path).raw for path in (f"/Users/{uid}", "/Users", f"/Users/{uid}?attributes=password")]
    assert not any(b"secret" in raw or b"password" in raw for raw in answers)
    assert call("GET", '/Users?filter=password eq "second-secret"').body["totalResults"] == 0


def test_custom_extensions_come_back_as_they_were_sent(call: Any, kit: Any) -> None:
    """Values under a URN nobody declared are kept, so an app can be tried with its own attributes."""
    custom = {"urn:acme:scim:schemas:extension:badge:1.0:User": {"badgeNumber": "7", "floors": [1, 2]}}
    created = call("POST", "/Users", kit.user(**custom)).body
    assert created.items() >= custom.items()
    assert "urn:acme:scim:schemas:extension:badge:1.0:User" in created["schemas"]


def test_a_deleted_user_is_gone_everywhere(peer: Peer, call: Any, kit: Any) -> None:
    """204, then 404, no list entry and no membership."""
    uid = call("POST", "/Users", kit.user()).body["id"]
    gid = call("POST", "/Groups", {"displayName": "g", "members": [{"value": uid}]}).body["id"]
    gone = call("DELETE", f"/Users/{uid}")
    assert (gone.status, gone.raw) == (204, b"")
    for method in ("GET", "DELETE", "PUT", "PATCH"):
        assert call(method, f"/Users/{uid}", kit.user() if method in ("PUT", "PATCH") else None).status == 404
    assert peer.users() == []
    assert "members" not in call("GET", f"/Groups/{gid}").body


def test_entity_tags_guard_writes_and_spare_reads(call: Any, kit: Any) -> None:
    """If-Match of another version is 412; If-None-Match of this one is 304 (RFC 7644 §3.14)."""
    created = call("POST", "/Users", kit.user()).body
    path = f"/Users/{created['id']}"
    assert call("PUT", path, kit.user(title="x"), If_Match='W/"7"').status == 412
    assert call("PUT", path, kit.user(title="x"), If_Match='W/"1"').status == 200
    unchanged = call("GET", path, If_None_Match='W/"2"')
    assert (unchanged.status, unchanged.raw) == (304, b"")
    assert call("GET", path, If_None_Match='W/"1"').status == 200
    assert call("DELETE", path, If_Match='W/"1"').status == 412
    assert call("DELETE", path, If_Match="*").status == 204


def test_a_strict_server_refuses_what_the_rfc_does_not_allow(kit: Any) -> None:
    """The same shapes that the tolerant server accepts are 400 here."""
    from provisor.scim.policy import STRICT

    with running(policy=STRICT) as peer:
        call = kit.caller(peer)
        assert call("POST", "/Users", {"userName": "x"}).body["scimType"] == "invalidSyntax"
        assert call("POST", "/Users", kit.user(active="True")).body["scimType"] == "invalidValue"
        uid = call("POST", "/Users", kit.user()).body["id"]
        odd = kit.patch({"op": "Replace", "path": "active", "value": "False"})
        assert call("PATCH", f"/Users/{uid}", odd).body["scimType"] == "invalidSyntax"
        assert peer.users()[0]["active"] is True

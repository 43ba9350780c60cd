"""`/Bulk` (RFC 7644 §3.7), `/Me` (§3.11) and the limits on what one request may cost."""

from typing import Any

import pytest

from provisor.scim import urns
from provisor.scimserver import Limits, basic
from provisor.scimserver.testing import running

BULK = [urns.BULK_REQUEST]


def bulk(*operations: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A BulkRequest."""
    return {"schemas": BULK, "Operations": list(operations), **more}


def test_a_group_refers_to_users_of_the_same_request(call: Any, kit: Any, peer: Any) -> None:
    """RFC 7644 §3.7.2: bulkIds become ids, locations and versions are told."""
    members = [{"type": "User", "value": "bulkId:ytrewq"}]
    answer = call(
        "POST",
        "/Bulk",
        bulk(
            {"method": "POST", "path": "/Users", "bulkId": "qwerty", "data": kit.user("alice@example.com")},
            {
                "method": "POST",
                "path": "/Groups",
                "bulkId": "g",
                "data": {"schemas": [urns.GROUP], "displayName": "Guides", "members": members},
            },
            {"method": "POST", "path": "/Users", "bulkId": "ytrewq", "data": kit.user("bob@example.com")},
        ),
    )
    assert answer.status == 200
    assert answer.body["schemas"] == [urns.BULK_RESPONSE]
    shown = {entry["bulkId"]: entry for entry in answer.body["Operations"]}
    assert [entry["status"] for entry in answer.body["Operations"]] == ["201", "201", "201"]
    assert shown["qwerty"]["location"].startswith(f"{peer.url}/Users/")
    bob = peer.user("bob@example.com")
    assert [group["display"] for group in bob["groups"]] == ["Guides"]


def test_every_method_works_and_failures_stay_in_their_place(call: Any, kit: Any, peer: Any) -> None:
    """PUT, PATCH and DELETE with versions; an unknown id and a stale version are the entry's own errors."""
    ids = [call("POST", "/Users", kit.user(f"u{n}@example.com")).body["id"] for n in range(3)]
    rename = kit.patch({"op": "replace", "path": "title", "value": "Guide"})
    answer = call(
        "POST",
        "/Bulk",
        bulk(
            {"method": "PATCH", "path": f"/Users/{ids[0]}", "version": 'W/"1"', "data": rename},
            {"method": "PUT", "path": f"/Users/{ids[1]}", "version": 'W/"9"', "data": kit.user("x@example.com")},
            {"method": "DELETE", "path": f"/Users/{ids[2]}"},
            {"method": "DELETE", "path": "/Users/nobody"},
            {"method": "POST", "path": "/Nothing", "bulkId": "n", "data": {}},
            {"method": "POST", "path": "/Users", "bulkId": "again", "data": kit.user("U0@EXAMPLE.com")},
        ),
    ).body
    statuses = [entry["status"] for entry in answer["Operations"]]
    assert statuses == ["200", "412", "204", "404", "404", "409"]
    assert answer["Operations"][0]["version"] == 'W/"2"'
    assert answer["Operations"][5]["response"]["scimType"] == "uniqueness"
    assert [user["userName"] for user in peer.users()] == ["u0@example.com", "u1@example.com"]
    assert peer.user("u0@example.com")["title"] == "Guide"


def test_fail_on_errors_leaves_the_rest_undone(call: Any, kit: Any, peer: Any) -> None:
    """RFC 7644 §3.7.3."""
    wrong = {"method": "DELETE", "path": "/Users/nobody"}
    right = {"method": "POST", "path": "/Users", "bulkId": "r", "data": kit.user()}
    answer = call("POST", "/Bulk", bulk(wrong, right, failOnErrors=1)).body
    assert [entry["status"] for entry in answer["Operations"]] == ["404"]
    assert peer.users() == []


def test_limits_are_announced_and_kept(kit: Any) -> None:
    """413 for bodies and operations, 400 with the right type for filters and depth, a smaller page for count."""
    limits = Limits(body=20_000, bulk_body=2_000, depth=6, filter=50, operations=3, page=2)
    with running(limits=limits) as peer:
        call = kit.caller(peer)
        config = call("GET", "/ServiceProviderConfig").body
        assert config["bulk"] == {"supported": True, "maxOperations": 3, "maxPayloadSize": 2_000}
        assert config["filter"]["maxResults"] == 2
        user_id = call("POST", "/Users", kit.user()).body["id"]
        for name in ("b@example.com", "c@example.com"):
            call("POST", "/Users", kit.user(name))
        remove = {"op": "remove", "path": "title"}
        nested: Any = "x"
        for _ in range(7):
            nested = {"a": nested}
        refusals = [
            (call("POST", "/Users", kit.user("d", title="x" * 20_000)), 413, None),
            (call("POST", "/Bulk", bulk({"method": "DELETE", "path": "/Users/" + "x" * 2_000})), 413, None),
            (call("POST", "/Bulk", bulk(*[{"method": "DELETE", "path": "/Users/x"}] * 4)), 413, None),
            (call("PATCH", f"/Users/{user_id}", kit.patch(*[remove] * 4)), 413, None),
            (call("GET", f'/Users?filter=userName eq "{"x" * 60}"'), 400, "invalidFilter"),
            (call("POST", "/Users", kit.user("d", title=nested)), 400, "invalidSyntax"),
        ]
        for answer, status, scim_type in refusals:
            assert (answer.status, answer.body.get("scimType")) == (status, scim_type)
        page = call("GET", "/Users?count=100").body
        assert (page["totalResults"], page["itemsPerPage"]) == (3, 2)
        assert call("GET", "/Users").body["itemsPerPage"] == 2


def test_me_is_the_user_whom_the_credential_stands_for(kit: Any) -> None:
    """GET, PATCH and DELETE act on the resource under its own id; afterwards there is nobody."""
    with running(credential=basic("Babs@example.com", "pw"), me=lambda headers: "babs@example.com") as peer:
        headers = {"Authorization": kit.basic("Babs@example.com", "pw")}

        def call(method: str, path: str, body: Any = None) -> Any:
            return kit.send(peer.url, method, path, body, headers)

        assert call("GET", "/Me").status == 404
        made = call("POST", "/Users", kit.user("Babs@example.com")).body
        mine = call("GET", "/Me")
        assert mine.body["meta"]["location"] == f"{peer.url}/Users/{made['id']}"
        changed = call("PATCH", "/Me", kit.patch({"op": "replace", "path": "title", "value": "Guide"}))
        assert (changed.status, changed.body["title"]) == (200, "Guide")
        assert call("GET", "/Me?attributes=title").body.keys() == {"schemas", "id", "title"}
        assert call("POST", "/Me", kit.user("other")).status == 405
        assert call("DELETE", "/Me").status == 204
        assert call("GET", "/Me").status == 404


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_me_of_nobody_is_not_implemented(method: str, call: Any) -> None:
    """RFC 7644 §3.11: 501 where the server knows no subject."""
    assert call(method, "/Me", {} if method == "PATCH" else None).status == 501

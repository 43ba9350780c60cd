"""The requests of Microsoft Entra ID's SCIM client, old and new flavour, against the reference server."""

from typing import Any

import pytest

from provisor.scim import urns
from provisor.scimserver.testing import Peer

ENTERPRISE = urns.ENTERPRISE_USER


@pytest.fixture
def uid(call: Any) -> str:
    """A user as Entra ID creates one."""
    created = call(
        "POST",
        "/Users",
        {
            "schemas": [urns.USER, ENTERPRISE],
            "externalId": "0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef",
            "userName": "Test_User_ab6490ee@testuser.com",
            "active": "True",
            "emails": [{"primary": True, "type": "work", "value": "Test_User@testuser.com"}],
            "meta": {"resourceType": "User"},
            "name": {"formatted": "givenName familyName", "familyName": "familyName", "givenName": "givenName"},
            "roles": [],
        },
    )
    assert created.status == 201, created.raw
    assert created.body["active"] is True
    return str(created.body["id"])


SHAPES: list[tuple[str, list[dict[str, Any]], dict[str, Any]]] = [
    ("capitalised op and boolean as text", [{"op": "Replace", "path": "active", "value": "False"}], {"active": False}),
    ("boolean, flagged", [{"op": "replace", "path": "active", "value": False}], {"active": False}),
    (
        "filtered path to what exists",
        [{"op": "Replace", "path": 'emails[type eq "work"].value', "value": "new@testuser.com"}],
        {"emails": [{"primary": True, "type": "work", "value": "new@testuser.com"}]},
    ),
    (
        "filtered path to what does not exist",
        [
            {"op": "Add", "path": 'phoneNumbers[type eq "mobile"].value', "value": "123"},
            {"op": "Add", "path": 'addresses[type eq "work"].country', "value": "NO"},
            {"op": "Replace", "path": 'addresses[type eq "work"].locality', "value": "Oslo"},
        ],
        {
            "phoneNumbers": [{"type": "mobile", "value": "123"}],
            "addresses": [{"type": "work", "country": "NO", "locality": "Oslo"}],
        },
    ),
    (
        "dotted path",
        [{"op": "Replace", "path": "name.givenName", "value": "G"}, {"op": "Remove", "path": "name.formatted"}],
        {"name": {"familyName": "familyName", "givenName": "G"}},
    ),
    (
        "extension paths, manager as plain id",
        [
            {"op": "Add", "path": f"{ENTERPRISE}:employeeNumber", "value": "7"},
            {"op": "Add", "path": f"{ENTERPRISE}:manager", "value": "m1"},
        ],
        {ENTERPRISE: {"employeeNumber": "7", "manager": {"value": "m1"}}},
    ),
    (
        "extension paths, manager as object",
        [{"op": "Replace", "path": f"{ENTERPRISE}:manager", "value": {"value": "m1"}}],
        {ENTERPRISE: {"manager": {"value": "m1"}}},
    ),
    (
        "no path, dotted, filtered and URN keys",
        [
            {
                "op": "replace",
                "value": {
                    "displayName": "x",
                    "name.givenName": "y",
                    'emails[type eq "home"].value': "h@testuser.com",
                    f"{ENTERPRISE}:employeeNumber": "1",
                },
            }
        ],
        {
            "displayName": "x",
            "name": {"formatted": "givenName familyName", "familyName": "familyName", "givenName": "y"},
            "emails": [
                {"primary": True, "type": "work", "value": "Test_User@testuser.com"},
                {"type": "home", "value": "h@testuser.com"},
            ],
            ENTERPRISE: {"employeeNumber": "1"},
        },
    ),
]


@pytest.mark.parametrize(("name", "operations", "changes"), SHAPES, ids=[name for name, _, _ in SHAPES])
def test_a_users_patch_shape_is_applied(
    name: str, operations: list[dict[str, Any]], changes: dict[str, Any], uid: str, call: Any, kit: Any
) -> None:
    """The user ends up as the request means it."""
    before = call("GET", f"/Users/{uid}").body
    done = call("PATCH", f"/Users/{uid}", kit.patch(*operations))
    assert done.status == 200, done.raw
    ignored = {"meta", "schemas"}
    assert {k: v for k, v in done.body.items() if k not in ignored} == {
        k: v for k, v in (before | changes).items() if k not in ignored
    }


@pytest.mark.parametrize(
    "text",
    [
        'userName eq "test_user_AB6490EE@testuser.com"',
        'UserName eq "Test_User_ab6490ee@testuser.com"',
        'externalId eq "0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef"',
        'emails[type eq "work"].value eq "test_user@testuser.com"',
        'emails[type eq "work" and value co "testuser"]',
        'userName sw "Test" and active eq "True"',
    ],
)
def test_a_matching_query_finds_the_user(text: str, uid: str, call: Any) -> None:
    """Each attribute that can be chosen for matching works."""
    assert [user["id"] for user in call("GET", f"/Users?filter={text}").body["Resources"]] == [uid]


def test_the_connection_test_gets_an_empty_list(call: Any) -> None:
    """A query for a random GUID is 200 with nobody."""
    answer = call("GET", '/Users?filter=userName eq "3dbfa1f5-a8c8-4a2f-9c7c-4a86e4b8ad0e"')
    assert (answer.status, answer.body["totalResults"], answer.body["Resources"]) == (200, 0, [])


def test_a_groups_life(peer: Peer, uid: str, call: Any, kit: Any) -> None:
    """Create with Microsoft's extra schema, add, list without members, remove by value list, delete."""
    created = call(
        "POST",
        "/Groups",
        {
            "schemas": [urns.GROUP, "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"],
            "externalId": "8aa1a0c0-c4c3-4bc0-b4a5-2ef676900159",
            "displayName": "Group1DisplayName",
            "meta": {"resourceType": "Group"},
        },
    )
    assert created.status == 201, created.raw
    gid = created.body["id"]
    found = call("GET", '/Groups?excludedAttributes=members&filter=displayName eq "Group1DisplayName"').body
    assert found["totalResults"] == 1

    add = {"op": "Add", "path": "members", "value": [{"$ref": None, "value": uid}, {"$ref": None, "value": "other"}]}
    assert call("PATCH", f"/Groups/{gid}", kit.patch(add)).status in (200, 204)
    assert call("GET", f'/Groups?filter=id eq "{gid}" and members eq "{uid}"').body["totalResults"] == 1

    remove = {"op": "Remove", "path": "members", "value": [{"$ref": None, "value": uid}]}
    assert call("PATCH", f"/Groups/{gid}", kit.patch(remove)).status in (200, 204)
    assert [member["value"] for member in peer.groups()[0]["members"]] == ["other"]

    rename = {"op": "Replace", "path": "displayName", "value": "1879db59-3bdf-4490-ad68-ab880a269474updated"}
    assert call("PATCH", f"/Groups/{gid}", kit.patch(rename)).status in (200, 204)
    flagged = {"op": "remove", "path": 'members[value eq "other"]'}
    assert call("PATCH", f"/Groups/{gid}", kit.patch(flagged)).status in (200, 204)
    assert "members" not in peer.groups()[0]
    assert call("DELETE", f"/Groups/{gid}").status == 204


def test_the_sample_collections_member_forms(peer: Peer, call: Any, kit: Any) -> None:
    """`name` in an operation, a plain text value, and a single object all add a member."""
    gid = call("POST", "/Groups", {"displayName": "g"}).body["id"]
    forms: list[Any] = ["u1", {"value": "u2"}, [{"displayName": "n", "value": "u3"}]]
    for value in forms:
        operation = {"name": "addMember", "op": "add", "path": "members", "value": value}
        answer = call("PATCH", f"/Groups/{gid}", {**kit.patch(operation), "id": gid})
        assert answer.status == 200, answer.raw
    assert [member["value"] for member in peer.groups()[0]["members"]] == ["u1", "u2", "u3"]

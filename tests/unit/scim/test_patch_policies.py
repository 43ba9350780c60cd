"""The PATCH shapes of real clients: refused strictly, accepted by the one tolerance that names them."""

from dataclasses import replace
from typing import Any

import pytest

from provisor.scim import urns
from provisor.scim.errors import BadRequest
from provisor.scim.messages import parse_patch
from provisor.scim.patch import apply
from provisor.scim.policy import STRICT, TOLERANT, Policy
from provisor.scim.schemas import GROUP, USER, ResourceType

BABS: dict[str, Any] = {
    "schemas": [urns.USER],
    "userName": "babs",
    "name": {"givenName": "Barbara"},
    "emails": [{"value": "b@work.io", "type": "work", "primary": True}],
    "active": True,
}
TEAM: dict[str, Any] = {
    "schemas": [urns.GROUP],
    "displayName": "Team",
    "members": [{"value": "u1", "display": "One"}, {"value": "u2"}],
}


def patched(resource: dict[str, Any], kind: ResourceType, policy: Policy, *operations: Any) -> dict[str, Any]:
    """Parse and apply operations under one policy."""
    body = {"schemas": [urns.PATCH_OP], "Operations": list(operations)}
    return apply(resource, parse_patch(body, policy), kind, policy)


CASES: list[tuple[str, ResourceType, Any, dict[str, Any]]] = [
    ("fold_op_case", USER, {"op": "Replace", "path": "active", "value": False}, {"active": False}),
    ("coerce_booleans", USER, {"op": "replace", "path": "active", "value": "False"}, {"active": False}),
    (
        "create_unmatched",
        USER,
        {"op": "add", "path": 'phoneNumbers[type eq "mobile"].value', "value": "123"},
        {"phoneNumbers": [{"type": "mobile", "value": "123"}]},
    ),
    (
        "create_unmatched",
        USER,
        {"op": "replace", "path": 'addresses[type eq "work"].country', "value": "NO"},
        {"addresses": [{"type": "work", "country": "NO"}]},
    ),
    (
        "expand_keys",
        USER,
        {"op": "replace", "value": {"name.familyName": "Jensen", f"{urns.ENTERPRISE_USER}:department": "R&D"}},
        {
            "name": {"givenName": "Barbara", "familyName": "Jensen"},
            urns.ENTERPRISE_USER: {"department": "R&D"},
            "schemas": [urns.USER, urns.ENTERPRISE_USER],
        },
    ),
    (
        "wrap_plain_value",
        USER,
        {"op": "add", "path": f"{urns.ENTERPRISE_USER}:manager", "value": "m1"},
        {urns.ENTERPRISE_USER: {"manager": {"value": "m1"}}, "schemas": [urns.USER, urns.ENTERPRISE_USER]},
    ),
    (
        "unwrap_single_value",
        USER,
        {"op": "replace", "path": "displayName", "value": [{"value": "Babs"}]},
        {"displayName": "Babs"},
    ),
    (
        "ignore_read_only",
        GROUP,
        {"op": "replace", "value": {"id": "g1", "displayName": "Renamed"}},
        {"displayName": "Renamed"},
    ),
    ("ignore_unknown", USER, {"op": "replace", "value": {"nope": 1, "title": "x"}}, {"title": "x"}),
    (
        "wrap_single_value",
        GROUP,
        {"op": "add", "path": "members", "value": {"value": "u3"}},
        {"members": [*TEAM["members"], {"value": "u3"}]},
    ),
    (
        "wrap_plain_value",
        GROUP,
        {"op": "add", "path": "members", "value": "u3"},
        {"members": [*TEAM["members"], {"value": "u3"}]},
    ),
    ("ignore_unmatched_remove", GROUP, {"op": "remove", "path": 'members[value eq "u9"]'}, {}),
    (
        "keep_unknown_extensions",
        USER,
        {"op": "add", "path": "urn:acme:1.0:User:badge", "value": 7},
        {"urn:acme:1.0:User": {"badge": 7}, "schemas": [urns.USER, "urn:acme:1.0:User"]},
    ),
    ("coerce_strings", USER, {"op": "replace", "path": "title", "value": 7}, {"title": "7"}),
]


@pytest.mark.parametrize(("tolerance", "kind", "operation", "changes"), CASES)
def test_a_deviation_is_applied_only_under_its_tolerance(
    tolerance: str, kind: ResourceType, operation: Any, changes: dict[str, Any]
) -> None:
    """Strict refuses; the named field alone suffices; TOLERANT does the same."""
    resource = BABS if kind is USER else TEAM
    with pytest.raises(BadRequest):
        patched(resource, kind, STRICT, operation)
    assert patched(resource, kind, replace(STRICT, **{tolerance: True}), operation) == resource | changes
    assert patched(resource, kind, TOLERANT, operation) == resource | changes


def test_removing_listed_members_removes_only_those() -> None:
    """Entra ID lists whom to remove; strictly read, the same operation empties the group (RFC 7644 §3.5.2.2)."""
    operation = {"op": "remove", "path": "members", "value": [{"$ref": None, "value": "u1"}]}
    assert patched(TEAM, GROUP, TOLERANT, operation)["members"] == [{"value": "u2"}]
    assert "members" not in patched(TEAM, GROUP, STRICT, operation)


def test_adding_members_twice_adds_them_once() -> None:
    """A member is its id: another display name does not make another member."""
    operation = {"op": "add", "path": "members", "value": [{"value": "u1", "display": "Uno"}, {"value": "u3"}]}
    assert [member["value"] for member in patched(TEAM, GROUP, STRICT, operation)["members"]] == ["u1", "u2", "u3"]


def test_a_new_manager_leaves_nothing_of_the_old_one() -> None:
    """Replacing manager.value drops the $ref and name that belong to the former manager."""
    old = BABS | {urns.ENTERPRISE_USER: {"manager": {"value": "m1", "$ref": "../Users/m1", "displayName": "Max"}}}
    operation = {"op": "replace", "path": f"{urns.ENTERPRISE_USER}:manager.value", "value": "m2"}
    assert patched(old, USER, STRICT, operation)[urns.ENTERPRISE_USER] == {"manager": {"value": "m2"}}


def test_null_unassigns_and_so_does_an_empty_string_by_policy() -> None:
    """`replace` with null clears; `""` is a value unless the policy says otherwise."""
    old = BABS | {"title": "x"}
    assert "title" not in patched(old, USER, STRICT, {"op": "replace", "path": "title", "value": None})
    empty = {"op": "replace", "value": {"title": ""}}
    assert patched(old, USER, STRICT, empty)["title"] == ""
    assert "title" not in patched(old, USER, TOLERANT, empty)


def test_an_emptied_extension_disappears_with_its_urn() -> None:
    """Removing the last attribute of an extension removes the extension from `schemas` too."""
    old = BABS | {"schemas": [urns.USER, urns.ENTERPRISE_USER], urns.ENTERPRISE_USER: {"department": "x"}}
    out = patched(old, USER, STRICT, {"op": "remove", "path": f"{urns.ENTERPRISE_USER}:department"})
    assert out == BABS


def test_a_core_attribute_can_be_named_with_its_urn() -> None:
    """`urn:…:core:2.0:User:title` is `title`, as a path and as a key."""
    assert patched(BABS, USER, STRICT, {"op": "add", "path": f"{urns.USER}:title", "value": "x"})["title"] == "x"
    value = {f"{urns.USER}:title": "x", urns.USER: {"nickName": "y"}}
    out = patched(BABS, USER, TOLERANT, {"op": "add", "value": value})
    assert (out["title"], out["nickName"]) == ("x", "y")


def test_a_failing_operation_leaves_the_resource_as_it_was() -> None:
    """All operations or none: the first one is not visible when the second fails."""
    before = {**BABS, "emails": [dict(email) for email in BABS["emails"]]}
    with pytest.raises(BadRequest):
        patched(
            BABS,
            USER,
            TOLERANT,
            {"op": "replace", "path": 'emails[type eq "work"].value', "value": "new@work.io"},
            {"op": "replace", "path": "active", "value": "perhaps"},
        )
    assert before == BABS


def test_members_of_microsofts_sample_collection_are_accepted() -> None:
    """`name` inside an operation, `id` beside `schemas`, members with a displayName: all of it is passed over."""
    body = {
        "schemas": [urns.PATCH_OP],
        "id": "g1",
        "Operations": [
            {"name": "addMember", "op": "add", "path": "members", "value": [{"displayName": "x", "value": "u3"}]}
        ],
    }
    out = apply(TEAM, parse_patch(body, TOLERANT), GROUP, TOLERANT)
    assert out["members"][-1] == {"value": "u3"}


def test_replacing_a_selected_value_keeps_it_selected_where_it_would_be_created() -> None:
    """Strictly the new value stands alone (RFC 7644 §3.5.2.3); a creating policy gives it the filter's type again."""
    operation = {"op": "replace", "path": 'emails[type eq "work"]', "value": {"value": "new@work.io"}}
    assert patched(BABS, USER, STRICT, operation)["emails"] == [{"value": "new@work.io"}]
    assert patched(BABS, USER, TOLERANT, operation)["emails"] == [{"type": "work", "value": "new@work.io"}]


def test_an_unknown_extension_takes_objects_and_single_keys_only() -> None:
    """A value that is no object lands under the last part of the path; nothing crashes."""
    for value in (False, [], 7):
        out = patched(BABS, USER, TOLERANT, {"op": "add", "path": "urn:acme:1.0:User", "value": value})
        assert out["urn:acme:1.0"] == {"User": value}

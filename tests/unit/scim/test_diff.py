"""The smallest PATCH between two resources."""

from typing import Any

from provisor.scim import urns
from provisor.scim.diff import diff, same
from provisor.scim.messages import render_patch
from provisor.scim.schemas import GROUP, USER

BABS: dict[str, Any] = {
    "schemas": [urns.USER],
    "id": "u1",
    "userName": "babs",
    "name": {"givenName": "Barbara", "familyName": "Jensen"},
    "emails": [{"value": "b@work.io", "type": "work"}, {"value": "b@home.io", "type": "home"}],
    "active": True,
    urns.ENTERPRISE_USER: {"department": "R&D", "manager": {"value": "m1", "displayName": "Max"}},
    "meta": {"version": "1"},
}


def wire(old: dict[str, Any], new: dict[str, Any], kind: Any = USER) -> list[Any]:
    """Return the operations as they go out."""
    operations: list[Any] = render_patch(diff(old, new, kind))["Operations"]
    return operations


def test_nothing_to_do_is_an_empty_list() -> None:
    """Server-side attributes and the order of values make no difference."""
    other = BABS | {"id": "u2", "meta": {}, "emails": BABS["emails"][::-1], "schemas": []}
    assert diff(BABS, other, USER) == []
    assert same(BABS, other, USER)


def test_one_changed_attribute_is_one_operation() -> None:
    """Simple attributes and parts of complex ones are addressed where they are."""
    assert wire(BABS, BABS | {"active": False}) == [{"op": "replace", "path": "active", "value": False}]
    new = BABS | {"name": {"givenName": "Babs"}}
    assert wire(BABS, new) == [
        {"op": "remove", "path": "name.familyName"},
        {"op": "replace", "path": "name.givenName", "value": "Babs"},
    ]


def test_an_extension_attribute_is_addressed_by_its_urn() -> None:
    """The path carries the extension's URN."""
    new = BABS | {urns.ENTERPRISE_USER: BABS[urns.ENTERPRISE_USER] | {"department": "Sales"}}
    assert wire(BABS, new) == [{"op": "replace", "path": f"{urns.ENTERPRISE_USER}:department", "value": "Sales"}]


def test_one_member_among_many_is_one_small_operation() -> None:
    """Joining and leaving are said by id, not by sending everybody."""
    many = [{"value": f"u{number}"} for number in range(50)]
    old, new = {"displayName": "g", "members": many}, {"displayName": "g", "members": [*many[1:], {"value": "x"}]}
    assert wire(old, new, GROUP) == [
        {"op": "remove", "path": 'members[value eq "u0"]'},
        {"op": "add", "path": "members", "value": [{"value": "x"}]},
    ]


def test_a_changed_part_of_one_value_among_many_is_one_small_operation() -> None:
    """A new display name of one member names that member; without parts, as for SCIM 1.1, the member is said anew."""
    many = [{"value": f"u{number}", "display": "x"} for number in range(50)]
    old = {"displayName": "g", "members": many}
    new = {"displayName": "g", "members": [{"value": "u0", "display": "y"}, {"value": "u1"}, *many[2:]]}
    assert wire(old, new, GROUP) == [
        {"op": "replace", "path": 'members[value eq "u0"].display', "value": "y"},
        {"op": "remove", "path": 'members[value eq "u1"].display'},
    ]
    anew = render_patch(diff(old, new, GROUP, parts=False))["Operations"]
    assert [operation["op"] for operation in anew] == ["remove", "remove", "add"]


def test_a_short_list_is_said_as_a_whole() -> None:
    """Where single steps would be no shorter, the whole list replaces the old one."""
    new = BABS | {"emails": [{"value": "new@work.io", "type": "work"}]}
    assert wire(BABS, new) == [{"op": "replace", "path": "emails", "value": new["emails"]}]


def test_an_emptied_attribute_is_removed() -> None:
    """Absent, null and empty list all mean remove."""
    for empty in (None, []):
        assert wire(BABS, BABS | {"emails": empty}) == [{"op": "remove", "path": "emails"}]

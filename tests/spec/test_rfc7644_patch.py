"""RFC 7644 §3.5.2: the PATCH examples, applied strictly."""

from typing import Any

import pytest

from provisor.scim import urns
from provisor.scim.errors import BadRequest
from provisor.scim.messages import parse_patch
from provisor.scim.patch import apply
from provisor.scim.policy import STRICT
from provisor.scim.schemas import GROUP, USER


def patched(resource: dict[str, Any], kind: Any, *operations: dict[str, Any]) -> dict[str, Any]:
    """Apply operations under the strict policy."""
    return apply(resource, parse_patch({"schemas": [urns.PATCH_OP], "Operations": list(operations)}), kind, STRICT)


def test_add_one_member(group: dict[str, Any]) -> None:
    """§3.5.2.1: add a member to a group."""
    james = {
        "display": "James Smith",
        "$ref": "https://example.com/v2/Users/08e1d05d-121c-4561-8b96-473d93df9210",
        "value": "08e1d05d-121c-4561-8b96-473d93df9210",
    }
    out = patched(group, GROUP, {"op": "add", "path": "members", "value": [james]})
    assert out["members"] == [*group["members"], james]


def test_add_attributes_without_a_path(full_user: dict[str, Any]) -> None:
    """§3.5.2.1: add an e-mail and a nickname, path omitted."""
    value = {"emails": [{"value": "babs@example.org", "type": "other"}], "nickname": "Barbie"}
    out = patched(full_user, USER, {"op": "add", "value": value})
    assert [email["value"] for email in out["emails"]] == ["bjensen@example.com", "babs@jensen.org", "babs@example.org"]
    assert out["nickName"] == "Barbie"


def test_adding_a_value_that_exists_changes_nothing(group: dict[str, Any]) -> None:
    """§3.5.2.1: if the value already exists, no change is made."""
    assert patched(group, GROUP, {"op": "add", "path": "members", "value": [group["members"][0]]}) == group


def test_remove_one_member(group: dict[str, Any]) -> None:
    """§3.5.2.2: remove a single member."""
    path = 'members[value eq "2819c223-7f76-453a-919d-413861904646"]'
    assert patched(group, GROUP, {"op": "remove", "path": path})["members"] == group["members"][1:]


def test_remove_all_members(group: dict[str, Any]) -> None:
    """§3.5.2.2: remove all members of a group."""
    assert "members" not in patched(group, GROUP, {"op": "remove", "path": "members"})


def test_remove_a_value_by_a_complex_filter(full_user: dict[str, Any]) -> None:
    """§3.5.2.2: remove an e-mail chosen by type and domain."""
    path = 'emails[type eq "work" and value ew "example.com"]'
    out = patched(full_user, USER, {"op": "remove", "path": path})
    assert [email["type"] for email in out["emails"]] == ["home"]


def test_swap_a_member_in_one_request(group: dict[str, Any]) -> None:
    """§3.5.2.2: remove one member and add another in one request."""
    out = patched(
        group,
        GROUP,
        {"op": "remove", "path": 'members[value eq "2819c223-7f76-453a-919d-413861904646"]'},
        {"op": "add", "path": "members", "value": [{"value": "08e1d05d-121c-4561-8b96-473d93df9210"}]},
    )
    assert [member["value"][:4] for member in out["members"]] == ["902c", "08e1"]


def test_replace_all_members(group: dict[str, Any]) -> None:
    """§3.5.2.3: replace all members with a list."""
    value = [{"value": "2819c223-7f76-453a-919d-413861904646"}, {"value": "08e1d05d-121c-4561-8b96-473d93df9210"}]
    assert patched(group, GROUP, {"op": "replace", "path": "members", "value": value})["members"] == value


def test_replace_the_work_address(full_user: dict[str, Any]) -> None:
    """§3.5.2.3: replace all values that a filter selects."""
    value = {
        "type": "work",
        "streetAddress": "911 Universal City Plaza",
        "locality": "Hollywood",
        "region": "CA",
        "postalCode": "91608",
        "country": "US",
        "formatted": "911 Universal City Plaza\nHollywood, CA 91608 US",
        "primary": True,
    }
    out = patched(full_user, USER, {"op": "replace", "path": 'addresses[type eq "work"]', "value": value})
    assert out["addresses"] == [value, full_user["addresses"][1]]


def test_replace_one_part_of_the_work_address(full_user: dict[str, Any]) -> None:
    """§3.5.2.3: replace a sub-attribute of the values that a filter selects."""
    path = 'addresses[type eq "work"].streetAddress'
    out = patched(full_user, USER, {"op": "replace", "path": path, "value": "1010 Broadway Ave"})
    assert out["addresses"][0] == full_user["addresses"][0] | {"streetAddress": "1010 Broadway Ave"}
    assert out["addresses"][1] == full_user["addresses"][1]


def test_replace_several_attributes_without_a_path(full_user: dict[str, Any]) -> None:
    """§3.5.2.3: replace e-mails and nickname, path omitted."""
    emails = [{"value": "bjensen@example.com", "type": "work", "primary": True}, {"value": "b@jensen.org"}]
    out = patched(full_user, USER, {"op": "replace", "value": {"emails": emails, "nickName": "Babs"}})
    assert out["emails"] == emails
    assert out["nickName"] == "Babs"


def test_replacing_part_of_a_complex_attribute_leaves_the_rest(full_user: dict[str, Any]) -> None:
    """§3.5.2.3: sub-attributes that are not specified are left unchanged."""
    out = patched(full_user, USER, {"op": "replace", "path": "name", "value": {"givenName": "Babs"}})
    assert out["name"] == full_user["name"] | {"givenName": "Babs"}


def test_a_new_primary_takes_the_flag_from_the_old_one(full_user: dict[str, Any]) -> None:
    """§3.5.2: setting one value primary makes the server set the others to false."""
    out = patched(full_user, USER, {"op": "replace", "path": 'emails[type eq "home"].primary', "value": True})
    assert [email["primary"] for email in out["emails"]] == [False, True]


@pytest.mark.parametrize(
    ("operation", "scim_type"),
    [
        ({"op": "remove"}, "noTarget"),
        ({"op": "replace", "path": 'emails[type eq "other"]', "value": {"value": "x"}}, "noTarget"),
        ({"op": "replace", "path": "emails[type eq", "value": "x"}, "invalidFilter"),
        ({"op": "replace", "path": "nope", "value": "x"}, "invalidPath"),
        ({"op": "replace", "path": 'name[givenName eq "x"]', "value": "x"}, "invalidPath"),
        ({"op": "replace", "path": "id", "value": "x"}, "mutability"),
        ({"op": "add", "path": "groups", "value": [{"value": "x"}]}, "mutability"),
        ({"op": "remove", "path": "userName"}, "mutability"),
        ({"op": "replace", "path": "active", "value": "yes"}, "invalidValue"),
        ({"op": "Replace", "path": "active", "value": True}, "invalidSyntax"),
        ({"op": "move", "path": "active", "value": True}, "invalidSyntax"),
        ({"op": "replace", "value": "x"}, "invalidValue"),
        ({"op": "add", "path": "title"}, "invalidValue"),
    ],
)
def test_a_faulty_operation_names_its_fault(
    operation: dict[str, Any], scim_type: str, full_user: dict[str, Any]
) -> None:
    """§3.12, table 9: each way to be wrong has its scimType."""
    with pytest.raises(BadRequest) as caught:
        patched(full_user, USER, operation)
    assert caught.value.scim_type == scim_type


def test_an_immutable_value_cannot_change(group: dict[str, Any]) -> None:
    """RFC 7643 §7: `members.value` may be set but not modified."""
    path = 'members[value eq "2819c223-7f76-453a-919d-413861904646"].value'
    with pytest.raises(BadRequest) as caught:
        patched(group, GROUP, {"op": "replace", "path": path, "value": "someone-else"})
    assert caught.value.scim_type == "mutability"

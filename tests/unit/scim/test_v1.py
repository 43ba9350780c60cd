"""SCIM 1.1 at the wire: the shapes that clients of 1.1 send and expect, one by one."""

from typing import Any

import pytest

from provisor.scim import urns, v1
from provisor.scim.errors import BadRequest, Conflict, NotFound
from provisor.scim.filters import parse_filter, render
from provisor.scim.messages import Operation, Verb, parse_list_response, parse_patch
from provisor.scim.patch import apply
from provisor.scim.paths import parse_path
from provisor.scim.policy import STRICT, Policy
from provisor.scim.resources import normalise
from provisor.scim.schemas import GROUP, USER, ResourceType
from provisor.scim.v1_names import ENTERPRISE, parse_filter_names

OLD_BABS: dict[str, Any] = {
    "schemas": [v1.CORE, ENTERPRISE],
    "id": "1",
    "userName": "babs",
    "name": {"givenName": "Barbara", "familyName": "Jensen"},
    "emails": [{"value": "b@work.io", "type": "work", "primary": True}],
    "active": True,
    "meta": {"created": "2011-05-13T04:42:34Z", "version": 'W/"1"'},
    ENTERPRISE: {"department": "R&D", "manager": {"managerId": "7", "displayName": "Max"}},
}
BABS: dict[str, Any] = {
    **{key: value for key, value in OLD_BABS.items() if key != ENTERPRISE},
    "schemas": [urns.USER, urns.ENTERPRISE_USER],
    "meta": {"resourceType": "User", **OLD_BABS["meta"]},
    urns.ENTERPRISE_USER: {"department": "R&D", "manager": {"value": "7", "displayName": "Max"}},
}
TEAM: dict[str, Any] = {
    "schemas": [urns.GROUP],
    "displayName": "Team",
    "members": [{"value": "u1", "display": "One"}, {"value": "u2"}],
}
LENIENT = Policy(ignore_unmatched_remove=True)


def test_a_resource_is_the_same_in_both_versions() -> None:
    """URNs, `managerId` and `meta.resourceType` differ; all else passes as it is, both ways."""
    assert v1.render_resource(BABS, USER) == OLD_BABS
    assert v1.parse_resource(OLD_BABS, USER) == BABS


def test_a_group_of_1_1_says_only_core() -> None:
    """The core URN is one for all types; the endpoint says which it is. Unknown extensions keep their URN."""
    old = {
        "schemas": [v1.CORE, "urn:okta:custom:group:1.0"],
        "displayName": "Team",
        "urn:okta:custom:group:1.0": {"description": "x"},
    }
    new = v1.parse_resource(old, GROUP)
    assert new["schemas"] == [urns.GROUP, "urn:okta:custom:group:1.0"]
    assert v1.render_resource(new, GROUP) == old
    kept = normalise(new, GROUP, Policy(keep_unknown_extensions=True))
    assert kept["urn:okta:custom:group:1.0"] == {"description": "x"}


@pytest.mark.parametrize("document", [None, [], "x", 1])
def test_what_is_no_object_is_refused(document: Any) -> None:
    """Neither a resource nor a PATCH nor a configuration is anything but an object."""
    for parse in (v1.parse_resource, v1.parse_patch, lambda given, kind: v1.parse_config(given)):
        with pytest.raises(BadRequest):
            parse(document, USER)  # type: ignore[operator]


def patched(resource: dict[str, Any], kind: ResourceType, **partial: Any) -> dict[str, Any]:
    """Apply a partial resource."""
    body = {"schemas": [v1.CORE], **partial}
    return apply(resource, v1.parse_patch(body, kind), kind, LENIENT)


def test_deactivation_is_a_partial_resource() -> None:
    """`{schemas, id, active: false}`: the id is passed over, the one attribute changes."""
    user = normalise(BABS, USER)
    assert patched(user, USER, id="1", active=False) == user | {"active": False}


def test_members_come_and_go_in_one_list() -> None:
    """`operation: delete` marks who goes; who is not marked comes; deleting a stranger is nothing."""
    members = [
        {"value": "u1", "display": "One", "operation": "delete"},
        {"value": "u9", "operation": "delete"},
        {"value": "u3", "display": "Three"},
    ]
    out = patched(TEAM, GROUP, members=members)
    assert out["members"] == [{"value": "u2"}, {"value": "u3", "display": "Three"}]


def test_clearing_and_listing_replaces_everybody() -> None:
    """`meta.attributes` with the same attribute listed: exactly these; without it: nobody."""
    out = patched(TEAM, GROUP, meta={"attributes": ["members"]}, members=[{"value": "u3"}])
    assert out["members"] == [{"value": "u3"}]
    assert "members" not in patched(TEAM, GROUP, meta={"attributes": ["Members"]})
    assert patched(TEAM, GROUP, id="g", displayName="New")["displayName"] == "New"


def test_parts_are_cleared_and_merged() -> None:
    """A complex attribute is merged, its parts are cleared by name, extensions too."""
    user = normalise(BABS, USER)
    out = patched(user, USER, name={"givenName": "Babs"}, meta={"attributes": ["name.familyName", "title"]})
    assert out["name"] == {"givenName": "Babs"}
    out = patched(user, USER, meta={"attributes": [f"{ENTERPRISE}:manager.managerId"]})
    assert out[urns.ENTERPRISE_USER]["manager"] == {"displayName": "Max"}
    out = patched(user, USER, meta={"attributes": ["name"]}, name={"formatted": "B"})
    assert out["name"] == {"formatted": "B"}
    assert urns.ENTERPRISE_USER not in patched(user, USER, meta={"attributes": [ENTERPRISE]})
    out = patched(user, USER, **{ENTERPRISE: {"manager": {"managerId": "8"}, "costCenter": "1"}})
    assert out[urns.ENTERPRISE_USER] == {
        "department": "R&D",
        "manager": {"value": "8", "displayName": "Max"},
        "costCenter": "1",
    }


def test_an_address_is_deleted_by_what_is_said_of_it() -> None:
    """Values without a `value` are found by all their parts; one without any part is refused."""
    user = normalise({**BABS, "addresses": [{"type": "work", "country": "NO"}, {"type": "home"}]}, USER)
    out = patched(user, USER, addresses=[{"type": "work", "country": "NO", "operation": "delete"}])
    assert out["addresses"] == [{"type": "home"}]
    with pytest.raises(BadRequest):
        patched(user, USER, addresses=[{"operation": "delete"}])


def test_operations_become_a_partial_resource() -> None:
    """What our client would send as PATCH operations, in the shape of 1.1."""
    operations = [
        Operation(Verb.REPLACE, None, {"displayName": "New", "id": "g"}),
        Operation(Verb.REMOVE, parse_path('members[value eq "u1"]')),
        Operation(Verb.ADD, parse_path("members"), [{"value": "u3"}]),
    ]
    assert v1.render_patch(operations, GROUP) == {
        "schemas": [v1.CORE],
        "displayName": "New",
        "id": "g",
        "members": [{"value": "u1", "operation": "delete"}, {"value": "u3"}],
    }
    whole = [Operation(Verb.REPLACE, parse_path("members"), [{"value": "u3"}])]
    assert v1.render_patch(whole, GROUP) == {
        "schemas": [v1.CORE],
        "meta": {"attributes": ["members"]},
        "members": [{"value": "u3"}],
    }
    department = [Operation(Verb.REMOVE, parse_path(f"{urns.ENTERPRISE_USER}:manager.value"))]
    assert v1.render_patch(department, USER)["meta"] == {"attributes": [f"{ENTERPRISE}:manager.managerId"]}


@pytest.mark.parametrize(
    "path", ['emails[type eq "work"].value', 'emails[type eq "work"]', "emails.type", "nope", "urn:nope:1.0:x"]
)
def test_what_1_1_cannot_say_is_refused(path: str) -> None:
    """Changing a part of a selected value has no shape in 1.1; better an error than another change."""
    with pytest.raises(BadRequest) as caught:
        v1.render_patch([Operation(Verb.REPLACE, parse_path(path), "x")], USER)
    assert caught.value.scim_type == "invalidPath"


def test_the_later_operation_wins() -> None:
    """A partial resource has no order, so the order of the operations is settled while it is written."""
    added, removed = Operation(Verb.ADD, parse_path("members"), [{"value": "u3"}]), 'members[value eq "u3"]'
    both = v1.render_patch([added, Operation(Verb.REMOVE, parse_path(removed))], GROUP)
    assert both["members"] == [{"value": "u3", "operation": "delete"}]
    title = [Operation(Verb.REPLACE, parse_path("title"), "x"), Operation(Verb.REMOVE, parse_path("title"))]
    assert "title" not in v1.render_patch(title, USER)


def test_errors_have_another_shape() -> None:
    """`Errors` with description and code, read with the code as text or as a number."""
    rendered = v1.render_error(NotFound("nobody here"))
    assert rendered["Errors"] == [{"description": "nobody here", "code": "404"}]
    assert rendered["detail"] == "nobody here"
    assert v1.parse_error(v1.render_error(Conflict("taken"))) == (409, "taken")
    assert v1.parse_error({"errors": [{"code": 409, "Description": "x"}]}) == (409, "x")
    for odd in (None, {}, {"Errors": []}, {"Errors": ["x"]}, {"Errors": [{"code": []}]}):
        assert v1.parse_error(odd) == (None, None)


def test_a_list_is_read_like_one_of_2_0() -> None:
    """Only the URN of a ListResponse differs."""
    page = parse_list_response(v1.list_response([{"id": "1"}], 5, 3))
    assert (page.total, page.start_index, page.items_per_page, page.resources) == (5, 3, 1, [{"id": "1"}])


def test_the_configuration_has_other_names() -> None:
    """`ServiceProviderConfigs` says specUrl and documentationUrl, knows xmlDataFormat and no cursors."""
    config = {
        "schemas": [urns.SERVICE_PROVIDER_CONFIG],
        "documentationUri": "https://example.com",
        "patch": {"supported": True},
        "authenticationSchemes": [{"type": "httpbasic", "name": "Basic", "specUri": "https://example.com/b"}],
        "meta": {"resourceType": "ServiceProviderConfig", "location": "x"},
    }
    old = v1.render_config({**config, "pagination": {"cursor": True}})
    assert old["schemas"] == [v1.CORE]
    assert old["documentationUrl"] == "https://example.com"
    assert old["xmlDataFormat"] == {"supported": False}
    assert "pagination" not in old
    back = v1.parse_config({"Resources": [old]})
    assert back == {**config, "meta": {"location": "x"}}


def test_filters_of_1_1_find_the_names_of_2_0() -> None:
    """URN-prefixed names and managerId are read; the grammar is the same."""
    old = f'{ENTERPRISE}:manager.managerId eq "7" and not (urn:scim:schemas:core:1.0:userName sw "b" or title pr)'
    new = f'{urns.ENTERPRISE_USER}:manager.value eq "7" and not ({urns.USER}:userName sw "b" or title pr)'
    assert render(parse_filter_names(parse_filter(old), USER)) == new


def test_attributes_to_clear_must_be_names() -> None:
    """Anything else in meta.attributes is a syntax error or no path."""
    for odd in ("members", [1], ["a b"]):
        with pytest.raises(BadRequest):
            v1.parse_patch({"meta": {"attributes": odd}}, GROUP)


def test_two_zero_operations_are_no_partial_resource() -> None:
    """A PatchOp sent to 1.1 changes nothing by accident: `Operations` is an attribute nobody declares."""
    body = {"schemas": [urns.PATCH_OP], "Operations": [{"op": "replace", "path": "title", "value": "x"}]}
    with pytest.raises(BadRequest):
        apply(normalise(BABS, USER), v1.parse_patch(body, USER), USER, STRICT)
    assert parse_patch(body)

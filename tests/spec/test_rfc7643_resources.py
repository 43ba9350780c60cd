"""RFC 7643: the sample resources and the characteristics of the core schemas."""

from typing import Any

import pytest

from provisor.scim import urns
from provisor.scim.errors import Invalid
from provisor.scim.policy import STRICT
from provisor.scim.projection import Projection, project
from provisor.scim.resources import check_immutable, normalise, validate, validated
from provisor.scim.schemas import (
    GROUP,
    USER,
    USER_SCHEMA,
    Attribute,
    Mutability,
    ResourceType,
    Schema,
    Type,
    parse_resource_types,
    render_attribute,
    render_resource_type,
)


def test_the_full_user_is_canonical_already(full_user: dict[str, Any]) -> None:
    """The sample of §8.2 comes out of normalising as it went in, but for what only the server may write."""
    cleaned = normalise(full_user, USER, STRICT)
    expected = {key: value for key, value in full_user.items() if key not in ("id", "meta", "groups")}
    expected["schemas"] = [urns.USER, urns.ENTERPRISE_USER]
    assert cleaned == expected


def test_the_group_is_canonical_already(group: dict[str, Any]) -> None:
    """The sample of §8.4 comes out of normalising as it went in, but for `id` and `meta`."""
    cleaned = normalise(group, GROUP, STRICT)
    assert cleaned == {key: value for key, value in group.items() if key not in ("id", "meta")}


def test_each_user_attribute_has_the_characteristics_of_the_rfc(characteristics: dict[str, Any]) -> None:
    """§8.7.1: type, plurality, mutability, returned and uniqueness of every user attribute."""
    rendered = {attribute.name: render_attribute(attribute) for attribute in USER_SCHEMA.attributes}
    assert rendered.keys() == characteristics.keys()
    for name, expected in characteristics.items():
        expected = {"multiValued": False, **expected}
        subs = expected.pop("subAttributes", None)
        assert {key: rendered[name][key] for key in expected} == expected, name
        if subs is not None:
            assert [sub["name"] for sub in rendered[name]["subAttributes"]] == subs


def test_a_password_is_never_shown(full_user: dict[str, Any]) -> None:
    """§4.1.1: `returned: never` wins even when the client asks for the attribute."""
    assert "password" not in project(full_user, USER, Projection())
    assert "password" not in project(full_user, USER, Projection(attributes=("password", "userName")))


def test_attribute_names_ignore_case(full_user: dict[str, Any]) -> None:
    """§2.1: attribute names are case-insensitive, so any case is stored under the declared name."""
    shouted = {key.upper() if not key.startswith("urn:") else key: value for key, value in full_user.items()}
    assert normalise(shouted, USER, STRICT) == normalise(full_user, USER, STRICT)


def test_null_and_an_empty_list_are_unassigned(full_user: dict[str, Any]) -> None:
    """§2.5: null, an empty array and absence are the same state."""
    bare = {key: value for key, value in full_user.items() if key not in ("title", "emails")}
    assert normalise(full_user | {"title": None, "emails": []}, USER, STRICT) == normalise(bare, USER, STRICT)


def test_a_minimal_user_is_enough() -> None:
    """§8.1: schemas and userName, with what the server adds."""
    minimal = {
        "schemas": [urns.USER],
        "id": "2819c223-7f76-453a-919d-413861904646",
        "userName": "bjensen@example.com",
        "meta": {"resourceType": "User", "created": "2010-01-23T04:56:22Z", "version": 'W/"3694e05e9dff590"'},
    }
    assert validated(minimal, USER) == {"schemas": [urns.USER], "userName": "bjensen@example.com"}


def test_the_resource_types_of_the_rfc_can_be_read() -> None:
    """§8.6: User, with the enterprise extension required, and Group."""
    listed = [
        {
            "schemas": [urns.RESOURCE_TYPE],
            "id": "User",
            "name": "User",
            "endpoint": "/Users",
            "description": "User Account",
            "schema": urns.USER,
            "schemaExtensions": [{"schema": urns.ENTERPRISE_USER, "required": True}],
        },
        {
            "schemas": [urns.RESOURCE_TYPE],
            "id": "Group",
            "name": "Group",
            "endpoint": "/Groups",
            "description": "Group",
            "schema": urns.GROUP,
        },
    ]
    user, group = parse_resource_types({"resourceTypes": listed})
    for kind, document in zip((user, group), listed, strict=True):
        assert render_resource_type(kind) == {name: value for name, value in document.items() if name != "schemas"}
    with pytest.raises(Invalid, match="is required for a User and is not there"):
        validated({"schemas": [urns.USER], "userName": "babs"}, user)


def test_every_violation_is_named_with_its_path() -> None:
    """§7: types, required attributes and canonical names are judged together, each with its place."""
    body = {
        "schemas": [urns.USER],
        "name": {"givenName": 7},
        "emails": [{"value": "b@x.io"}, {"value": ["x"], "primary": "yes"}],
        "x509Certificates": [{"value": "not base64"}],
        "active": "on",
        "profileUrl": "not a reference",
        urns.ENTERPRISE_USER: {"manager": [], "salary": 1},
    }
    violations = validate(body, USER, STRICT)[1]
    assert {violation.path for violation in violations} == {
        "name.givenName",
        "emails[1].value",
        "emails[1].primary",
        "x509Certificates[0].value",
        "active",
        "profileUrl",
        f"{urns.ENTERPRISE_USER}:manager",
        f"{urns.ENTERPRISE_USER}:salary",
        "userName",
    }


def test_an_immutable_attribute_cannot_be_replaced() -> None:
    """§7 and RFC 7644 §3.5.1: what has a value keeps it; setting it once is allowed."""
    schema = Schema("urn:x:badge", "Badge", "", (Attribute("serial", mutability=Mutability.IMMUTABLE),))
    kind = ResourceType("Badge", "/Badges", "", schema)
    check_immutable({}, {"serial": "1"}, kind)
    check_immutable({"serial": "1"}, {"serial": "1"}, kind)
    for new in ({"serial": "2"}, {}):
        with pytest.raises(Invalid) as caught:
            check_immutable({"serial": "1"}, new, kind)
        assert caught.value.scim_type == "mutability"


@pytest.mark.parametrize("value", ["2011-05-13", "04:42:34Z", "2011-05-13T04:42Z", "2011-02-30T00:00:00Z", "13.5.2011"])
def test_a_date_without_time_is_no_date_time(value: str) -> None:
    """§2.3.5: xsd:dateTime has both a date and a time."""
    kind = ResourceType("X", "/X", "", Schema("urn:x:y", "X", "", (Attribute("since", Type.DATE_TIME),)))
    assert validate({"schemas": ["urn:x:y"], "since": value}, kind)[1]
    assert not validate({"schemas": ["urn:x:y"], "since": "2008-01-23T04:56:22Z"}, kind)[1]

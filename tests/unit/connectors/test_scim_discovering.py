"""What a server declares of its users, as attributes that could be written there."""

from typing import Any

import pytest

from provisor.connector import AccountAttribute, DataType, Writing
from provisor.connectors.scim.attributes import CORE, DEFAULT_USER_ATTRIBUTES
from provisor.connectors.scim.discovering import discovered, place_of
from provisor.connectors.scim.shape import check_places
from provisor.scim.schemas import USER_SCHEMA
from provisor.scim.schemas.attributes import render_schema

BADGE = "urn:example:badge:1.0:User"
KINDS = [{"name": "User", "endpoint": "/Users", "schema": CORE, "schemaExtensions": [{"schema": BADGE}]}]


def places(attributes: list[dict[str, Any]], urn: str = CORE, **more: Any) -> list[str]:
    return [each.attribute.external_name for each in discovered([{"id": urn, "attributes": attributes, **more}], [])]


def test_simple_attributes_are_taken_with_their_types() -> None:
    """Types, lists, descriptions, and when they may be written."""
    declared: list[dict[str, Any]] = [
        {"name": "floor", "type": "integer", "required": True, "description": " Which one. "},
        {"name": "rate", "type": "decimal", "mutability": "immutable"},
        {"name": "tags", "type": "string", "multiValued": True, "mutability": "writeOnly"},
    ]
    floor, rate, tags = discovered([{"id": BADGE, "attributes": declared}], KINDS)
    assert floor.attribute == AccountAttribute("floor", "floor", BADGE, True)
    assert (floor.type, floor.description) == (DataType.INTEGER, "Which one.")
    assert (rate.type, rate.writing) == (DataType.NUMBER, Writing.ONCE)
    assert (tags.many, tags.writing) == (True, Writing.UNSEEN)


def test_what_only_the_server_writes_is_left_out() -> None:
    """Read-only attributes, what the connector writes itself, and bytes."""
    declared: list[dict[str, Any]] = [
        *({"name": name, "type": "string"} for name in ("id", "password", "active", "externalId")),
        {"name": "groups", "type": "complex", "multiValued": True, "subAttributes": [{"name": "value"}]},
        {"name": "score", "type": "integer", "mutability": "readOnly"},
        {"name": "photo", "type": "binary"},
        {"name": "manager", "type": "complex", "subAttributes": [{"name": "$ref"}, {"name": "value"}]},
    ]
    assert places(declared) == ["manager.value"]


def test_single_elements_of_lists_can_be_written() -> None:
    """The primary one, and one for each type that is named."""
    parts = [{"name": "value"}, {"name": "primary", "type": "boolean"}, {"name": "type", "canonicalValues": ["home"]}]
    declared = [{"name": "emails", "type": "complex", "multiValued": True, "subAttributes": parts}]
    assert places(declared) == [
        "emails.^[primary==true].value",
        "emails.^[primary==true].type",
        "emails.^[type=='home'].value",
    ]


def test_schemas_of_other_resources_are_left_out() -> None:
    """By the resource types where there are some, else by their URNs."""
    declared = [{"name": "floor", "type": "string"}]
    assert places(declared, "urn:ietf:params:scim:schemas:core:2.0:Group") == []
    assert places(declared, "urn:example:other") == ["floor"]
    assert discovered([{"id": "urn:example:other", "attributes": declared}], KINDS) == []


def test_attributes_of_scim_11_say_where_they_belong() -> None:
    """One schema for users, whose attributes name their own; URNs become those of 2.0."""
    enterprise = "urn:scim:schemas:extension:enterprise:1.0"
    declared: list[dict[str, Any]] = [
        {"name": "nickName", "type": "string", "schema": "urn:scim:schemas:core:1.0"},
        {"name": "division", "type": "string", "schema": enterprise},
        {"name": "tier", "type": "string", "schema": "urn:example:1.0", "readOnly": False},
        {"name": "uuid", "type": "string", "schema": "urn:example:1.0", "readOnly": True},
    ]
    found = discovered([{"id": "urn:scim:schemas:core:1.0:User", "attributes": declared}], [])
    assert [(each.attribute.name, each.attribute.external_namespace) for each in found] == [
        ("nickName", CORE),
        ("division", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"),
        ("tier", "urn:example:1.0"),
    ]


def test_names_differ_and_places_can_all_be_written() -> None:
    """Of a full user schema: every name is there once, what the template knows keeps its name, and all fit together."""
    found = discovered([render_schema(USER_SCHEMA)], [])
    names = [each.attribute.name for each in found]
    assert len({name.lower() for name in names}) == len(names)
    by_place = {place_of(each.attribute): each.attribute.name for each in found}
    core = [each for each in DEFAULT_USER_ATTRIBUTES if each.external_namespace == CORE]
    assert {by_place[place_of(each)] for each in core} == {each.name for each in core}
    check_places([each.attribute for each in found])


@pytest.mark.parametrize("junk", [None, [], [None], [{"name": 7}], [{"name": "a b"}], {"name": "x"}])
def test_nonsense_is_nothing(junk: Any) -> None:
    """A server may declare anything."""
    assert discovered([{"id": CORE, "attributes": junk}, {}], [{"name": "User", "schema": 7}]) == []

"""Resource types from a file: the shipped example, its round trip through discovery, and every mistake named."""

from importlib.resources import files
from typing import Any

import orjson
import pytest

from provisor.scim.diff import diff
from provisor.scim.errors import BadRequest
from provisor.scim.filters import compile_filter, parse_filter
from provisor.scim.messages import parse_patch, render_patch
from provisor.scim.patch import apply
from provisor.scim.resources import normalise
from provisor.scim.schemas import (
    GROUP,
    USER,
    SchemaFileError,
    parse_resource_types,
    render_resource_type,
    render_schema,
)

EXAMPLE: dict[str, Any] = orjson.loads(files("provisor.scim.schemas").joinpath("governance.json").read_bytes())
KINDS = {kind.name: kind for kind in parse_resource_types(EXAMPLE)}
LICENCE = KINDS["Licence"]
SEATS = LICENCE.extensions[0].id


def test_the_example_declares_roles_entitlements_and_licences() -> None:
    """The shipped file gives three types beside User and Group, under the URNs that governance clients know."""
    assert list(KINDS) == ["User", "Group", "Role", "Entitlement", "Licence"]
    assert KINDS["User"] is USER
    assert LICENCE.required_extensions == {SEATS}
    assert KINDS["Role"].schema.id == "urn:okta:scim:schemas:core:1.0:Role"


def test_the_kernel_knows_such_types_like_its_own() -> None:
    """Validation, filters, PATCH and diff work on a licence as they do on a user."""
    payload = {
        "schemas": [LICENCE.schema.id, SEATS],
        "type": "Licence",
        "displayName": "Pro",
        SEATS: {"seats": 5, "price": {"amount": 9.5, "currency": "EUR"}},
    }
    pro = normalise(payload, LICENCE)
    assert pro == payload
    assert compile_filter(parse_filter(f'{SEATS}:seats ge 5 and displayName sw "p"'), LICENCE)(pro)
    more = {**pro, SEATS: {**pro[SEATS], "seats": 6}}
    operations = diff(pro, more, LICENCE)
    assert [str(operation.path) for operation in operations] == [f"{SEATS}:seats"]
    assert apply(pro, parse_patch(render_patch(operations)), LICENCE) == more
    with pytest.raises(BadRequest):
        normalise({**payload, SEATS: {"seats": "many"}}, LICENCE)


def test_what_discovery_answers_can_be_read_again() -> None:
    """A server's own /Schemas and /ResourceTypes, as lists or ListResponses, are a schema file."""
    schemas = {schema.id: schema for kind in KINDS.values() for schema in (kind.schema, *kind.extensions)}
    answered = {
        "schemas": {"Resources": [render_schema(schema) for schema in schemas.values()]},
        "resourceTypes": [render_resource_type(kind) for kind in KINDS.values()],
    }
    again = parse_resource_types(answered)
    assert [render_resource_type(kind) for kind in again] == answered["resourceTypes"]
    assert [render_schema(kind.schema) for kind in again] == [render_schema(kind.schema) for kind in KINDS.values()]


def test_users_can_be_extended() -> None:
    """A resource type named User replaces the built-in one, with the file's extension beside the enterprise one."""
    extended = {**render_resource_type(USER)}
    extended["schemaExtensions"] = [*extended["schemaExtensions"], {"schema": "urn:acme:1.0:User", "required": False}]
    badge = {"id": "urn:acme:1.0:User", "attributes": [{"name": "badge"}]}
    user, group = parse_resource_types({"schemas": [badge], "resourceTypes": [extended]})
    assert [extension.id for extension in user.extensions] == [USER.extensions[0].id, "urn:acme:1.0:User"]
    assert group is GROUP


def faults(document: Any) -> str:
    """Return what is said about a file that cannot be used."""
    with pytest.raises(SchemaFileError) as caught:
        parse_resource_types(document)
    return str(caught.value)


def test_every_mistake_is_named_at_once() -> None:
    """Whoever wrote the file corrects it in one go."""
    said = faults(
        {
            "schemas": [
                {"id": "Licence", "attributes": [{"name": "a b"}]},
                {
                    "id": "urn:x:y",
                    "attributes": [
                        {"name": "a", "type": "text", "required": "yes", "canonicalValues": [1]},
                        {"name": "A"},
                        {"name": "id"},
                        {"name": "c", "type": "complex"},
                        {"name": "d", "type": "complex", "subAttributes": [{"name": "e", "type": "complex"}]},
                        {"name": "f", "subAttributes": [{"name": "g"}]},
                    ],
                },
                7,
            ],
            "resourceTypes": [
                {"name": "One", "endpoint": "One", "schema": "urn:nobody"},
                {"name": "Two", "endpoint": "/Bulk", "schema": "urn:x:y", "schemaExtensions": [1]},
                {"endpoint": "/Three"},
                {"name": "Four", "endpoint": "/users", "schema": USER.schema.id},
            ],
        }
    )
    for expected in [
        "schema 1: id must be a URN",
        "schema 1: attribute 1 needs a name",
        "urn:x:y:a: type must be one of",
        "urn:x:y:a: required must be true or false",
        "urn:x:y:a: canonicalValues",
        "attribute A is there twice",
        "urn:x:y: id is an attribute of every resource",
        "urn:x:y:c: subAttributes must be a list",
        "urn:x:y:d.e: a complex attribute cannot be inside another",
        "urn:x:y:f: only an attribute of type complex",
        "schema 3 must be an object",
        "resource type One: endpoint",
        "is called 'urn:nobody'",
        "resource type Two: endpoint",
        "resource type Two: schemaExtensions",
        "resource type 3 must be an object with a name",
        "User and Four have the same endpoint",
    ]:
        assert expected in said, expected


@pytest.mark.parametrize("document", [None, [], "x", {"schemas": 7}, {"resourceTypes": {"Resources": "x"}}])
def test_a_file_of_another_kind_is_refused(document: Any) -> None:
    """Anything but an object with lists is named as such."""
    assert "must be" in faults(document)

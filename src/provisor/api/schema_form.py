"""Profile schemas in Okta's shape, of people, groups and apps alike: JSON Schema with `base` and `custom` definitions.

Writing is partial: attributes that the body does not name stay, keys of an attribute that it does not name stay too,
and null takes away: an attribute, or one of its keys.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from provisor.api.rendering import instant
from provisor.directory.attributes import Attribute
from provisor.directory.diagnostics import Diagnostic
from provisor.directory.schema import Schema
from provisor.directory.schemas import Unreadable, parse_attribute, render_attribute
from provisor.services.errors import Invalid

DRAFT = "http://json-schema.org/draft-04/schema#"
PARTS = ("base", "custom")


def render_schema(schema: Schema, address: str, *, name: str, title: str) -> dict[str, Any]:
    """The schema; `address` is where it was asked for, without the API's prefix in its id, as Okta shows it."""
    return {
        "id": address.replace("/api/v1/", "/", 1),
        "$schema": DRAFT,
        "name": name,
        "title": title,
        "lastUpdated": instant(schema.last_updated),
        "created": None,
        "definitions": {
            "base": _part("base", [each for each in schema.attributes if each.name in schema.base]),
            "custom": _part("custom", schema.added),
        },
        "type": "object",
        "properties": {"profile": {"allOf": [{"$ref": f"#/definitions/{part}"} for part in PARTS]}},
        "_links": {"self": {"href": address, "method": "GET", "rel": "self"}},
    }


def _part(name: str, attributes: Iterable[Attribute]) -> dict[str, Any]:
    listed = list(attributes)
    return {
        "id": f"#{name}",
        "type": "object",
        "properties": {each.name: render_attribute(each) for each in listed},
        "required": [each.name for each in listed if each.required],
    }


def parse_changes(body: Mapping[str, Any], schema: Schema) -> dict[str, Attribute | None]:
    """What the body changes of the schema; raises `Invalid` with every problem at once."""
    problems: list[Diagnostic] = []
    changes: dict[str, Attribute | None] = {}
    definitions = _object(body, "definitions", "definitions", problems)
    for part in PARTS:
        path = f"definitions.{part}"
        given = _object(_object(definitions, part, path, problems), "properties", f"{path}.properties", problems)
        for name, definition in given.items():
            if definition is None:
                changes[name] = None
            elif not isinstance(definition, dict):
                problems.append(Diagnostic(f"{path}.properties.{name}", "must be an object, or null to delete it"))
            else:
                changes[name] = _attribute(name, definition, schema, f"{path}.properties", problems)
    if problems:
        raise Invalid(problems[0].path, problems)
    return changes


def _attribute(
    name: str, definition: Mapping[str, Any], schema: Schema, path: str, problems: list[Diagnostic]
) -> Attribute | None:
    known = schema.find(name)
    whole = {**(render_attribute(known) if known is not None else {}), **definition}
    try:
        return parse_attribute(name, {key: value for key, value in whole.items() if value is not None})
    except Unreadable as refusal:
        problems += [Diagnostic(f"{path}.{each.path}", each.message) for each in refusal.problems]
        return None


def _object(outer: Mapping[str, Any], name: str, path: str, problems: list[Diagnostic]) -> Mapping[str, Any]:
    value = outer.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        problems.append(Diagnostic(path, "must be an object"))
        return {}
    return value

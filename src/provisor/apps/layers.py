"""The layers that an account's values come from, and which of several wins. Evaluates no mapping."""

from __future__ import annotations

from collections.abc import Mapping as Map
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any, TypeAlias

from provisor.connector import Json
from provisor.directory.attributes import Attribute, AttributeType, Scope

EMPTY: Map[str, Any] = MappingProxyType({})
Values: TypeAlias = Map[str, Json]
Schema: TypeAlias = Map[str, Attribute] | None
"""An app's attributes by name; None: neither scopes nor types are looked at."""


class Origin(StrEnum):
    """Where a value of an account comes from, weakest first."""

    DEFAULT = "DEFAULT"
    GIVEN = "GIVEN"
    """Typed at assignment, for an attribute that no mapping fills."""
    MAPPING = "MAPPING"
    CREATION = "CREATION"
    """Mapped on create only: what the account was created with."""
    GROUP = "GROUP"
    OVERRIDE = "OVERRIDE"
    """Set by an administrator for this person."""


@dataclass(frozen=True, slots=True)
class GroupValues:
    """What a group's assignment sets for its members."""

    group_id: str
    values: Values


def has_value(value: Json) -> bool:
    return value is not None and value != "" and value != []


def merged(layers: Sequence[tuple[Origin, Values]]) -> dict[str, Json]:
    """The strongest value of each attribute. An override without a value leaves the attribute without one."""
    attributes: dict[str, Json] = {}
    for _, values in layers:
        attributes.update(values)
    return {name: value for name, value in attributes.items() if has_value(value)}


def group_layer(schema: Schema, groups: Sequence[GroupValues]) -> dict[str, Json]:
    """What the groups set: the one of the highest priority wins, lists are combined where the schema says so."""
    values: dict[str, Json] = {}
    for group in groups:
        for name, value in group.values.items():
            if not has_value(value) or not settable(schema, name):
                continue
            held = values.get(name)
            if held is None:
                values[name] = list(value) if isinstance(value, list) else value
            elif combines(schema, name) and isinstance(held, list) and isinstance(value, list):
                held.extend(each for each in value if each not in held)
    return values


def setters(schema: Schema, groups: Sequence[GroupValues], target: str) -> tuple[str, ...]:
    """The groups behind a value."""
    having = tuple(each.group_id for each in groups if has_value(each.values.get(target)))
    return having if combines(schema, target) else having[:1]


def settable(schema: Schema, name: str) -> bool:
    """Whether groups may set it."""
    if schema is None:
        return True
    attribute = schema.get(name)
    return attribute is not None and attribute.scope is not Scope.SELF


def combines(schema: Schema, name: str) -> bool:
    attribute = (schema or {}).get(name)
    return attribute is not None and attribute.union and attribute.type is AttributeType.ARRAY

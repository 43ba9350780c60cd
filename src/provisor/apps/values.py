"""Decides whether values that somebody sets by hand fit an app's attributes: for one person, or for a whole group.

Where they are kept, and what wins over what, is decided elsewhere (`projection`).
"""

from __future__ import annotations

from collections.abc import Mapping

from provisor.apps.mapping import USERNAME
from provisor.connector import Json
from provisor.directory.attributes import Attribute, Mutability, Scope
from provisor.directory.diagnostics import Diagnostic
from provisor.directory.profiles import why_not

LONGEST_USERNAME = 100


def check_overrides(schema: Mapping[str, Attribute], values: Mapping[str, Json]) -> list[Diagnostic]:
    """What is wrong with values for one person; null says that there is to be no value."""
    found = []
    for name, value in values.items():
        problem = _username_problem(value) if name == USERNAME else _problem(schema.get(name), value)
        if problem is None and value is None and schema[name].required:
            problem = "is required by the app: it cannot be left without a value; reset it instead"
        if problem is not None:
            found.append(Diagnostic(name, problem))
    return found


def check_group_values(schema: Mapping[str, Attribute], values: Mapping[str, Json]) -> list[Diagnostic]:
    """What is wrong with values for the members of a group; null says that the group sets none."""
    found = []
    for name, value in values.items():
        attribute = schema.get(name)
        if name == USERNAME:
            problem: str | None = "is each account's own: it cannot be set for a group"
        elif attribute is not None and attribute.scope is Scope.SELF:
            problem = "is “User personal”: it cannot be set for a group"
        else:
            problem = _problem(attribute, value)
        if problem is not None:
            found.append(Diagnostic(name, problem))
    return found


def check_given(
    schema: Mapping[str, Attribute], mapped: frozenset[str], values: Mapping[str, Json]
) -> list[Diagnostic]:
    """What is wrong with values typed at assignment; those of mapped attributes are ignored, and so not looked at."""
    return [
        Diagnostic(name, problem)
        for name, value in values.items()
        if name not in mapped and name in schema and (problem := _problem(schema[name], value)) is not None
    ]


def group_attributes(schema: Mapping[str, Attribute]) -> list[Attribute]:
    """What a group may set."""
    return [
        each
        for each in schema.values()
        if each.name != USERNAME and each.scope is not Scope.SELF and each.mutability is not Mutability.READ_ONLY
    ]


def _problem(attribute: Attribute | None, value: Json) -> str | None:
    if attribute is None:
        return "is not an attribute of the app"
    if attribute.mutability is Mutability.READ_ONLY:
        return "is read-only"
    return None if value is None else why_not(attribute, value)


def _username_problem(value: Json) -> str | None:
    if isinstance(value, str) and 1 <= len(value) <= LONGEST_USERNAME:
        return None
    return f"must be text of 1 to {LONGEST_USERNAME} characters; reset it to have the mapped name"

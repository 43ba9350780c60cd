"""Decides whether a profile fits its schema, and what a change of a profile means.

A null clears: the attribute then has no value, and is not stored. An empty text is a value, the one an emptied form
field leaves, and differs from null. It knows neither who may change what nor where profiles are kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import re2

from provisor.directory.attributes import BASE_ATTRIBUTES, Attribute, AttributeType
from provisor.directory.diagnostics import Diagnostic
from provisor.directory.formats import FORMATS

Profile: TypeAlias = Mapping[str, Any]
Check: TypeAlias = tuple[tuple[type, ...], int, int, Callable[[str], object] | None, bool]
"""Python types, shortest, longest, format, more rules: what `validate` tests for each value, flat to cost little."""

PYTHON_TYPES: dict[AttributeType, tuple[type, ...]] = {
    AttributeType.STRING: (str,),
    AttributeType.BOOLEAN: (bool,),
    AttributeType.NUMBER: (float, int),
    AttributeType.INTEGER: (int,),
    AttributeType.ARRAY: (list,),
}
JSON_NAMES = {
    str: "a text",
    bool: "true or false",
    int: "a number",
    float: "a number",
    list: "a list",
    dict: "an object",
}
LARGEST = 2**63 - 1
"""Whole numbers are of 64 bits, as in Okta's console; its API's text says 32."""

BLANK = "The field cannot be left blank"


class ProfileSchema:
    """A set of attributes, compiled once for checking many profiles."""

    def __init__(self, attributes: Iterable[Attribute], whose: str = "user") -> None:
        self._unknown = f"is not an attribute of the {whose} profile"
        self.attributes: dict[str, Attribute] = {each.name: each for each in attributes}
        self.required = tuple(name for name, each in self.attributes.items() if each.required)
        self._checks: dict[str, Check] = {
            name: (
                PYTHON_TYPES[each.type],
                each.shortest,
                each.longest,
                FORMATS[each.format][0] if each.format else None,
                each.type is not AttributeType.STRING or bool(each.choices or each.pattern),
            )
            for name, each in self.attributes.items()
        }

    def validate(self, profile: Profile) -> list[Diagnostic]:
        """What is wrong with a whole profile; nothing if it may be stored."""
        checks = self._checks
        found: list[Diagnostic] = []
        for name, value in profile.items():
            check = checks.get(name)
            if check is None:
                found.append(Diagnostic(name, self._unknown))
                continue
            if value is None:
                continue
            kinds, shortest, longest, fits, more = check
            if (
                type(value) not in kinds
                or (type(value) is str and not shortest <= len(value) <= longest)
                or (fits is not None and value and not fits(value))
                or more
            ):
                problem = why_not(self.attributes[name], value)
                if problem is not None:
                    found.append(Diagnostic(name, problem))
        found.extend(Diagnostic(name, BLANK) for name in self.required if profile.get(name) is None)
        return found


def why_not(attribute: Attribute, value: Any) -> str | None:
    """What is wrong with a value that is not null; None if it fits."""
    kinds = PYTHON_TYPES[attribute.type]
    if type(value) not in kinds:
        return f"must be {JSON_NAMES[kinds[0]]}, not {JSON_NAMES.get(type(value), 'something else')}"
    if attribute.type is AttributeType.STRING:
        return _text_problem(attribute, value)
    if attribute.type is AttributeType.ARRAY:
        return _array_problem(attribute, value)
    if attribute.type is AttributeType.BOOLEAN:
        return None
    return _number_problem(attribute, value) or _choice_problem(attribute, value)


def _text_problem(attribute: Attribute, value: str) -> str | None:
    if value == "":
        return BLANK if attribute.required else None
    if len(value) > attribute.longest:
        return f"has {len(value)} characters; at most {attribute.longest} are allowed"
    if len(value) < attribute.shortest:
        return f"has {len(value)} characters; at least {attribute.shortest} are needed"
    if attribute.format is not None and not FORMATS[attribute.format][0](value):
        return FORMATS[attribute.format][1]
    if attribute.pattern is not None and not re2.fullmatch(attribute.pattern, value):
        return f"must be of the form {attribute.pattern}"
    return _choice_problem(attribute, value)


def _number_problem(attribute: Attribute, value: float) -> str | None:
    if not -LARGEST - 1 <= value <= LARGEST and attribute.type is AttributeType.INTEGER:
        return "must be a whole number of at most 64 bits"
    if attribute.least is not None and value < attribute.least:
        return f"must be at least {attribute.least:g}"
    if attribute.most is not None and value > attribute.most:
        return f"must be at most {attribute.most:g}"
    return None


def _array_problem(attribute: Attribute, value: list[Any]) -> str | None:
    kinds = PYTHON_TYPES[attribute.item or AttributeType.STRING]
    for at, item in enumerate(value):
        if type(item) not in kinds:
            return f"must hold nothing but {JSON_NAMES[kinds[0]]} in each place; the one at {at} is something else"
        if type(item) is str and len(item) > attribute.longest:
            return f"has {len(item)} characters at {at}; at most {attribute.longest} are allowed"
        if (problem := _choice_problem(attribute, item)) is not None:
            return problem
    return None


def _choice_problem(attribute: Attribute, value: Any) -> str | None:
    if not attribute.choices or any(value == each.value for each in attribute.choices):
        return None
    return f"must be one of {', '.join(str(each.value) for each in attribute.choices)}"


BASE_SCHEMA = ProfileSchema(BASE_ATTRIBUTES)


def settled(profile: Profile) -> dict[str, Any]:
    """The profile as it is stored: attributes that are null have no value."""
    return {name: value for name, value in profile.items() if value is not None}


def merged(profile: Profile, given: Profile) -> dict[str, Any]:
    """A partial update: given attributes replace, nulls clear, the rest stays."""
    return settled({**profile, **given})


@dataclass(frozen=True, slots=True)
class ProfileChange:
    """Only the attributes that differ; one that is absent from a side had (or has) no value."""

    before: dict[str, Any]
    after: dict[str, Any]

    def __bool__(self) -> bool:
        return bool(self.before or self.after)


def change(before: Profile, after: Profile) -> ProfileChange:
    """What leads from one settled profile to another; false when nothing does."""
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    return ProfileChange(
        {name: before[name] for name in names if name in before},
        {name: after[name] for name in names if name in after},
    )

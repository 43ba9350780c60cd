"""Examples kept with a mapping: somebody's values, and what the mapping has to make of them. Decides who is right.

An example speaks of the targets it names and of no others.
"""

from __future__ import annotations

from collections.abc import Mapping as Map
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from provisor.apps.ends import Ends
from provisor.apps.layers import Values, has_value
from provisor.apps.mapping import Mapping
from provisor.apps.projection import Circumstances
from provisor.connector import Json
from provisor.directory.diagnostics import Diagnostic
from provisor.expression import Group

MOST_EXAMPLES = 50
LONGEST_NAME = 100
KEYS = {"name", "profile", "groups", "expected"}


@dataclass(frozen=True, slots=True)
class Example:
    name: str
    profile: Values
    """A person's profile; of a mapping from an app, an account's attributes."""
    expected: Values
    """By target; null: no value."""
    groups: tuple[str, ...] = field(default=())
    """Names of the groups that the person is in."""


@dataclass(frozen=True, slots=True)
class Mismatch:
    """What an example expects and does not get."""

    example: str
    target: str
    expected: Json
    found: Json
    problem: str | None = None
    """Why there is no result."""

    def __str__(self) -> str:
        if self.problem is not None:
            return f"“{self.example}” expects {shown(self.expected)}, but there is no result: {self.problem}"
        return f"“{self.example}” expects {shown(self.expected)}, but the mapping gives {shown(self.found)}"


def shown(value: Json) -> str:
    return "no value" if not has_value(value) else f"“{value}”"


def parse_examples(stored: Any) -> tuple[Example, ...]:
    """Read examples; raises `ExamplesUnreadable` with every problem at once."""
    problems: list[Diagnostic] = []
    if not isinstance(stored, list) or len(stored) > MOST_EXAMPLES:
        raise ExamplesUnreadable([Diagnostic("examples", f"must be a list of at most {MOST_EXAMPLES}")])
    found = [_parsed(each, f"examples[{at}]", problems) for at, each in enumerate(stored)]
    names = [each.name for each in found]
    if len(set(names)) != len(names):
        problems.append(Diagnostic("examples", "must have names that differ"))
    if problems:
        raise ExamplesUnreadable(problems)
    return tuple(found)


def render_example(example: Example) -> dict[str, Any]:
    """The stored form; `parse_examples` reads it."""
    rendered: dict[str, Any] = {
        "name": example.name,
        "profile": dict(example.profile),
        "expected": dict(example.expected),
    }
    return {**rendered, "groups": list(example.groups)} if example.groups else rendered


class ExamplesUnreadable(ValueError):
    def __init__(self, problems: Sequence[Diagnostic]) -> None:
        super().__init__("; ".join(str(each) for each in problems))
        self.problems = tuple(problems)


def _parsed(stored: Any, path: str, problems: list[Diagnostic]) -> Example:
    if not isinstance(stored, dict):
        problems.append(Diagnostic(path, "must be an object"))
        return Example("", {}, {})
    if unknown := sorted(set(stored) - KEYS):
        problems.append(Diagnostic(f"{path}.{unknown[0]}", f"is unknown; there are {', '.join(sorted(KEYS))}"))
    name = stored.get("name")
    if not isinstance(name, str) or not name.strip() or len(name) > LONGEST_NAME:
        problems.append(Diagnostic(f"{path}.name", f"must be text of 1 to {LONGEST_NAME} characters"))
        name = path
    values: dict[str, Values] = {}
    for key in ("profile", "expected"):
        value = stored.get(key, {})
        if not isinstance(value, dict):
            problems.append(Diagnostic(f"{path}.{key}", "must be an object"))
        values[key] = value if isinstance(value, dict) else {}
    if not values["expected"]:
        problems.append(Diagnostic(f"{path}.expected", "must name at least one attribute with its value"))
    groups = stored.get("groups", [])
    if not isinstance(groups, list) or any(not isinstance(each, str) for each in groups):
        problems.append(Diagnostic(f"{path}.groups", "must be a list of names"))
        groups = []
    return Example(name, values["profile"], values["expected"], tuple(groups))


def mismatches(examples: Sequence[Example], mappings: Sequence[Mapping], ends: Ends) -> list[Mismatch]:
    """What the examples expect and the mapping does not give; nothing when all hold."""
    lines = {each.target: each for each in ends.complete(mappings)}
    return [found for each in examples for found in _mismatches(each, lines, ends)]


def _mismatches(example: Example, lines: Map[str, Mapping], ends: Ends) -> list[Mismatch]:
    groups = [Group(name, name) for name in example.groups]
    internal = {"id": "", "status": "ACTIVE"}
    subject = ends.subject(example.profile, Circumstances(internal=internal, groups=groups))
    found: list[Mismatch] = []
    for target, expected in example.expected.items():
        if target not in lines:
            if has_value(expected):
                found.append(Mismatch(example.name, target, expected, None))
            continue
        tried = ends.attempt(lines[target], subject)
        if tried.problem is not None:
            found.append(Mismatch(example.name, target, expected, None, tried.problem))
        elif (has_value(expected) or has_value(tried.value)) and tried.value != expected:
            found.append(Mismatch(example.name, target, expected, tried.value))
    return found

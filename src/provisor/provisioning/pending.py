"""Changes that have not been made, as data: what a plan is of. Reads and writes them; applies none.

The form is the API's, which is also how they are stored.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any, TypeAlias

from provisor.apps.mapping import Mapping as AppMapping
from provisor.apps.mapping import PushStatus
from provisor.directory.attributes import Attribute
from provisor.directory.diagnostics import Diagnostic
from provisor.directory.schemas import Unreadable, parse_attribute, render_attribute


class ChangeKind(StrEnum):
    NOTHING = "NOTHING"
    """What waits now."""
    MAPPING = "MAPPING"
    SCHEMA = "SCHEMA"
    USERNAME = "USERNAME"
    ASSIGNMENT = "ASSIGNMENT"


@dataclass(frozen=True, slots=True)
class NoChange:
    kind = ChangeKind.NOTHING


@dataclass(frozen=True, slots=True)
class MappingChange:
    """Some lines of one mapping to the app."""

    mapping_id: str | None
    """None: that of people of the type everybody has who has no other."""
    lines: Mapping[str, AppMapping | None]
    """By target; None = do not map."""
    kind = ChangeKind.MAPPING


@dataclass(frozen=True, slots=True)
class SchemaChange:
    """Some attributes of the app's accounts."""

    attributes: Mapping[str, Attribute | None]
    """By name; None = without it."""
    kind = ChangeKind.SCHEMA


@dataclass(frozen=True, slots=True)
class UsernameChange:
    template: str
    push_status: PushStatus | None = None
    """Whether it applies to accounts that exist; None = as now."""
    kind = ChangeKind.USERNAME


@dataclass(frozen=True, slots=True)
class Moves:
    """Assignments as they would be; ids."""

    join_users: frozenset[str] = frozenset()
    join_groups: frozenset[str] = frozenset()
    leave_users: frozenset[str] = frozenset()
    leave_groups: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.join_users or self.join_groups or self.leave_users or self.leave_groups)


STAYING = Moves()


@dataclass(frozen=True, slots=True)
class AssignmentChange:
    moves: Moves
    kind = ChangeKind.ASSIGNMENT


PendingChange: TypeAlias = NoChange | MappingChange | SchemaChange | UsernameChange | AssignmentChange


@dataclass(slots=True)
class Reader:
    """Takes a change's parts out of what a caller wrote, and gathers what is wrong with them."""

    body: Mapping[str, Any]
    problems: list[Diagnostic] = field(default_factory=list)

    def refuse(self, path: str, message: str) -> None:
        self.problems.append(Diagnostic(path, message))

    def text(self, name: str, *, optional: bool = False) -> str:
        value = self.body.get(name)
        if value is None and optional:
            return ""
        if isinstance(value, str) and value.strip():
            return value
        self.refuse(name, "must be text")
        return ""

    def parts(self, name: str) -> Mapping[str, Any]:
        value = self.body.get(name)
        if isinstance(value, dict) and value:
            return value
        self.refuse(name, "must be an object with at least one entry")
        return {}

    def ids(self, name: str, part: str) -> frozenset[str]:
        outer = self.body.get(name, {})
        value = outer.get(part, []) if isinstance(outer, dict) else None
        if isinstance(value, list) and all(isinstance(each, str) and each for each in value):
            return frozenset(value)
        self.refuse(f"{name}.{part}", "must be a list of ids")
        return frozenset()


def parse_change(body: Mapping[str, Any]) -> PendingChange:
    """Read a change; raises `Unreadable` with every problem at once."""
    reader = Reader(body)
    kind = body.get("kind")
    if not isinstance(kind, str) or kind not in READERS:
        reader.refuse("kind", f"must be one of {', '.join(READERS)}")
        raise Unreadable(reader.problems)
    change = READERS[ChangeKind(kind)](reader)
    if reader.problems:
        raise Unreadable(reader.problems)
    return change


def _mapping(reader: Reader) -> PendingChange:
    lines = {
        target: None if line is None else _line(reader, target, line)
        for target, line in reader.parts("properties").items()
    }
    return MappingChange(reader.text("mappingId", optional=True) or None, MappingProxyType(lines))


def _line(reader: Reader, target: str, line: Any) -> AppMapping | None:
    path = f"properties.{target}"
    if not isinstance(line, dict) or not isinstance(line.get("expression"), str) or not line["expression"].strip():
        reader.refuse(path, "must be an object with an “expression”, or null for “do not map”")
        return None
    along = line.get("alongWith")
    if along is not None and not isinstance(along, str):
        reader.refuse(f"{path}.alongWith", "must be the name of an attribute")
        along = None
    return AppMapping(target, line["expression"], _push_status(reader, line, path) or PushStatus.PUSH, along)


def _push_status(reader: Reader, body: Mapping[str, Any], path: str) -> PushStatus | None:
    value = body.get("pushStatus")
    if value is None:
        return None
    if value in list(PushStatus):
        return PushStatus(value)
    reader.refuse(f"{path}.pushStatus".lstrip("."), f"must be {' or '.join(PushStatus)}")
    return None


def _schema(reader: Reader) -> PendingChange:
    found: dict[str, Attribute | None] = {}
    for name, body in reader.parts("attributes").items():
        if body is None:
            found[name] = None
        elif not isinstance(body, dict):
            reader.refuse(f"attributes.{name}", "must be a definition, or null for “without it”")
        else:
            try:
                found[name] = parse_attribute(name, body)
            except Unreadable as problem:
                reader.problems += problem.problems
    return SchemaChange(MappingProxyType(found))


def _username(reader: Reader) -> PendingChange:
    return UsernameChange(reader.text("template"), _push_status(reader, reader.body, ""))


def _assignment(reader: Reader) -> PendingChange:
    moves = Moves(
        reader.ids("assign", "users"),
        reader.ids("assign", "groups"),
        reader.ids("unassign", "users"),
        reader.ids("unassign", "groups"),
    )
    if not moves and not reader.problems:
        reader.refuse("assign", "or “unassign” must name at least one person or group")
    if both := (moves.join_users & moves.leave_users) | (moves.join_groups & moves.leave_groups):
        reader.refuse("unassign", f"names {min(both)}, which is to be assigned too")
    return AssignmentChange(moves)


READERS: Mapping[ChangeKind, Callable[[Reader], PendingChange]] = MappingProxyType(
    {
        ChangeKind.NOTHING: lambda _: NoChange(),
        ChangeKind.MAPPING: _mapping,
        ChangeKind.SCHEMA: _schema,
        ChangeKind.USERNAME: _username,
        ChangeKind.ASSIGNMENT: _assignment,
    }
)


def render_change(change: PendingChange) -> dict[str, Any]:
    """The change's form; `parse_change` reads it."""
    shown: dict[str, Any] = {"kind": change.kind.value}
    match change:
        case MappingChange(mapping_id, lines):
            shown["mappingId"] = mapping_id
            shown["properties"] = {target: _rendered(line) for target, line in lines.items()}
        case SchemaChange(attributes):
            shown["attributes"] = {name: each and render_attribute(each) for name, each in attributes.items()}
        case UsernameChange(template, push_status):
            shown |= {"template": template, "pushStatus": push_status and push_status.value}
        case AssignmentChange(moves):
            shown["assign"] = {"users": sorted(moves.join_users), "groups": sorted(moves.join_groups)}
            shown["unassign"] = {"users": sorted(moves.leave_users), "groups": sorted(moves.leave_groups)}
        case NoChange():
            pass
    return shown


def _rendered(line: AppMapping | None) -> dict[str, Any] | None:
    if line is None:
        return None
    shown = {"expression": line.expression, "pushStatus": line.push_status.value}
    return shown if line.along_with is None else {**shown, "alongWith": line.along_with}

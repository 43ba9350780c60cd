"""Mappings as data: which expression fills which attribute, when, in which direction. Evaluates nothing."""

from __future__ import annotations

from collections.abc import Mapping as Map
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

USERNAME = "userName"
"""The target that is the account's name: mapped like the others, or by the app's username format."""


class MappingError(ValueError):
    """A mapping that cannot be used; the message names its target."""

    def __init__(self, message: str, target: str = "") -> None:
        super().__init__(message)
        self.target = target


class Direction(StrEnum):
    TO_APP = "TO_APP"
    FROM_APP = "FROM_APP"


class PushStatus(StrEnum):
    PUSH = "PUSH"
    """Apply on create and update."""
    DONT_PUSH = "DONT_PUSH"
    """Apply on create only."""


@dataclass(frozen=True, slots=True)
class Mapping:
    """How one attribute gets its value."""

    target: str
    expression: str
    push_status: PushStatus = PushStatus.PUSH
    along_with: str | None = None
    """Only when this other target has a value: an e-mail's type makes no sense without the e-mail."""


def parse_mapping(stored: Map[str, Any]) -> Mapping:
    """Read a mapping as it is stored."""
    return Mapping(
        stored["target"],
        stored["expression"],
        PushStatus(stored.get("pushStatus", PushStatus.PUSH)),
        stored.get("alongWith"),
    )


def render_mapping(mapping: Mapping) -> dict[str, Any]:
    """The stored form; `parse_mapping` reads it."""
    stored = {"target": mapping.target, "expression": mapping.expression, "pushStatus": mapping.push_status.value}
    return stored if mapping.along_with is None else {**stored, "alongWith": mapping.along_with}

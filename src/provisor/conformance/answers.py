"""An answer as assertions see it: status, headers, JSON, and places in the JSON. Judges nothing.

Names are looked up as they are spelt and then ignoring case: RFC 7643 §2.1 makes attribute names case-insensitive.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final

import orjson

from provisor.conformance.suite import Path

_PART = re.compile(r"([^.\[\]]+)|\[(\d+|\*)\]")
EVERY: Final = "*"
"""In a path: every element of an array."""


class Nothing(Enum):
    """That which is not there; JSON's null is."""

    MISSING = "missing"


MISSING: Final = Nothing.MISSING


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer, whole and unredacted: it never leaves the runner."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    """Names in lower case."""
    body: bytes = field(repr=False)
    milliseconds: float = 0.0

    def parse(self) -> Any:
        """Return the JSON that the body is, or `MISSING`."""
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError:
            return MISSING


@dataclass(frozen=True, slots=True)
class View:
    """What an assertion looks at: the answer, its JSON, and the variables of the run."""

    answer: Answer
    document: Any
    variables: Mapping[str, Any]

    @classmethod
    def of(cls, answer: Answer, variables: Mapping[str, Any]) -> View:
        """Parse the answer once for all assertions of a step."""
        return cls(answer, answer.parse(), variables)

    def find(self, path: Path) -> Any:
        """Return the value at this place of the JSON body, or `MISSING`."""
        return find(self.document, path)


def find(document: Any, path: Path) -> Any:
    """Return the value at a place, or `MISSING`; `[*]` collects a list of what is there."""
    return _descend(document, _parts(path))


def _parts(path: Path) -> tuple[str | int, ...]:
    if isinstance(path, tuple):
        return path
    found = (match.groups() for match in _PART.finditer(path))
    return tuple(name or (EVERY if index == EVERY else int(index)) for name, index in found)


def _descend(value: Any, parts: tuple[str | int, ...]) -> Any:
    for depth, part in enumerate(parts):
        if part == EVERY:
            if not isinstance(value, list):
                return MISSING
            below = (_descend(each, parts[depth + 1 :]) for each in value)
            return [each for each in below if each is not MISSING]
        value = _step(value, part)
        if value is MISSING:
            return MISSING
    return value


def _step(value: Any, part: str | int) -> Any:
    if isinstance(part, int):
        return value[part] if isinstance(value, list) and part < len(value) else MISSING
    if not isinstance(value, dict):
        return MISSING
    if part in value:
        return value[part]
    wanted = part.lower()
    return next((held for name, held in value.items() if name.lower() == wanted), MISSING)

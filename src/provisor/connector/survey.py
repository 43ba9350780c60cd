"""What a look around an app found: its users, the parts of the protocol it offers, and what would suit it better."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Presence(StrEnum):
    """Whether an app offers something."""

    OFFERED = "OFFERED"
    ABSENT = "ABSENT"
    UNCLEAR = "UNCLEAR"
    """It answered in a way that cannot be understood, or not in time."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the protocol: an endpoint or something that the app says of itself."""

    name: str
    presence: Presence
    said: str = ""
    """The app's own words where they matter, redacted."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A setting that the app seems to need, where it differs from the one in force."""

    setting: str
    value: str
    reason: str


@dataclass(frozen=True, slots=True)
class Survey:
    users: int | None
    """How many users the app reports; None when it does not count."""
    parts: Sequence[Part]
    suggestions: Sequence[Suggestion] = ()

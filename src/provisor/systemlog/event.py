"""One entry of the System Log as it is written: narrow, by ids; names are looked up when it is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from provisor.systemlog.catalogue import EventType


class Outcome(StrEnum):
    SUCCESS = "SUCCESS"
    FAILURE = "FAILURE"
    SKIPPED = "SKIPPED"
    DEFERRED = "DEFERRED"
    SCHEDULED = "SCHEDULED"


@dataclass(frozen=True, slots=True)
class Event:
    type: EventType
    user_id: str | None = None
    group_id: str | None = None
    app_id: str | None = None
    outcome: Outcome = Outcome.SUCCESS
    reason: str | None = None
    """Why it failed, for people; at most 255 characters are kept. Never holds a secret."""
    detail: Mapping[str, Any] | None = None
    """`debugData` of the LogEvent; `name` keeps what a thing was called when it is about to vanish."""

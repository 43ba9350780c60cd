"""What a decision is about: one person in one app, as the directory and our records say. Holds no decision."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from provisor.apps.projection import NOTHING_ELSE, Circumstances
from provisor.directory.user import DEFAULT_TYPE


@dataclass(frozen=True, slots=True)
class Mark:
    """The mark being served."""

    gen: int
    lane: int
    attempts: int
    cause: str
    """Transaction id of the change that made the latest mark."""


@dataclass(frozen=True, slots=True)
class Link:
    """What we know of the person's account; every field is None when we know of none."""

    external_id: str | None = None
    active: bool | None = None
    """As last confirmed."""
    digest: bytes | None = None
    """Of what was last confirmed there."""
    username: str | None = None
    """The account's name, as last confirmed or as last tried."""
    intent_age: float | None = None
    """Seconds since a write was begun that has not been answered; None when none is open."""

    @property
    def unsure(self) -> bool:
        """Whether a known account may hold something else than what it last confirmed."""
        return self.external_id is not None and self.intent_age is not None


@dataclass(frozen=True, slots=True)
class Subject:
    app_id: str
    user_id: str
    status: str
    """The person's lifecycle status; `DELETED` for a tombstone."""
    profile: Mapping[str, Any]
    assigned: bool
    """Directly or by a group, computed now."""
    wanted: bool
    """Whether the account is ours to keep in line."""
    link: Link
    mark: Mark
    type_id: str = DEFAULT_TYPE
    beside: Circumstances = NOTHING_ELSE
    """What beside the profile bears on the account."""

"""What a configured app is: its catalogue entry, its switches and its limits. Holds no credentials."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Any


class AppStatus(StrEnum):
    ACTIVE = "ACTIVE"
    INACTIVE = "INACTIVE"


class Seed(StrEnum):
    RANDOM = "RANDOM"
    OKTA = "OKTA"


class Change(StrEnum):
    KEEP_EXISTING = "KEEP_EXISTING"
    CHANGE = "CHANGE"


@dataclass(frozen=True, slots=True)
class Features:
    """The switches of “To App”. All are off until an administrator turns them on."""

    create: bool = False
    update: bool = False
    deactivate: bool = False
    exclude_username: bool = False
    """An account that exists keeps its name, whatever the person is called now."""
    push_nulls: bool = True
    """An attribute that has lost its value loses it in the app too; otherwise the app keeps what it has."""
    password: bool = False
    password_seed: Seed = Seed.RANDOM
    password_change: Change = Change.KEEP_EXISTING

    @classmethod
    def parse(cls, stored: Mapping[str, Any]) -> Features:
        values = dict(stored)
        if "password_seed" in values:
            values["password_seed"] = Seed(values["password_seed"])
        if "password_change" in values:
            values["password_change"] = Change(values["password_change"])
        return cls(**values)

    def render(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Limits:
    """How hard an app may be worked, and how much may leave it without a person's word."""

    concurrency: int = 16
    """Requests in flight at once."""
    rate: float | None = None
    """Requests a second; None = as fast as the app answers."""
    hold_percent: int = 20
    """More deactivations waiting than this share of the app's accounts are held ..."""
    hold_floor: int = 50
    """... if there are also more than this many. 0 and 0 hold every one."""
    overwrite_percent: int = 25
    """More accounts than this share having one attribute overwritten within the window are held ..."""
    overwrite_floor: int = 100
    """... if there are also more than this many. A share of 100 holds none."""

    @classmethod
    def parse(cls, stored: Mapping[str, Any]) -> Limits:
        known = {each.name for each in fields(cls)}
        return cls(**{name: value for name, value in stored.items() if name in known})


@dataclass(frozen=True, slots=True)
class App:
    id: str
    name: str
    """The catalogue entry it was made from."""
    label: str
    status: AppStatus
    settings: Mapping[str, Any]
    """What the API's caller set beyond what we act on; echoed."""
    features: Features
    limits: Limits
    username_template: str
    created: datetime
    last_updated: datetime

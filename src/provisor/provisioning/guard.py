"""Decides whether a mass change may go or has to wait for a person's word.

Counts come from the marks: people who may have to leave are marked in a lane of their own.
"""

from __future__ import annotations

from dataclasses import dataclass

from provisor.apps.app import Limits


@dataclass(frozen=True, slots=True)
class Proceed:
    """Within the limits."""


@dataclass(frozen=True, slots=True)
class Hold:
    """Too many at once; the people concerned stay marked until somebody releases them."""

    waiting: int
    allowed: int


def guard(leaving: int, accounts: int, limits: Limits) -> Proceed | Hold:
    """Judge `leaving` unreleased deactivations in an app with `accounts` active accounts."""
    allowed = max(limits.hold_floor, accounts * limits.hold_percent // 100)
    return Hold(leaving, allowed) if leaving > allowed else Proceed()

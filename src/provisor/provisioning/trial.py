"""Whom a change on trial is for: people who were named, and a share of the others. Changes nobody.

The share is a hash of the plan and the person: a larger one has everybody whom a smaller one had, and another plan
does not try its luck on the same people.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b

EVERYBODY = 100


def share_of(plan_id: str, user_id: str) -> int:
    """From 0 to 99, evenly: the person is on trial from one percent more on."""
    return int.from_bytes(blake2b(f"{plan_id}:{user_id}".encode(), digest_size=8).digest()) % EVERYBODY


@dataclass(frozen=True, slots=True)
class Stage:
    """How far a trial has come."""

    percent: int = 0
    people: frozenset[str] = frozenset()

    def includes(self, plan_id: str, user_id: str) -> bool:
        return user_id in self.people or (self.percent > 0 and share_of(plan_id, user_id) < self.percent)

    def contains(self, other: Stage) -> bool:
        """Whether nobody of the other stage would be left out."""
        return self.percent >= other.percent and (self.people >= other.people or self.percent == EVERYBODY)


@dataclass(frozen=True, slots=True)
class Trial:
    """A mapping that is tried on some people of one type."""

    plan_id: str
    type_id: str
    stage: Stage

    def includes(self, type_id: str, user_id: str) -> bool:
        return type_id == self.type_id and self.stage.includes(self.plan_id, user_id)


@dataclass(frozen=True, slots=True)
class TrialLimits:
    """What a trial may cost before it stops by itself."""

    people: int = 3
    percent: int = 5


def too_many(failed: int, on_trial: int, limits: TrialLimits) -> bool:
    """Whether so many of those on trial got no account, or none as it should be, that the trial has to stop."""
    return failed > limits.people or failed * 100 > limits.percent * on_trial

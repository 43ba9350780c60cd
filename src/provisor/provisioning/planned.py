"""What of a decision is kept in a plan: enough to tell later whether it would still be the same. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from provisor.apps.projection import digest
from provisor.provisioning.plan import Plan, Step
from provisor.provisioning.subject import Link, Subject

IDLE = frozenset({Step.NOTHING, Step.WAIT})
"""What is in no plan."""
LOSING = frozenset({Step.DEACTIVATE, Step.CLEAN_UP})
"""Steps after which somebody has no access any more."""


@dataclass(frozen=True, slots=True)
class Planned:
    """One person's part of a plan."""

    user_id: str
    step: Step
    sent: bytes
    """A digest of what they would be sent; of why they cannot be, where they are blocked."""
    held: bytes
    """A digest of what their account was known to hold."""

    @classmethod
    def of(cls, subject: Subject, plan: Plan) -> Planned:
        told = plan.canonical or (plan.reason.encode() if plan.step is Step.BLOCKED else b"")
        return cls(subject.user_id, plan.step, digest(plan.step.encode() + b" " + told), state_digest(subject.link))


def state_digest(link: Link) -> bytes:
    """A digest of what we know of an account."""
    return digest(b"%b %b %b" % ((link.external_id or "").encode(), str(link.active).encode(), link.digest or b""))


@dataclass(slots=True)
class Tally:
    """How many people need what, and how many accounts would hold another value of which attribute."""

    steps: Counter[Step] = field(default_factory=Counter)
    overwrites: Counter[str] = field(default_factory=Counter)

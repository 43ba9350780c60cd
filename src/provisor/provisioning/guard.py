"""Decides whether a mass change may go or has to wait for a person's word.

Deactivations are counted by the marks: people who may have to leave are marked in a lane of their own. Overwrites are
counted by attribute and person, for as long as a window lasts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

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


@dataclass(frozen=True, slots=True)
class Judged:
    """What becomes of some updates."""

    counted: list[tuple[str, str]] = field(default_factory=list)
    """(attribute, person): overwritten now, and not counted before."""
    held: dict[str, list[str]] = field(default_factory=dict)
    """By person, the attributes for which they have to wait."""
    tripped: dict[str, int] = field(default_factory=dict)
    """By attribute, how many people began to wait; only where nobody waited before."""


def may_overwrite(accounts: int, limits: Limits) -> int:
    """In how many accounts one attribute may be overwritten within the window."""
    return max(limits.overwrite_floor, accounts * limits.overwrite_percent // 100)


def guard_overwrites(
    wanting: Sequence[tuple[str, Sequence[str]]],
    counts: Mapping[str, int],
    known: AbstractSet[tuple[str, str]],
    stopped: AbstractSet[str],
    allowed: int,
) -> Judged:
    """Judge updates in their order: (person, attributes they overwrite).

    `counts` are the people of each attribute within the window, `known` those of them among these people, by
    (attribute, person): a repeat goes. `stopped` are the attributes that wait for a person's word already.
    """
    judged, now, stops = Judged(), Counter(counts), set(stopped)
    for user_id, names in wanting:
        new = [name for name in names if (name, user_id) not in known]
        over = [name for name in new if name in stops or now[name] >= allowed]
        if over:
            judged.held[user_id] = over
            stops.update(over)
            for name in set(over) - stopped:
                judged.tripped[name] = judged.tripped.get(name, 0) + 1
            continue
        now.update(new)
        judged.counted.extend((name, user_id) for name in new)
    return judged

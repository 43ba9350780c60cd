"""What an administrator sees first: what waits for a person, what is moving, what happened today, how much there is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from provisor.services import health
from provisor.services.actor import Actor, Permission
from provisor.services.health import AppHealth, Standing
from provisor.services.work import Database
from provisor.store import hold_list
from provisor.store import overview as store
from provisor.store.hold_list import Hold
from provisor.store.overview import MOST_EVENTS, Happened, TaskCount, Things
from provisor.systemlog import EventType, Outcome

AT_REST = frozenset({Standing.PAUSED, Standing.REFUSED, Standing.QUARANTINED, Standing.RESTING})
"""What is shown of an app although nobody may wait there."""


@dataclass(frozen=True, slots=True)
class Today:
    counts: Mapping[EventType, int]
    """What succeeded."""
    failures: int
    since: datetime
    complete: bool
    """Everything since then was counted; if not, the newest events were."""


@dataclass(frozen=True, slots=True)
class Overview:
    tasks: Sequence[TaskCount]
    holds: Sequence[Hold]
    queues: Sequence[AppHealth]
    """Of apps with work, or with something that keeps them from it."""
    today: Today
    people: Mapping[str, int]
    """By status."""
    things: Things


async def read_overview(database: Database, actor: Actor, midnight: datetime) -> Overview:
    """Everything at one moment; `midnight` is when the reader's day began."""
    actor.require(Permission.READ)
    async with database.read() as connection:
        return Overview(
            await store.task_counts(connection),
            await hold_list.list_open(connection, None, shown=0),
            [each for each in await health.read_health(connection) if moves(each)],
            today_of(await store.happened(connection, midnight), midnight),
            await store.people_by_status(connection),
            await store.things(connection),
        )


def moves(app: AppHealth) -> bool:
    return bool(app.waiting or app.parked or app.row.gathering or app.standing in AT_REST)


def today_of(happened: Sequence[Happened], midnight: datetime) -> Today:
    complete = sum(each.number for each in happened) < MOST_EVENTS
    earliest = min((each.earliest for each in happened), default=midnight)
    counts: dict[EventType, int] = {}
    for each in happened:
        if each.outcome == Outcome.SUCCESS and each.type in KNOWN:
            counts[KNOWN[each.type]] = each.number
    failures = sum(each.number for each in happened if each.outcome == Outcome.FAILURE)
    return Today(counts, failures, midnight if complete else earliest.astimezone(UTC), complete)


KNOWN = {each.value: each for each in EventType}

"""What an administrator sees first: what waits for a person, what is moving, what happened today, how much there is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby

from provisor.services.actor import Actor, Permission
from provisor.services.work import Database
from provisor.store import hold_list
from provisor.store import overview as store
from provisor.store.hold_list import Hold
from provisor.store.overview import MOST_EVENTS, MOST_WAITING, Happened, LaneDepth, Rest, TaskCount, Things
from provisor.systemlog import EventType, Outcome

RATE_SECONDS = 15.0
PUSHES = (
    EventType.PUSH_NEW,
    EventType.PUSH_LINK,
    EventType.PUSH_PROFILE,
    EventType.PUSH_DEACTIVATE,
    EventType.PUSH_REACTIVATE,
)


@dataclass(frozen=True, slots=True)
class Queue:
    """The work of one app."""

    app_id: str
    label: str
    lanes: tuple[int, int, int]
    """How many wait: leaving, changes, bulk."""
    parked: int
    """How many wait for a person."""
    oldest: datetime | None
    capped: bool
    """There are more than were counted."""
    rate: float
    """Pushes in a second, just now."""
    rest: Rest

    @property
    def waiting(self) -> int:
        return sum(self.lanes)

    @property
    def left(self) -> timedelta | None:
        """How long it will take at this rate, if there is one."""
        if not self.rate or not self.waiting or self.capped or self.rest.paused:
            return None
        return timedelta(seconds=self.waiting / self.rate)


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
    queues: Sequence[Queue]
    today: Today
    people: Mapping[str, int]
    """By status."""
    things: Things


async def read_overview(database: Database, actor: Actor, midnight: datetime) -> Overview:
    """Everything at one moment; `midnight` is when the reader's day began."""
    actor.require(Permission.READ)
    async with database.read() as connection:
        depths = await store.queues(connection)
        rests = await store.rests(connection)
        rates = await store.rates(connection, RATE_SECONDS, [each.value for each in PUSHES]) if rests else {}
        return Overview(
            await store.task_counts(connection),
            await hold_list.list_open(connection, None, shown=0),
            queues_of(depths, rests, rates),
            today_of(await store.happened(connection, midnight), midnight),
            await store.people_by_status(connection),
            await store.things(connection),
        )


def queues_of(depths: Sequence[LaneDepth], rests: Sequence[Rest], rates: Mapping[str, float]) -> list[Queue]:
    """The apps with work or a pause, by label."""
    by_app = {app_id: list(lanes) for app_id, lanes in groupby(depths, lambda each: each.app_id)}
    found = []
    for rest in sorted(rests, key=lambda each: (each.label.lower(), each.app_id)):
        mine = by_app.get(rest.app_id, [])
        waiting = {each.lane: each.waiting for each in mine}
        found.append(
            Queue(
                rest.app_id,
                rest.label,
                (waiting.get(0, 0), waiting.get(1, 0), waiting.get(2, 0)),
                sum(each.parked for each in mine),
                min((each.oldest for each in mine if each.oldest), default=None),
                any(each.waiting + each.parked >= MOST_WAITING for each in mine),
                rates.get(rest.app_id, 0.0),
                rest,
            )
        )
    return found


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

"""How many people are shown over SCIM, and who is at which position: without counting them for every page.

1. People are counted in stretches of ids. A page's position is found in the sums, and only its stretch is gone through.
2. What changed since is read from the System Log: the stretches of those whom it names are counted anew. A person who
   comes or goes without an event (there is no such way) would be missed for `TRUSTED` seconds.
3. A census is replaced as a whole, and remembers the horizon from before it was taken. Requests that overlap may leave
   the older one behind; the next request then counts a little more.
"""

from __future__ import annotations

import time
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from provisor.services.actor import Actor, Permission
from provisor.services.work import Database
from provisor.store import census as store
from provisor.store import inbound_users
from provisor.store.census import MOST_TOUCHED, STRETCH, Stretches
from provisor.store.database import Connection
from provisor.store.inbound_users import Person

TRUSTED = 60.0
"""Seconds after which everybody is counted again."""


@dataclass(frozen=True, slots=True)
class Counted:
    stretches: Stretches
    horizon: str
    at: float
    ends: tuple[int, ...]
    """How many people there are up to the end of each stretch."""

    @classmethod
    def of(cls, stretches: Stretches, horizon: str, at: float) -> Counted:
        return cls(stretches, horizon, at, tuple(accumulate(stretches.counts)))


class Census:
    """One per process."""

    def __init__(self, database: Database, now: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._now = now
        self._counted: Counted | None = None

    async def count(self, actor: Actor) -> int:
        """How many people are shown."""
        actor.require(Permission.READ)
        async with self._database.pool.acquire() as connection:
            return (await self._current(connection)).ends[-1]

    async def page(self, actor: Actor, offset: int, limit: int) -> tuple[int, Sequence[Person]]:
        """How many people are shown, and those from a position on, in order."""
        actor.require(Permission.READ)
        async with self._database.pool.acquire() as connection:
            counted = await self._current(connection)
            total = counted.ends[-1]
            if offset >= total or not limit:
                return total, []
            at = bisect_right(counted.ends, offset)
            skipped = offset - (counted.ends[at - 1] if at else 0)
            return total, await inbound_users.page(connection, counted.stretches.firsts[at], skipped, limit)

    async def _current(self, connection: Connection) -> Counted:
        counted, now = self._counted, self._now()
        if counted is None or now - counted.at >= TRUSTED:
            # The horizon first: what ends between the two queries is then looked at twice, and not never.
            horizon = await store.horizon(connection)
            counted = Counted.of(await store.mark_out(connection), horizon, now)
        else:
            horizon, touched = await store.touched(connection, counted.horizon)
            if len(touched) >= MOST_TOUCHED:
                counted = Counted.of(await store.mark_out(connection), horizon, now)
            elif touched:
                counted = Counted.of(await recounted(connection, counted.stretches, touched), horizon, counted.at)
            else:
                counted = replace(counted, horizon=horizon)
        self._counted = counted
        return counted


async def recounted(connection: Connection, old: Stretches, touched: Sequence[str]) -> Stretches:
    """The stretches, with those counted anew that these people belong to; a last one that grew long is divided."""
    firsts, counts = list(old.firsts), list(old.counts)
    places = sorted({bisect_right(firsts, user_id) - 1 for user_id in touched})
    ends = [*firsts[1:], None]
    for place, people in zip(
        places, await store.count(connection, [(firsts[each], ends[each]) for each in places]), strict=True
    ):
        counts[place] = people
    if counts[-1] >= 2 * STRETCH:
        tail = await store.mark_out(connection, firsts[-1])
        return Stretches((*firsts[:-1], *tail.firsts), (*counts[:-1], *tail.counts))
    return Stretches(tuple(firsts), tuple(counts))

"""The System Log as it is read: bounded queries, and polling that never skips an entry."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from provisor.services.actor import Actor, Permission
from provisor.services.work import Database
from provisor.store import log as store
from provisor.store.database import Connection
from provisor.store.log import QueueDepth, Stretch
from provisor.systemlog.queries import Wanted
from provisor.systemlog.rendering import Entry, LogEvent, render

DEFAULT_SPAN = timedelta(days=7)
CHUNK = 1000
"""Entries read at a time when not all of them match."""
MOST_READ = 20_000
"""Entries read for one page; then it is answered as it is, with a link to go on."""

Key = tuple[int, int]


@dataclass(frozen=True, slots=True)
class LogQuery:
    wanted: Wanted
    since: datetime | None = None
    until: datetime | None = None
    """With it the query is bounded: it ends. Without it, in ascending order, it polls."""
    descending: bool = False

    @property
    def polls(self) -> bool:
        return self.until is None and not self.descending


@dataclass(frozen=True, slots=True)
class LogPage:
    events: list[LogEvent]
    after: Key | None
    """Where the next page begins; None when a bounded query is exhausted, never when polling."""


async def read_log(database: Database, actor: Actor, query: LogQuery, limit: int, after: Key | None = None) -> LogPage:
    """A page of the System Log."""
    actor.require(Permission.READ)
    async with database.read() as connection:
        if query.polls:
            return await poll(connection, query, limit, after)
        until = query.until or await connection.fetchval("SELECT now()")
        stretch = Stretch(
            query.wanted.narrow, query.since or until - DEFAULT_SPAN, until, query.descending, before_xid=None
        )
        events, last = await gather(connection, stretch, query.wanted, after, limit)
    return LogPage(events, last)


async def poll(connection: Connection, query: LogQuery, limit: int, after: Key | None) -> LogPage:
    """What was finished since the last poll; the key of the next one is always there."""
    horizon = await store.horizon(connection)
    if after is not None and after[0] > horizon:
        # The key is from a database whose transactions had come further: this one was restored. Begin anew.
        after = None
    since = query.since
    if since is None and after is None:
        since = await connection.fetchval("SELECT now()") - DEFAULT_SPAN
    stretch = Stretch(query.wanted.narrow, since, None, False, horizon)
    events, last = await gather(connection, stretch, query.wanted, after, limit)
    # Everything older than the horizon has been seen, so the next poll begins there.
    return LogPage(events, last or (horizon, 0))


async def gather(
    connection: Connection, stretch: Stretch, wanted: Wanted, after: Key | None, limit: int
) -> tuple[list[LogEvent], Key | None]:
    """Matching events, and the key to go on after; None when the stretch is exhausted."""
    found: list[LogEvent] = []
    read = 0
    while read < MOST_READ:
        size = CHUNK if wanted.matches else limit + 1
        entries = await store.read(connection, stretch, after, size)
        around = await store.surroundings(connection, entries[:limit] if wanted.matches is None else entries)
        for entry in entries:
            if len(found) == limit:
                return found, after
            event = render(entry, around)
            if wanted.matches is None or wanted.matches(event):
                found.append(event)
            after = key_of(entry, stretch)
        if len(entries) < size:
            return found, None
        read += len(entries)
    return found, after


def key_of(entry: Entry, stretch: Stretch) -> Key:
    if stretch.before_xid is not None:
        return entry.xid, entry.seq
    since_epoch = entry.published - datetime(1970, 1, 1, tzinfo=UTC)
    return since_epoch // timedelta(microseconds=1), entry.seq


async def queue_depths(database: Database) -> list[QueueDepth]:
    """How much work waits for each app, by lane."""
    async with database.read() as connection:
        return await store.queue_depths(connection)

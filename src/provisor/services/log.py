"""The System Log as it is read: bounded queries, and polling that never skips an entry."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from provisor.services.actor import Actor, Permission
from provisor.services.errors import NotFound
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
    keys: list[Key]
    """Of each event; in a bounded query it finds the event again, with `get_event`."""
    after: Key | None
    """Where the next page begins; None when a bounded query is exhausted, never when polling."""


async def read_log(
    database: Database,
    actor: Actor,
    query: LogQuery,
    limit: int,
    after: Key | None = None,
    *,
    most_read: int = MOST_READ,
) -> LogPage:
    """A page of the System Log. It may be short though more follows, when few of `most_read` entries matched."""
    actor.require(Permission.READ)
    async with database.read() as connection:
        if query.polls:
            return await poll(connection, query, limit, after)
        until = query.until or await connection.fetchval("SELECT now()")
        stretch = Stretch(
            query.wanted.narrow, query.since or until - DEFAULT_SPAN, until, query.descending, before_xid=None
        )
        return await gather(connection, stretch, query.wanted, after, limit, most_read)


async def stream_log(
    database: Database, actor: Actor, query: LogQuery, most: int
) -> AsyncIterator[list[tuple[Key, LogEvent]]]:
    """At most `most` events of a bounded query, some at a time; holds no connection in between."""
    actor.require(Permission.READ)
    if query.until is None:
        query = replace(query, until=datetime.now(UTC))
    after: Key | None = None
    while most > 0:
        page = await read_log(database, actor, query, min(CHUNK, most), after)
        yield list(zip(page.keys, page.events, strict=True))
        most -= len(page.events)
        if page.after is None:
            return
        after = page.after


async def get_event(database: Database, actor: Actor, key: Key) -> LogEvent:
    """One event by its key; raises `NotFound`."""
    actor.require(Permission.READ)
    async with database.read() as connection:
        entry = await store.find(connection, key)
        if entry is None:
            raise NotFound("event", f"{key[0]}-{key[1]}")
        return render(entry, await store.surroundings(connection, [entry]))


async def list_of_transaction(database: Database, actor: Actor, transaction_id: str, limit: int) -> LogPage:
    """The first events of a transaction, in the order they were written."""
    actor.require(Permission.READ)
    async with database.read() as connection:
        entries = await store.list_of_transaction(connection, transaction_id, limit + 1)
        shown = entries[:limit]
        around = await store.surroundings(connection, shown)
    keys = [moment_key(entry) for entry in shown]
    return LogPage([render(entry, around) for entry in shown], keys, keys[-1] if len(entries) > limit else None)


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
    page = await gather(connection, stretch, query.wanted, after, limit, MOST_READ)
    # Everything older than the horizon has been seen, so the next poll begins there.
    return page if page.after else replace(page, after=(horizon, 0))


async def gather(
    connection: Connection, stretch: Stretch, wanted: Wanted, after: Key | None, limit: int, most_read: int
) -> LogPage:
    """Matching events, and the key to go on after; None when the stretch is exhausted."""
    found: list[LogEvent] = []
    keys: list[Key] = []
    read = 0
    while read < most_read:
        size = CHUNK if wanted.matches else limit + 1
        entries = await store.read(connection, stretch, after, size)
        around = await store.surroundings(connection, entries[:limit] if wanted.matches is None else entries)
        for entry in entries:
            if len(found) == limit:
                return LogPage(found, keys, after)
            event = render(entry, around)
            if wanted.matches is None or wanted.matches(event):
                found.append(event)
                keys.append(key_of(entry, stretch))
            after = key_of(entry, stretch)
        if len(entries) < size:
            return LogPage(found, keys, None)
        read += len(entries)
    return LogPage(found, keys, after)


def key_of(entry: Entry, stretch: Stretch) -> Key:
    return (entry.xid, entry.seq) if stretch.before_xid is not None else moment_key(entry)


def moment_key(entry: Entry) -> Key:
    """(microseconds, seq)."""
    since_epoch = entry.published - datetime(1970, 1, 1, tzinfo=UTC)
    return since_epoch // timedelta(microseconds=1), entry.seq


async def queue_depths(database: Database) -> list[QueueDepth]:
    """How much work waits for each app, by lane."""
    async with database.read() as connection:
        return await store.queue_depths(connection)

"""One transaction of a service: what it changes, what it logs, what it makes dirty.

1. Events and marks are gathered and written set-wise at the end, in the same transaction as the change.
2. The worker is told by NOTIFY, which PostgreSQL delivers at commit and not at all on rollback.
3. All events of one transaction share its id.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from typing import TypeVar

import asyncpg

from provisor.directory.ids import IdSource, Prefix
from provisor.services.actor import Actor
from provisor.store.database import Connection, Pool
from provisor.store.events import write_events
from provisor.store.log import keep_origin
from provisor.store.marks import notify
from provisor.systemlog import Event

T = TypeVar("T")


class Work:
    """An open transaction; get one from `Database.begin`."""

    def __init__(self, connection: Connection, actor: Actor, ids: IdSource, transaction_id: str) -> None:
        self.connection = connection
        self.actor = actor
        self.ids = ids
        self.transaction_id = transaction_id
        self._events: list[Event] = []
        self._apps: set[str] = set()

    def log(self, *events: Event) -> None:
        """Add System Log entries; they are written when the transaction ends."""
        self._events.extend(events)

    def wake(self, app_ids: Iterable[str]) -> None:
        """Tell the workers of these apps, at commit, that there is something to do."""
        self._apps.update(app_ids)

    async def flush(self) -> None:
        events, self._events = self._events, []
        await write_events(self.connection, events, [self.transaction_id] * len(events), self.actor.id)
        origin = self.actor.request
        if events and origin is not None:
            await keep_origin(self.connection, self.transaction_id, origin.path, origin.ip, origin.user_agent)
        if self._apps:
            await notify(self.connection, sorted(self._apps))


class Database:
    """The services' door to the store: a pool and an id source."""

    def __init__(self, pool: Pool, ids: IdSource | None = None) -> None:
        self.pool = pool
        self.ids = ids or IdSource(lambda: time.time_ns() // 1_000_000, secrets.randbelow)

    @asynccontextmanager
    async def begin(self, actor: Actor, transaction_id: str | None = None) -> AsyncIterator[Work]:
        """Open a transaction that commits when the block ends and rolls back when it raises.

        Its id is the one given, else the request's, which the caller of the API knows too, else a new one.
        Deadlocks and serialisation failures surface as asyncpg errors: see `RETRIED`.
        """
        async with self.pool.acquire() as connection, connection.transaction():
            own = actor.request.id if actor.request else self.ids.new(Prefix.TRANSACTION)
            work = Work(connection, actor, self.ids, transaction_id or own)
            yield work
            await work.flush()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Connection]:
        """A connection for queries that see one moment (repeatable read, read only)."""
        async with (
            self.pool.acquire() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            yield connection


RETRIED = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError)
"""What a caller may simply do again."""
ATTEMPTS = 4


async def repeated(act: Callable[[], Awaitable[T]]) -> T:
    """Do it again when another transaction got in its way: then nothing of it was done."""
    for _ in range(ATTEMPTS - 1):
        try:
            return await act()
        except RETRIED:
            continue
    return await act()

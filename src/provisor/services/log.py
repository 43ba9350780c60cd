"""The System Log as it is read."""

from __future__ import annotations

from provisor.services.work import Database
from provisor.store import log as store
from provisor.store.log import QueueDepth


async def queue_depths(database: Database) -> list[QueueDepth]:
    """How much work waits for each app, by lane."""
    async with database.read() as connection:
        return await store.queue_depths(connection)

"""Reads the System Log and the work queue's depth. Writing entries is `store.events`."""

from __future__ import annotations

from dataclasses import dataclass

from provisor.store.database import Connection

DEPTHS = """
SELECT app_id, lane, count(*) AS waiting,
       extract(epoch FROM clock_timestamp() - min(since))::float8 AS lag
FROM dirty GROUP BY app_id, lane ORDER BY app_id, lane
"""


@dataclass(frozen=True, slots=True)
class QueueDepth:
    app_id: str
    lane: str
    waiting: int
    lag: float
    """Seconds since the oldest mark that is still there."""


async def queue_depths(connection: Connection) -> list[QueueDepth]:
    return [
        QueueDepth(row["app_id"], str(row["lane"]), row["waiting"], row["lag"])
        for row in await connection.fetch(DEPTHS)
    ]

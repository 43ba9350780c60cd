"""Writes System Log entries, a set at a time. Reading them is `store.log`."""

from __future__ import annotations

from collections.abc import Sequence

from provisor.store.database import Connection
from provisor.systemlog import Event

INSERT = """
INSERT INTO event (type, outcome, reason, transaction_id, actor_id, user_id, group_id, app_id, detail)
SELECT type, outcome, left(reason, 255), transaction_id, $9, user_id, group_id, app_id, detail
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::jsonb[])
  AS e (type, outcome, reason, transaction_id, user_id, group_id, app_id, detail)
"""


async def write_events(
    connection: Connection, events: Sequence[Event], transaction_ids: Sequence[str], actor_id: str
) -> None:
    """Write events in order; `transaction_ids` has one for each event."""
    if not events:
        return
    await connection.execute(
        INSERT,
        [e.type.value for e in events],
        [e.outcome.value for e in events],
        [e.reason for e in events],
        transaction_ids,
        [e.user_id for e in events],
        [e.group_id for e in events],
        [e.app_id for e in events],
        [e.detail for e in events],
        actor_id,
    )

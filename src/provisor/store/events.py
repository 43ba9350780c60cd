"""Writes System Log entries, a set at a time. Reading them is `store.log`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from provisor.store.columns import words
from provisor.store.database import Connection
from provisor.systemlog import Event

T = TypeVar("T")

MONTHS_AHEAD = 3
"""Partitions of the System Log that there always are."""

CHANNEL = "provisor_log"
"""Notified, without a payload, when entries are committed."""

INSERT = f"""
WITH written AS (
  INSERT INTO event (type, outcome, reason, transaction_id, actor_id, user_id, group_id, app_id, detail)
  SELECT type, outcome, left(reason, 255), transaction_id, $9, user_id, group_id, app_id, detail
  FROM unnest(
    string_to_array($1, ' '), string_to_array($2, ' '), $3::text[], string_to_array($4, ' '),
    string_to_array($5, ' ', ''), string_to_array($6, ' ', ''), string_to_array($7, ' ', ''), $8::jsonb[]
  ) AS e (type, outcome, reason, transaction_id, user_id, group_id, app_id, detail)
)
SELECT pg_notify('{CHANNEL}', '')
"""


async def write_events(
    connection: Connection, events: Sequence[Event], transaction_ids: Sequence[str], actor_id: str
) -> None:
    """Write events in order; `transaction_ids` has one for each event."""
    if not events:
        return
    await connection.execute(
        INSERT,
        words(e.type for e in events),
        words(e.outcome for e in events),
        _unless_empty([e.reason for e in events]),
        words(transaction_ids),
        words(e.user_id for e in events),
        words(e.group_id for e in events),
        words(e.app_id for e in events),
        _unless_empty([e.detail for e in events]),
        actor_id,
    )


async def make_partitions(connection: Connection) -> None:
    """Make the coming months' partitions; to be repeated now and then, lest the default one fill."""
    await connection.execute("SELECT make_event_partitions($1)", MONTHS_AHEAD)


async def forget_transactions(connection: Connection) -> None:
    """After a restore: transaction ids of another cluster would hide entries from polling, or show them twice."""
    await connection.execute("UPDATE event SET xid = '1' WHERE xid <> '1'")


def _unless_empty(column: list[T | None]) -> list[T | None] | None:
    """The column, or NULL for one of nothing but NULLs, which most are."""
    return column if any(each is not None for each in column) else None

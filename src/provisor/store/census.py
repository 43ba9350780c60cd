"""Counts of shown people by stretches of ids, and which ids events say anything about since a transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from provisor.store.database import Connection
from provisor.store.inbound_users import SHOWN
from provisor.systemlog import EventType

STRETCH = 1000
"""People in a stretch, when it is marked out."""
MOST_TOUCHED = 2000

MARK_OUT = f"""
SELECT id, total FROM (
  SELECT id, row_number() OVER (ORDER BY id) AS n, count(*) OVER () AS total FROM users WHERE {SHOWN} AND id >= $1
) AS numbered WHERE n % {STRETCH} = 1 ORDER BY id
"""
COUNT = f"""
SELECT (SELECT count(*) FROM users WHERE {SHOWN} AND id >= first AND (id < next OR next IS NULL)) AS people
FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS s (first, next, n) ORDER BY n
"""
TOUCHED = f"""
SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS horizon, ARRAY(
  SELECT DISTINCT user_id FROM event WHERE xid >= $1::text::xid8 AND type = ANY ($2::text[]) LIMIT {MOST_TOUCHED}
) AS touched
"""
HORIZON = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text"
COUNTED = [
    each.value
    for each in (
        EventType.USER_CREATE,
        EventType.USER_ACTIVATE,
        EventType.USER_DELETE_COMPLETED,
        EventType.USER_WITHDRAW,
    )
]
"""The events that add somebody to those who are shown, or take somebody away."""


@dataclass(frozen=True, slots=True)
class Stretches:
    """Where stretches begin, and how many people each has; the last one has no end."""

    firsts: tuple[str, ...]
    counts: tuple[int, ...]


async def mark_out(connection: Connection, start: str = "") -> Stretches:
    """Stretches of the people from an id on."""
    rows = await connection.fetch(MARK_OUT, start)
    if not rows:
        return Stretches((start,), (0,))
    total = rows[0]["total"]
    firsts = (start, *(row["id"] for row in rows[1:]))
    return Stretches(firsts, (*(STRETCH for _ in firsts[1:]), total - STRETCH * (len(firsts) - 1)))


async def count(connection: Connection, stretches: Sequence[tuple[str, str | None]]) -> list[int]:
    """How many people are in each of these stretches: from the first id up to the next."""
    rows = await connection.fetch(COUNT, [first for first, _ in stretches], [next_ for _, next_ in stretches])
    return [row["people"] for row in rows]


async def touched(connection: Connection, since: str) -> tuple[str, list[str]]:
    """Whom events written by this transaction or later ones concern, at most `MOST_TOUCHED`; and the horizon now."""
    row = await connection.fetchrow(TOUCHED, since, COUNTED)
    assert row is not None
    return row["horizon"], row["touched"]


async def horizon(connection: Connection) -> str:
    """The oldest transaction that may still write events which nobody sees yet."""
    found: str = await connection.fetchval(HORIZON)
    return found

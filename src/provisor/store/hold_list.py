"""Open holds as administrators see them, with the people concerned. Opening and releasing is `store.holds`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from provisor.store.database import Connection
from provisor.store.holds import HELD, HoldKind

SHOWN = 100
"""People named in one hold; `waiting` counts all."""

OPEN = """
SELECT h.id, h.app_id, a.label, h.kind, h.attribute, h.waiting, h.allowed, h.created
FROM hold h JOIN apps a ON a.id = h.app_id
WHERE h.released IS NULL AND ($1::text IS NULL OR h.app_id = $1) AND ($2::text IS NULL OR h.id = $2) ORDER BY h.id
"""

# $2 stands for people who are named: here it is everybody.
PEOPLE = """
SELECT k.user_id, u.profile ->> 'login' AS login, k.since FROM (
  SELECT d.user_id, d.since FROM hold h JOIN dirty d ON {held}
  WHERE h.id = $1 ORDER BY d.since, d.user_id LIMIT $3
) AS k JOIN users u ON u.id = k.user_id ORDER BY k.since, k.user_id
"""
COUNT = "SELECT count(*) FROM hold h JOIN dirty d ON {held} WHERE h.id = $1"


@dataclass(frozen=True, slots=True)
class Held:
    """Somebody who waits."""

    user_id: str
    login: str | None
    since: datetime


@dataclass(frozen=True, slots=True)
class Hold:
    id: str
    app_id: str
    app_label: str
    kind: HoldKind
    attribute: str | None
    """What would be overwritten."""
    waiting: int
    """How many: when the safeguard of deactivations tripped; for overwrites, now."""
    allowed: int
    created: datetime
    people: tuple[Held, ...]


async def list_open(
    connection: Connection, app_id: str | None, hold_id: str | None = None, *, shown: int = SHOWN
) -> list[Hold]:
    """Open holds, of one app or of all, or the one with this id, each with the names of the first `shown` people."""
    found = []
    for row in await connection.fetch(OPEN, app_id, hold_id):
        kind = HoldKind(row["kind"])
        waiting = row["waiting"] if kind is HoldKind.DEACTIVATIONS else await count_people(connection, row["id"], kind)
        people = await _people(connection, row["id"], kind, shown) if shown else ()
        found.append(
            Hold(
                row["id"],
                row["app_id"],
                row["label"],
                kind,
                row["attribute"],
                waiting,
                row["allowed"],
                row["created"],
                people,
            )
        )
    return found


async def count_people(connection: Connection, hold_id: str, kind: HoldKind) -> int:
    """How many wait behind a hold now."""
    number: int = await connection.fetchval(COUNT.format(held=HELD[kind]), hold_id, None)
    return number


async def _people(connection: Connection, hold_id: str, kind: HoldKind, shown: int) -> tuple[Held, ...]:
    rows = await connection.fetch(PEOPLE.format(held=HELD[kind]), hold_id, None, shown)
    return tuple(Held(*row) for row in rows)

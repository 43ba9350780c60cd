"""Open holds as administrators see them, with the people concerned. Opening and releasing is `store.holds`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from provisor.store.database import Connection

SHOWN = 100
"""People named in one hold; `waiting` counts all."""

OPEN = """
SELECT h.id, h.app_id, a.label, h.kind, h.waiting, h.allowed, h.created
FROM hold h JOIN apps a ON a.id = h.app_id
WHERE h.released IS NULL AND ($1::text IS NULL OR h.app_id = $1) ORDER BY h.id
"""

PEOPLE = """
SELECT d.user_id, u.profile ->> 'login' AS login, d.since FROM (
  SELECT user_id, since FROM dirty WHERE app_id = $1 AND lane = 0
    AND gen > coalesce((SELECT max(released_gen) FROM hold WHERE app_id = $1), 0)
  ORDER BY since, user_id LIMIT $2
) AS d JOIN users u ON u.id = d.user_id ORDER BY d.since, d.user_id
"""
COUNT = """
SELECT count(*) FROM dirty d WHERE d.app_id = $1 AND d.lane = 0
  AND d.gen > coalesce((SELECT max(released_gen) FROM hold WHERE app_id = $1), 0)
"""


@dataclass(frozen=True, slots=True)
class Held:
    """Somebody who may have to leave the app and waits."""

    user_id: str
    login: str | None
    since: datetime


@dataclass(frozen=True, slots=True)
class Hold:
    id: str
    app_id: str
    app_label: str
    kind: str
    waiting: int
    """How many, when the safeguard tripped."""
    allowed: int
    created: datetime
    people: tuple[Held, ...]


async def list_open(connection: Connection, app_id: str | None, *, shown: int = SHOWN) -> list[Hold]:
    """Open holds, of one app or of all, each with the names of the first `shown` people."""
    return [
        Hold(
            row["id"],
            row["app_id"],
            row["label"],
            row["kind"],
            row["waiting"],
            row["allowed"],
            row["created"],
            await _people(connection, row["app_id"], shown) if shown else (),
        )
        for row in await connection.fetch(OPEN, app_id)
    ]


async def count_people(connection: Connection, app_id: str) -> int:
    """How many wait behind the app's hold now."""
    number: int = await connection.fetchval(COUNT, app_id)
    return number


async def _people(connection: Connection, app_id: str, shown: int) -> tuple[Held, ...]:
    return tuple(Held(*row) for row in await connection.fetch(PEOPLE, app_id, shown))

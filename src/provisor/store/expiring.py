"""Which apps' credentials end soon, as sets: each end is told once, and its task goes when it moves away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from provisor.store.database import Connection

# Tokens that live shorter than twice the notice are told of at half their life: one that is renewed with every use
# never gets there. Credentials that were typed in have no such rhythm.
SOON = """
SELECT c.app_id, coalesce(c.expires, g.expires) AS ends, c.announced, c.expires IS NULL AS by_person
FROM app_connection c JOIN apps a ON a.id = c.app_id LEFT JOIN oauth_grant g ON g.app_id = c.app_id
WHERE a.status = 'ACTIVE' AND c.status = 'ENABLED' AND (
  c.expires < clock_timestamp() + $1::interval
  OR g.expires - least($1::interval, (g.expires - g.expires_since) / 2) < clock_timestamp())
"""

ANNOUNCE = f"""
UPDATE app_connection c SET announced = s.ends FROM ({SOON}) s
WHERE c.app_id = s.app_id AND c.announced IS DISTINCT FROM s.ends RETURNING c.app_id, s.ends, s.by_person
"""

OPEN = """
INSERT INTO task (id, kind, app_id, summary, detail)
SELECT t.id, $1, t.app_id, t.summary, t.detail
FROM unnest($2::text[], $3::text[], $4::text[], $5::text[]) AS t (id, app_id, summary, detail)
ON CONFLICT (app_id, kind, coalesce(user_id, '')) WHERE resolved IS NULL
DO UPDATE SET summary = excluded.summary, detail = excluded.detail, last_seen = clock_timestamp()
RETURNING id, app_id
"""

CLOSE = f"""
UPDATE task SET resolved = clock_timestamp()
WHERE kind = $2 AND resolved IS NULL AND app_id NOT IN (SELECT s.app_id FROM ({SOON}) s) RETURNING id, app_id
"""


@dataclass(frozen=True, slots=True)
class Ending:
    """Credentials that end soon, and that nobody was told of."""

    app_id: str
    ends: datetime
    by_person: bool
    """A person renews them by authorizing at the app, not by pasting others."""


async def announce(connection: Connection, days: int) -> list[Ending]:
    """Note every end within so many days as told, and return those that were not; of two workers, one gets each."""
    return [Ending(*row) for row in await connection.fetch(ANNOUNCE, timedelta(days=days))]


async def open_tasks(
    connection: Connection, kind: str, tasks: Sequence[tuple[str, str, str, str]]
) -> list[tuple[str, str]]:
    """Open a task for each app, given as (id, app id, summary, detail); (task id, app id), also of those renewed."""
    columns = [list(column) for column in zip(*tasks, strict=True)]
    return [(row[0], row[1]) for row in await connection.fetch(OPEN, kind, *columns)]


async def close_tasks(connection: Connection, kind: str, days: int) -> list[tuple[str, str]]:
    """Close the tasks of apps whose credentials do not end soon any more; (task id, app id)."""
    return [(row[0], row[1]) for row in await connection.fetch(CLOSE, timedelta(days=days), kind)]

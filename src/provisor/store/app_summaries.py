"""Apps with what moves in them: connection, pause, held safeguard, and counts that stop at a bound. Changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg

from provisor.apps.app import App
from provisor.store.apps import COLUMNS, app
from provisor.store.conditions import escape_pattern
from provisor.store.database import Connection

MOST = 10_000
"""Nobody is counted beyond this: a page must not take longer because an app is large."""

OWN = ", ".join(f"a.{name.strip()}" for name in COLUMNS.split(","))

SUMMARY = f"""
SELECT {OWN}, c.status AS connection, c.base_url,
  CASE WHEN p.app_id IS NULL THEN coalesce(l.failing_reason, l.pause_reason)
    ELSE concat_ws(': ', 'Paused by an administrator', nullif(p.reason, '')) END AS pause_reason,
  coalesce(l.paused_until = 'infinity', false) OR p.app_id IS NOT NULL AS stopped,
  CASE WHEN l.paused_until > clock_timestamp() AND l.paused_until < 'infinity' THEN l.paused_until END AS resting_until,
  EXISTS (SELECT FROM hold h WHERE h.app_id = a.id AND h.released IS NULL) AS held,
  EXISTS (SELECT FROM sweep s WHERE s.app_id = a.id) AS sweeping,
  (SELECT count(*) FROM (SELECT FROM app_user u WHERE u.app_id = a.id AND u.assigned LIMIT $1) AS x) AS people,
  (SELECT count(*) FROM (SELECT FROM dirty d WHERE d.app_id = a.id AND d.due < 'infinity' LIMIT $1) AS x) AS waiting,
  (SELECT count(*) FROM (SELECT FROM task t WHERE t.app_id = a.id AND t.resolved IS NULL LIMIT $1) AS x) AS tasks,
  lower(a.label) AS sort_key
FROM apps a LEFT JOIN app_connection c ON c.app_id = a.id LEFT JOIN app_lease l ON l.app_id = a.id
LEFT JOIN app_pause p ON p.app_id = a.id
"""

LIST = f"""
{SUMMARY}
WHERE ($2::text IS NULL OR lower(a.label) LIKE $2 OR lower(a.name) LIKE $2)
  AND ($3::text IS NULL OR a.status = $3)
  AND ($4::text IS NULL OR (lower(a.label) COLLATE "C", a.id) > ($4, $5))
ORDER BY lower(a.label) COLLATE "C", a.id LIMIT $6
"""


@dataclass(frozen=True, slots=True)
class SummaryRow:
    app: App
    connection: str | None
    """Its status; None while the app has none."""
    base_url: str | None
    pause_reason: str | None
    stopped: bool
    """Rests until a person acts."""
    resting_until: datetime | None
    held: bool
    sweeping: bool
    """A walk over the app's people is under way."""
    people: int
    """Assigned; like the other counts at most the bound that was asked for."""
    waiting: int
    tasks: int
    sort_key: str


def summary(row: asyncpg.Record) -> SummaryRow:
    values: tuple[Any, ...] = tuple(row.values())[-11:]
    return SummaryRow(app(row), *values)


async def list_summaries(
    connection: Connection,
    *,
    words: str | None,
    status: str | None,
    after: tuple[str, str] | None,
    limit: int,
    most: int,
) -> list[SummaryRow]:
    """A page of apps by label; `words` are anywhere in the label or the entry's name."""
    rows = await connection.fetch(
        LIST,
        most,
        f"%{escape_pattern(words.lower())}%" if words else None,
        status,
        after[0] if after else None,
        after[1] if after else None,
        limit,
    )
    return [summary(row) for row in rows]


async def find_summary(connection: Connection, app_id: str, most: int = MOST) -> SummaryRow | None:
    row = await connection.fetchrow(f"{SUMMARY} WHERE a.id = $2", most, app_id)
    return summary(row) if row else None

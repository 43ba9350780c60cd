"""How apps stand and what waits for each, by lane: one query over all apps, with counts that stop at a bound."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from provisor.store.database import Connection
from provisor.store.marks import Lane

MOST_WAITING = 100_000
"""Marks of an app and lane that are counted."""
FRESH = 60
"""Seconds after which a throughput that was measured says nothing any more: its worker is gone."""

# A plan by index, lane by lane: the order is that of `dirty_next`, so the oldest come first.
HEALTH = f"""
SELECT a.id, a.label, a.status, c.status AS connection, a.limits,
  p.since AS paused_since, p.paused_by, p.reason AS paused_for,
  coalesce(l.paused_until = 'infinity', false) AS stopped,
  CASE WHEN l.paused_until > now() AND l.paused_until < 'infinity' THEN l.paused_until END AS until,
  l.pause_reason, l.failing_since, coalesce(l.failing_tries, 0) AS failing_tries, l.failing_reason,
  coalesce(l.alive_until > now(), false) AS owned,
  CASE WHEN l.measured > now() - make_interval(secs => {FRESH}) THEN l.throughput END AS throughput,
  EXISTS (SELECT FROM sweep s WHERE s.app_id = a.id) AS gathering,
  (SELECT jsonb_agg(jsonb_build_array(lane.n, q.waiting, q.parked, extract(epoch FROM q.oldest)) ORDER BY lane.n)
    FROM generate_series(0, {max(Lane).value}) AS lane (n)
    CROSS JOIN LATERAL (
      SELECT count(*) FILTER (WHERE due < 'infinity') AS waiting, count(*) FILTER (WHERE due = 'infinity') AS parked,
        min(since) FILTER (WHERE due < 'infinity') AS oldest
      FROM (SELECT due, since FROM dirty WHERE app_id = a.id AND dirty.lane = lane.n LIMIT {MOST_WAITING}) AS d
    ) AS q) AS lanes
FROM apps a LEFT JOIN app_connection c ON c.app_id = a.id LEFT JOIN app_lease l ON l.app_id = a.id
LEFT JOIN app_pause p ON p.app_id = a.id
WHERE $1::text IS NULL OR a.id = $1
ORDER BY lower(a.label), a.id
"""


@dataclass(frozen=True, slots=True)
class HealthRow:
    app_id: str
    label: str
    status: str
    connection: str | None
    limits: Mapping[str, Any]
    paused_since: datetime | None
    """By an administrator."""
    paused_by: str | None
    paused_for: str | None
    stopped: bool
    """Rests until a person mends the settings."""
    until: datetime | None
    """When a rest ends by itself."""
    pause_reason: str | None
    failing_since: datetime | None
    failing_tries: int
    failing_reason: str | None
    owned: bool
    """A worker has it in hand."""
    throughput: float | None
    """People settled in a second of work; None when nothing was measured lately."""
    gathering: bool
    """Who is concerned by a change is still being found."""
    lanes: list[tuple[int, int, int, float | None]]
    """Lane, how many wait, how many wait for a person, since when the oldest (seconds since 1970)."""


async def read_health(connection: Connection, app_id: str | None = None) -> list[HealthRow]:
    """Every app, or this one, by label."""
    return [HealthRow(*row) for row in await connection.fetch(HEALTH, app_id)]

"""The figures of the console's start page: tasks, queues, what happened lately, totals.

Every count is bounded or read from an index alone, so that the page costs the same in a large installation. Where a
count stops at its bound, it says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from provisor.store.database import Connection

MOST_WAITING = 100_000
"""Marks of an app and lane that are counted."""
MOST_EVENTS = 30_000
"""Events that are counted, the newest."""

# A plan by index, lane by lane: the order is that of `dirty_next`, so the oldest come first.
QUEUES = f"""
SELECT a.id, a.label, lane.n AS lane, q.waiting, q.parked, q.oldest
FROM apps a
CROSS JOIN generate_series(0, 2) AS lane (n)
CROSS JOIN LATERAL (
  SELECT count(*) FILTER (WHERE due < 'infinity') AS waiting, count(*) FILTER (WHERE due = 'infinity') AS parked,
    min(since) FILTER (WHERE due < 'infinity') AS oldest
  FROM (SELECT due, since FROM dirty WHERE app_id = a.id AND dirty.lane = lane.n LIMIT {MOST_WAITING}) AS d
) AS q
WHERE q.waiting > 0 OR q.parked > 0
ORDER BY lower(a.label), a.id, lane.n
"""

RATES = """
SELECT app_id, count(*)::float8 / $1 FROM event
WHERE published > now() - make_interval(secs => $1) AND type = ANY ($2::text[]) AND outcome = 'SUCCESS'
GROUP BY app_id
"""

RESTS = """
SELECT a.id, a.label, a.status, c.status AS connection, l.pause_reason,
  CASE WHEN l.paused_until > now() AND l.paused_until < 'infinity' THEN l.paused_until END AS until,
  coalesce(l.alive_until > now(), false) AS owned, coalesce(l.paused_until > now(), false) AS paused,
  EXISTS (SELECT FROM sweep s WHERE s.app_id = a.id) AS gathering
FROM apps a LEFT JOIN app_connection c ON c.app_id = a.id LEFT JOIN app_lease l ON l.app_id = a.id
WHERE l.paused_until > now() OR EXISTS (SELECT FROM sweep s WHERE s.app_id = a.id)
  OR EXISTS (SELECT FROM dirty d WHERE d.app_id = a.id)
"""

TASKS = """
SELECT t.app_id, a.label, t.kind, t.number FROM (
  SELECT app_id, kind, count(*) AS number FROM task WHERE resolved IS NULL GROUP BY app_id, kind
) AS t JOIN apps a ON a.id = t.app_id ORDER BY t.number DESC, lower(a.label), t.kind
"""

HAPPENED = f"""
SELECT type, outcome, count(*), min(published) FROM (
  SELECT type, outcome, published FROM event WHERE published >= $1 ORDER BY published DESC LIMIT {MOST_EVENTS}
) AS e GROUP BY type, outcome
"""

PEOPLE = "SELECT status, count(*) FROM users WHERE deleted IS NULL GROUP BY status"

THINGS = """
SELECT (SELECT count(*) FROM groups), (SELECT count(*) FROM apps), (SELECT count(*) FROM apps WHERE status = 'ACTIVE'),
  EXISTS (SELECT FROM app_connection WHERE status = 'ENABLED'), EXISTS (SELECT FROM app_user)
"""


@dataclass(frozen=True, slots=True)
class LaneDepth:
    app_id: str
    label: str
    lane: int
    waiting: int
    parked: int
    """Waits for a person."""
    oldest: datetime | None


@dataclass(frozen=True, slots=True)
class Rest:
    """How an app with work, or a pause, stands."""

    app_id: str
    label: str
    status: str
    connection: str | None
    pause_reason: str | None
    until: datetime | None
    """When the pause ends by itself."""
    owned: bool
    """A worker has it in hand."""
    paused: bool
    gathering: bool
    """Who is concerned by a change is still being found."""


@dataclass(frozen=True, slots=True)
class TaskCount:
    app_id: str
    label: str
    kind: str
    number: int


@dataclass(frozen=True, slots=True)
class Happened:
    type: str
    outcome: str
    number: int
    earliest: datetime


@dataclass(frozen=True, slots=True)
class Things:
    groups: int
    apps: int
    active_apps: int
    connected: bool
    """Some app's connection is in use."""
    assigned: bool
    """Somebody was ever assigned to an app."""


async def queues(connection: Connection) -> list[LaneDepth]:
    return [LaneDepth(*row) for row in await connection.fetch(QUEUES)]


async def rates(connection: Connection, seconds: float, types: Sequence[str]) -> Mapping[str, float]:
    """Events of these types in a second, by app."""
    return {row[0]: row[1] for row in await connection.fetch(RATES, seconds, types)}


async def rests(connection: Connection) -> list[Rest]:
    return [Rest(*row) for row in await connection.fetch(RESTS)]


async def task_counts(connection: Connection) -> list[TaskCount]:
    return [TaskCount(*row) for row in await connection.fetch(TASKS)]


async def happened(connection: Connection, since: datetime) -> list[Happened]:
    return [Happened(*row) for row in await connection.fetch(HAPPENED, since)]


async def people_by_status(connection: Connection) -> Mapping[str, int]:
    return {row[0]: row[1] for row in await connection.fetch(PEOPLE)}


async def things(connection: Connection) -> Things:
    row = await connection.fetchrow(THINGS)
    assert row is not None
    return Things(*row)

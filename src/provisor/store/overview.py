"""The figures of the console's start page: tasks, what happened lately, totals. Queues are in `health`.

Every count is bounded or read from an index alone, so that the page costs the same in a large installation. Where a
count stops at its bound, it says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from provisor.store.database import Connection

MOST_EVENTS = 30_000
"""Events that are counted, the newest."""

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

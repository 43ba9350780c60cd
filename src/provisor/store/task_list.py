"""Tasks as administrators see and close them. Opening them is the worker's part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from provisor.store.database import Connection

COLUMNS = "id, kind, app_id, user_id, summary, detail, count, created, last_seen, resolved"


@dataclass(frozen=True, slots=True)
class Task:
    id: str
    kind: str
    app_id: str
    user_id: str | None
    """None: concerns the whole app."""
    summary: str
    detail: str
    count: int
    created: datetime
    last_seen: datetime
    resolved: datetime | None


def task(row: asyncpg.Record) -> Task:
    return Task(*row)


async def list_open(
    connection: Connection, *, app_id: str | None, user_id: str | None, after: str | None, limit: int
) -> list[Task]:
    """Open tasks, oldest first."""
    rows = await connection.fetch(
        f"""SELECT {COLUMNS} FROM task WHERE resolved IS NULL
        AND ($1::text IS NULL OR app_id = $1) AND ($2::text IS NULL OR user_id = $2)
        AND ($3::text IS NULL OR id > $3) ORDER BY id LIMIT $4""",
        app_id,
        user_id,
        after,
        limit,
    )
    return [task(row) for row in rows]


@dataclass(frozen=True, slots=True)
class NamedTask:
    """A task with the names of the app and the person."""

    task: Task
    app: str | None
    """None: the app was deleted."""
    login: str | None
    name: str | None


NAMED = """
SELECT t.id, t.kind, t.app_id, t.user_id, t.summary, t.detail, t.count, t.created, t.last_seen, t.resolved, a.label,
  u.profile ->> 'login',
  coalesce(u.profile ->> 'displayName', concat_ws(' ', u.profile ->> 'firstName', u.profile ->> 'lastName'))
FROM task t LEFT JOIN apps a ON a.id = t.app_id LEFT JOIN users u ON u.id = t.user_id AND u.deleted IS NULL
WHERE ($1::text IS NULL OR t.app_id = $1) AND ($2::text IS NULL OR t.kind = $2)
"""


async def list_open_named(
    connection: Connection, *, app_id: str | None, kind: str | None, after: str | None, limit: int
) -> list[NamedTask]:
    """Open tasks, oldest first."""
    rows = await connection.fetch(
        f"{NAMED} AND t.resolved IS NULL AND ($3::text IS NULL OR t.id > $3) ORDER BY t.id LIMIT $4",
        app_id,
        kind,
        after,
        limit,
    )
    return [_named(row) for row in rows]


async def list_closed_named(
    connection: Connection, *, app_id: str | None, kind: str | None, limit: int
) -> list[NamedTask]:
    """Tasks closed within a day, the latest first."""
    rows = await connection.fetch(
        f"{NAMED} AND t.resolved > now() - interval '1 day' ORDER BY t.resolved DESC LIMIT $3", app_id, kind, limit
    )
    return [_named(row) for row in rows]


def _named(row: asyncpg.Record) -> NamedTask:
    *columns, app, login, name = row
    return NamedTask(Task(*columns), app, login, name)


async def find(connection: Connection, task_id: str) -> Task | None:
    row = await connection.fetchrow(f"SELECT {COLUMNS} FROM task WHERE id = $1", task_id)
    return task(row) if row else None


async def resolve(connection: Connection, task_ids: Sequence[str]) -> list[Task]:
    """Close tasks; those that were open."""
    rows = await connection.fetch(
        f"""UPDATE task SET resolved = clock_timestamp() WHERE resolved IS NULL AND id IN
          (SELECT id FROM task WHERE id = ANY ($1::text[]) AND resolved IS NULL ORDER BY id FOR UPDATE)
        RETURNING {COLUMNS}""",
        task_ids,
    )
    return [task(row) for row in rows]


async def open_ids(
    connection: Connection, *, app_id: str | None, kind: str | None, after: str, limit: int
) -> list[str]:
    """Ids of open tasks, oldest first."""
    rows = await connection.fetch(
        """SELECT id FROM task WHERE resolved IS NULL AND id > $3 AND ($1::text IS NULL OR app_id = $1)
        AND ($2::text IS NULL OR kind = $2) ORDER BY id LIMIT $4""",
        app_id,
        kind,
        after,
        limit,
    )
    return [row[0] for row in rows]


async def resolve_kind(connection: Connection, app_id: str, kind: str) -> list[str]:
    """Close the open tasks of one kind that concern the whole app; their ids."""
    rows = await connection.fetch(
        """UPDATE task SET resolved = clock_timestamp()
        WHERE app_id = $1 AND kind = $2 AND user_id IS NULL AND resolved IS NULL RETURNING id""",
        app_id,
        kind,
    )
    return [row[0] for row in rows]


# Nobody who waits is being pushed. Their generation stays: what a safeguard has let go it does not count again.
RETRY = """
UPDATE dirty SET due = clock_timestamp(), attempts = 0, cause = $2 WHERE app_id = $1 AND due > clock_timestamp()
"""


# People whose account is ours to keep in line; a new mark where there is none, and the old one made due where it waits.
# Whoever does not wait gets a new generation, so that a push under way does not count as the one asked for.
RETRY_PAIRS = """
INSERT INTO dirty (app_id, user_id, gen, lane, due, since, cause)
SELECT a.app_id, a.user_id, nextval('generation'), 1, clock_timestamp(), clock_timestamp(), $3
FROM unnest($1::text[], $2::text[]) AS p (app_id, user_id)
JOIN app_user a USING (app_id, user_id) LEFT JOIN dirty d USING (app_id, user_id)
WHERE a.wanted OR d.due > clock_timestamp()
ORDER BY a.app_id, a.user_id
ON CONFLICT (app_id, user_id) DO UPDATE SET
  gen = CASE WHEN dirty.due > clock_timestamp() THEN dirty.gen ELSE excluded.gen END,
  due = excluded.due, attempts = 0, cause = excluded.cause
"""


async def retry_app(connection: Connection, app_id: str, cause: str) -> None:
    """Make everything that waits in an app due at once."""
    await connection.execute(RETRY, app_id, cause)


async def retry_pairs(connection: Connection, pairs: Sequence[tuple[str, str]], cause: str) -> None:
    """Make people due at once in an app each; pairs must be distinct."""
    await connection.execute(RETRY_PAIRS, [app for app, _ in pairs], [user for _, user in pairs], cause)

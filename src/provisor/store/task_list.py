"""Tasks as administrators see and close them. Opening them is the worker's part."""

from __future__ import annotations

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


async def find(connection: Connection, task_id: str) -> Task | None:
    row = await connection.fetchrow(f"SELECT {COLUMNS} FROM task WHERE id = $1", task_id)
    return task(row) if row else None


async def resolve(connection: Connection, task_id: str) -> Task | None:
    """Close a task; None when it is unknown or closed already."""
    row = await connection.fetchrow(
        f"UPDATE task SET resolved = clock_timestamp() WHERE id = $1 AND resolved IS NULL RETURNING {COLUMNS}", task_id
    )
    return task(row) if row else None


async def resolve_kind(connection: Connection, app_id: str, kind: str) -> list[str]:
    """Close the open tasks of one kind that concern the whole app; their ids."""
    rows = await connection.fetch(
        """UPDATE task SET resolved = clock_timestamp()
        WHERE app_id = $1 AND kind = $2 AND user_id IS NULL AND resolved IS NULL RETURNING id""",
        app_id,
        kind,
    )
    return [row[0] for row in rows]


# A new generation, so that a push under way does not count as the one asked for.
RETRY = """
UPDATE dirty SET gen = nextval('generation'), due = clock_timestamp(), attempts = 0, cause = $3
WHERE app_id = $1 AND ($2::text IS NULL OR user_id = $2) AND due > clock_timestamp()
"""


async def retry_marks(connection: Connection, app_id: str, user_id: str | None, cause: str) -> int:
    """Make what waits in an app (of one person, or of everybody) due at once; how much it was."""
    done = await connection.execute(RETRY, app_id, user_id, cause)
    return int(done.split()[1])

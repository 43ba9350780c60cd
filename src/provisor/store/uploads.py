"""The `people_upload` table: an administrator's file between its upload and its load."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from provisor.store.database import Connection

COLUMNS = """id, file_name, delimiter, columns, activate, state, rows, report, touched, created,
  octet_length(content) AS size, touched < clock_timestamp() - interval '30 seconds' AS silent"""


@dataclass(frozen=True, slots=True)
class UploadRow:
    id: str
    file_name: str
    delimiter: str
    columns: Mapping[str, int] | None
    """Attribute: the index of its column; None while not chosen."""
    activate: bool
    state: str
    rows: int | None
    report: Mapping[str, Any] | None
    touched: datetime
    created: datetime
    size: int
    silent: bool
    """Whoever was loading it has not been heard of for a while."""


@dataclass(frozen=True, slots=True)
class NewUpload:
    actor_id: str
    id: str
    file_name: str
    content: bytes = field(repr=False)
    delimiter: str
    life: timedelta


async def put(connection: Connection, new: NewUpload, state: str) -> None:
    """Keep a file in place of the administrator's last one; forget files that have expired."""
    await connection.execute("DELETE FROM people_upload WHERE expires < now() OR actor_id = $1", new.actor_id)
    await connection.execute(
        """INSERT INTO people_upload (actor_id, id, file_name, content, delimiter, state, expires)
        VALUES ($1, $2, $3, $4, $5, $6, now() + $7)""",
        new.actor_id,
        new.id,
        new.file_name,
        new.content,
        new.delimiter,
        state,
        new.life,
    )


async def find(connection: Connection, actor_id: str) -> UploadRow | None:
    """The administrator's file without its content; None when there is none or it has expired."""
    row = await connection.fetchrow(
        f"SELECT {COLUMNS} FROM people_upload WHERE actor_id = $1 AND expires > now()", actor_id
    )
    return UploadRow(*row) if row else None


async def content(connection: Connection, actor_id: str, upload_id: str) -> bytes | None:
    found: bytes | None = await connection.fetchval(
        "SELECT content FROM people_upload WHERE actor_id = $1 AND id = $2 AND expires > now()", actor_id, upload_id
    )
    return found


async def choose(
    connection: Connection, upload_id: str, columns: Mapping[str, int] | None, *, activate: bool, state: str
) -> None:
    """Note which columns fill which attributes."""
    await connection.execute(
        """UPDATE people_upload SET columns = $2, activate = $3, state = $4, rows = NULL, report = NULL, touched = now()
        WHERE id = $1""",
        upload_id,
        columns,
        activate,
        state,
    )


async def report(
    connection: Connection, upload_id: str, state: str, rows: int | None, found: Mapping[str, Any] | None
) -> None:
    """Note what came of a preview, or how far a load has come."""
    await connection.execute(
        """UPDATE people_upload SET state = $2, rows = coalesce($3, rows), report = $4, touched = clock_timestamp()
        WHERE id = $1""",
        upload_id,
        state,
        rows,
        found,
    )


async def claim(connection: Connection, upload_id: str, ready: str, loading: str) -> bool:
    """Become the one who loads a file; False when somebody else is at it, or it is not ready."""
    done = await connection.execute(
        """UPDATE people_upload SET state = $3, report = NULL, touched = clock_timestamp()
        WHERE id = $1 AND (state = $2 OR (state = $3 AND touched < clock_timestamp() - interval '30 seconds'))""",
        upload_id,
        ready,
        loading,
    )
    return bool(done == "UPDATE 1")


async def delete(connection: Connection, actor_id: str) -> None:
    await connection.execute("DELETE FROM people_upload WHERE actor_id = $1", actor_id)

"""The `apps` table: making, changing, finding, listing and deleting app instances. Knows nothing of credentials."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import asyncpg

from provisor.apps.app import App, AppStatus, Features, Limits
from provisor.store.database import Connection

COLUMNS = "id, name, label, status, settings, features, limits, username_template, created, last_updated"

INSERT = f"""
INSERT INTO apps (id, name, label, status, settings, limits, username_template)
VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING {COLUMNS}
"""

UPDATE = f"""
UPDATE apps SET label = $2, settings = $3, limits = $4, username_template = $5, epoch = epoch + 1,
  last_updated = clock_timestamp()
WHERE id = $1 RETURNING {COLUMNS}
"""

# An app's people have no foreign key to it: their rows are many, and a cascade would visit them one by one.
DELETE_PEOPLE = (
    "DELETE FROM dirty WHERE app_id = $1",
    "DELETE FROM app_user_state WHERE app_id = $1",
    "DELETE FROM app_user_value WHERE app_id = $1",
    "DELETE FROM app_user WHERE app_id = $1",
    "DELETE FROM task WHERE app_id = $1",
)


def app(row: asyncpg.Record) -> App:
    return App(
        row["id"],
        row["name"],
        row["label"],
        AppStatus(row["status"]),
        row["settings"],
        Features.parse(row["features"]),
        Limits.parse(row["limits"]),
        row["username_template"],
        row["created"],
        row["last_updated"],
    )


async def insert(
    connection: Connection,
    app_id: str,
    name: str,
    label: str,
    status: AppStatus,
    settings: Mapping[str, Any],
    limits: Mapping[str, Any],
    username_template: str,
) -> App:
    row = await connection.fetchrow(INSERT, app_id, name, label, status, settings, limits, username_template)
    assert row is not None
    return app(row)


async def find(connection: Connection, app_id: str) -> App | None:
    row = await connection.fetchrow(f"SELECT {COLUMNS} FROM apps WHERE id = $1", app_id)
    return app(row) if row else None


async def hold(connection: Connection, app_id: str) -> App | None:
    """The app, locked until the transaction ends."""
    row = await connection.fetchrow(f"SELECT {COLUMNS} FROM apps WHERE id = $1 FOR NO KEY UPDATE", app_id)
    return app(row) if row else None


async def list_ids(connection: Connection) -> list[str]:
    """Every app, in the order they were made; none is deleted until the transaction ends."""
    return [row[0] for row in await connection.fetch("SELECT id FROM apps ORDER BY id FOR KEY SHARE")]


async def find_by_label(connection: Connection, label: str) -> list[App]:
    """Every app with exactly this label: labels need not be unique."""
    rows = await connection.fetch(f"SELECT {COLUMNS} FROM apps WHERE label = $1 ORDER BY id", label)
    return [app(row) for row in rows]


async def list_apps(
    connection: Connection, *, prefix: str | None, after: str | None, limit: int, where: str, values: Sequence[Any]
) -> list[App]:
    """A page of apps by id; `where` is SQL whose values are numbered from $4 on."""
    rows = await connection.fetch(
        f"""SELECT {COLUMNS} FROM apps
        WHERE ($1::text IS NULL OR starts_with(lower(label), lower($1)) OR starts_with(lower(name), lower($1)))
          AND ($2::text IS NULL OR id > $2) AND ({where}) ORDER BY id LIMIT $3""",
        prefix,
        after,
        limit,
        *values,
    )
    return [app(row) for row in rows]


async def update(
    connection: Connection,
    app_id: str,
    label: str,
    settings: Mapping[str, Any],
    limits: Mapping[str, Any],
    username_template: str,
) -> App:
    row = await connection.fetchrow(UPDATE, app_id, label, settings, limits, username_template)
    assert row is not None
    return app(row)


async def set_status(connection: Connection, app_id: str, status: AppStatus) -> None:
    await connection.execute(
        "UPDATE apps SET status = $2, last_updated = clock_timestamp() WHERE id = $1", app_id, status
    )


async def set_features(connection: Connection, app_id: str, features: Features) -> None:
    await connection.execute(
        "UPDATE apps SET features = $2, epoch = epoch + 1, last_updated = clock_timestamp() WHERE id = $1",
        app_id,
        features.render(),
    )


async def delete(connection: Connection, app_id: str) -> None:
    """Delete an app and everything we know of people in it. What the app itself holds stays."""
    for statement in DELETE_PEOPLE:
        await connection.execute(statement, app_id)
    await connection.execute("DELETE FROM profile_schema WHERE owner = $1", app_id)
    await connection.execute("DELETE FROM apps WHERE id = $1", app_id)

"""The `app_connection` table: where an app is and what unlocks it, sealed. Opens no seal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

import asyncpg

from provisor.apps.catalogue import AuthScheme
from provisor.store.database import Connection

COLUMNS = "app_id, status, base_url, auth_scheme, secret, last_updated, oauth, expires"

PUT = f"""
INSERT INTO app_connection AS c (app_id, status, base_url, auth_scheme, secret, oauth, expires, last_updated)
VALUES ($1, coalesce($2, 'DISABLED'), $3, $4, $5, $6, $7, clock_timestamp())
ON CONFLICT (app_id) DO UPDATE SET status = coalesce($2, c.status),
  base_url = excluded.base_url, auth_scheme = excluded.auth_scheme, secret = excluded.secret, oauth = excluded.oauth,
  expires = excluded.expires, announced = NULL, last_updated = excluded.last_updated
RETURNING {COLUMNS}
"""


class ConnectionStatus(StrEnum):
    ENABLED = "ENABLED"
    DISABLED = "DISABLED"
    UNKNOWN = "UNKNOWN"
    """Shown for an app that has no connection yet; never stored."""


@dataclass(frozen=True, slots=True)
class AppConnection:
    app_id: str
    status: ConnectionStatus
    base_url: str
    scheme: AuthScheme
    secret: bytes = field(repr=False)
    last_updated: datetime
    oauth: Mapping[str, Any] | None = None
    """What of an OAuth client may be shown."""
    expires: datetime | None = None
    """When the credentials end; None: nobody said."""


def app_connection(row: asyncpg.Record) -> AppConnection:
    return AppConnection(
        row["app_id"],
        ConnectionStatus(row["status"]),
        row["base_url"],
        AuthScheme(row["auth_scheme"]),
        row["secret"],
        row["last_updated"],
        row["oauth"],
        row["expires"],
    )


async def find(connection: Connection, app_id: str) -> AppConnection | None:
    row = await connection.fetchrow(f"SELECT {COLUMNS} FROM app_connection WHERE app_id = $1", app_id)
    return app_connection(row) if row else None


async def put(connection: Connection, new: AppConnection, *, status: ConnectionStatus | None) -> AppConnection:
    """Store a connection; without a status an existing one keeps its own and a new one is disabled."""
    row = await connection.fetchrow(
        PUT, new.app_id, status, new.base_url, new.scheme, new.secret, new.oauth, new.expires
    )
    assert row is not None
    return app_connection(row)


async def set_status(connection: Connection, app_id: str, status: ConnectionStatus) -> bool:
    """Switch a connection; False when there is none."""
    done = await connection.execute(
        "UPDATE app_connection SET status = $2, announced = NULL, last_updated = clock_timestamp() WHERE app_id = $1",
        app_id,
        status,
    )
    return bool(done == "UPDATE 1")


async def set_expiry(connection: Connection, app_id: str, expires: datetime | None) -> bool:
    """Note another end of the credentials, which is announced anew; False when there is no connection."""
    done = await connection.execute(
        "UPDATE app_connection SET expires = $2, announced = NULL WHERE app_id = $1", app_id, expires
    )
    return bool(done == "UPDATE 1")


async def touch(connection: Connection, app_id: str) -> None:
    """Have whoever uses the connection begin anew: what it is used with has changed."""
    await connection.execute("UPDATE app_connection SET last_updated = clock_timestamp() WHERE app_id = $1", app_id)


async def find_revision(connection: Connection, app_id: str) -> datetime | None:
    """Changes whenever the connection does; None when the app has none that is enabled."""
    changed: datetime | None = await connection.fetchval(
        "SELECT last_updated FROM app_connection WHERE app_id = $1 AND status = 'ENABLED'", app_id
    )
    return changed


async def unpause(connection: Connection, app_id: str) -> None:
    """Let a paused app be worked on again at once."""
    await connection.execute(
        """UPDATE app_lease SET paused_until = '-infinity', pause_reason = NULL, resumed = clock_timestamp()
        WHERE app_id = $1""",
        app_id,
    )

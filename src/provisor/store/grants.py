"""The `oauth_grant` and `oauth_request` tables: an app's tokens, sealed, and administrators who are away to authorize.

Whoever writes tokens names the version that was read, so of two processes the later one writes nothing. Opens no seal.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

import asyncpg

from provisor.store.database import Connection

SAME_END = "interval '2 minutes'"
"""An end that is told as seconds from now moves a little with every answer."""


@dataclass(frozen=True, slots=True)
class Grant:
    """What an app's connection may be used with."""

    made: int
    """Another one for every client and address that was saved."""
    version: int
    """Another one at every change."""
    tokens: bytes | None = field(repr=False)
    access_left: float | None
    """Seconds, by the database's clock; None: the server did not say."""
    expires: datetime | None
    refused: str | None
    authorized: datetime | None
    authorized_by: str | None
    by_login: str | None
    """The login of the person; None for who is gone."""


@dataclass(frozen=True, slots=True)
class Asked:
    """An authorization that an administrator began."""

    app_id: str
    verifier: bytes = field(repr=False)
    redirect_uri: str


FIND = """
SELECT g.made, g.version, g.tokens, extract(epoch FROM g.access_until - clock_timestamp())::float8, g.expires,
  g.refused, g.authorized, g.authorized_by, u.profile ->> 'login'
FROM oauth_grant g LEFT JOIN users u ON u.id = g.authorized_by AND u.deleted IS NULL WHERE g.app_id = $1
"""

# `expires_since` is when the present end was told first: it tells a long life from one that ends anew with every use.
STORE = f"""
UPDATE oauth_grant SET version = nextval('generation'), tokens = $3, refused = NULL, renewing_until = '-infinity',
  access_until = clock_timestamp() + $4 * interval '1 second',
  expires = clock_timestamp() + $5 * interval '1 second',
  expires_since = CASE WHEN abs(extract(epoch FROM expires - clock_timestamp()) - $5) * interval '1 second' < {SAME_END}
    THEN expires_since ELSE clock_timestamp() END,
  authorized = CASE WHEN $6::text IS NULL THEN authorized ELSE clock_timestamp() END,
  authorized_by = coalesce($6, authorized_by)
WHERE app_id = $1 AND version = $2 RETURNING version
"""


async def find(connection: Connection, app_id: str) -> Grant | None:
    row = await connection.fetchrow(FIND, app_id)
    return Grant(*row) if row else None


async def clear(connection: Connection, app_id: str) -> None:
    """Begin anew without tokens: those that there were belong to another client or address."""
    await connection.execute("DELETE FROM oauth_grant WHERE app_id = $1", app_id)
    await connection.execute("DELETE FROM oauth_request WHERE app_id = $1", app_id)


async def make(connection: Connection, app_id: str) -> None:
    """A grant without tokens, after `clear`."""
    await connection.execute("INSERT INTO oauth_grant (app_id) VALUES ($1)", app_id)


async def claim(connection: Connection, app_id: str, version: int, seconds: float) -> bool:
    """Be the one process that asks for new tokens, for at most so long; False when another one is."""
    done = await connection.execute(
        """UPDATE oauth_grant SET renewing_until = clock_timestamp() + $3 * interval '1 second'
        WHERE app_id = $1 AND version = $2 AND renewing_until < clock_timestamp()""",
        app_id,
        version,
        seconds,
    )
    return bool(done == "UPDATE 1")


async def release(connection: Connection, app_id: str, version: int) -> None:
    """Ask no more, without having got anything."""
    await connection.execute(
        "UPDATE oauth_grant SET renewing_until = '-infinity' WHERE app_id = $1 AND version = $2", app_id, version
    )


async def store(
    connection: Connection,
    app_id: str,
    version: int,
    tokens: bytes,
    *,
    lifetime: float | None,
    left: float | None,
    authorized_by: str | None = None,
) -> int | None:
    """Put tokens in the place of those of this version; the new version, None when that one is no longer there.

    `lifetime` are the seconds of the access token, `left` those until nothing renews it. With `authorized_by` a person
    has authorized anew.
    """
    stored: int | None = await connection.fetchval(STORE, app_id, version, tokens, lifetime, left, authorized_by)
    return stored


async def refuse(connection: Connection, app_id: str, version: int, reason: str) -> bool:
    """Note that this version is renewed no more; False when it is no longer there."""
    done = await connection.execute(
        """UPDATE oauth_grant SET version = nextval('generation'), refused = $3, renewing_until = '-infinity'
        WHERE app_id = $1 AND version = $2""",
        app_id,
        version,
        reason,
    )
    return bool(done == "UPDATE 1")


async def leave(
    connection: Connection, state: bytes, session: bytes, app_id: str, asked: Asked, *, seconds: float
) -> None:
    """Remember an administrator who goes to authorize; what others left unfinished long ago goes."""
    await connection.execute("DELETE FROM oauth_request WHERE expires < clock_timestamp()")
    await connection.execute(
        """INSERT INTO oauth_request (state, app_id, session, verifier, redirect_uri, expires)
        VALUES ($1, $2, $3, $4, $5, clock_timestamp() + $6 * interval '1 second')""",
        state,
        app_id,
        session,
        asked.verifier,
        asked.redirect_uri,
        seconds,
    )


async def come_back(connection: Connection, state: bytes, session: bytes, app_id: str) -> Asked | None:
    """Take out what was remembered under a state; None when it is used, too old, of somebody else or never was."""
    row: asyncpg.Record | None = await connection.fetchrow(
        """DELETE FROM oauth_request WHERE state = $1 AND session = $2 AND app_id = $3 AND expires > clock_timestamp()
        RETURNING app_id, verifier, redirect_uri""",
        state,
        session,
        app_id,
    )
    return Asked(*row) if row else None

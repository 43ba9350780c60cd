"""The `api_token` table. A token's text is never here, only its SHA-256."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from provisor.store.database import Connection

COLUMNS = "id, name, scopes, created, expires, last_used"

INSERT = f"""
INSERT INTO api_token (id, name, hash, scopes, expires) VALUES ($1, $2, $3, $4, $5) RETURNING {COLUMNS}
"""
FIND = f"SELECT {COLUMNS} FROM api_token WHERE hash = $1 AND (expires IS NULL OR expires > now())"
TOUCH = """
UPDATE api_token SET last_used = now()
WHERE id = $1 AND (last_used IS NULL OR last_used < now() - interval '1 minute')
"""


@dataclass(frozen=True, slots=True)
class Token:
    id: str
    name: str
    scopes: tuple[str, ...]
    created: datetime
    expires: datetime | None
    last_used: datetime | None


def token(row: asyncpg.Record) -> Token:
    return Token(row["id"], row["name"], tuple(row["scopes"]), row["created"], row["expires"], row["last_used"])


async def insert(
    connection: Connection,
    token_id: str,
    name: str,
    digest: bytes,
    scopes: Sequence[str],
    expires: datetime | None,
) -> Token:
    row = await connection.fetchrow(INSERT, token_id, name, digest, [str(scope) for scope in scopes], expires)
    assert row is not None
    return token(row)


async def find(connection: Connection, token_id: str) -> Token | None:
    row = await connection.fetchrow(f"SELECT {COLUMNS} FROM api_token WHERE id = $1", token_id)
    return token(row) if row else None


async def list_all(connection: Connection, after: str, limit: int) -> list[Token]:
    rows = await connection.fetch(f"SELECT {COLUMNS} FROM api_token WHERE id > $1 ORDER BY id LIMIT $2", after, limit)
    return [token(row) for row in rows]


async def find_by_hash(connection: Connection, digest: bytes) -> Token | None:
    """The token with this hash, unless it has expired."""
    row = await connection.fetchrow(FIND, digest)
    return token(row) if row else None


async def touch(connection: Connection, token_id: str) -> None:
    """Note that a token was used. A server that only reads goes on answering without the note."""
    with contextlib.suppress(asyncpg.ReadOnlySQLTransactionError):
        await connection.execute(TOUCH, token_id)


async def delete(connection: Connection, token_id: str) -> str | None:
    """Delete a token; its name, or None when there was none."""
    name: str | None = await connection.fetchval("DELETE FROM api_token WHERE id = $1 RETURNING name", token_id)
    return name


async def delete_named(connection: Connection, name: str) -> None:
    await connection.execute("DELETE FROM api_token WHERE name = $1", name)


async def lock_all(connection: Connection) -> None:
    """Let only one process at a time decide whether a first token is needed."""
    await connection.execute("LOCK TABLE api_token IN SHARE ROW EXCLUSIVE MODE")


async def any_exists(connection: Connection) -> bool:
    found: bool = await connection.fetchval("SELECT EXISTS (SELECT FROM api_token)")
    return found

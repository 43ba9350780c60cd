"""The `set_up_token` table: links that may make the first super administrator. A token's text is never here."""

from __future__ import annotations

from provisor.store.database import Connection


async def insert(connection: Connection, digest: bytes) -> None:
    await connection.execute("INSERT INTO set_up_token (hash) VALUES ($1)", digest)


async def exists(connection: Connection, digest: bytes) -> bool:
    found: bool = await connection.fetchval("SELECT EXISTS (SELECT FROM set_up_token WHERE hash = $1)", digest)
    return found


async def delete_all(connection: Connection) -> None:
    await connection.execute("DELETE FROM set_up_token")

"""Types of people as rows."""

from __future__ import annotations

from provisor.store.database import Connection


async def list_ids(connection: Connection) -> list[str]:
    """Every type, in the order they were made. Holds them until the transaction ends: none is added meanwhile."""
    return [row[0] for row in await connection.fetch("SELECT id FROM user_type ORDER BY id FOR SHARE")]

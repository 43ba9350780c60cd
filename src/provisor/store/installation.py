"""The one row of the `installation` table: the organisation's id and the fingerprint of the key in use."""

from __future__ import annotations

from provisor.store.database import Connection


async def make(connection: Connection, org_id: str) -> str:
    """Make the row at the first start; the organisation's id, whoever made it."""
    await connection.execute("INSERT INTO installation (org_id) VALUES ($1) ON CONFLICT DO NOTHING", org_id)
    made: str = await connection.fetchval("SELECT org_id FROM installation")
    return made


async def find_key_fingerprint(connection: Connection) -> str | None:
    """Which key this database's secrets are sealed with; None while none ever was."""
    fingerprint: str | None = await connection.fetchval("SELECT key_fingerprint FROM installation")
    return fingerprint


async def claim_key_fingerprint(connection: Connection, fingerprint: str) -> str:
    """Note the key unless one is noted; the one that counts. Of two that race, the first wins."""
    claimed: str = await connection.fetchval(
        "UPDATE installation SET key_fingerprint = coalesce(key_fingerprint, $1) RETURNING key_fingerprint",
        fingerprint,
    )
    return claimed

"""The `session` table, and what signing in reads and writes of a person. A token's text is never here."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import asyncpg

from provisor.directory.lifecycle import Status
from provisor.store.database import Connection

# Who was locked out by somebody else's guessing goes on where they are signed in.
FIND = """
SELECT s.user_id, u.profile ->> 'login' AS login,
  coalesce(u.profile ->> 'displayName', concat_ws(' ', u.profile ->> 'firstName', u.profile ->> 'lastName')) AS name,
  ARRAY(SELECT role FROM admin_role r WHERE r.user_id = s.user_id ORDER BY role) AS roles,
  s.created, s.last_seen, s.expires, s.ip, s.user_agent, s.last_seen < now() - interval '1 minute' AS stale
FROM session s JOIN users u ON u.id = s.user_id
WHERE s.id_hash = $1 AND s.expires > now() AND s.last_seen + s.idle > now()
  AND u.deleted IS NULL AND u.status IN ('ACTIVE', 'LOCKED_OUT')
"""
INSERT = """
INSERT INTO session (id_hash, user_id, expires, idle, user_agent, ip)
VALUES ($1, $2, now() + $3, $4, $5, $6)
"""
# Others may be forgetting the same rows: what they hold is left to them.
FORGET = """
DELETE FROM session WHERE id_hash IN
  (SELECT id_hash FROM session WHERE expires < now() LIMIT 100 FOR UPDATE SKIP LOCKED)
"""


@dataclass(frozen=True, slots=True)
class SessionRow:
    user_id: str
    login: str
    name: str
    roles: tuple[str, ...]
    created: datetime
    last_seen: datetime
    expires: datetime
    ip: str | None
    user_agent: str | None


@dataclass(frozen=True, slots=True)
class SecretRow:
    """A person as signing in needs them."""

    user_id: str
    login: str
    status: Status
    password_hash: str | None = field(repr=False)
    password_changed: datetime | None

    def has_the_password_of(self, other: SecretRow) -> bool:
        """Whether nobody set or took a password since; renewing the hash of the same one does not count."""
        return self.password_hash is not None and self.password_changed == other.password_changed


async def insert(
    connection: Connection,
    id_hash: bytes,
    user_id: str,
    *,
    life: timedelta,
    idle: timedelta,
    user_agent: str | None,
    ip: str | None,
) -> None:
    await connection.execute(INSERT, id_hash, user_id, life, idle, user_agent, ip)
    await connection.execute(FORGET)


async def find(connection: Connection, id_hash: bytes) -> SessionRow | None:
    """The session of somebody who may be signed in, unless it is over; being asked for keeps it alive."""
    row = await connection.fetchrow(FIND, id_hash)
    if row is None:
        return None
    if row["stale"]:
        # A server that only reads goes on answering without the note.
        with contextlib.suppress(asyncpg.ReadOnlySQLTransactionError):
            await connection.execute("UPDATE session SET last_seen = now() WHERE id_hash = $1", id_hash)
    return SessionRow(
        row["user_id"],
        row["login"],
        row["name"],
        tuple(row["roles"]),
        row["created"],
        row["last_seen"],
        row["expires"],
        row["ip"],
        row["user_agent"],
    )


async def is_alive(connection: Connection, id_hash: bytes) -> bool:
    """Whether `find` would find it; asking does not keep it alive."""
    return await connection.fetchrow(FIND, id_hash) is not None


async def delete(connection: Connection, id_hash: bytes) -> bool:
    """End a session; whether there was one."""
    return await connection.fetchval("DELETE FROM session WHERE id_hash = $1 RETURNING true", id_hash) is not None


async def rename(connection: Connection, id_hash: bytes, new_hash: bytes) -> None:
    """Give a session another token."""
    await connection.execute("UPDATE session SET id_hash = $2 WHERE id_hash = $1", id_hash, new_hash)


async def delete_of_user(connection: Connection, user_id: str, *, keep: bytes | None = None) -> int:
    """End somebody's sessions, but for one; how many."""
    rows = await connection.fetch(
        "DELETE FROM session WHERE user_id = $1 AND ($2::bytea IS NULL OR id_hash <> $2) RETURNING true", user_id, keep
    )
    return len(rows)


async def find_secret(connection: Connection, login_key: str) -> SecretRow | None:
    """The person with this folded login and their password's hash."""
    return _secret(
        await connection.fetchrow(
            """SELECT id, profile ->> 'login' AS login, status, password_hash, password_changed FROM users
            WHERE login_key = $1 AND deleted IS NULL""",
            login_key,
        )
    )


async def hold_secret(connection: Connection, user_id: str) -> SecretRow | None:
    """The person with this id and their password's hash, locked until the transaction ends."""
    return _secret(
        await connection.fetchrow(
            """SELECT id, profile ->> 'login' AS login, status, password_hash, password_changed FROM users
            WHERE id = $1 AND deleted IS NULL FOR NO KEY UPDATE""",
            user_id,
        )
    )


async def note_sign_in(connection: Connection, user_id: str) -> None:
    await connection.execute("UPDATE users SET last_login = now() WHERE id = $1", user_id)


async def rehash(connection: Connection, user_id: str, password_hash: str) -> None:
    """Keep the same password under newer parameters."""
    await connection.execute("UPDATE users SET password_hash = $2 WHERE id = $1", user_id, password_hash)


def _secret(row: asyncpg.Record | None) -> SecretRow | None:
    if row is None:
        return None
    return SecretRow(row["id"], row["login"], Status(row["status"]), row["password_hash"], row["password_changed"])

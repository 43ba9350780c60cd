"""The `users` table, a set at a time: writing rows, and finding one by id or login."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg

from provisor.directory.lifecycle import Status
from provisor.directory.logins import FOLD_VERSION, fold
from provisor.directory.names import name_key, reversed_key
from provisor.directory.user import DEFAULT_TYPE, OURS, Provider, ProviderType, User
from provisor.store.database import Connection

LOGIN_INDEX = "users_login_key"

COLUMNS = """
users.id, users.status, users.profile, users.version, users.provider, users.created, users.activated,
users.status_changed, users.last_login, users.last_updated, users.password_changed,
users.password_hash IS NOT NULL AS has_password, users.recovery ->> 'question' AS question,
users.type_id
"""

INSERT = f"""
INSERT INTO users (id, status, login_key, fold_version, profile, provider, password_hash, recovery,
                   name_key, reversed_key, type_id, activated, status_changed, password_changed)
SELECT id, status, login_key, {FOLD_VERSION}, profile, provider, password_hash, recovery, name_key, reversed_key,
       type_id,
       CASE WHEN status <> 'STAGED' THEN now() END, CASE WHEN status <> 'STAGED' THEN now() END,
       CASE WHEN password_hash IS NOT NULL THEN now() END
FROM unnest($1::text[], $2::text[], $3::text[], $4::jsonb[], $5::jsonb[], $6::text[], $7::jsonb[],
            $8::text[], $9::text[], $10::text[])
  AS n (id, status, login_key, profile, provider, password_hash, recovery, name_key, reversed_key, type_id)
RETURNING {COLUMNS}
"""
FIND = f"""
SELECT {COLUMNS} FROM users WHERE deleted IS NULL AND (id = $1 OR login_key = $2)
ORDER BY id = $1 DESC LIMIT 1
"""
HOLD = FIND + " FOR NO KEY UPDATE"
FIND_LOGINS = f"""
SELECT {COLUMNS}, users.login_key FROM users WHERE deleted IS NULL AND login_key = ANY ($1::text[])
"""
HOLD_LOGINS = FIND_LOGINS + "ORDER BY id FOR NO KEY UPDATE"
UPDATE_PROFILES = f"""
UPDATE users SET profile = n.profile, login_key = n.login_key, fold_version = {FOLD_VERSION},
  name_key = n.name_key, reversed_key = n.reversed_key,
  version = version + 1, last_updated = now()
FROM unnest($1::text[], $2::text[], $3::jsonb[], $4::text[], $5::text[])
  AS n (id, login_key, profile, name_key, reversed_key)
WHERE users.id = n.id
"""
# Leaving takes the password away; whoever comes back gets a new one.
SET_STATUS = """
UPDATE users SET status = $2, status_changed = now(), last_updated = now(),
  activated = CASE WHEN $3 THEN now() ELSE activated END,
  password_hash = CASE WHEN $2 = 'DEPROVISIONED' THEN NULL ELSE password_hash END,
  withdrawn = withdrawn AND $2 = 'DEPROVISIONED'
WHERE id = ANY ($1::text[])
"""
SET_PASSWORD = """
UPDATE users SET password_hash = $2, password_changed = now(), last_updated = now() WHERE id = $1
"""
SET_RECOVERY = "UPDATE users SET recovery = $2, last_updated = now() WHERE id = $1"
# The login's key is freed by `deleted`, and replaced because it says who it was.
ERASE = """
UPDATE users SET deleted = now(), last_updated = now(), profile = '{}', login_key = id,
  name_key = '', reversed_key = '', provider = NULL,
  password_hash = NULL, recovery = NULL, external_id = NULL
WHERE id = $1
"""


@dataclass(frozen=True, slots=True)
class NewUser:
    id: str
    status: Status
    profile: dict[str, Any]
    provider: Provider = OURS
    password_hash: str | None = None
    recovery: dict[str, str] | None = None
    type_id: str = DEFAULT_TYPE


def user(row: asyncpg.Record) -> User:
    provider = row["provider"]
    return User(
        row["id"],
        Status(row["status"]),
        row["profile"],
        row["version"],
        OURS if provider is None else Provider(ProviderType(provider["type"]), provider["name"]),
        row["has_password"],
        row["question"],
        row["created"],
        row["activated"],
        row["status_changed"],
        row["last_login"],
        row["last_updated"],
        row["password_changed"],
        row["type_id"],
    )


def is_login_taken(problem: asyncpg.UniqueViolationError) -> bool:
    """Whether it was the login that somebody else has."""
    return problem.constraint_name == LOGIN_INDEX


async def insert(connection: Connection, rows: Sequence[NewUser]) -> list[User]:
    """Insert people; raises `UniqueViolationError` for a login that is taken."""
    records = await connection.fetch(
        INSERT,
        [row.id for row in rows],
        [row.status.value for row in rows],
        [fold(row.profile["login"]) for row in rows],
        [row.profile for row in rows],
        [None if row.provider == OURS else {"type": row.provider.type, "name": row.provider.name} for row in rows],
        [row.password_hash for row in rows],
        [row.recovery for row in rows],
        [name_key(row.profile) for row in rows],
        [reversed_key(row.profile) for row in rows],
        [row.type_id for row in rows],
    )
    return [user(record) for record in records]


async def find(connection: Connection, key: str) -> User | None:
    """The person with this id or login."""
    row = await connection.fetchrow(FIND, key, fold(key))
    return user(row) if row else None


async def hold(connection: Connection, key: str) -> User | None:
    """The person with this id or login, locked until the transaction ends."""
    row = await connection.fetchrow(HOLD, key, fold(key))
    return user(row) if row else None


async def share(connection: Connection, key: str) -> str | None:
    """The id of the person with this id or login, who stays as they are until the transaction ends."""
    row = await connection.fetchrow(FIND + " FOR SHARE", key, fold(key))
    return row["id"] if row else None


async def hold_logins(connection: Connection, folded: Sequence[str]) -> dict[str, User]:
    """People by folded login, locked until the transaction ends."""
    rows = await connection.fetch(HOLD_LOGINS, folded)
    return {row["login_key"]: user(row) for row in rows}


async def find_logins(connection: Connection, folded: Sequence[str]) -> dict[str, User]:
    """People by folded login."""
    rows = await connection.fetch(FIND_LOGINS, folded)
    return {row["login_key"]: user(row) for row in rows}


async def update_profiles(connection: Connection, profiles: Sequence[tuple[str, dict[str, Any]]]) -> None:
    """Replace people's profiles and raise their versions."""
    await connection.execute(
        UPDATE_PROFILES,
        [user_id for user_id, _ in profiles],
        [fold(profile["login"]) for _, profile in profiles],
        [profile for _, profile in profiles],
        [name_key(profile) for _, profile in profiles],
        [reversed_key(profile) for _, profile in profiles],
    )


async def set_type(connection: Connection, user_id: str, type_id: str) -> None:
    """Make somebody of another type."""
    await connection.execute("UPDATE users SET type_id = $2, last_updated = now() WHERE id = $1", user_id, type_id)


async def set_status(
    connection: Connection, user_ids: Sequence[str], status: Status, *, activated: bool = False
) -> None:
    """Move people to a status; `activated` notes the moment as that of their activation."""
    await connection.execute(SET_STATUS, user_ids, status.value, activated)


async def set_password(connection: Connection, user_id: str, password_hash: str) -> None:
    await connection.execute(SET_PASSWORD, user_id, password_hash)


async def set_recovery(connection: Connection, user_id: str, recovery: dict[str, str]) -> None:
    await connection.execute(SET_RECOVERY, user_id, recovery)


async def erase(connection: Connection, user_id: str) -> None:
    """Leave a tombstone: the id and the times."""
    await connection.execute(ERASE, user_id)

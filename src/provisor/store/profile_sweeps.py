"""Walks through all profiles of a schema: to take an attribute's values away, or to see whether they are unique.

Each stretch is a transaction; a walk survives the process that began it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from asyncpg import Record

from provisor.store.database import Connection
from provisor.store.profile_schemas import GROUP
from provisor.systemlog import EventType

STRETCH = 5_000
"""Profiles in one transaction."""


class ProfileSweepKind(StrEnum):
    REMOVE = "REMOVE"
    """The attribute was removed: its values go."""
    UNIQUE = "UNIQUE"
    """The attribute is to be unique: everybody's value is noted, duplicates are found."""


@dataclass(frozen=True, slots=True)
class ProfileSweep:
    id: str
    owner: str
    attribute: str
    kind: ProfileSweepKind
    after_id: str
    checked: int
    duplicates: int
    examples: list[list[str]]
    """The first duplicates: who has the value, and who has it too."""
    started: datetime
    cause: str
    actor_id: str


COLUMNS = "id, owner, attribute, kind, after_id, checked, duplicates, examples, started, cause, actor_id"


def profile_sweep(row: Record) -> ProfileSweep:
    return ProfileSweep(row[0], row[1], row[2], ProfileSweepKind(row[3]), *row[4:])


async def insert(
    connection: Connection, id: str, owner: str, attribute: str, kind: ProfileSweepKind, cause: str, actor_id: str
) -> None:
    await connection.execute(
        "INSERT INTO profile_sweep (id, owner, attribute, kind, cause, actor_id) VALUES ($1, $2, $3, $4, $5, $6)",
        id, owner, attribute, kind.value, cause, actor_id,
    )  # fmt: skip


async def take(connection: Connection, sweep_id: str | None = None) -> ProfileSweep | None:
    """Lock a walk (this one, or the oldest that nobody is on) until the transaction ends; None if there is none."""
    row = await connection.fetchrow(
        f"""SELECT {COLUMNS} FROM profile_sweep WHERE $1::text IS NULL OR id = $1
        ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED""",
        sweep_id,
    )
    return profile_sweep(row) if row else None


async def list_of(connection: Connection, owner: str | None = None) -> list[ProfileSweep]:
    """What is under way, of one schema or of all."""
    rows = await connection.fetch(
        f"SELECT {COLUMNS} FROM profile_sweep WHERE $1::text IS NULL OR owner = $1 ORDER BY id", owner
    )
    return [profile_sweep(row) for row in rows]


async def move(
    connection: Connection, sweep_id: str, after_id: str, checked: int, duplicates: int, examples: Sequence[list[str]]
) -> None:
    await connection.execute(
        """UPDATE profile_sweep SET after_id = $2, checked = checked + $3, duplicates = duplicates + $4,
        examples = $5 WHERE id = $1""",
        sweep_id,
        after_id,
        checked,
        duplicates,
        list(examples),
    )


async def end(connection: Connection, sweep_id: str) -> None:
    await connection.execute("DELETE FROM profile_sweep WHERE id = $1", sweep_id)


async def stop(connection: Connection, owner: str, attribute: str) -> None:
    """Give up what is under way for an attribute."""
    await connection.execute("DELETE FROM profile_sweep WHERE owner = $1 AND attribute = $2", owner, attribute)


async def total(connection: Connection, owner: str) -> int:
    """About how many profiles a schema has; exact for groups and for types but the default one."""
    if owner == GROUP:
        query, values = "SELECT count(*) FROM groups WHERE type <> 'APP_GROUP'", []
    else:
        query, values = "SELECT count(*) FROM users WHERE type_id = $1 AND deleted IS NULL", [owner]
    number: int = await connection.fetchval(query, *values)
    return number


# The same people again whatever they change meanwhile; whoever became of another type is that type's business.
PEOPLE = """
SELECT id, profile -> $4::text AS value FROM users
WHERE type_id = $1 AND deleted IS NULL AND id > $2 ORDER BY id LIMIT $3 FOR NO KEY UPDATE
"""
GROUPS = """
SELECT id, profile -> $3::text AS value FROM groups WHERE id > $1 ORDER BY id LIMIT $2 FOR NO KEY UPDATE
"""


async def next_values(connection: Connection, sweep: ProfileSweep) -> list[tuple[str, Any]]:
    """The next stretch of (id, value), held until the transaction ends; shorter than `STRETCH` at the end."""
    if sweep.owner == GROUP:
        rows = await connection.fetch(GROUPS, sweep.after_id, STRETCH, sweep.attribute)
    else:
        rows = await connection.fetch(PEOPLE, sweep.owner, sweep.after_id, STRETCH, sweep.attribute)
    return [(row["id"], row["value"]) for row in rows]


# The history knows what was there, as of any other change.
REMOVE_FROM_PEOPLE = """
WITH gone AS (
  SELECT id, profile -> $2::text AS value FROM users WHERE id = ANY ($1::text[])
), changed AS (
  UPDATE users u SET profile = u.profile - $2::text, version = u.version + 1, last_updated = now()
  FROM gone WHERE u.id = gone.id RETURNING u.id, u.version, gone.value
)
INSERT INTO profile_change (user_id, version, event_type, transaction_id, actor_id, before, after)
SELECT id, version, $3, $4, $5, jsonb_build_object($2::text, value), '{}' FROM changed
"""
REMOVE_FROM_GROUPS = """
UPDATE groups SET profile = profile - $2::text, last_updated = now() WHERE id = ANY ($1::text[])
"""


async def remove_values(connection: Connection, sweep: ProfileSweep, ids: Sequence[str]) -> None:
    """Take the attribute's value away from these held profiles, which have one."""
    if sweep.owner == GROUP:
        await connection.execute(REMOVE_FROM_GROUPS, ids, sweep.attribute)
    else:
        kind = EventType.USER_UPDATE_PROFILE.value
        await connection.execute(REMOVE_FROM_PEOPLE, ids, sweep.attribute, kind, sweep.cause, sweep.actor_id)

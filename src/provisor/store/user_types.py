"""Types of people as rows. Whoever adds or deletes one holds the schemas (`profile_schemas.hold`)."""

from __future__ import annotations

from asyncpg import Record

from provisor.directory.user_type import UserType
from provisor.store import profile_schemas
from provisor.store.database import Connection

COLUMNS = "id, name, display_name, description, created, created_by, last_updated, last_updated_by"


def user_type(row: Record) -> UserType:
    return UserType(*row)


async def list_ids(connection: Connection) -> list[str]:
    """Every type, in the order they were made. Holds them until the transaction ends: none is added meanwhile."""
    await profile_schemas.share(connection)
    return [row[0] for row in await connection.fetch("SELECT id FROM user_type ORDER BY id")]


async def list_types(connection: Connection) -> list[UserType]:
    """Every type, the default one first."""
    return [user_type(row) for row in await connection.fetch(f"SELECT {COLUMNS} FROM user_type ORDER BY id")]


async def find(connection: Connection, type_id: str) -> UserType | None:
    row = await connection.fetchrow(f"SELECT {COLUMNS} FROM user_type WHERE id = $1", type_id)
    return user_type(row) if row else None


async def insert(
    connection: Connection, type_id: str, name: str, display_name: str, description: str, actor_id: str
) -> UserType:
    """Add a type; raises `UniqueViolationError` for a name that is taken."""
    row = await connection.fetchrow(
        f"""INSERT INTO user_type (id, name, display_name, description, created_by, last_updated_by)
        VALUES ($1, $2, $3, $4, $5, $5) RETURNING {COLUMNS}""",
        type_id,
        name,
        display_name,
        description,
        actor_id,
    )
    assert row is not None
    return user_type(row)


async def update(
    connection: Connection, type_id: str, display_name: str, description: str, actor_id: str
) -> UserType | None:
    row = await connection.fetchrow(
        f"""UPDATE user_type SET display_name = $2, description = $3, last_updated = clock_timestamp(),
        last_updated_by = $4 WHERE id = $1 RETURNING {COLUMNS}""",
        type_id,
        display_name,
        description,
        actor_id,
    )
    return user_type(row) if row else None


async def has_people(connection: Connection, type_id: str) -> bool:
    """Whether somebody is of this type; not asked of the default one."""
    found: bool = await connection.fetchval(
        """SELECT EXISTS (SELECT FROM users
        WHERE type_id = $1 AND type_id <> 'oty00000000default00' AND deleted IS NULL)""",
        type_id,
    )
    return found


async def delete(connection: Connection, type_id: str) -> None:
    """Delete a type with its schema, its mappings and what is still under way for it."""
    await connection.execute("DELETE FROM mapping WHERE type_id = $1", type_id)
    await connection.execute("DELETE FROM profile_schema WHERE owner = $1", type_id)
    await connection.execute("DELETE FROM profile_sweep WHERE owner = $1", type_id)
    await connection.execute("DELETE FROM user_type WHERE id = $1", type_id)

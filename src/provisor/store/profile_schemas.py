"""Profile schemas as rows, by owner: a type of people, an app, or `group`. Knows no attribute's meaning.

Whoever writes profiles shares the schemas of people and groups, whoever changes those, or the types of people, holds
them: so nobody writes a value that the schema has just ceased to allow. Both come before any row is locked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from provisor.store.database import Connection

GROUP = "group"
"""The owner of the one schema of groups."""


LOCK = 5_311_760_239
"""Of an advisory lock: schemas that were never changed have no row that could be held."""


@dataclass(frozen=True, slots=True)
class SchemaRow:
    attributes: list[dict[str, Any]]
    version: int
    last_updated: datetime | None


UNCHANGED = SchemaRow([], 0, None)
"""There is no row: the attributes are those that come with Provisor."""


async def share(connection: Connection) -> None:
    """Keep the schemas of people and groups as they are until the transaction ends."""
    await connection.execute(f"SELECT pg_advisory_xact_lock_shared({LOCK})")


async def hold(connection: Connection) -> None:
    """Be the only one who changes schemas, and let nobody write profiles, until the transaction ends."""
    await connection.execute(f"SELECT pg_advisory_xact_lock({LOCK})")


async def of_people(connection: Connection) -> dict[str, str | None]:
    """Every type of people with its schema as JSON text; None where nothing was changed."""
    rows = await connection.fetch(
        "SELECT t.id, s.attributes::text FROM user_type t LEFT JOIN profile_schema s ON s.owner = t.id ORDER BY t.id"
    )
    return {row[0]: row[1] for row in rows}


async def find(connection: Connection, owner: str) -> SchemaRow | None:
    """The schema as it is stored; None where nothing was changed yet."""
    row = await connection.fetchrow(
        "SELECT attributes, version, last_updated FROM profile_schema WHERE owner = $1", owner
    )
    return SchemaRow(*row) if row else None


async def list_of_apps(
    connection: Connection, words: str, limit: int
) -> list[tuple[str, str, str | None, int | None, datetime | None]]:
    """(app id, label, attributes as JSON text, version, last updated) of apps whose label holds the words, by label."""
    rows = await connection.fetch(
        """SELECT a.id, a.label, s.attributes::text, s.version, s.last_updated
        FROM apps a LEFT JOIN profile_schema s ON s.owner = a.id
        WHERE position(lower($1) IN lower(a.label)) > 0 ORDER BY a.label, a.id LIMIT $2""",
        words,
        limit,
    )
    return [(row[0], row[1], row[2], row[3], row[4]) for row in rows]


async def find_text(connection: Connection, owner: str) -> str | None:
    """The attributes as JSON text, which serves as the key of whatever is made of them; None where nothing changed."""
    text: str | None = await connection.fetchval("SELECT attributes::text FROM profile_schema WHERE owner = $1", owner)
    return text


async def put(connection: Connection, owner: str, attributes: Sequence[dict[str, Any]]) -> None:
    """Replace a schema."""
    await connection.execute(
        """INSERT INTO profile_schema AS s (owner, attributes) VALUES ($1, $2)
        ON CONFLICT (owner) DO UPDATE SET attributes = excluded.attributes, version = s.version + 1,
          last_updated = clock_timestamp()""",
        owner,
        list(attributes),
    )

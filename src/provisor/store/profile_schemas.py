"""Profile schemas as rows, by owner: a type of people, an app, or `group`. Knows no attribute's meaning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from provisor.store.database import Connection

GROUP = "group"
"""The owner of the one schema of groups."""


@dataclass(frozen=True, slots=True)
class SchemaRow:
    attributes: list[dict[str, Any]]
    version: int
    last_updated: datetime | None


UNCHANGED = SchemaRow([], 0, None)
"""There is no row: the attributes are those that come with Provisor."""


async def find(connection: Connection, owner: str) -> SchemaRow | None:
    """The schema as it is stored; None where nothing was changed yet."""
    row = await connection.fetchrow(
        "SELECT attributes, version, last_updated FROM profile_schema WHERE owner = $1", owner
    )
    return SchemaRow(*row) if row else None


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

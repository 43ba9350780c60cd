"""Mappings as rows: one for each app, type of people and direction. Compiles none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from asyncpg import Record

from provisor.apps.mapping import Direction
from provisor.store.database import Connection


@dataclass(frozen=True, slots=True)
class MappingRow:
    id: str
    app_id: str
    type_id: str
    direction: Direction
    properties: list[dict[str, Any]] | None
    """As `apps.mapping.render_mapping` made them; None = those that come with Provisor."""
    examples: list[dict[str, Any]]
    version: int
    last_updated: datetime


COLUMNS = "id, app_id, type_id, direction, properties, examples, version, last_updated"


def mapping_row(row: Record) -> MappingRow:
    return MappingRow(
        row["id"],
        row["app_id"],
        row["type_id"],
        Direction(row["direction"]),
        row["properties"],
        row["examples"],
        row["version"],
        row["last_updated"],
    )


async def insert(connection: Connection, rows: Sequence[tuple[str, str, str, Direction]]) -> None:
    """Make empty mappings: (id, app id, type id, direction)."""
    columns = [list(each) for each in zip(*rows, strict=True)]
    await connection.execute(
        """INSERT INTO mapping (id, app_id, type_id, direction)
        SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[])""",
        *columns,
    )


async def find(connection: Connection, mapping_id: str) -> MappingRow | None:
    row = await connection.fetchrow(f"SELECT {COLUMNS} FROM mapping WHERE id = $1", mapping_id)
    return mapping_row(row) if row else None


async def find_of(connection: Connection, app_id: str, type_id: str, direction: Direction) -> MappingRow | None:
    row = await connection.fetchrow(
        f"SELECT {COLUMNS} FROM mapping WHERE app_id = $1 AND type_id = $2 AND direction = $3",
        app_id,
        type_id,
        direction.value,
    )
    return mapping_row(row) if row else None


async def list_of_app(connection: Connection, app_id: str) -> list[MappingRow]:
    """Every mapping of an app, in the order they were made."""
    rows = await connection.fetch(f"SELECT {COLUMNS} FROM mapping WHERE app_id = $1 ORDER BY id", app_id)
    return [mapping_row(row) for row in rows]


async def update(
    connection: Connection, mapping_id: str, properties: Sequence[dict[str, Any]], examples: Sequence[dict[str, Any]]
) -> None:
    await connection.execute(
        """UPDATE mapping SET properties = $2, examples = $3, version = version + 1, last_updated = clock_timestamp()
        WHERE id = $1""",
        mapping_id,
        list(properties),
        list(examples),
    )


async def set_reads_groups(connection: Connection, app_id: str, reads: bool) -> None:
    """Note whether a change of somebody's groups may change their account in the app."""
    await connection.execute("UPDATE apps SET reads_groups = $2 WHERE id = $1 AND reads_groups <> $2", app_id, reads)


async def bump(connection: Connection, app_id: str) -> None:
    """What accounts have to look like has changed: nobody is served by what was loaded before."""
    await connection.execute(
        "UPDATE apps SET epoch = epoch + 1, last_updated = clock_timestamp() WHERE id = $1", app_id
    )

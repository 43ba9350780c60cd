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
    columns = [[row[at] for row in rows] for at in range(4)]
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


@dataclass(frozen=True, slots=True)
class UsedMapping:
    """A mapping with what else decides which attributes of people its app reads."""

    id: str
    app_id: str
    app_label: str
    username_template: str
    type_title: str
    direction: Direction
    properties: list[dict[str, Any]] | None


async def list_of_type(connection: Connection, type_id: str) -> list[UsedMapping]:
    """The mappings of people of this type, of every app, by its label."""
    rows = await connection.fetch(
        """SELECT m.id, a.id, a.label, a.username_template, t.display_name, m.direction, m.properties
        FROM mapping m JOIN apps a ON a.id = m.app_id JOIN user_type t ON t.id = m.type_id
        WHERE m.type_id = $1 ORDER BY a.label, a.id, m.direction DESC""",
        type_id,
    )
    return [UsedMapping(row[0], row[1], row[2], row[3], row[4], Direction(row[5]), row[6]) for row in rows]


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
    """Note whether a change of somebody's groups or status may change their account in the app."""
    await connection.execute("UPDATE apps SET reads_groups = $2 WHERE id = $1 AND reads_groups <> $2", app_id, reads)


async def bump(connection: Connection, app_id: str) -> None:
    """What accounts have to look like has changed: nobody is served by what was loaded before."""
    await connection.execute(
        "UPDATE apps SET epoch = epoch + 1, last_updated = clock_timestamp() WHERE id = $1", app_id
    )


@dataclass(frozen=True, slots=True)
class NamedMapping:
    """A mapping with what its ends are called."""

    row: MappingRow
    app_name: str
    """The catalogue entry."""
    app_label: str
    type_name: str
    type_title: str


NAMED = """
SELECT m.id, m.app_id, m.type_id, m.direction, m.properties, m.examples, m.version, m.last_updated,
  a.name AS app_name, a.label AS app_label, t.name AS type_name, t.display_name AS type_title
FROM mapping m JOIN apps a ON a.id = m.app_id JOIN user_type t ON t.id = m.type_id
"""


def named(row: Record) -> NamedMapping:
    return NamedMapping(mapping_row(row), row["app_name"], row["app_label"], row["type_name"], row["type_title"])


async def find_named(connection: Connection, mapping_id: str) -> NamedMapping | None:
    row = await connection.fetchrow(f"{NAMED} WHERE m.id = $1", mapping_id)
    return named(row) if row else None


async def find_named_of(connection: Connection, app_id: str, type_id: str, direction: Direction) -> NamedMapping | None:
    row = await connection.fetchrow(
        f"{NAMED} WHERE m.app_id = $1 AND m.type_id = $2 AND m.direction = $3", app_id, type_id, direction.value
    )
    return named(row) if row else None


async def list_named(
    connection: Connection,
    source_id: str | None,
    target_id: str | None,
    after: str | None,
    limit: int,
) -> list[NamedMapping]:
    """A page by id; of a mapping to an app the type of people is the source and the app the target."""
    rows = await connection.fetch(
        f"""{NAMED} WHERE ($1::text IS NULL OR CASE m.direction WHEN 'TO_APP' THEN m.type_id ELSE m.app_id END = $1)
          AND ($2::text IS NULL OR CASE m.direction WHEN 'TO_APP' THEN m.app_id ELSE m.type_id END = $2)
          AND ($3::text IS NULL OR m.id > $3) ORDER BY m.id LIMIT $4""",
        source_id,
        target_id,
        after,
        limit,
    )
    return [named(row) for row in rows]


async def list_with_examples(connection: Connection, app_id: str | None) -> list[NamedMapping]:
    """The mappings that examples are kept with, of one app or of all, by the app's label."""
    rows = await connection.fetch(
        f"""{NAMED} WHERE m.examples <> '[]' AND ($1::text IS NULL OR m.app_id = $1)
        ORDER BY a.label, m.app_id, m.direction DESC, m.type_id""",
        app_id,
    )
    return [named(row) for row in rows]


async def wake_rested(connection: Connection, app_id: str) -> None:
    """End the rest of an app that waits for a person: what it waited for is mended."""
    await connection.execute(
        """UPDATE app_lease SET paused_until = '-infinity', pause_reason = NULL
        WHERE app_id = $1 AND paused_until = 'infinity'""",
        app_id,
    )

"""An app's groups as rows: priority, and the values that the assignment sets for the members.

The group's row is held FOR UPDATE first, which whoever changes a membership holds FOR SHARE: see `store.assignments`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from provisor.store.database import Connection


@dataclass(frozen=True, slots=True)
class AppGroup:
    priority: int
    """0 is the highest."""
    profile: Mapping[str, Any]
    """The values; a group without has none that would bear on anybody."""


async def hold(connection: Connection, app_id: str, group_id: str) -> AppGroup | None:
    """The group's assignment, held with the group until the transaction ends; None when it is not assigned."""
    await connection.execute("SELECT FROM groups WHERE id = $1 FOR UPDATE", group_id)
    row = await connection.fetchrow(
        "SELECT priority, profile FROM app_group WHERE app_id = $1 AND group_id = $2 FOR UPDATE", app_id, group_id
    )
    return AppGroup(*row) if row else None


async def put(
    connection: Connection, app_id: str, group_id: str, priority: int | None, profile: Mapping[str, Any]
) -> AppGroup:
    """Assign a held group or change its assignment; without a priority a new one comes last."""
    row = await connection.fetchrow(
        """INSERT INTO app_group AS g (app_id, group_id, priority, profile)
        VALUES ($1, $2, coalesce($3, (SELECT coalesce(max(priority) + 1, 0) FROM app_group WHERE app_id = $1)), $4)
        ON CONFLICT (app_id, group_id) DO UPDATE SET
          priority = coalesce($3, g.priority), profile = excluded.profile, last_updated = clock_timestamp()
        RETURNING priority, profile""",
        app_id,
        group_id,
        priority,
        dict(profile),
    )
    assert row is not None
    return AppGroup(*row)


async def delete(connection: Connection, app_id: str, group_id: str) -> None:
    """Take a held group's assignment back."""
    await connection.execute("DELETE FROM app_group WHERE app_id = $1 AND group_id = $2", app_id, group_id)


async def in_order(connection: Connection, app_id: str) -> list[tuple[str, int, bool]]:
    """The app's groups by priority: id, priority, whether it has values. Held until the transaction ends."""
    rows = await connection.fetch(
        """SELECT group_id, priority, profile <> '{}' FROM app_group WHERE app_id = $1
        ORDER BY priority, group_id FOR UPDATE""",
        app_id,
    )
    return [(row[0], row[1], row[2]) for row in rows]


async def number(connection: Connection, app_id: str, group_ids: list[str]) -> None:
    """Give the app's groups the priorities 0, 1, 2, ... in this order."""
    await connection.execute(
        """UPDATE app_group g SET priority = n.at - 1, last_updated = clock_timestamp()
        FROM unnest($2::text[]) WITH ORDINALITY AS n (group_id, at)
        WHERE g.app_id = $1 AND g.group_id = n.group_id AND g.priority <> n.at - 1""",
        app_id,
        group_ids,
    )


# Only whose account is ours to keep in line is sent anything.
CONCERNED = """
SELECT count(*) FROM (
  SELECT FROM membership m JOIN app_user a ON a.app_id = $1 AND a.user_id = m.user_id
  WHERE m.group_id = $2 AND a.assigned AND a.wanted LIMIT $3) AS x
"""


async def count_concerned(connection: Connection, app_id: str, group_id: str, most: int) -> int:
    """How many people's accounts the group's values may change, counted up to a bound."""
    found: int = await connection.fetchval(CONCERNED, app_id, group_id, most)
    return found

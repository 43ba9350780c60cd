"""Values that are set by hand for one person in one app, as rows; and when they were. Knows nothing of what wins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from provisor.store.database import Connection
from provisor.store.previews import Origin
from provisor.systemlog import EventType


async def find_overrides(connection: Connection, app_id: str, user_id: str) -> dict[str, Any]:
    """What administrators have set for the person in the app; null = no value."""
    found: dict[str, Any] | None = await connection.fetchval(
        "SELECT overrides FROM app_user_value WHERE app_id = $1 AND user_id = $2", app_id, user_id
    )
    return found or {}


async def put_overrides(connection: Connection, app_id: str, user_id: str, overrides: Mapping[str, Any]) -> None:
    """Replace what is set."""
    await connection.execute(
        """INSERT INTO app_user_value (app_id, user_id, overrides) VALUES ($1, $2, $3)
        ON CONFLICT (app_id, user_id) DO UPDATE SET overrides = excluded.overrides""",
        app_id,
        user_id,
        dict(overrides),
    )


# The latest event that set each attribute by hand; `overridden` and `attributes` name them, never their values.
BY_HAND = """
SELECT DISTINCT ON (k.name) k.name, e.type, e.published, e.transaction_id, e.actor_id
FROM event e CROSS JOIN LATERAL jsonb_array_elements_text(
  coalesce(e.detail -> 'overridden', '[]') || coalesce(e.detail -> 'attributes', '[]')) AS k (name)
WHERE e.user_id = $1 AND e.app_id = $2 AND e.type = $3
ORDER BY k.name, e.published DESC, e.seq DESC
"""
OF_GROUPS = """
SELECT DISTINCT ON (e.group_id, k.name) e.group_id, k.name, e.type, e.published, e.transaction_id, e.actor_id
FROM event e CROSS JOIN LATERAL jsonb_array_elements_text(coalesce(e.detail -> 'attributes', '[]')) AS k (name)
WHERE e.group_id = ANY ($1::text[]) AND e.app_id = $2 AND e.type = ANY ($3::text[])
ORDER BY e.group_id, k.name, e.published DESC, e.seq DESC
"""


async def set_by_hand(connection: Connection, app_id: str, user_id: str) -> dict[str, Origin]:
    """By attribute, the event that last set it for the person in the app."""
    rows = await connection.fetch(BY_HAND, user_id, app_id, EventType.ASSIGN_UPDATE.value)
    return {row[0]: Origin(*row[1:]) for row in rows}


async def set_by_groups(connection: Connection, app_id: str, group_ids: Sequence[str]) -> dict[tuple[str, str], Origin]:
    """By group and attribute, the event that last set it for the group's members in the app."""
    kinds = [EventType.GROUP_APP_ADD.value, EventType.GROUP_APP_UPDATE.value]
    rows = await connection.fetch(OF_GROUPS, group_ids, app_id, kinds)
    return {(row[0], row[1]): Origin(*row[2:]) for row in rows}


async def group_names(connection: Connection, group_ids: Sequence[str]) -> dict[str, str]:
    rows = await connection.fetch("SELECT id, name FROM groups WHERE id = ANY ($1::text[])", group_ids)
    return {row[0]: row[1] for row in rows}

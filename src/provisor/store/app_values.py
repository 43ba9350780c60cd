"""Values that are set by hand for one person in one app, as rows; and when they were. Knows nothing of what wins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from provisor.store.database import Connection


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

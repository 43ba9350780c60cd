"""The apps of one person, as their own start page shows them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from provisor.store.database import Connection


@dataclass(frozen=True, slots=True)
class OwnApp:
    id: str
    name: str
    """The catalogue entry."""
    label: str
    settings: Mapping[str, Any]


async def list_of_user(connection: Connection, user_id: str) -> list[OwnApp]:
    """Active apps that a person is assigned to, by label."""
    rows = await connection.fetch(
        """SELECT apps.id, apps.name, apps.label, apps.settings FROM app_user JOIN apps ON apps.id = app_user.app_id
        WHERE app_user.user_id = $1 AND app_user.assigned AND apps.status = 'ACTIVE'
        ORDER BY lower(apps.label), apps.id""",
        user_id,
    )
    return [OwnApp(*row) for row in rows]

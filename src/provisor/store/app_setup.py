"""Reads what a worker must know of an app before it pushes: switches, mapping, pauses, holds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from provisor.store.database import Connection

SETUP = """
SELECT a.id, a.label, a.features, a.limits, a.mapping, a.username_template,
  a.status = 'ACTIVE' AND coalesce(c.status = 'ENABLED', false) AS enabled,
  a.last_updated, c.last_updated AS connection_updated,
  extract(epoch FROM nullif(l.paused_until, 'infinity') - clock_timestamp())::float8 AS pause_left,
  coalesce(l.paused_until = 'infinity', false) AS stopped,
  EXISTS (SELECT FROM hold h WHERE h.app_id = a.id AND h.released IS NULL) AS held,
  coalesce((SELECT max(released_gen) FROM hold h WHERE h.app_id = a.id), 0) AS released_gen
FROM apps a LEFT JOIN app_connection c ON c.app_id = a.id LEFT JOIN app_lease l ON l.app_id = a.id
WHERE a.id = $1
"""


@dataclass(frozen=True, slots=True)
class SetupRow:
    id: str
    label: str
    features: dict[str, Any]
    limits: dict[str, Any]
    mapping: list[dict[str, Any]] | None
    username_template: str
    enabled: bool
    last_updated: datetime
    connection_updated: datetime | None
    pause_left: float | None
    """Seconds; not positive or None = not resting."""
    stopped: bool
    """Rests until a person acts."""
    held: bool
    """A safeguard has tripped and nobody has released it."""
    released_gen: int


async def find_setup(connection: Connection, app_id: str) -> SetupRow | None:
    """The app's set-up; None when there is no such app."""
    row = await connection.fetchrow(SETUP, app_id)
    return SetupRow(*row) if row else None

"""Reads what a worker must know of an app before it pushes: switches, mapping, pauses, holds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from provisor.store.database import Connection

SETUP = """
SELECT a.id, a.name, a.label, a.epoch, a.features, a.limits, a.username_template,
  coalesce(a.settings #>> '{credentials,userNameTemplate,pushStatus}' = 'DONT_PUSH', false) AS keeps_name,
  coalesce((SELECT json_object_agg(m.type_id, m.properties)::text FROM mapping m
    WHERE m.app_id = a.id AND m.direction = 'TO_APP'), '{}') AS mappings,
  (SELECT s.attributes::text FROM profile_schema s WHERE s.owner = a.id) AS schema,
  coalesce((SELECT json_object_agg(s.owner, s.attributes)::text
    FROM profile_schema s JOIN user_type t ON t.id = s.owner), '{}') AS profiles,
  a.status = 'ACTIVE' AND coalesce(c.status = 'ENABLED', false) AS enabled,
  a.last_updated, c.last_updated AS connection_updated,
  extract(epoch FROM nullif(l.paused_until, 'infinity') - clock_timestamp())::float8 AS pause_left,
  coalesce(l.paused_until = 'infinity', false) AS stopped,
  EXISTS (SELECT FROM hold h WHERE h.app_id = a.id AND h.kind = 'DEACTIVATIONS' AND h.released IS NULL) AS held,
  coalesce((SELECT max(released_gen) FROM hold h WHERE h.app_id = a.id AND h.kind = 'DEACTIVATIONS'), 0)
    AS released_gen,
  (SELECT json_build_object('plan', p.id, 'type', p.type_id, 'properties', p.properties, 'percent', p.percent,
    'people', p.people)::text FROM change_plan p WHERE p.app_id = a.id AND p.state = 'TRIAL') AS trial,
  EXISTS (SELECT FROM app_pause p WHERE p.app_id = a.id) AS paused, l.resumed,
  CASE WHEN l.failing_since IS NULL THEN 0 ELSE greatest(l.failing_tries, 1) END AS failing_tries
FROM apps a LEFT JOIN app_connection c ON c.app_id = a.id LEFT JOIN app_lease l ON l.app_id = a.id
WHERE a.id = $1
"""


@dataclass(frozen=True, slots=True)
class SetupRow:
    id: str
    name: str
    """The catalogue entry."""
    label: str
    epoch: int
    """Rises with whatever changes what people's accounts have to look like."""
    features: dict[str, Any]
    limits: dict[str, Any]
    username_template: str
    keeps_name: bool
    """The username format applies on create only."""
    mappings: str
    """JSON: by type of people, their mappings to the app; null = those that come with Provisor."""
    schema: str | None
    """JSON: the app's attributes; None = those that come with Provisor."""
    profiles: str
    """JSON: by type of people, how their profile differs from the base."""
    enabled: bool
    last_updated: datetime
    connection_updated: datetime | None
    pause_left: float | None
    """Seconds; not positive or None = not resting."""
    stopped: bool
    """Rests until a person acts."""
    held: bool
    """The safeguard of deactivations has tripped and nobody has released it."""
    released_gen: int
    trial: str | None
    """JSON: the mapping on trial, and for whom it is; None when none is."""
    paused: bool
    """By an administrator."""
    resumed: datetime | None
    """When a person last ended a rest."""
    failing_tries: int
    """How often it was tried in vain since it is in quarantine; 0 = it is in none."""

    @property
    def workable(self) -> bool:
        """Whether a worker has anything to do with it."""
        return self.enabled and not self.paused


async def find_setup(connection: Connection, app_id: str) -> SetupRow | None:
    """The app's set-up; None when there is no such app."""
    row = await connection.fetchrow(SETUP, app_id)
    return SetupRow(*row) if row else None

"""The apps of one person as their page shows them, and the groups and why they are in them. Changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from provisor.store.app_people import PersonRow
from provisor.store.database import Connection

MOST_APPS = 500
MOST_GROUPS = 20
"""Groups named as the reason of one assignment."""

ASSIGNING = f"""
SELECT coalesce(json_agg(json_build_array(id, name) ORDER BY priority, id), '[]')::text FROM (
  SELECT g.id, g.name, ag.priority
  FROM app_group ag JOIN membership m USING (group_id) JOIN groups g ON g.id = m.group_id
  WHERE ag.app_id = a.app_id AND m.user_id = a.user_id ORDER BY ag.priority, g.id LIMIT {MOST_GROUPS}) AS x
"""
OF_PERSON = f"""
SELECT p.id, p.label, p.status = 'ACTIVE' AND coalesce(c.status = 'ENABLED', false) AS enabled, ({ASSIGNING}) AS groups,
  u.id, u.profile ->> 'firstName', u.profile ->> 'lastName', u.profile ->> 'login', u.status,
  a.direct, a.assigned, a.wanted, a.external_id, a.active, a.username, a.last_push,
  t.id, t.summary, t.detail, t.last_seen, d.user_id IS NOT NULL AND d.due < 'infinity', coalesce(d.attempts, 0)
FROM app_user a JOIN apps p ON p.id = a.app_id JOIN users u ON u.id = a.user_id
LEFT JOIN app_connection c ON c.app_id = p.id
LEFT JOIN dirty d ON d.app_id = a.app_id AND d.user_id = a.user_id
LEFT JOIN LATERAL (SELECT id, summary, detail, last_seen FROM task
  WHERE app_id = a.app_id AND user_id = a.user_id AND resolved IS NULL ORDER BY id DESC LIMIT 1) AS t ON true
WHERE a.user_id = $1 AND (a.assigned OR a.wanted)
ORDER BY NOT a.assigned, lower(p.label), p.id LIMIT {MOST_APPS}
"""


@dataclass(frozen=True, slots=True)
class PersonAppRow:
    app_id: str
    label: str
    enabled: bool
    groups: Mapping[str, str]
    """Names of the groups that assign, by id, the one of the highest priority first."""
    row: PersonRow


async def apps_of(connection: Connection, user_id: str) -> list[PersonAppRow]:
    """The apps that somebody is assigned to, then those they have left."""
    found = []
    for each in await connection.fetch(OF_PERSON, user_id):
        app_id, label, enabled, groups, *rest = each
        named = dict(orjson.loads(groups))
        columns: list[Any] = [*rest[:12], list(named.values()), len(named), *rest[12:]]
        row = PersonRow(*columns)
        found.append(PersonAppRow(app_id, label, enabled, named, row))
    return found


@dataclass(frozen=True, slots=True)
class AssignableApp:
    id: str
    label: str
    enabled: bool
    creates: bool
    grouped: bool
    """The person has it by a group already."""


ASSIGNABLE = f"""
SELECT p.id, p.label, coalesce(c.status = 'ENABLED', false), coalesce((p.features ->> 'create')::boolean, false),
  coalesce(a.assigned, false)
FROM apps p LEFT JOIN app_connection c ON c.app_id = p.id
LEFT JOIN app_user a ON a.app_id = p.id AND a.user_id = $1
WHERE p.status = 'ACTIVE' AND NOT coalesce(a.direct AND a.assigned, false)
ORDER BY lower(p.label), p.id LIMIT {MOST_APPS}
"""


async def assignable(connection: Connection, user_id: str) -> list[AssignableApp]:
    """Active apps that somebody is not assigned to by themselves."""
    return [AssignableApp(*row) for row in await connection.fetch(ASSIGNABLE, user_id)]


@dataclass(frozen=True, slots=True)
class PersonGroup:
    id: str
    name: str
    description: str
    type: str
    direct: bool
    rules: int
    """How many rules put the person there."""
    since: datetime
    apps: int


GROUPS = """
SELECT g.id, g.name, coalesce(g.profile ->> 'description', ''), g.type, m.direct, cardinality(m.rule_ids), m.since,
  (SELECT count(*) FROM app_group a WHERE a.group_id = g.id)
FROM membership m JOIN groups g ON g.id = m.group_id
WHERE m.user_id = $1 AND (lower(g.name), g.id) > ($2, $3) ORDER BY lower(g.name), g.id LIMIT $4
"""


async def groups_of(
    connection: Connection, user_id: str, limit: int, after: tuple[str, str] | None = None
) -> tuple[list[PersonGroup], tuple[str, str] | None]:
    """A page of somebody's groups by name, and the key of the next one."""
    rows = await connection.fetch(GROUPS, user_id, *(after or ("", "")), limit + 1)
    found = [PersonGroup(*row) for row in rows[:limit]]
    return found, (found[-1].name.lower(), found[-1].id) if len(rows) > limit else None

"""The apps of one person as their page shows them, and the groups and why they are in them. Changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import orjson

from provisor.store.app_people import PersonRow
from provisor.store.database import Connection
from provisor.store.reasons import COLUMNS, JOINS, WIDTH, facts

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
SELECT {COLUMNS}, u.id, u.profile ->> 'firstName', u.profile ->> 'lastName', u.profile ->> 'login', a.direct,
  ({ASSIGNING})
FROM (SELECT app_id, user_id FROM app_user WHERE user_id = $1 AND (assigned OR wanted)) AS w {JOINS}
ORDER BY NOT a.assigned, lower(p.label), p.id LIMIT {MOST_APPS}
"""


@dataclass(frozen=True, slots=True)
class PersonAppRow:
    groups: Mapping[str, str]
    """Names of the groups that assign, by id, the one of the highest priority first."""
    row: PersonRow

    @property
    def app_id(self) -> str:
        return self.row.facts.app.id

    @property
    def label(self) -> str:
        return self.row.facts.app.label

    @property
    def enabled(self) -> bool:
        """Something can be sent."""
        return self.row.facts.app.active and self.row.facts.app.enabled


async def apps_of(connection: Connection, user_id: str) -> list[PersonAppRow]:
    """The apps that somebody is assigned to, then those they have left."""
    found = []
    for each in await connection.fetch(OF_PERSON, user_id):
        values = list(each.values())
        user_id, first_name, last_name, login, direct, assigning = values[WIDTH:]
        groups: dict[str, str] = dict(orjson.loads(assigning))
        names = list(groups.values())
        row = PersonRow(user_id, first_name, last_name, login, direct, names, len(names), facts(values[:WIDTH]))
        found.append(PersonAppRow(groups, row))
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

"""Groups as they are looked for in the console, and the apps of one. Changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from provisor.store.conditions import Parameters, escape_pattern
from provisor.store.database import Connection

Key = tuple[str, str]
"""(name in lower case, id)."""


@dataclass(frozen=True, slots=True)
class GroupRow:
    id: str
    name: str
    description: str
    type: str
    apps: int
    members: int
    """Counted up to a bound."""


async def search(
    connection: Connection, text: str, kind: str | None, limit: int, after: Key | None, most: int
) -> tuple[list[GroupRow], Key | None]:
    """A page of groups by name, with this text in it; the key of the next page. Members are counted up to `most`."""
    parameters = Parameters()
    wanted = ["true"]
    if text:
        wanted.append(f"lower(g.name) LIKE {parameters.add(f'%{escape_pattern(text.lower())}%')}")
    if kind is not None:
        wanted.append(f"g.type = {parameters.add(kind)}")
    if after is not None:
        wanted.append(f'(lower(g.name) COLLATE "C", g.id) > ({parameters.add(after[0])}, {parameters.add(after[1])})')
    rows = await connection.fetch(
        f"""WITH shown AS MATERIALIZED (
          SELECT g.id, g.name, coalesce(g.profile ->> 'description', '') AS description, g.type,
            lower(g.name) COLLATE "C" AS key
          FROM groups g WHERE {" AND ".join(wanted)} ORDER BY key, g.id LIMIT {limit + 1})
        SELECT s.id, s.name, s.description, s.type,
          (SELECT count(*) FROM app_group a WHERE a.group_id = s.id),
          (SELECT count(*) FROM (SELECT FROM membership m WHERE m.group_id = s.id LIMIT {most}) AS x), s.key
        FROM shown s ORDER BY s.key, s.id""",
        *parameters.values,
    )
    found = [GroupRow(*tuple(row)[:-1]) for row in rows[:limit]]
    return found, (rows[limit - 1]["key"], rows[limit - 1]["id"]) if len(rows) > limit else None


@dataclass(frozen=True, slots=True)
class GroupApp:
    app_id: str
    label: str
    status: str
    deactivates: bool
    last_updated: datetime
    profile: Mapping[str, Any]


APPS = """
SELECT p.id, p.label, p.status, coalesce((p.features ->> 'deactivate')::boolean, false), ag.last_updated, ag.profile
FROM app_group ag JOIN apps p ON p.id = ag.app_id WHERE ag.group_id = $1 ORDER BY lower(p.label), p.id
"""


async def apps_of(connection: Connection, group_id: str) -> list[GroupApp]:
    """The apps that a group is assigned to."""
    return [GroupApp(*row) for row in await connection.fetch(APPS, group_id)]

"""The `groups` table: rows, lists, and counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg

from provisor.directory.attributes import Attribute
from provisor.directory.group import EVERYONE, Group, GroupType
from provisor.scim.filters import Filter, Op
from provisor.store.added_columns import added_column
from provisor.store.conditions import EQUAL, ORDER, Column, Kind, Parameters, condition, escape_pattern
from provisor.store.database import Connection

NAME_INDEX = "groups_name"

# Everybody joins Everyone when they come, so its clock is the arrival of the latest person.
CLOCK = f"""CASE WHEN groups.id = '{EVERYONE}'
THEN greatest(groups.created, (SELECT created FROM users ORDER BY id DESC LIMIT 1))
ELSE coalesce((SELECT c.last_membership_updated FROM group_clock c WHERE c.group_id = groups.id), groups.created) END"""

COLUMNS = f"groups.id, groups.type, groups.profile, groups.created, groups.last_updated, {CLOCK} AS members_updated"

INSERT = f"INSERT INTO groups (id, type, name, profile) VALUES ($1, $2, $3, $4) RETURNING {COLUMNS}"
UPDATE = f"UPDATE groups SET name = $2, profile = $3, last_updated = now() WHERE id = $1 RETURNING {COLUMNS}"
FIND = f"SELECT {COLUMNS} FROM groups WHERE id = $1"
OF_USER = f"""
SELECT {COLUMNS} FROM membership JOIN groups ON groups.id = membership.group_id
WHERE membership.user_id = $1 AND membership.group_id > $2 ORDER BY membership.group_id LIMIT $3
"""
STATS = """
SELECT g.id, (SELECT count(*) FROM membership m WHERE m.group_id = g.id) AS users,
       (SELECT count(*) FROM app_group a WHERE a.group_id = g.id) AS apps
FROM unnest($1::text[]) AS g (id)
"""

PROPERTIES: dict[str, Column] = {
    "id": Column("groups.id", operators=EQUAL | ORDER, present=True),
    "type": Column("groups.type", present=True),
    "created": Column("groups.created", Kind.INSTANT, EQUAL | ORDER, present=True),
    "lastUpdated": Column("groups.last_updated", Kind.INSTANT, EQUAL | ORDER, present=True),
    "lastMembershipUpdated": Column(f"({CLOCK})", Kind.INSTANT, EQUAL | ORDER, present=True),
}
FILTERABLE = {name: PROPERTIES[name] for name in ("id", "type", "lastUpdated", "lastMembershipUpdated")}
TEXTS = frozenset({Op.EQ, Op.SW, Op.CO}) | ORDER
SEARCHABLE = {
    **PROPERTIES,
    "profile.name": Column("groups.name", operators=TEXTS, present=True),
    "profile.description": Column("(groups.profile ->> 'description')", operators=TEXTS, present=True),
    "source.id": Column("NULL::text", present=True),
}


@dataclass(frozen=True, slots=True)
class GroupQuery:
    """Which groups. At most one of `filter`, `search` and `q` counts, in this order: search, filter, q."""

    filter: Filter | None = None
    search: Filter | None = None
    q: str | None = None
    """The beginning of a name."""
    added: Sequence[Attribute] = ()
    """Attributes that not every group has, which can be searched too."""


@dataclass(frozen=True, slots=True)
class GroupStats:
    users: int
    apps: int


def group(row: asyncpg.Record) -> Group:
    return Group(
        row["id"],
        GroupType(row["type"]),
        row["profile"],
        row["created"],
        row["last_updated"],
        row["members_updated"],
    )


def is_name_taken(problem: asyncpg.UniqueViolationError) -> bool:
    return problem.constraint_name == NAME_INDEX


async def insert(connection: Connection, group_id: str, kind: GroupType, profile: dict[str, Any]) -> Group:
    """Insert a group; raises `UniqueViolationError` for a name that is taken."""
    row = await connection.fetchrow(INSERT, group_id, kind.value, profile["name"], profile)
    assert row is not None
    return group(row)


async def update(connection: Connection, group_id: str, profile: dict[str, Any]) -> Group:
    """Replace a group's profile; raises `UniqueViolationError` for a name that is taken."""
    row = await connection.fetchrow(UPDATE, group_id, profile["name"], profile)
    assert row is not None
    return group(row)


async def find(connection: Connection, group_id: str) -> Group | None:
    row = await connection.fetchrow(FIND, group_id)
    return group(row) if row else None


async def hold(connection: Connection, group_id: str) -> Group | None:
    """The group, locked against changes, members and assignments until the transaction ends."""
    row = await connection.fetchrow(FIND + " FOR UPDATE OF groups", group_id)
    return group(row) if row else None


async def delete(connection: Connection, group_id: str) -> tuple[list[str], list[str]]:
    """Delete a held group with its memberships and assignments.

    The apps it was assigned to, and those where belonging to it had a say in values.
    """
    rows = await connection.fetch(
        "DELETE FROM app_group WHERE group_id = $1 RETURNING app_id, profile <> '{}' AS valued", group_id
    )
    reading = await apps_reading(connection, group_id)
    # A walk over its members would find nobody of them any more.
    walks = await connection.fetch(
        "DELETE FROM sweep WHERE kind = 'VALUES' AND group_id = $1 RETURNING app_id", group_id
    )
    await connection.execute("DELETE FROM membership WHERE group_id = $1", group_id)
    await connection.execute("DELETE FROM group_clock WHERE group_id = $1", group_id)
    await connection.execute("DELETE FROM unique_value WHERE owner = 'group' AND holder = $1", group_id)
    await connection.execute("DELETE FROM groups WHERE id = $1", group_id)
    concerned = {row["app_id"] for row in rows if row["valued"]} | {row["app_id"] for row in walks} | set(reading)
    return sorted(row["app_id"] for row in rows), sorted(concerned)


async def apps_reading(connection: Connection, group_id: str) -> list[str]:
    """The apps that have members of the group and whose mappings read which groups people are in."""
    rows = await connection.fetch(
        """SELECT a.id FROM apps a WHERE a.reads_groups AND EXISTS (
          SELECT FROM membership m JOIN app_user x ON x.app_id = a.id AND x.user_id = m.user_id
          WHERE m.group_id = $1) ORDER BY a.id""",
        group_id,
    )
    return [row["id"] for row in rows]


async def list_groups(
    connection: Connection, query: GroupQuery, limit: int, after: str | None
) -> tuple[list[Group], str | None]:
    """A page of groups by id, and the id that the next page continues after. Raises `Unsupported`."""
    parameters = Parameters()
    wanted = ["true"]
    if query.search is not None:
        columns = {f"profile.{each.name}": added_column("groups", each) for each in query.added} | SEARCHABLE
        wanted = [condition(query.search, columns.get, parameters)]
    elif query.filter is not None:
        wanted = [condition(query.filter, FILTERABLE.get, parameters)]
    elif query.q:
        wanted = [f"lower(groups.name) LIKE lower({parameters.add(escape_pattern(query.q) + '%')})"]
    if after is not None:
        wanted.append(f"groups.id > {parameters.add(after)}")
    rows = await connection.fetch(
        f"SELECT {COLUMNS} FROM groups WHERE {' AND '.join(wanted)} ORDER BY groups.id LIMIT {limit + 1}",
        *parameters.values,
    )
    return page([group(row) for row in rows], limit)


async def groups_of_user(
    connection: Connection, user_id: str, limit: int, after: str | None
) -> tuple[list[Group], str | None]:
    """A page of the groups that somebody is in."""
    rows = await connection.fetch(OF_USER, user_id, after or "", limit + 1)
    return page([group(row) for row in rows], limit)


async def stats(connection: Connection, group_ids: Sequence[str]) -> dict[str, GroupStats]:
    """How many members and apps groups have."""
    return {row["id"]: GroupStats(row["users"], row["apps"]) for row in await connection.fetch(STATS, group_ids)}


def page(found: list[Group], limit: int) -> tuple[list[Group], str | None]:
    return found[:limit], found[limit - 1].id if len(found) > limit else None

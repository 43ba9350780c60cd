"""Groups as they are shown to clients that push them in, with their members. Everyone is a group without members here:
a hundred thousand of them say nothing that the list of people does not."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import asyncpg

from provisor.directory.group import EVERYONE, Group
from provisor.store.database import Connection
from provisor.store.groups import COLUMNS, group
from provisor.store.inbound_users import SHOWN, Question, microseconds

SELECT = f"SELECT {COLUMNS}, groups.external_id FROM groups"
FIND = f"{SELECT} WHERE groups.id = $1"
HOLD = f"{FIND} FOR UPDATE OF groups"
BY_EXTERNAL_ID = f"{SELECT} WHERE groups.external_id = $1 ORDER BY groups.id"
BY_NAME = f"{SELECT} WHERE lower(groups.name) = $1 OR groups.name ~ '[^ -~]' ORDER BY groups.id"
BY_MEMBER = f"""
{SELECT} JOIN membership ON membership.group_id = groups.id
WHERE membership.user_id = $1 AND groups.id <> '{EVERYONE}' ORDER BY groups.id
"""
RANK = """CASE WHEN page.n >= $3 - 1 THEN (
  SELECT count(*) FROM groups before WHERE before.id >= left(groups.id, 11) AND before.id <= groups.id
) ELSE 0 END AS rank"""
PAGE = f"""
SELECT {COLUMNS}, groups.external_id, {RANK}
FROM (
  SELECT id, row_number() OVER (ORDER BY id) AS n
  FROM (SELECT id FROM groups WHERE id > $1 ORDER BY id OFFSET $2 LIMIT $3) AS ids
) AS page JOIN groups USING (id)
ORDER BY groups.id
"""
RANKED = "SELECT id FROM groups WHERE id >= $1 ORDER BY id OFFSET $2 LIMIT 1"
MEMBERS = f"""
SELECT m.user_id AS id, coalesce(users.profile ->> 'displayName', users.profile ->> 'login') AS name
FROM membership m JOIN users ON users.id = m.user_id
WHERE m.group_id = $1 AND m.group_id <> '{EVERYONE}' AND {SHOWN} ORDER BY m.user_id
"""
PRESENT = f"""
SELECT m.user_id FROM membership m JOIN users ON users.id = m.user_id
WHERE m.group_id = $1 AND m.user_id = ANY ($2::text[]) AND m.group_id <> '{EVERYONE}' AND {SHOWN}
"""
GROUPS_OF = f"""
SELECT m.user_id, g.id, g.name FROM membership m JOIN groups g ON g.id = m.group_id
WHERE m.user_id = ANY ($1::text[]) AND g.id <> '{EVERYONE}' ORDER BY m.user_id, g.id
"""
SET_EXTERNAL_ID = """
UPDATE groups SET external_id = $2, last_updated = now() WHERE id = $1 AND external_id IS DISTINCT FROM $2
"""


@dataclass(frozen=True, slots=True)
class Team:
    """A group, and what only clients that push see."""

    group: Group
    external_id: str | None = None
    rank: int = 0

    @property
    def version(self) -> int:
        """Differs after every change that is shown: of the name, the members or the external id."""
        if self.group.id == EVERYONE:
            return microseconds(self.group.last_updated)
        return microseconds(max(self.group.last_updated, self.group.last_membership_updated))


def team(row: asyncpg.Record, rank: int = 0) -> Team:
    return Team(group(row), row["external_id"], rank)


async def find(connection: Connection, group_id: str) -> Team | None:
    row = await connection.fetchrow(FIND, group_id)
    return team(row) if row else None


async def hold(connection: Connection, group_id: str) -> Team | None:
    """The group, locked against changes, members and assignments until the transaction ends."""
    row = await connection.fetchrow(HOLD, group_id)
    return team(row) if row else None


async def by_external_id(connection: Connection, external_id: str) -> list[Team]:
    return [team(row) for row in await connection.fetch(BY_EXTERNAL_ID, external_id)]


async def by_name(connection: Connection, lowered: str) -> list[Team]:
    """Those of this name, and those whose name is not ASCII."""
    return [team(row) for row in await connection.fetch(BY_NAME, lowered)]


async def by_member(connection: Connection, user_id: str) -> list[Team]:
    return [team(row) for row in await connection.fetch(BY_MEMBER, user_id)]


async def count(connection: Connection) -> int:
    found: int = await connection.fetchval("SELECT count(*) FROM groups")
    return found


async def page(connection: Connection, after: str, offset: int, limit: int) -> list[Team]:
    return [team(row, row["rank"]) for row in await connection.fetch(PAGE, after, offset, limit)]


async def ranked(connection: Connection, millisecond: str, rank: int) -> str | None:
    """The id that ends `rank` ids which begin with this millisecond."""
    found: str | None = await connection.fetchval(RANKED, millisecond, rank - 1)
    return found


async def search(connection: Connection, question: Question, offset: int, limit: int) -> tuple[int, list[Team]]:
    """How many groups there are of which a condition holds, and a page of them."""
    total: int = await connection.fetchval(
        f"SELECT count(*) FROM groups WHERE {question.condition}", *question.arguments
    )
    if not limit or offset >= total:
        return total, []
    rows = await connection.fetch(
        f"{SELECT} WHERE {question.condition} ORDER BY {question.order} OFFSET {offset} LIMIT {limit}",
        *question.arguments,
    )
    return total, [team(row) for row in rows]


async def members(connection: Connection, group_id: str) -> list[tuple[str, str]]:
    """Ids and names of the people in a group."""
    return [(row["id"], row["name"]) for row in await connection.fetch(MEMBERS, group_id)]


async def present(connection: Connection, group_id: str, ids: Collection[str]) -> set[str]:
    """Which of these people are in a group."""
    return {row["user_id"] for row in await connection.fetch(PRESENT, group_id, list(ids))}


async def groups_of(connection: Connection, ids: Sequence[str]) -> list[tuple[str, str, str]]:
    """Person, group and group's name, for each membership of these people."""
    return [tuple(row) for row in await connection.fetch(GROUPS_OF, ids)]


async def names(connection: Connection, ids: Collection[str]) -> dict[str, str]:
    """What groups are called, for as many as exist."""
    rows = await connection.fetch("SELECT id, name FROM groups WHERE id = ANY ($1::text[])", list(ids))
    return {row["id"]: row["name"] for row in rows}


async def set_external_id(connection: Connection, group_id: str, external_id: str | None) -> None:
    await connection.execute(SET_EXTERNAL_ID, group_id, external_id)

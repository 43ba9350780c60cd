"""People of one app as its page shows them: why they are assigned, where their account stands. Changes nothing.

1. Lists follow a key in an index (the person's id), so that they cost the same on every page.
2. Searches walk the folded names in their order and stop when the page is full.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from asyncpg import Record

from provisor.provisioning.reasons import Facts
from provisor.store.conditions import escape_pattern
from provisor.store.database import Connection
from provisor.store.reasons import COLUMNS, JOINS, WIDTH, facts

GROUPS_NAMED = 3
LAST = "\U0010ffff"
"""Greater than every text that begins with something, byte by byte."""


class Which(StrEnum):
    """A part of an app's people; the value is what the address says."""

    ASSIGNED = "assigned"
    WAITING = "waiting"
    FAILED = "failed"
    UNPROVISIONED = "unprovisioned"


@dataclass(frozen=True, slots=True)
class PersonRow:
    user_id: str
    first_name: str | None
    last_name: str | None
    login: str | None
    """None: the person has been deleted."""
    direct: bool
    groups: Sequence[str]
    """Names of the first groups that assign, by priority."""
    group_count: int
    facts: Facts


ASSIGNING = """
SELECT g.name, ag.priority, g.id
FROM app_group ag JOIN membership m USING (group_id) JOIN groups g ON g.id = ag.group_id
WHERE ag.app_id = $1 AND m.user_id = u.id
"""

PEOPLE = f"""
SELECT {COLUMNS}, u.id, u.profile ->> 'firstName', u.profile ->> 'lastName', u.profile ->> 'login', a.direct,
  ARRAY(SELECT name FROM ({ASSIGNING}) AS x ORDER BY priority, id LIMIT {GROUPS_NAMED}),
  (SELECT count(*) FROM ({ASSIGNING}) AS x)
FROM (SELECT $1::text AS app_id, user_id FROM wanted) AS w {JOINS}
WHERE a.app_id IS NOT NULL
"""


def person_row(row: Record) -> PersonRow:
    values = list(row.values())
    user_id, first_name, last_name, login, direct, groups, group_count = values[WIDTH:]
    return PersonRow(user_id, first_name, last_name, login, direct, groups, group_count, facts(values[:WIDTH]))


WANTED = {
    Which.ASSIGNED: "SELECT user_id FROM app_user WHERE app_id = $1 AND assigned AND user_id > $2",
    Which.WAITING: "SELECT user_id FROM dirty WHERE app_id = $1 AND due < 'infinity' AND user_id > $2",
    Which.FAILED: "SELECT DISTINCT user_id FROM task WHERE app_id = $1 AND resolved IS NULL AND user_id > $2",
    Which.UNPROVISIONED: "SELECT user_id FROM app_user WHERE app_id = $1 AND assigned AND NOT wanted AND user_id > $2",
}


def prefixed(column: str, found: str) -> str:
    return f"""(SELECT u.id AS user_id, u.name_key FROM users u
    WHERE u.{column} >= $2 AND u.{column} < $2 || '{LAST}' AND u.deleted IS NULL AND {found}
    ORDER BY u.{column} LIMIT $3)"""


IN_APP = "EXISTS (SELECT FROM app_user x WHERE x.app_id = $1 AND x.user_id = u.id AND x.assigned)"
LIVING = "u.status <> 'DEPROVISIONED'"


def searched(found: str) -> str:
    columns = ("name_key", "reversed_key", "login_key")
    return " UNION ".join(prefixed(column, found) for column in columns) + " ORDER BY 2, 1 LIMIT $3"


async def list_people(
    connection: Connection, app_id: str, which: Which, *, after: str | None, limit: int
) -> list[PersonRow]:
    """A page of an app's people by id."""
    sql = f"WITH wanted AS MATERIALIZED ({WANTED[which]} ORDER BY user_id LIMIT $3) {PEOPLE} ORDER BY u.id"
    return [person_row(row) for row in await connection.fetch(sql, app_id, after or "", limit)]


async def search_people(connection: Connection, app_id: str, key: str, limit: int) -> list[PersonRow]:
    """The first assigned people whose first name, last name or login begins with this folded text."""
    sql = f"WITH wanted AS MATERIALIZED ({searched(IN_APP)}) {PEOPLE} ORDER BY u.name_key, u.id"
    return [person_row(row) for row in await connection.fetch(sql, app_id, key, limit)]


async def find_person(connection: Connection, app_id: str, user_id: str) -> PersonRow | None:
    """One person the app knows, assigned or not any more."""
    row = await connection.fetchrow(f"WITH wanted AS (SELECT $2::text AS user_id) {PEOPLE}", app_id, user_id)
    return person_row(row) if row else None


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody or a group that could be assigned."""

    id: str
    name: str
    detail: str
    """A person's login, a group's description."""
    direct: bool
    """Assigned by itself."""
    grouped: bool
    """Assigned by a group."""


CANDIDATES = f"""
SELECT u.id, concat_ws(' ', u.profile ->> 'firstName', u.profile ->> 'lastName'), u.profile ->> 'login',
  coalesce(a.direct, false), EXISTS (SELECT FROM ({ASSIGNING}) AS x)
FROM wanted w JOIN users u ON u.id = w.user_id LEFT JOIN app_user a ON a.app_id = $1 AND a.user_id = u.id
ORDER BY u.name_key, u.id
"""
GROUP_CANDIDATES = """
SELECT g.id, g.name, coalesce(g.profile ->> 'description', ''), ag.group_id IS NOT NULL, false
FROM groups g LEFT JOIN app_group ag ON ag.app_id = $1 AND ag.group_id = g.id
WHERE lower(g.name) LIKE $2 ORDER BY lower(g.name) LIMIT $3
"""


async def people_to_assign(connection: Connection, app_id: str, key: str, limit: int) -> list[Candidate]:
    """The first people, not deactivated, whose first name, last name or login begins with this folded text."""
    rows = await connection.fetch(f"WITH wanted AS MATERIALIZED ({searched(LIVING)}) {CANDIDATES}", app_id, key, limit)
    return [Candidate(*row) for row in rows]


async def groups_to_assign(connection: Connection, app_id: str, words: str, limit: int) -> list[Candidate]:
    """The first groups with this text in their name."""
    pattern = f"%{escape_pattern(words.lower())}%"
    return [Candidate(*row) for row in await connection.fetch(GROUP_CANDIDATES, app_id, pattern, limit)]


MEMBERS = """
SELECT g.id, (SELECT count(*) FROM (SELECT FROM membership m WHERE m.group_id = g.id LIMIT $2) AS x)
FROM unnest($1::text[]) AS g (id)
"""
# Who has no reason but this group: nobody who is assigned directly, nobody whom another group assigns.
LEAVING = """
SELECT count(*) FROM (
  SELECT FROM membership m JOIN app_user a ON a.app_id = $1 AND a.user_id = m.user_id
  WHERE m.group_id = $2 AND a.assigned AND NOT a.direct AND NOT EXISTS (
    SELECT FROM app_group o JOIN membership n ON n.group_id = o.group_id
    WHERE o.app_id = $1 AND o.group_id <> $2 AND n.user_id = m.user_id)
  LIMIT $3) AS x
"""


async def count_members(connection: Connection, group_ids: Sequence[str], most: int) -> dict[str, int]:
    """How many members groups have, counted up to a bound."""
    return {row[0]: row[1] for row in await connection.fetch(MEMBERS, group_ids, most)}


async def count_leaving(connection: Connection, app_id: str, group_id: str, most: int) -> int:
    """How many people would leave the app with this group, counted up to a bound."""
    number: int = await connection.fetchval(LEAVING, app_id, group_id, most)
    return number


async def logins_of(connection: Connection, user_ids: Sequence[str]) -> dict[str, str]:
    """Logins by id; deleted people are absent."""
    rows = await connection.fetch(
        "SELECT id, profile ->> 'login' FROM users WHERE deleted IS NULL AND id = ANY ($1::text[])", user_ids
    )
    return {row[0]: row[1] for row in rows}

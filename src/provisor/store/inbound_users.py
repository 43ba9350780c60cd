"""People as they are shown to clients that push them in: found by id, by login, by name, in pages, and by condition.

Shown is who is not erased and not withdrawn. Order is that of ids, which is the order of creation.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import asyncpg

from provisor.directory.logins import fold
from provisor.directory.user import User
from provisor.store.database import Connection
from provisor.store.users import COLUMNS, user

SHOWN = "users.deleted IS NULL AND NOT users.withdrawn"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

SELECT = f"SELECT {COLUMNS}, users.external_id, users.withdrawn FROM users"
FIND = f"{SELECT} WHERE users.id = $1 AND {SHOWN}"
HOLD = f"{FIND} FOR NO KEY UPDATE"
HOLD_WITHDRAWN = f"""
{SELECT} WHERE users.login_key = $1 AND users.deleted IS NULL AND users.withdrawn FOR NO KEY UPDATE
"""
BY_LOGIN = f"{SELECT} WHERE users.login_key = $1 AND {SHOWN}"
BY_EXTERNAL_ID = f"{SELECT} WHERE users.external_id = $1 AND {SHOWN} ORDER BY users.id"
NAME = "(users.profile ->> 'displayName')"
# Beyond ASCII the caller decides what is the same name. Two queries, so that each has an index.
BY_DISPLAY_NAME = f"""
{SELECT} WHERE {SHOWN} AND {NAME} IS NOT NULL AND lower({NAME}) = $1 AND {NAME} !~ '[^ -~]'
UNION ALL
{SELECT} WHERE {SHOWN} AND {NAME} ~ '[^ -~]'
ORDER BY id
"""
# A place in the order that fits into 64 bits: the millisecond of the id, and how many ids of that millisecond it ends.
# Only where a cursor can go on: at the last two of a full page. A load makes hundreds of ids in a millisecond.
RANK = """CASE WHEN page.n >= $3 - 1 THEN (
  SELECT count(*) FROM users before WHERE before.id >= left(users.id, 11) AND before.id <= users.id
) ELSE 0 END AS rank"""
PAGE = f"""
SELECT {COLUMNS}, users.external_id, users.withdrawn, {RANK}
FROM (
  SELECT id, row_number() OVER (ORDER BY id) AS n
  FROM (SELECT id FROM users WHERE {SHOWN} AND id >= $1 ORDER BY id OFFSET $2 LIMIT $3) AS ids
) AS page JOIN users USING (id)
ORDER BY users.id
"""
RANKED = "SELECT id FROM users WHERE id >= $1 ORDER BY id OFFSET $2 LIMIT 1"
NAMES = f"""
SELECT users.id, coalesce(users.profile ->> 'displayName', users.profile ->> 'login') AS name
FROM users WHERE users.id = ANY ($1::text[]) AND {SHOWN}
"""
SHARE = f"SELECT id FROM users WHERE id = ANY ($1::text[]) AND {SHOWN} ORDER BY id FOR SHARE"
SET_EXTERNAL_ID = """
UPDATE users SET external_id = $2, last_updated = now() WHERE id = $1 AND external_id IS DISTINCT FROM $2
"""
WITHDRAW = "UPDATE users SET withdrawn = true, last_updated = now() WHERE id = $1"


@dataclass(frozen=True, slots=True)
class Person:
    """A user, and what only clients that push see."""

    user: User
    external_id: str | None = None
    withdrawn: bool = False
    rank: int = 0
    """How many ids of the same millisecond end with this one; 0 where nobody asked."""

    @property
    def version(self) -> int:
        """Differs after every change that is shown: of the profile, the status or the external id."""
        return microseconds(self.user.last_updated)


@dataclass(frozen=True, slots=True)
class Question:
    """A condition over `users`, an order, and what their placeholders stand for."""

    condition: str
    order: str
    arguments: tuple[object, ...]


def microseconds(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(microseconds=1)


def person(row: asyncpg.Record, rank: int = 0) -> Person:
    return Person(user(row), row["external_id"], row["withdrawn"], rank)


async def find(connection: Connection, user_id: str) -> Person | None:
    row = await connection.fetchrow(FIND, user_id)
    return person(row) if row else None


async def hold(connection: Connection, user_id: str) -> Person | None:
    """The person with this id, locked until the transaction ends."""
    row = await connection.fetchrow(HOLD, user_id)
    return person(row) if row else None


async def hold_withdrawn(connection: Connection, login: str) -> Person | None:
    """The person of this login whom a client took back before, locked."""
    row = await connection.fetchrow(HOLD_WITHDRAWN, fold(login))
    return person(row) if row else None


async def by_login(connection: Connection, login: str) -> list[Person]:
    return [person(row) for row in await connection.fetch(BY_LOGIN, fold(login))]


async def by_external_id(connection: Connection, external_id: str) -> list[Person]:
    return [person(row) for row in await connection.fetch(BY_EXTERNAL_ID, external_id)]


async def by_display_name(connection: Connection, lowered: str) -> list[Person]:
    """Those with this display name, and those whose name is not ASCII."""
    return [person(row) for row in await connection.fetch(BY_DISPLAY_NAME, lowered)]


async def page(connection: Connection, start: str, offset: int, limit: int) -> list[Person]:
    """People from `offset` behind the id `start` on, in order, with their ranks."""
    rows = await connection.fetch(PAGE, start, offset, limit)
    return [person(row, row["rank"]) for row in rows]


async def ranked(connection: Connection, millisecond: str, rank: int) -> str | None:
    """The id that ends `rank` ids which begin with this millisecond."""
    found: str | None = await connection.fetchval(RANKED, millisecond, rank - 1)
    return found


async def search(connection: Connection, question: Question, offset: int, limit: int) -> tuple[int, list[Person]]:
    """How many people there are of whom a condition holds, and a page of them."""
    where = f"WHERE {SHOWN} AND {question.condition}"
    total: int = await connection.fetchval(f"SELECT count(*) FROM users {where}", *question.arguments)
    if not limit or offset >= total:
        return total, []
    rows = await connection.fetch(
        f"{SELECT} {where} ORDER BY {question.order} OFFSET {offset} LIMIT {limit}", *question.arguments
    )
    return total, [person(row) for row in rows]


async def names(connection: Connection, ids: Collection[str]) -> dict[str, str]:
    """What to call these people, for as many as are shown."""
    return {row["id"]: row["name"] for row in await connection.fetch(NAMES, list(ids))}


async def share(connection: Connection, ids: Collection[str]) -> set[str]:
    """Those of these people who are shown; they stay as they are until the transaction ends."""
    return {row["id"] for row in await connection.fetch(SHARE, list(ids))}


async def set_external_id(connection: Connection, user_id: str, external_id: str | None) -> None:
    await connection.execute(SET_EXTERNAL_ID, user_id, external_id)


async def withdraw(connection: Connection, user_id: str) -> None:
    """Show a deactivated person no longer, until somebody activates them again."""
    await connection.execute(WITHDRAW, user_id)

"""Who has which value of an attribute that is unique: rows that a second holder cannot have."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from provisor.directory.uniqueness import Holding
from provisor.store.database import Connection

PEOPLE = "user"
"""The owner for people: one namespace across their types."""

TAKE = """
INSERT INTO unique_value AS u (owner, attribute, value, holder)
SELECT $1, attribute, value, holder FROM unnest($2::text[], $3::text[], $4::text[]) AS n (attribute, value, holder)
ON CONFLICT (owner, attribute, value) DO UPDATE SET holder = excluded.holder WHERE u.holder = excluded.holder
RETURNING attribute, value, holder
"""
GIVE = """
DELETE FROM unique_value u USING unnest($2::text[], $3::text[], $4::text[]) AS n (attribute, value, holder)
WHERE u.owner = $1 AND u.attribute = n.attribute AND u.value = n.value AND u.holder = n.holder
"""


def columns(holdings: Iterable[Holding]) -> list[list[str]]:
    """Ordered, so that transactions that want the same values wait for each other instead of deadlocking."""
    rows = sorted(holdings)
    return [[row[at] for row in rows] for at in range(3)]


async def take(connection: Connection, owner: str, holdings: Sequence[Holding]) -> list[Holding]:
    """Note these values, of which no two are the same; those that somebody else has, and so were not taken."""
    if not holdings:
        return []
    rows = await connection.fetch(TAKE, owner, *columns(holdings))
    return sorted(set(holdings) - {Holding(*row) for row in rows})


async def give(connection: Connection, owner: str, holdings: Sequence[Holding]) -> None:
    """Let go of these values."""
    if holdings:
        await connection.execute(GIVE, owner, *columns(holdings))


async def give_all(connection: Connection, holders: Sequence[str]) -> None:
    """Let go of whatever these people or groups have."""
    await connection.execute("DELETE FROM unique_value WHERE holder = ANY ($1::text[])", holders)


async def holders(connection: Connection, owner: str, holdings: Sequence[Holding]) -> dict[tuple[str, str], str]:
    """Who has these values: (attribute, value) to holder."""
    names, values, _ = columns(holdings)
    rows = await connection.fetch(
        """SELECT u.attribute, u.value, u.holder FROM unique_value u
        JOIN unnest($2::text[], $3::text[]) AS n (attribute, value) USING (attribute, value) WHERE u.owner = $1""",
        owner,
        names,
        values,
    )
    return {(row[0], row[1]): row[2] for row in rows}


async def forget(connection: Connection, attribute: str, schema_owner: str) -> None:
    """The attribute is not unique any more in the schema of this type of people (or of groups)."""
    if schema_owner == "group":
        await connection.execute("DELETE FROM unique_value WHERE owner = 'group' AND attribute = $1", attribute)
        return
    await connection.execute(
        """DELETE FROM unique_value v USING users u
        WHERE v.owner = 'user' AND v.attribute = $1 AND u.id = v.holder AND u.type_id = $2""",
        attribute,
        schema_owner,
    )

"""Who is in which group. Group rows are held FOR SHARE while members change, so that an app that is being assigned
to the group (FOR UPDATE) sees every member or is seen by it."""

from __future__ import annotations

from collections.abc import Sequence

from provisor.directory.group import EVERYONE, GroupType
from provisor.store.database import Connection

Membership = tuple[str, str]
"""(group id, user id)."""

SHARE_GROUPS = "SELECT id, type FROM groups WHERE id = ANY ($1::text[]) ORDER BY id FOR SHARE"
INSERT = """
INSERT INTO membership (group_id, user_id)
SELECT group_id, user_id FROM unnest($1::text[], $2::text[]) AS m (group_id, user_id) ORDER BY 1, 2
ON CONFLICT (group_id, user_id) DO UPDATE SET direct = true WHERE NOT membership.direct
RETURNING group_id, user_id
"""
DELETE = """
DELETE FROM membership USING unnest($1::text[], $2::text[]) AS m (group_id, user_id)
WHERE membership.group_id = m.group_id AND membership.user_id = m.user_id
RETURNING membership.group_id, membership.user_id
"""
DELETE_OF_USER = "DELETE FROM membership WHERE user_id = $1 RETURNING group_id"
# Everyone has no clock: everybody's arrival would wait for the same row.
TOUCH = f"""
INSERT INTO group_clock (group_id) SELECT DISTINCT unnest($1::text[]) EXCEPT SELECT '{EVERYONE}' ORDER BY 1
ON CONFLICT (group_id) DO UPDATE SET last_membership_updated = now()
"""


async def share_groups(connection: Connection, group_ids: Sequence[str]) -> dict[str, GroupType]:
    """Hold groups still; the type of each one that exists."""
    rows = await connection.fetch(SHARE_GROUPS, group_ids)
    return {row["id"]: GroupType(row["type"]) for row in rows}


async def insert(connection: Connection, memberships: Sequence[Membership]) -> list[Membership]:
    """Add people to groups directly; those that were new. The groups are to be held by `share_groups`."""
    rows = await connection.fetch(INSERT, [g for g, _ in memberships], [u for _, u in memberships])
    await touch(connection, [row["group_id"] for row in rows])
    return [(row["group_id"], row["user_id"]) for row in rows]


async def delete(connection: Connection, memberships: Sequence[Membership]) -> list[Membership]:
    """Remove people from groups; those that were there."""
    rows = await connection.fetch(DELETE, [g for g, _ in memberships], [u for _, u in memberships])
    await touch(connection, [row["group_id"] for row in rows])
    return [(row["group_id"], row["user_id"]) for row in rows]


async def delete_of_user(connection: Connection, user_id: str) -> None:
    """Remove a person from every group."""
    rows = await connection.fetch(DELETE_OF_USER, user_id)
    await touch(connection, [row["group_id"] for row in rows])


async def touch(connection: Connection, group_ids: Sequence[str]) -> None:
    """Note that the members of groups changed."""
    if set(group_ids) - {EVERYONE}:
        await connection.execute(TOUCH, group_ids)

"""Individual assignments made those of groups and back, for many people at once; and whom that would concern.

People are held first, in a statement of its own: whoever waited then sees what a change of groups has come to.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from provisor.store.database import Connection

# LIMIT, because PostgreSQL would turn EXISTS into a hash of the whole membership table.
BY_GROUP = """coalesce((SELECT true FROM membership m JOIN app_group g ON g.group_id = m.group_id
    WHERE g.app_id = a.app_id AND m.user_id = a.user_id LIMIT 1), false)"""

HOLD = """
SELECT FROM app_user WHERE app_id = $1 AND user_id = ANY ($2::text[]) ORDER BY user_id FOR NO KEY UPDATE
"""
TO_GROUP = f"""
UPDATE app_user a SET direct = false, last_updated = clock_timestamp()
WHERE a.app_id = $1 AND a.user_id = ANY ($2::text[]) AND a.direct AND {BY_GROUP} RETURNING a.user_id
"""
TO_PERSON = """
UPDATE app_user a SET direct = true, last_updated = clock_timestamp()
WHERE a.app_id = $1 AND a.user_id = ANY ($2::text[]) AND a.assigned AND NOT a.direct RETURNING a.user_id
"""


async def convert(connection: Connection, app_id: str, user_ids: Sequence[str], *, to_group: bool) -> list[str]:
    """Convert those of these people who can be; who it were, in order."""
    await connection.execute(HOLD, app_id, user_ids)
    rows = await connection.fetch(TO_GROUP if to_group else TO_PERSON, app_id, user_ids)
    return sorted(row[0] for row in rows)


@dataclass(frozen=True, slots=True)
class Concerned:
    user_id: str
    login: str | None
    groups: Sequence[str]
    """Names of the first groups that assign, by priority."""


WHO = {
    True: f"a.assigned AND a.direct AND {BY_GROUP}",
    False: "a.assigned AND NOT a.direct",
}
"""By whether assignments become those of groups."""
STAYING = f"a.assigned AND a.direct AND NOT {BY_GROUP}"
"""Nobody but the person's own assignment keeps them in the app."""


async def count(connection: Connection, app_id: str, *, to_group: bool, most: int) -> tuple[int, int]:
    """How many could be converted, and how many have no group to be converted to; each counted up to a bound."""
    row = await connection.fetchrow(
        f"""SELECT
          (SELECT count(*) FROM (SELECT FROM app_user a WHERE a.app_id = $1 AND {WHO[to_group]} LIMIT $2) AS x),
          (SELECT count(*) FROM (SELECT FROM app_user a WHERE a.app_id = $1 AND $3 AND {STAYING} LIMIT $2) AS x)""",
        app_id,
        most,
        to_group,
    )
    assert row is not None
    return row[0], row[1]


async def concerned(
    connection: Connection, app_id: str, user_ids: Sequence[str] | None, *, to_group: bool, limit: int
) -> list[Concerned]:
    """The first people (of these, or of all) who could be converted, with the groups that assign them."""
    rows = await connection.fetch(
        f"""SELECT a.user_id, u.profile ->> 'login', ARRAY(
          SELECT o.name FROM app_group g JOIN membership m USING (group_id) JOIN groups o ON o.id = g.group_id
          WHERE g.app_id = a.app_id AND m.user_id = a.user_id ORDER BY g.priority, o.id LIMIT 3)
        FROM app_user a JOIN users u ON u.id = a.user_id
        WHERE a.app_id = $1 AND ($2::text[] IS NULL OR a.user_id = ANY ($2)) AND {WHO[to_group]}
        ORDER BY a.user_id LIMIT $3""",
        app_id,
        user_ids,
        limit,
    )
    return [Concerned(*row) for row in rows]

"""Who is assigned to which app, as set operations: locks, the recomputation of `assigned`, and its candidates.

Whether somebody is assigned is computed: a live person, and either the direct flag or a membership in a group
that the app is assigned to. `app_user.assigned` keeps what was last announced, so that changes can be told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from provisor.store.database import Connection

Pair = tuple[str, str]
"""(app id, user id)."""


@dataclass(frozen=True, slots=True)
class Reassessed:
    """What a recomputation changed."""

    assigned: list[Pair]
    unassigned: list[Pair]
    provisioned: set[Pair]
    """Those of both lists whose account is ours to keep in line."""


# A user joining a group and the group getting an app must see each other: the one holds the group row FOR SHARE,
# the other FOR UPDATE.
SHARE_GROUPS_OF_USERS = """
SELECT FROM groups WHERE id IN (SELECT group_id FROM membership WHERE user_id = ANY ($1::text[]))
ORDER BY id FOR SHARE
"""

PAIRS_OF_MEMBERSHIPS = """
SELECT DISTINCT g.app_id, p.user_id
FROM unnest($1::text[], $2::text[]) AS p (group_id, user_id) JOIN app_group g USING (group_id)
ORDER BY 1, 2
"""

PAIRS_OF_USERS = """
SELECT app_id, user_id FROM app_user WHERE user_id = ANY ($1::text[])
UNION
SELECT g.app_id, m.user_id FROM membership m JOIN app_group g USING (group_id) WHERE m.user_id = ANY ($1::text[])
ORDER BY 1, 2
"""

WANTED = """a.status = 'ACTIVE' AND coalesce((a.features ->> 'create')::boolean, false)
    AND EXISTS (SELECT FROM app_connection c WHERE c.app_id = a.id AND c.status = 'ENABLED')"""
"""Whether an assignment made now is to be provisioned in app `a`."""

# LATERAL, because a hashed sub-plan would read the whole membership table for every stretch of people.
TRUTH = f"""
WITH truth AS MATERIALIZED (
  SELECT p.app_id, p.user_id, a.assigned AS was,
    u.deleted IS NULL AND u.status <> 'DEPROVISIONED'
      AND (coalesce(a.direct, false) OR coalesce(grouped.yes, false)) AS now
  FROM unnest($1::text[], $2::text[]) AS p (app_id, user_id)
  JOIN users u ON u.id = p.user_id
  LEFT JOIN app_user a ON a.app_id = p.app_id AND a.user_id = p.user_id
  LEFT JOIN LATERAL (
    SELECT true AS yes FROM membership m JOIN app_group g ON g.group_id = m.group_id
    WHERE m.user_id = p.user_id AND g.app_id = p.app_id LIMIT 1) AS grouped ON true
), provisioned AS MATERIALIZED (
  SELECT a.id, {WANTED} AS wanted
  FROM apps a WHERE a.id IN (SELECT app_id FROM truth)
)
"""

# A statement of its own, before the recomputation: whoever waited here then sees what the other one changed. Without
# it, two groups let go of at once would each see the other, and the person would stay.
HOLD = """
SELECT FROM app_user a JOIN unnest($1::text[], $2::text[]) AS p (app_id, user_id) USING (app_id, user_id)
ORDER BY a.app_id, a.user_id FOR NO KEY UPDATE OF a
"""

REASSESS = f"""
{TRUTH}
INSERT INTO app_user AS old (app_id, user_id, direct, assigned, wanted)
SELECT t.app_id, t.user_id, false, t.now, p.wanted FROM truth t JOIN provisioned p ON p.id = t.app_id
WHERE t.now IS DISTINCT FROM coalesce(t.was, false)
ORDER BY t.app_id, t.user_id
ON CONFLICT (app_id, user_id) DO UPDATE SET
  assigned = excluded.assigned,
  wanted = CASE WHEN excluded.assigned THEN excluded.wanted ELSE old.wanted END,
  status_changed = clock_timestamp(), last_updated = clock_timestamp()
RETURNING old.app_id, old.user_id, old.assigned, old.wanted
"""


async def share_groups_of_users(connection: Connection, user_ids: Sequence[str]) -> None:
    """Hold the people's groups still against a concurrent group assignment."""
    await connection.execute(SHARE_GROUPS_OF_USERS, user_ids)


async def pairs_of_memberships(connection: Connection, memberships: Sequence[tuple[str, str]]) -> list[Pair]:
    """The (app, user) pairs that these (group, user) memberships reach."""
    rows = await connection.fetch(PAIRS_OF_MEMBERSHIPS, [g for g, _ in memberships], [u for _, u in memberships])
    return [(row[0], row[1]) for row in rows]


async def pairs_of_users(connection: Connection, user_ids: Sequence[str]) -> list[Pair]:
    """Every app that knows these people or that their groups are assigned to."""
    return [(row[0], row[1]) for row in await connection.fetch(PAIRS_OF_USERS, user_ids)]


async def reassess(connection: Connection, pairs: Sequence[Pair]) -> Reassessed:
    """Bring `assigned` in line with the truth for these distinct pairs; what changed."""
    if not pairs:
        return Reassessed([], [], set())
    apps, users = [a for a, _ in pairs], [u for _, u in pairs]
    await connection.execute(HOLD, apps, users)
    rows = await connection.fetch(REASSESS, apps, users)
    return Reassessed(
        assigned=[(row[0], row[1]) for row in rows if row[2]],
        unassigned=[(row[0], row[1]) for row in rows if not row[2]],
        provisioned={(row[0], row[1]) for row in rows if row[3]},
    )


async def hold_assignable(connection: Connection, user_ids: Sequence[str]) -> list[str]:
    """Hold these people still against a concurrent deactivation; those who are neither deactivated nor deleted."""
    rows = await connection.fetch(
        """SELECT id FROM users WHERE id = ANY ($1::text[]) AND deleted IS NULL AND status <> 'DEPROVISIONED'
        ORDER BY id FOR SHARE""",
        user_ids,
    )
    return [row[0] for row in rows]


SET_DIRECT = """
INSERT INTO app_user AS a (app_id, user_id, direct, assigned, wanted)
SELECT $1, user_id, true, false, false FROM unnest($2::text[]) AS p (user_id) ORDER BY user_id
ON CONFLICT (app_id, user_id) DO UPDATE SET direct = true, last_updated = clock_timestamp() WHERE NOT a.direct
"""
CLEAR_DIRECT = """
UPDATE app_user SET direct = false, last_updated = clock_timestamp()
WHERE app_id = $1 AND direct AND user_id = ANY ($2::text[])
"""


async def set_direct_in(connection: Connection, app_id: str, user_ids: Sequence[str], *, direct: bool) -> None:
    """Note that people are assigned to an app by themselves, or not any more. `assigned` follows by `reassess`."""
    await connection.execute(SET_DIRECT if direct else CLEAR_DIRECT, app_id, user_ids)


async def clear_direct(connection: Connection, user_ids: Sequence[str]) -> None:
    """Forget direct assignments, as deactivating a person does."""
    await connection.execute("UPDATE app_user SET direct = false WHERE direct AND user_id = ANY ($1::text[])", user_ids)

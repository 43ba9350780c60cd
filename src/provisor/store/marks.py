"""Marks people dirty in apps: upserts into the narrow `dirty` table, in (app, user) order.

A mark never says what to do. Lanes tell urgency only: people who may have to leave overtake everything.
Rising generations come from one sequence, so a mark made during a push is never mistaken for the one pushed.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum

from provisor.store.database import Connection

CHANNEL = "provisor_dirty"
PROFILES = "profiles"
"""Announced in an app's place: all profiles of a schema are to be gone through."""


class Lane(IntEnum):
    LEAVING = 0
    CHANGE = 1
    BULK = 2


UPSERT = """
ON CONFLICT (app_id, user_id) DO UPDATE SET
  gen = excluded.gen, lane = least(dirty.lane, excluded.lane), due = excluded.due, cause = excluded.cause
"""

# Who belongs to the app again leaves the lane of those who leave, and a safeguard that keeps these back.
UPSERT_JOINED = UPSERT.replace("least(dirty.lane, excluded.lane)", "excluded.lane")

MARK_PAIRS = f"""
INSERT INTO dirty (app_id, user_id, gen, lane, due, since, cause)
SELECT app_id, user_id, nextval('generation'), $3, clock_timestamp(), clock_timestamp(), $4
FROM unnest($1::text[], $2::text[]) AS p (app_id, user_id)
ORDER BY app_id, user_id
{UPSERT}
"""

MARK_JOINED = MARK_PAIRS.replace(UPSERT, UPSERT_JOINED)

MARK_USERS = f"""
INSERT INTO dirty (app_id, user_id, gen, lane, due, since, cause)
SELECT app_id, user_id, nextval('generation'), $2, clock_timestamp(), clock_timestamp(), $3
FROM app_user WHERE wanted AND user_id = ANY ($1::text[])
ORDER BY app_id, user_id
{UPSERT}
RETURNING app_id
"""


# Expressions may read groups, and groups may set values: a change of membership is then one of the account. A sweep
# over members does not find who has left by then, so that they are marked here.
MARK_MEMBERSHIPS = f"""
INSERT INTO dirty (app_id, user_id, gen, lane, due, since, cause)
SELECT a.app_id, a.user_id, nextval('generation'), $3, clock_timestamp(), clock_timestamp(), $4
FROM app_user a JOIN apps p ON p.id = a.app_id
WHERE a.wanted AND a.user_id = ANY ($2::text[]) AND (p.reads_groups OR EXISTS (
  SELECT FROM app_group g WHERE g.app_id = a.app_id AND g.group_id = ANY ($1::text[]) AND g.profile <> '{{}}')
  OR EXISTS (SELECT FROM sweep s WHERE s.app_id = a.app_id AND s.kind = 'VALUES' AND s.group_id = ANY ($1::text[])))
ORDER BY a.app_id, a.user_id
{UPSERT}
RETURNING app_id
"""


async def mark_memberships(
    connection: Connection, group_ids: Sequence[str], user_ids: Sequence[str], lane: Lane, cause: str
) -> set[str]:
    """Mark these people in every app where belonging to these groups may change an account; the apps concerned."""
    return {row["app_id"] for row in await connection.fetch(MARK_MEMBERSHIPS, group_ids, user_ids, lane, cause)}


async def mark_pairs(connection: Connection, pairs: Sequence[tuple[str, str]], lane: Lane, cause: str) -> None:
    """Mark (app, user) pairs. Pairs must be distinct."""
    await connection.execute(MARK_PAIRS, [a for a, _ in pairs], [u for _, u in pairs], lane, cause)


async def mark_joined(connection: Connection, pairs: Sequence[tuple[str, str]], lane: Lane, cause: str) -> None:
    """Mark (app, user) pairs who have just become assigned, whatever they were marked for. Pairs must be distinct."""
    await connection.execute(MARK_JOINED, [a for a, _ in pairs], [u for _, u in pairs], lane, cause)


async def mark_users(connection: Connection, user_ids: Sequence[str], lane: Lane, cause: str) -> set[str]:
    """Mark people in every app that keeps an account for them; the apps concerned."""
    rows = await connection.fetch(MARK_USERS, user_ids, lane, cause)
    return {row["app_id"] for row in rows}


async def notify(connection: Connection, app_ids: Sequence[str]) -> None:
    """Wake the workers of these apps when the transaction commits."""
    await connection.execute(f"SELECT pg_notify('{CHANNEL}', app_id) FROM unnest($1::text[]) AS a (app_id)", app_ids)

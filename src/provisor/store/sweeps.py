"""Walks over many people in small transactions: where each stands, and its next stretch of people.

A sweep survives the process that began it: whoever finds it unlocked goes on.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from provisor.store.assignments import WANTED
from provisor.store.database import Connection
from provisor.store.marks import UPSERT, UPSERT_JOINED, Lane
from provisor.systemlog import EventType

STRETCH = 10_000
"""People in one transaction."""


class SweepKind(StrEnum):
    JOIN = "JOIN"
    """A group was assigned: its members join the app."""
    REVIEW = "REVIEW"
    """A group was unassigned or deleted: everybody's assignment in the app is recomputed."""
    SYNC = "SYNC"
    """Force Sync: everybody in the app is looked at again."""
    PROVISION = "PROVISION"
    """Provision User for all: people assigned before provisioning was on are taken in."""
    PLAN = "PLAN"
    """A plan was applied or its trial goes on: those concerned are looked at again. `group_id` is the plan's id."""
    VALUES = "VALUES"
    """What a group sets for its members has changed: those in the app are looked at again; without a group, all."""
    TO_GROUP = "TO_GROUP"
    """Individual assignments become those of the groups that assign the same people."""
    TO_PERSON = "TO_PERSON"
    """Whom groups assign is assigned individually, too."""


@dataclass(frozen=True, slots=True)
class Sweep:
    id: str
    app_id: str
    kind: SweepKind
    group_id: str | None
    after_user: str
    cause: str
    actor_id: str


async def add_sweep(connection: Connection, sweep: Sweep) -> None:
    await connection.execute(
        "INSERT INTO sweep (id, app_id, kind, group_id, after_user, cause, actor_id) VALUES ($1,$2,$3,$4,$5,$6,$7)",
        sweep.id, sweep.app_id, sweep.kind, sweep.group_id, sweep.after_user, sweep.cause, sweep.actor_id,
    )  # fmt: skip


async def take_sweep(connection: Connection, sweep_id: str | None = None) -> Sweep | None:
    """Lock a sweep (this one, or the oldest that nobody works on) until the transaction ends; None if there is none."""
    row = await connection.fetchrow(
        """SELECT id, app_id, kind, group_id, after_user, cause, actor_id FROM sweep
        WHERE $1::text IS NULL OR id = $1 ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED""",
        sweep_id,
    )
    if row is None:
        return None
    return Sweep(row[0], row[1], SweepKind(row[2]), row[3], row[4], row[5], row[6])


async def next_people(connection: Connection, sweep: Sweep) -> list[str]:
    """The next stretch of the app's people; shorter than `STRETCH` at the end."""
    if sweep.kind is SweepKind.PLAN:
        rows = await connection.fetch(PLANNED, sweep.group_id, sweep.after_user, STRETCH)
    else:
        rows = await connection.fetch(
            "SELECT user_id FROM app_user WHERE app_id = $1 AND user_id > $2 ORDER BY user_id LIMIT $3",
            sweep.app_id,
            sweep.after_user,
            STRETCH,
        )
    return [row[0] for row in rows]


# All of an applied plan; of one on trial those whom the present stage reaches. Beside them whoever has changed since
# the plan was made: it may have been while the plan was applied, which takes a while, and by the old set-up.
PLANNED = """
SELECT o.user_id FROM planned_operation o JOIN change_plan p ON p.id = o.plan_id
WHERE o.plan_id = $1 AND o.user_id > $2
  AND (p.state = 'APPLIED' OR o.share < p.percent OR o.user_id = ANY (p.people))
UNION
SELECT a.user_id FROM change_plan p JOIN app_user a ON a.app_id = p.app_id JOIN users u ON u.id = a.user_id
WHERE p.id = $1 AND a.user_id > $2
  AND (greatest(a.last_updated, a.last_push, u.last_updated) > p.created OR EXISTS (
    SELECT FROM membership m WHERE m.user_id = a.user_id AND m.since > p.created))
ORDER BY user_id LIMIT $3
"""


# Assigning, marking and logging in one statement: no row leaves the database. Members of an assigned group are
# assigned by definition, so nothing has to be worked out but whether they are with us.
JOIN = f"""
WITH members AS MATERIALIZED (
  SELECT user_id FROM membership WHERE group_id = $2 AND user_id > $3 ORDER BY user_id LIMIT $4
), app AS (
  SELECT {WANTED} AS wanted FROM apps a
  WHERE a.id = $1 AND EXISTS (SELECT FROM app_group g WHERE g.app_id = $1 AND g.group_id = $2)
), joined AS (
  INSERT INTO app_user AS old (app_id, user_id, direct, assigned, wanted)
  SELECT $1, m.user_id, false, true, app.wanted FROM app, members m JOIN users u ON u.id = m.user_id
  WHERE u.deleted IS NULL AND u.status <> 'DEPROVISIONED' ORDER BY m.user_id
  ON CONFLICT (app_id, user_id) DO UPDATE SET assigned = true, wanted = excluded.wanted,
    status_changed = now(), last_updated = now()
  WHERE NOT old.assigned
  RETURNING old.user_id, old.wanted
), marked AS (
  INSERT INTO dirty (app_id, user_id, gen, lane, due, since, cause)
  SELECT $1, user_id, nextval('generation'), {Lane.BULK}, now(), now(), $5 FROM joined WHERE wanted
  {UPSERT_JOINED}
), told AS (
  INSERT INTO event (type, transaction_id, actor_id, user_id, app_id) SELECT $6, $5, $7, user_id, $1 FROM joined
)
SELECT count(*), max(user_id) FROM members
"""


async def join_people(connection: Connection, sweep: Sweep) -> tuple[int, str]:
    """Let the next stretch of a group's members join the app; how many members were looked at, and the last."""
    # Held as when it was assigned, so that nobody leaves the group between being read here and being seen to leave.
    await connection.execute("SELECT FROM groups WHERE id = $1 FOR UPDATE", sweep.group_id)
    row = await connection.fetchrow(
        JOIN, sweep.app_id, sweep.group_id, sweep.after_user, STRETCH, sweep.cause, EventType.ASSIGN, sweep.actor_id
    )
    assert row is not None
    return row[0], row[1] or sweep.after_user


MARK_MEMBERS = f"""
WITH members AS MATERIALIZED (
  SELECT user_id FROM membership WHERE group_id = $2 AND user_id > $3 ORDER BY user_id LIMIT $4
), marked AS (
  INSERT INTO dirty (app_id, user_id, gen, lane, due, since, cause)
  SELECT a.app_id, a.user_id, nextval('generation'), {Lane.BULK}, clock_timestamp(), clock_timestamp(), $5
  FROM members m JOIN app_user a ON a.app_id = $1 AND a.user_id = m.user_id WHERE a.wanted ORDER BY a.user_id
  {UPSERT}
)
SELECT count(*), max(user_id) FROM members
"""


async def mark_members(connection: Connection, sweep: Sweep) -> tuple[int, str]:
    """Mark the next stretch of a group's members in the app; how many members were looked at, and the last.

    Who leaves the group meanwhile is marked by that (`marks.MARK_MEMBERSHIPS` heeds open sweeps).
    """
    row = await connection.fetchrow(MARK_MEMBERS, sweep.app_id, sweep.group_id, sweep.after_user, STRETCH, sweep.cause)
    assert row is not None
    return row[0], row[1] or sweep.after_user


async def move_sweep(connection: Connection, sweep_id: str, after_user: str) -> None:
    await connection.execute("UPDATE sweep SET after_user = $2 WHERE id = $1", sweep_id, after_user)


async def end_sweep(connection: Connection, sweep_id: str) -> None:
    await connection.execute("DELETE FROM sweep WHERE id = $1", sweep_id)


MARK_WANTED = f"""
INSERT INTO dirty (app_id, user_id, gen, lane, due, since, cause)
SELECT app_id, user_id, nextval('generation'), $4, clock_timestamp(), clock_timestamp(), $3
FROM app_user WHERE app_id = $1 AND wanted AND user_id = ANY ($2::text[])
ORDER BY app_id, user_id
{UPSERT}
"""


async def mark_wanted(
    connection: Connection, app_id: str, user_ids: list[str], cause: str, lane: Lane = Lane.BULK
) -> None:
    """Mark those of these people whose account is ours to keep in line."""
    await connection.execute(MARK_WANTED, app_id, user_ids, cause, lane)


async def want_all(connection: Connection, app_id: str, user_ids: list[str]) -> None:
    """From now on these people's accounts are ours to keep in line."""
    await connection.execute(
        """UPDATE app_user SET wanted = true, last_updated = clock_timestamp()
        WHERE app_id = $1 AND assigned AND NOT wanted AND user_id = ANY ($2::text[])""",
        app_id,
        user_ids,
    )

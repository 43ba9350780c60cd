"""Writes what came of a batch of pushes, in a handful of set statements: links, marks, events, tasks.

1. Only the worker that holds the app's lease, at its epoch, may clear or move a mark.
2. A remote id that was learnt is recorded even after the lease was lost.
3. A mark is cleared only if it is still the generation that was served.
"""

from __future__ import annotations

from collections.abc import Sequence

from provisor.connector import Json
from provisor.provisioning.settlement import Settlement, Verdict
from provisor.store.columns import flags, numbers, words
from provisor.store.database import Connection

HOLDS_LEASE = "SELECT true FROM app_lease WHERE app_id = $1 AND owner = $2 AND epoch = $3 FOR SHARE"

CONFIRM = """
WITH s AS MATERIALIZED (
  SELECT * FROM unnest(
    string_to_array($2, ' '), $3::text[], string_to_array($4, ' ')::boolean[], $5::text[], $6::bytea[], $7::text[]
  ) AS s (user_id, external_id, active, username, digest, pushed)
), linked AS (
  UPDATE app_user a SET external_id = s.external_id, active = s.active, username = coalesce(s.username, a.username),
    digest = coalesce(s.digest, a.digest), intent_at = NULL,
    status_changed = CASE WHEN a.active IS DISTINCT FROM s.active THEN clock_timestamp() ELSE a.status_changed END,
    last_updated = clock_timestamp(), last_push = clock_timestamp()
  FROM s WHERE a.app_id = $1 AND a.user_id = s.user_id
)
INSERT INTO app_user_state AS old (app_id, user_id, pushed)
SELECT $1, user_id, pushed::json FROM s WHERE pushed IS NOT NULL
ON CONFLICT (app_id, user_id) DO UPDATE SET pushed = excluded.pushed
"""

CLEAR = """
DELETE FROM dirty d USING unnest(string_to_array($2, ' '), string_to_array($3, ' ')::bigint[]) AS s (user_id, gen)
WHERE d.app_id = $1 AND d.user_id = s.user_id AND d.gen = s.gen
"""

# A newer mark keeps its own due time, but learns about the attempts.
POSTPONE = """
UPDATE dirty d SET
  due = CASE WHEN d.gen <> s.gen THEN d.due WHEN s.delay = 'infinity' THEN 'infinity'
    ELSE clock_timestamp() + make_interval(secs => s.delay) END,
  lane = coalesce(s.lane, d.lane), attempts = least(d.attempts + s.counts, 32000)
FROM unnest($2::text[], $3::bigint[], $4::float8[], $5::smallint[], $6::smallint[])
  AS s (user_id, gen, delay, lane, counts)
WHERE d.app_id = $1 AND d.user_id = s.user_id
"""

FORGET_INTENT = """
UPDATE app_user SET intent_at = NULL WHERE app_id = $1 AND user_id = ANY ($2::text[]) AND intent_at IS NOT NULL
"""

# The person who held the account has left and somebody else has taken it over. What was pending for them is looked at
# again: without an account it comes to nothing, or to a new account if they have returned meanwhile. Who has got
# another one keeps it: a batch is written once more when nobody knows whether it was.
TRANSFER = """
WITH old AS (
  UPDATE app_user a SET external_id = NULL, active = NULL, digest = NULL, intent_at = NULL
  FROM unnest($2::text[], $3::text[]) AS s (user_id, external_id)
  WHERE a.app_id = $1 AND a.user_id = s.user_id AND a.external_id = s.external_id RETURNING a.user_id
)
UPDATE dirty SET due = clock_timestamp() FROM old WHERE dirty.app_id = $1 AND dirty.user_id = old.user_id
"""

PARKED = float("inf")
"""Seconds of delay that mean “until a person acts or something changes”."""


async def holds_lease(connection: Connection, app_id: str, owner: str, epoch: int) -> bool:
    """Whether this worker still owns the app; keeps it so until the transaction ends."""
    return bool(await connection.fetchval(HOLDS_LEASE, app_id, owner, epoch))


async def write_links(
    connection: Connection, app_id: str, batch: Sequence[Settlement], digests: Sequence[bytes | None]
) -> None:
    """Record what the app confirmed. `digests` has one for each of the batch; None keeps the old one.

    Raises `UniqueViolationError` when an account turns out to be held by somebody else.
    """
    if gone := [(s.transfer_from, s.confirmed.external_id) for s in batch if s.transfer_from and s.confirmed]:
        await connection.execute(TRANSFER, app_id, [user_id for user_id, _ in gone], [account for _, account in gone])
    rows = [(s.subject.user_id, s.confirmed, d) for s, d in zip(batch, digests, strict=True) if s.confirmed]
    if rows:
        await connection.execute(
            CONFIRM,
            app_id,
            words(user_id for user_id, _, _ in rows),
            [c.external_id for _, c, _ in rows],
            flags(c.active for _, c, _ in rows),
            [c.username for _, c, _ in rows],
            [d for _, _, d in rows],
            [c.canonical.decode() if c.canonical else None for _, c, _ in rows],
        )


async def holders(connection: Connection, app_id: str, accounts: Sequence[str]) -> set[str]:
    """Who these accounts belong to now."""
    rows = await connection.fetch(
        "SELECT user_id FROM app_user WHERE app_id = $1 AND external_id = ANY ($2::text[])", app_id, accounts
    )
    return {row["user_id"] for row in rows}


async def links(connection: Connection, app_id: str, user_ids: Sequence[str]) -> dict[str, str]:
    """The accounts of those of these people who have one; they stay so until the transaction ends."""
    rows = await connection.fetch(
        """SELECT user_id, external_id FROM app_user
        WHERE app_id = $1 AND user_id = ANY ($2::text[]) AND external_id IS NOT NULL ORDER BY user_id FOR UPDATE""",
        app_id,
        user_ids,
    )
    return {row["user_id"]: row["external_id"] for row in rows}


async def links_to(connection: Connection, app_id: str, accounts: Sequence[str]) -> set[str]:
    """Those of these accounts that somebody has."""
    rows = await connection.fetch(
        "SELECT external_id FROM app_user WHERE app_id = $1 AND external_id = ANY ($2::text[])", app_id, accounts
    )
    return {row["external_id"] for row in rows}


async def doubt(connection: Connection, app_id: str, user_ids: Sequence[str]) -> None:
    """Note that these people's accounts may hold something else than what was last confirmed."""
    await connection.execute(
        "UPDATE app_user SET intent_at = clock_timestamp() WHERE app_id = $1 AND user_id = ANY ($2::text[])",
        app_id,
        user_ids,
    )


async def write_marks(connection: Connection, app_id: str, batch: Sequence[Settlement]) -> None:
    """Clear what was served, postpone or park the rest, forget answered writes. Needs the lease."""
    served = [s.subject for s in batch if s.verdict is Verdict.CLEAR]
    if served:
        users, generations = words(s.user_id for s in served), numbers(s.mark.gen for s in served)
        await connection.execute(CLEAR, app_id, users, generations)
    later = [s for s in batch if s.verdict in (Verdict.LATER, Verdict.PARKED)]
    if later:
        await connection.execute(
            POSTPONE,
            app_id,
            [s.subject.user_id for s in later],
            [s.subject.mark.gen for s in later],
            [PARKED if s.verdict is Verdict.PARKED else s.delay for s in later],
            [s.lane for s in later],
            [int(s.counts) for s in later],
        )
    answered = [s.subject.user_id for s in batch if not s.keeps_intent and s.confirmed is None]
    if answered:
        await connection.execute(FORGET_INTENT, app_id, answered)


UPSERT_TASKS = """
INSERT INTO task AS old (id, kind, app_id, user_id, summary, detail)
SELECT id, kind, $1, user_id, summary, detail
FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[]) AS t (id, kind, user_id, summary, detail)
ON CONFLICT (app_id, kind, coalesce(user_id, '')) WHERE resolved IS NULL DO UPDATE SET
  summary = excluded.summary, detail = excluded.detail, count = old.count + 1, last_seen = clock_timestamp()
RETURNING id, kind, user_id, xmax = 0 AS new
"""


async def open_tasks(
    connection: Connection, app_id: str, tasks: Sequence[tuple[str, str, str | None, str, str]]
) -> list[tuple[str, str | None]]:
    """Open or renew tasks; the (task id, user id) of new ones.

    Given as (id, kind, user id, summary, detail), distinct by (kind, user id).
    """
    columns: list[list[Json]] = [list(column) for column in zip(*tasks, strict=True)]
    rows = await connection.fetch(UPSERT_TASKS, app_id, *columns)
    return [(row["id"], row["user_id"]) for row in rows if row["new"]]


async def close_tasks(connection: Connection, app_id: str, user_ids: Sequence[str]) -> list[tuple[str, str]]:
    """Close these people's tasks in the app; (task id, user id) of those that were open."""
    rows = await connection.fetch(
        """UPDATE task SET resolved = clock_timestamp()
        WHERE app_id = $1 AND user_id = ANY ($2::text[]) AND resolved IS NULL RETURNING id, user_id""",
        app_id,
        user_ids,
    )
    return [(row["id"], row["user_id"]) for row in rows]

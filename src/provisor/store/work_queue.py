"""Reads the next people to look at in an app, with all that a decision needs, in one query.

Order: lane, then how long it has been due. People already in hand are left out by name.
"""

from __future__ import annotations

from collections.abc import Sequence

import orjson
from asyncpg import Record

from provisor.apps.projection import Needs
from provisor.provisioning.subject import Link, Mark, Subject
from provisor.store.circumstances import COLUMNS, circumstances
from provisor.store.columns import words
from provisor.store.database import Connection
from provisor.store.marks import Lane

# LATERAL with a limit, because PostgreSQL turns EXISTS into a hash of the whole membership table.
GROUPED = """LEFT JOIN LATERAL (
  SELECT true AS yes FROM membership m JOIN app_group g ON g.group_id = m.group_id AND g.app_id = a.app_id
  WHERE m.user_id = a.user_id LIMIT 1) AS grouped ON NOT a.direct"""

# Each lane is read by itself: one ordered walk over the index would step over every row of a lane not yet due.
NEXT = f"""
SELECT d.user_id, d.gen, d.lane, d.attempts, d.cause,
  CASE WHEN u.deleted IS NULL THEN u.status ELSE 'DELETED' END AS status, u.profile::text AS profile,
  a.wanted, a.external_id, a.active, a.digest, a.username,
  extract(epoch FROM clock_timestamp() - a.intent_at)::float8 AS intent_age,
  a.direct OR coalesce(grouped.yes, false) AS assigned, u.type_id, {COLUMNS.format(groups="$6", account="$7")}
FROM (SELECT n::smallint FROM generate_series(0, $5::int) AS n) AS lane (n)
CROSS JOIN LATERAL (
  SELECT user_id, gen, lane, attempts, cause FROM dirty
  WHERE app_id = $1 AND dirty.lane = lane.n AND due <= clock_timestamp()
    AND user_id NOT IN (SELECT unnest(string_to_array($3, ' ')))
    AND (lane.n > 0 OR gen <= $4)
  ORDER BY due, user_id LIMIT $2
) AS d
JOIN app_user a ON a.app_id = $1 AND a.user_id = d.user_id
JOIN users u ON u.id = d.user_id
{GROUPED}
WHERE (SELECT epoch FROM apps WHERE id = $1) = $8
LIMIT $2
"""

ONE = f"""
SELECT a.user_id, coalesce(d.gen, 0), coalesce(d.lane, 2), coalesce(d.attempts, 0), coalesce(d.cause, ''),
  CASE WHEN u.deleted IS NULL THEN u.status ELSE 'DELETED' END, u.profile::text,
  a.wanted, a.external_id, a.active, a.digest, a.username,
  extract(epoch FROM clock_timestamp() - a.intent_at)::float8,
  a.direct OR coalesce(grouped.yes, false), u.type_id, {COLUMNS.format(groups="$5", account="$6")}
FROM app_user a JOIN users u ON u.id = a.user_id LEFT JOIN dirty d ON d.app_id = a.app_id AND d.user_id = a.user_id
{GROUPED}
WHERE a.app_id = $1 AND ($2::text IS NULL OR a.user_id = $2) AND a.user_id > $3
ORDER BY a.user_id LIMIT $4
"""

NO_LIMIT = 2**63 - 1
"""As `released_gen`: nothing is held."""


async def next_subjects(
    connection: Connection,
    app_id: str,
    epoch: int,
    needs: Needs,
    limit: int,
    in_hand: Sequence[str],
    released_gen: int = NO_LIMIT,
    lowest: Lane = Lane.BULK,
) -> list[Subject]:
    """At most `limit` people whose marks are due, of the lanes down to `lowest`.

    Of the leaving, only those marked up to `released_gen`. Nobody if the app's set-up is not of this epoch any more:
    whoever was marked for a new mapping must not be served by the old one.
    """
    rows = await connection.fetch(
        NEXT, app_id, limit, words(in_hand), released_gen, lowest, needs.groups, needs.account, epoch
    )
    return [_subject(app_id, row, needs) for row in rows]


async def subjects_of(
    connection: Connection, app_id: str, needs: Needs, user_id: str | None = None, after: str = "", limit: int = 1000
) -> list[Subject]:
    """People of an app whether dirty or not, by id: for previews."""
    rows = await connection.fetch(ONE, app_id, user_id, after, limit, needs.groups, needs.account)
    return [_subject(app_id, row, needs) for row in rows]


def _subject(app_id: str, row: Record, needs: Needs) -> Subject:
    (user_id, gen, lane, attempts, cause, status, profile, wanted, external_id, active, digest, username, age,
     assigned, type_id, groups, account, overrides, given, group_values) = row  # fmt: skip
    return Subject(
        app_id,
        user_id,
        status,
        orjson.loads(profile),
        assigned,
        wanted,
        Link(external_id, active, digest, username, age),
        Mark(gen, lane, attempts, cause),
        type_id,
        circumstances(needs, user_id, status, external_id, groups, account, overrides, given, group_values),
    )


async def next_due(connection: Connection, app_id: str, released_gen: int = NO_LIMIT) -> float | None:
    """Seconds until the next mark comes due, 0 when one is; None when there is none or all are parked."""
    seconds: float | None = await connection.fetchval(
        """SELECT extract(epoch FROM greatest(min(due) - clock_timestamp(), interval '0'))::float8 FROM (
          SELECT min(due) AS due FROM dirty WHERE app_id = $1 AND lane = 0 AND gen <= $2 AND due < 'infinity'
          UNION ALL (SELECT due FROM dirty WHERE app_id = $1 AND lane = 1 ORDER BY due LIMIT 1)
          UNION ALL (SELECT due FROM dirty WHERE app_id = $1 AND lane = 2 ORDER BY due LIMIT 1)
        ) AS d WHERE due < 'infinity'""",
        app_id,
        released_gen,
    )
    return seconds


async def begin_writes(
    connection: Connection, app_id: str, user_ids: Sequence[str], usernames: Sequence[str | None]
) -> None:
    """Store, before anything is sent, that writes are about to begin; creates under these names."""
    await connection.execute(
        """UPDATE app_user a SET intent_at = clock_timestamp(), username = coalesce(s.username, a.username)
        FROM unnest(string_to_array($2, ' '), $3::text[]) AS s (user_id, username)
        WHERE a.app_id = $1 AND a.user_id = s.user_id""",
        app_id,
        words(user_ids),
        usernames,
    )


async def count_leaving(connection: Connection, app_id: str, released_gen: int) -> int:
    """People who may have to leave and whom nobody has released."""
    number: int = await connection.fetchval(
        "SELECT count(*) FROM dirty WHERE app_id = $1 AND lane = 0 AND gen > $2", app_id, released_gen
    )
    return number


async def count_accounts(connection: Connection, app_id: str) -> int:
    """Active accounts we know of in the app."""
    number: int = await connection.fetchval(
        "SELECT count(*) FROM app_user WHERE app_id = $1 AND external_id IS NOT NULL AND active", app_id
    )
    return number

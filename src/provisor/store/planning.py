"""Reads everybody whom a pending change may concern, as they would stand in the app then: the load of a “what if”.

People who are in the app and people who would join come in one order, by id, a stretch at a time.
"""

from __future__ import annotations

from collections.abc import Sequence

import orjson
from asyncpg import Record

from provisor.apps.projection import Needs
from provisor.provisioning.pending import Moves
from provisor.provisioning.subject import Link, Mark, Subject
from provisor.store.assignments import WANTED
from provisor.store.circumstances import COLUMNS, circumstances
from provisor.store.database import Connection

# $3, $5: people and groups that would be assigned; $4, $6: those that would not be any more.
WALK = """
  (SELECT user_id FROM app_user WHERE app_id = $1 AND user_id > $2 ORDER BY user_id LIMIT $9)
  UNION (SELECT id COLLATE "C" FROM unnest($3::text[]) AS j (id) WHERE id COLLATE "C" > $2 ORDER BY 1 LIMIT $9)
  UNION (SELECT user_id FROM membership WHERE group_id = ANY ($5::text[]) AND user_id > $2 ORDER BY user_id LIMIT $9)
  ORDER BY 1 LIMIT $9
"""
NAMED = 'SELECT id COLLATE "C" AS user_id FROM unnest($2::text[]) AS n (id)'

# LATERAL with a limit, because PostgreSQL turns EXISTS into a hash of the whole membership table.
SUBJECTS_IF = f"""
WITH candidate AS MATERIALIZED ({{candidates}}
), app AS MATERIALIZED (
  SELECT {WANTED} AS wanted FROM apps a WHERE a.id = $1
), a AS (
  SELECT $1 AS app_id, c.user_id, x.wanted, x.assigned, x.external_id, x.active, x.digest, x.username, x.intent_at,
    coalesce(x.direct, false) AND c.user_id <> ALL ($4::text[]) OR c.user_id = ANY ($3::text[]) AS direct
  FROM candidate c LEFT JOIN app_user x ON x.app_id = $1 AND x.user_id = c.user_id
)
SELECT a.user_id, CASE WHEN u.deleted IS NULL THEN u.status ELSE 'DELETED' END AS status, u.profile::text,
  coalesce(a.wanted, false), app.wanted, coalesce(a.assigned, false), a.external_id, a.active, a.digest, a.username,
  extract(epoch FROM clock_timestamp() - a.intent_at)::float8 AS intent_age,
  a.direct OR coalesce(grouped.yes, false) AS assigned_then, u.type_id, {COLUMNS.format(groups="$7", account="$8")}
FROM a CROSS JOIN app JOIN users u ON u.id = a.user_id
LEFT JOIN LATERAL (
  SELECT true AS yes FROM membership m WHERE m.user_id = a.user_id AND (m.group_id = ANY ($5::text[]) OR EXISTS (
    SELECT FROM app_group g WHERE g.app_id = $1 AND g.group_id = m.group_id AND g.group_id <> ALL ($6::text[])))
  LIMIT 1) AS grouped ON NOT a.direct
ORDER BY a.user_id
"""
NEXT_IF, NAMED_IF = (SUBJECTS_IF.replace("{candidates}", each) for each in (WALK, NAMED))


async def subjects_if(
    connection: Connection, app_id: str, needs: Needs, moves: Moves, after: str, limit: int
) -> list[Subject]:
    """The next people by id, as they would stand in the app if these assignments were made and taken back."""
    rows = await connection.fetch(NEXT_IF, app_id, after, *_columns(moves, needs), limit)
    return _subjects(rows, app_id, needs, moves)


async def named_if(
    connection: Connection, app_id: str, needs: Needs, moves: Moves, user_ids: Sequence[str]
) -> list[Subject]:
    """These people likewise; those who were deleted without a trace are left out."""
    rows = await connection.fetch(NAMED_IF, app_id, user_ids, *_columns(moves, needs))
    return _subjects(rows, app_id, needs, moves)


def _columns(moves: Moves, needs: Needs) -> tuple[object, ...]:
    people, groups = (
        (list(moves.join_users), list(moves.leave_users)),
        (list(moves.join_groups), list(moves.leave_groups)),
    )
    return (*people, *groups, needs.groups, needs.account)


def _subjects(rows: Sequence[Record], app_id: str, needs: Needs, moves: Moves) -> list[Subject]:
    found = []
    for row in rows:
        (user_id, status, profile, wanted, new_wanted, was, external_id, active, digest, username, age, assigned,
         type_id, groups, account, overrides, given, group_values) = row  # fmt: skip
        beside = circumstances(
            needs, user_id, status, external_id, groups, account, overrides, given, _without(group_values, moves)
        )
        # As `assignments.REASSESS` has it: whoever joins is provisioned if that is on, all others stay as they are.
        kept = new_wanted if assigned and not was else wanted
        link = Link(external_id, active, digest, username, age)
        found.append(
            Subject(
                app_id, user_id, status, orjson.loads(profile), assigned, kept, link, Mark(0, 2, 0, ""), type_id, beside
            )
        )
    return found


def _without(group_values: str | None, moves: Moves) -> str | None:
    """The groups' values without those of groups that would be assigned no more."""
    if group_values is None or not moves.leave_groups:
        return group_values
    kept = [each for each in orjson.loads(group_values) if each[0] not in moves.leave_groups]
    return orjson.dumps(kept).decode() if kept else None


async def missing(connection: Connection, user_ids: Sequence[str], group_ids: Sequence[str]) -> list[str]:
    """Those of these ids that are of no person or group there is."""
    rows = await connection.fetch(
        """SELECT id FROM unnest($1::text[]) AS p (id)
        WHERE NOT EXISTS (SELECT FROM users u WHERE u.id = p.id AND u.deleted IS NULL)
        UNION SELECT id FROM unnest($2::text[]) AS q (id) WHERE NOT EXISTS (SELECT FROM groups g WHERE g.id = q.id)
        ORDER BY 1""",
        user_ids,
        group_ids,
    )
    return [row[0] for row in rows]

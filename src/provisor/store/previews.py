"""Reads what a preview shows beside the decision: what was last confirmed, and which change set a value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson

from provisor.apps.projection import Needs
from provisor.connector import Json
from provisor.provisioning.subject import Link, Mark, Subject
from provisor.store.circumstances import circumstances
from provisor.store.database import Connection


@dataclass(frozen=True, slots=True)
class Origin:
    """The change that gave a profile attribute its value."""

    event_type: str
    at: datetime
    transaction_id: str
    actor_id: str


async def pushed_profiles(connection: Connection, app_id: str, user_ids: Sequence[str]) -> dict[str, dict[str, Json]]:
    """What the app last confirmed, by user; people without are absent."""
    rows = await connection.fetch(
        """SELECT user_id, pushed FROM app_user_state
        WHERE app_id = $1 AND user_id = ANY ($2::text[]) AND pushed IS NOT NULL""",
        app_id,
        user_ids,
    )
    return {row["user_id"]: row["pushed"] for row in rows}


async def origins(connection: Connection, user_ids: Sequence[str]) -> dict[tuple[str, str], Origin]:
    """The latest change of each profile attribute, by (user, attribute)."""
    rows = await connection.fetch(
        """SELECT DISTINCT ON (c.user_id, k.name) c.user_id, k.name, c.event_type, c.at, c.transaction_id, c.actor_id
        FROM profile_change c
        CROSS JOIN LATERAL (SELECT jsonb_object_keys(c.after || c.before) AS name) AS k
        WHERE c.user_id = ANY ($1::text[]) ORDER BY c.user_id, k.name, c.version DESC""",
        user_ids,
    )
    return {(row[0], row[1]): Origin(row[2], row[3], row[4], row[5]) for row in rows}


EVERYTHING = Needs(True, True, True, True)


@dataclass(frozen=True, slots=True)
class AppOfUser:
    app_id: str
    label: str
    subject: Subject


# Assignment as it would be if the person joined $2 and left $3.
APPS_OF_USER = """
WITH member AS (
  SELECT group_id FROM membership WHERE user_id = $1 AND group_id <> ALL ($3::text[])
  UNION SELECT unnest($2::text[])
), candidate AS (
  SELECT app_id FROM app_user WHERE user_id = $1
  UNION SELECT app_id FROM app_group WHERE group_id IN (SELECT group_id FROM member)
)
SELECT p.id, p.label, u.id, CASE WHEN u.deleted IS NULL THEN u.status ELSE 'DELETED' END, u.profile::text,
  coalesce(a.wanted, coalesce((p.features ->> 'create')::boolean, false)),
  a.external_id, a.active, a.digest, a.username,
  coalesce(a.direct, false) OR EXISTS (
    SELECT FROM app_group g WHERE g.app_id = p.id AND g.group_id IN (SELECT group_id FROM member)) AS assigned,
  u.type_id,
  (SELECT json_agg(json_build_array(g.id, g.name, g.type, g.profile ->> 'description') ORDER BY g.id)::text
    FROM groups g WHERE g.id IN (SELECT group_id FROM member)) AS groups,
  (SELECT s.pushed::text FROM app_user_state s WHERE s.app_id = p.id AND s.user_id = $1) AS account,
  v.overrides::text, v.given::text,
  (SELECT json_agg(json_build_array(x.group_id, x.profile) ORDER BY x.priority, x.group_id)::text FROM app_group x
    WHERE x.app_id = p.id AND x.profile <> '{}' AND x.group_id IN (SELECT group_id FROM member)) AS group_values
FROM candidate c JOIN apps p ON p.id = c.app_id JOIN users u ON u.id = $1
LEFT JOIN app_user a ON a.app_id = p.id AND a.user_id = $1
LEFT JOIN app_user_value v ON v.app_id = p.id AND v.user_id = $1
ORDER BY p.label, p.id
"""


async def apps_of_user(
    connection: Connection, user_id: str, join: Sequence[str] = (), leave: Sequence[str] = ()
) -> list[AppOfUser]:
    """Every app that knows the person or would, with the person as they would stand in it."""
    rows = await connection.fetch(APPS_OF_USER, user_id, join, leave)
    return [
        AppOfUser(
            row[0],
            row[1],
            Subject(
                row[0], row[2], row[3], orjson.loads(row[4]), row[10], row[5],
                Link(row[6], row[7], row[8], row[9], None), Mark(0, 2, 0, ""), row[11],
                circumstances(EVERYTHING, row[2], row[3], row[6], *row[12:17]),
            ),
        )
        for row in rows
    ]  # fmt: skip


async def find_user(connection: Connection, id_or_login_key: str) -> str | None:
    """A person's id by id or folded login; None when there is none."""
    found: str | None = await connection.fetchval(
        """SELECT id FROM users WHERE deleted IS NULL AND (id = $1 OR login_key = $1)
        ORDER BY id = $1 DESC LIMIT 1""",
        id_or_login_key,
    )
    return found

"""App users and app groups as they are shown: set queries that gather everything a page needs. Changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg

from provisor.apps.projection import Circumstances, Needs
from provisor.store.circumstances import COLUMNS, circumstances
from provisor.store.conditions import escape_pattern
from provisor.store.database import Connection


@dataclass(frozen=True, slots=True)
class AppUserRow:
    user_id: str
    direct: bool
    assigned: bool
    wanted: bool
    external_id: str | None
    username: str | None
    created: datetime
    status_changed: datetime | None
    last_updated: datetime
    last_push: datetime | None
    pushed: Mapping[str, Any] | None
    """What was last confirmed at the app, `userName` among it."""
    type_id: str
    beside: Circumstances
    """What beside the profile bears on the account."""
    profile: Mapping[str, Any]
    """The person's, in the directory."""
    group_id: str | None
    """The assigning group of the highest priority."""
    failed: bool
    """A task about this person in this app is open."""
    due: bool
    """A mark waits or is being served."""


APP_USERS = f"""
SELECT a.user_id, a.direct, a.assigned, a.wanted, a.external_id, a.username,
  a.created, a.status_changed, a.last_updated, a.last_push, s.pushed, u.type_id, u.profile, u.status,
  (SELECT g.group_id FROM app_group g JOIN membership m USING (group_id)
   WHERE g.app_id = a.app_id AND m.user_id = a.user_id ORDER BY g.priority, g.group_id LIMIT 1) AS group_id,
  EXISTS (SELECT FROM task t WHERE t.app_id = a.app_id AND t.user_id = a.user_id AND t.resolved IS NULL) AS failed,
  EXISTS (SELECT FROM dirty d WHERE d.app_id = a.app_id AND d.user_id = a.user_id) AS due,
  {COLUMNS.format(groups="$2", account="$3")}
FROM app_user a JOIN users u ON u.id = a.user_id
LEFT JOIN app_user_state s ON s.app_id = a.app_id AND s.user_id = a.user_id
"""

LIST_APP_USERS = f"""
{APP_USERS}
WHERE a.app_id = $1 AND a.assigned AND ($4::text IS NULL OR a.user_id > $4)
  AND ($5::text IS NULL OR lower(a.username) LIKE $5 OR lower(u.profile ->> 'login') LIKE $5
    OR lower(u.profile ->> 'email') LIKE $5 OR lower(u.profile ->> 'firstName') LIKE $5
    OR lower(u.profile ->> 'lastName') LIKE $5)
ORDER BY a.user_id LIMIT $6
"""


def app_user_row(row: asyncpg.Record, needs: Needs) -> AppUserRow:
    (user_id, direct, assigned, wanted, external_id, username, created, status_changed, last_updated, last_push,
     pushed, type_id, profile, status, group_id, failed, due,
     groups, account, overrides, given, group_values) = row  # fmt: skip
    beside = circumstances(needs, user_id, status, external_id, groups, account, overrides, given, group_values)
    return AppUserRow(
        user_id, direct, assigned, wanted, external_id, username, created, status_changed, last_updated, last_push,
        pushed, type_id, beside, profile, group_id, failed, due
    )  # fmt: skip


async def list_app_users(
    connection: Connection, app_id: str, needs: Needs, *, prefix: str | None, after: str | None, limit: int
) -> list[AppUserRow]:
    """A page of the app's assigned people; `prefix` is of user name, first or last name, or e-mail."""
    pattern = escape_pattern(prefix.lower()) + "%" if prefix else None
    rows = await connection.fetch(LIST_APP_USERS, app_id, needs.groups, needs.account, after, pattern, limit)
    return [app_user_row(row, needs) for row in rows]


async def find_app_user(connection: Connection, app_id: str, needs: Needs, user_id: str) -> AppUserRow | None:
    """One person in the app, assigned or not any more."""
    query = f"{APP_USERS} WHERE a.app_id = $1 AND a.user_id = $4"
    row = await connection.fetchrow(query, app_id, needs.groups, needs.account, user_id)
    return app_user_row(row, needs) if row else None


async def type_of_user(connection: Connection, user_id: str) -> str | None:
    """The person's type; None when there is nobody of this id."""
    found: str | None = await connection.fetchval(
        "SELECT type_id FROM users WHERE id = $1 AND deleted IS NULL", user_id
    )
    return found


@dataclass(frozen=True, slots=True)
class AppGroupRow:
    group_id: str
    priority: int
    profile: Mapping[str, Any]
    last_updated: datetime
    name: str


APP_GROUPS = """
SELECT ag.group_id, ag.priority, ag.profile, ag.last_updated, g.name
FROM app_group ag JOIN groups g ON g.id = ag.group_id WHERE ag.app_id = $1
"""


async def list_app_groups(
    connection: Connection, app_id: str, *, prefix: str | None, after: tuple[int, str] | None, limit: int
) -> list[AppGroupRow]:
    """A page of the app's groups by priority."""
    rows = await connection.fetch(
        f"""{APP_GROUPS} AND ($2::int IS NULL OR (ag.priority, ag.group_id) > ($2, $3))
        AND ($4::text IS NULL OR starts_with(lower(g.name), lower($4)))
        ORDER BY ag.priority, ag.group_id LIMIT $5""",
        app_id,
        after[0] if after else None,
        after[1] if after else None,
        prefix,
        limit,
    )
    return [AppGroupRow(*row) for row in rows]


async def find_app_group(connection: Connection, app_id: str, group_id: str) -> AppGroupRow | None:
    row = await connection.fetchrow(f"{APP_GROUPS} AND ag.group_id = $2", app_id, group_id)
    return AppGroupRow(*row) if row else None


async def group_exists(connection: Connection, group_id: str) -> bool:
    found: bool = await connection.fetchval("SELECT EXISTS (SELECT FROM groups WHERE id = $1)", group_id)
    return found

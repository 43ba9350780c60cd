"""App users and app groups as rows: the direct flag, values given at assignment, why somebody is assigned.

Group rows are locked FOR UPDATE when an app is assigned to them: see `store.assignments`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from provisor.store.database import Connection


@dataclass(frozen=True, slots=True)
class Assignment:
    """Why somebody is assigned."""

    direct: bool
    groups: list[str]
    """Names of the groups that assign, by priority."""


async def hold_assignable(connection: Connection, user_id: str) -> bool:
    """Hold the person still against a concurrent deactivation; False for somebody deactivated or deleted."""
    row = await connection.fetchrow("SELECT status, deleted FROM users WHERE id = $1 FOR SHARE", user_id)
    if row is None or row["deleted"] is not None or row["status"] == "DEPROVISIONED":
        return False
    await connection.execute(
        """SELECT FROM groups WHERE id IN (SELECT group_id FROM membership WHERE user_id = $1)
        ORDER BY id FOR SHARE""",
        user_id,
    )
    return True


async def set_direct(connection: Connection, app_id: str, user_id: str, username: str | None) -> None:
    """Note that somebody is assigned by themselves. `assigned` follows by `assignments.reassess`."""
    await connection.execute(
        """INSERT INTO app_user AS a (app_id, user_id, direct, assigned, wanted, username)
        VALUES ($1, $2, true, false, false, $3)
        ON CONFLICT (app_id, user_id) DO UPDATE SET direct = true, last_updated = clock_timestamp(),
          username = CASE WHEN a.external_id IS NULL THEN coalesce($3, a.username) ELSE a.username END""",
        app_id,
        user_id,
        username,
    )


async def clear_direct(connection: Connection, app_id: str, user_id: str) -> None:
    await connection.execute(
        """UPDATE app_user SET direct = false, last_updated = clock_timestamp()
        WHERE app_id = $1 AND user_id = $2""",
        app_id,
        user_id,
    )


async def keep_given(connection: Connection, app_id: str, user_id: str, given: Mapping[str, Any]) -> None:
    """Keep values given at assignment; mapped attributes ignore them (decided: the mapping wins)."""
    await connection.execute(
        """INSERT INTO app_user_value AS v (app_id, user_id, given) VALUES ($1, $2, $3)
        ON CONFLICT (app_id, user_id) DO UPDATE SET given = v.given || excluded.given""",
        app_id,
        user_id,
        dict(given),
    )


async def keep_username(connection: Connection, app_id: str, user_id: str, username: str) -> None:
    """Note a user name that an administrator gave; once an account is linked, its own name is what counts."""
    await connection.execute(
        """UPDATE app_user SET username = $3, last_updated = clock_timestamp()
        WHERE app_id = $1 AND user_id = $2 AND external_id IS NULL""",
        app_id,
        user_id,
        username,
    )


async def assignment(connection: Connection, app_id: str, user_id: str) -> Assignment | None:
    """Why somebody is assigned; None when the app never knew them. Locks the row."""
    row = await connection.fetchrow(
        "SELECT direct FROM app_user WHERE app_id = $1 AND user_id = $2 FOR UPDATE", app_id, user_id
    )
    if row is None:
        return None
    groups = await connection.fetch(
        """SELECT g.name FROM app_group ag JOIN membership m USING (group_id) JOIN groups g ON g.id = ag.group_id
        WHERE ag.app_id = $1 AND m.user_id = $2 ORDER BY ag.priority, g.id""",
        app_id,
        user_id,
    )
    return Assignment(row["direct"], [each["name"] for each in groups])


@dataclass(frozen=True, slots=True)
class HolderRow:
    user_id: str
    status: str
    """`DELETED` for a tombstone."""
    assigned: bool


async def find_holder(connection: Connection, app_id: str, external_id: str) -> HolderRow | None:
    """Who is linked to this account; None when nobody is."""
    row = await connection.fetchrow(
        """SELECT a.user_id, CASE WHEN u.deleted IS NULL THEN u.status ELSE 'DELETED' END AS status,
          a.direct OR EXISTS (SELECT FROM membership m JOIN app_group g USING (group_id)
            WHERE m.user_id = a.user_id AND g.app_id = a.app_id) AS assigned
        FROM app_user a JOIN users u ON u.id = a.user_id WHERE a.app_id = $1 AND a.external_id = $2""",
        app_id,
        external_id,
    )
    return HolderRow(*row) if row else None


async def erase_person(connection: Connection, user_id: str) -> None:
    """Forget what was sent about a person. Links stay until their deactivation is confirmed.

    The account's name stays only where a create has not been answered: it is needed to look for the account.
    """
    await connection.execute("DELETE FROM app_user_state WHERE user_id = $1", user_id)
    await connection.execute("DELETE FROM app_user_value WHERE user_id = $1", user_id)
    await connection.execute("DELETE FROM drift_finding WHERE user_id = $1", user_id)
    await connection.execute("UPDATE app_user SET username = NULL WHERE user_id = $1 AND intent_at IS NULL", user_id)


async def distrust(connection: Connection, app_id: str, names: Sequence[str]) -> None:
    """Whoever's confirmed account has one of these attributes is no longer taken to be as we want it.

    The same value belongs elsewhere in the app's resource now, which the comparison of values would not notice.
    """
    await connection.execute(
        """UPDATE app_user a SET digest = NULL FROM app_user_state s
        WHERE a.app_id = $1 AND s.app_id = $1 AND s.user_id = a.user_id AND s.pushed::jsonb ?| $2::text[]""",
        app_id,
        list(names),
    )

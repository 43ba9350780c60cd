"""The `admin_role` table: who holds which roles. What a role allows is `services.actor`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from provisor.store.database import Connection

SUPER = "SUPER_ADMIN"
# Somebody who can sign in, or could with the right password and a little patience.
ABLE = """
SELECT FROM admin_role JOIN users ON users.id = admin_role.user_id
WHERE role = $1 AND deleted IS NULL AND password_hash IS NOT NULL
  AND status IN ('ACTIVE', 'PASSWORD_EXPIRED', 'LOCKED_OUT')
"""
HOLDERS = """
SELECT users.id, users.status, users.profile, array_agg(admin_role.role ORDER BY admin_role.role) AS roles,
  min(admin_role.assigned) AS since
FROM admin_role JOIN users ON users.id = admin_role.user_id WHERE users.deleted IS NULL AND users.id > $1
GROUP BY users.id ORDER BY users.id LIMIT $2
"""


@dataclass(frozen=True, slots=True)
class RoleAssignment:
    user_id: str
    role: str
    assigned: datetime
    assigned_by: str


@dataclass(frozen=True, slots=True)
class Holder:
    """A person with at least one role."""

    user_id: str
    status: str
    profile: dict[str, Any]
    roles: tuple[str, ...]
    since: datetime


async def insert(connection: Connection, user_id: str, role: str, actor_id: str) -> RoleAssignment | None:
    """Give a person a role; None when they have it already."""
    row = await connection.fetchrow(
        """INSERT INTO admin_role (user_id, role, assigned_by) VALUES ($1, $2, $3)
        ON CONFLICT DO NOTHING RETURNING user_id, role, assigned, assigned_by""",
        user_id,
        role,
        actor_id,
    )
    return RoleAssignment(*row) if row else None


async def list_of_user(connection: Connection, user_id: str) -> list[RoleAssignment]:
    rows = await connection.fetch(
        "SELECT user_id, role, assigned, assigned_by FROM admin_role WHERE user_id = $1 ORDER BY role", user_id
    )
    return [RoleAssignment(*row) for row in rows]


async def roles_of(connection: Connection, user_id: str) -> list[str]:
    return [row["role"] for row in await connection.fetch("SELECT role FROM admin_role WHERE user_id = $1", user_id)]


async def delete(connection: Connection, user_id: str, roles: Sequence[str] | None = None) -> list[str]:
    """Take roles, or all of them, from a person; those that were there."""
    rows = await connection.fetch(
        """DELETE FROM admin_role WHERE user_id = $1 AND ($2::text[] IS NULL OR role = ANY ($2))
        RETURNING role""",
        user_id,
        roles,
    )
    return sorted(row["role"] for row in rows)


async def list_holders(connection: Connection, after: str, limit: int) -> list[Holder]:
    """A page of the people who hold roles."""
    rows = await connection.fetch(HOLDERS, after, limit)
    return [Holder(row["id"], row["status"], row["profile"], tuple(row["roles"]), row["since"]) for row in rows]


async def lock(connection: Connection) -> None:
    """Let only one transaction at a time decide who is the first, or the last, super administrator."""
    await connection.execute("LOCK TABLE admin_role IN SHARE ROW EXCLUSIVE MODE")


async def any_super_admin(connection: Connection) -> bool:
    """Whether anybody who is not deleted holds the role, able to sign in or not."""
    found: bool = await connection.fetchval(
        """SELECT EXISTS (SELECT FROM admin_role JOIN users ON users.id = admin_role.user_id
        WHERE role = $1 AND deleted IS NULL)""",
        SUPER,
    )
    return found


async def other_super_admin(connection: Connection, user_id: str) -> bool:
    """Whether a super administrator who can sign in would be left without this one."""
    found: bool = await connection.fetchval(f"SELECT EXISTS ({ABLE} AND user_id <> $2)", SUPER, user_id)
    return found

"""Protects administrators from those who may do less, and an installation from having no super administrator."""

from __future__ import annotations

from provisor.services.actor import Actor, NotAllowed, Permission, Role, permissions_of_roles
from provisor.services.errors import Forbidden
from provisor.services.work import Database, Work
from provisor.store import admin_roles
from provisor.store.database import Connection
from provisor.systemlog import Event, EventType


class LastSuperAdmin(Forbidden):
    """Nobody would be left who can manage administrators."""


async def may_act_on(work: Work, user_id: str) -> None:
    """Raise `NotAllowed` if the person may do something that the actor may not.

    Else a help desk administrator could set a super administrator's password, and be one.
    """
    above = await _roles_above(work.connection, work.actor, user_id)
    if above:
        titles = " and ".join(sorted(role.title.lower() for role in above))
        raise NotAllowed(
            f"This person is {titles} and may do more than you, so you cannot change them. Ask a super administrator."
        )


async def is_above(database: Database, actor: Actor, user_id: str) -> bool:
    """Whether the person may do something that the actor may not: then offering to change them would be a lie."""
    actor.require(Permission.READ)
    async with database.read() as connection:
        return bool(await _roles_above(connection, actor, user_id))


async def _roles_above(connection: Connection, actor: Actor, user_id: str) -> list[Role]:
    """A person's roles, if they allow something that the actor may not."""
    if actor.permissions >= frozenset(Permission):
        return []
    roles = [Role(name) for name in await admin_roles.roles_of(connection, user_id)]
    return [] if permissions_of_roles(roles) <= actor.permissions else roles


async def leave_a_super_admin(work: Work, user_id: str) -> None:
    """Raise `LastSuperAdmin` if nobody who can sign in would hold the role without this person."""
    if Role.SUPER_ADMIN not in await admin_roles.roles_of(work.connection, user_id):
        return
    await admin_roles.lock(work.connection)
    if not await admin_roles.other_super_admin(work.connection, user_id):
        raise LastSuperAdmin(
            "This is the last super administrator who can sign in. Give the role to somebody else first: "
            "somebody active, with a password."
        )


async def take_roles(work: Work, user_id: str, role: Role | None = None) -> list[Role]:
    """Take a role, or all, from a held person; those they had. Who is last is not asked here."""
    taken = await admin_roles.delete(work.connection, user_id, None if role is None else [role])
    for name in taken:
        work.log(Event(EventType.USER_REVOKE, user_id=user_id, detail={"privilege": name}))
    return [Role(name) for name in taken]

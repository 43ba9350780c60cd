"""Who administers: grants, revokes and lists roles. What a role allows is `actor`, who is protected `protection`."""

from __future__ import annotations

from provisor.directory.lifecycle import Status
from provisor.services.actor import Actor, Permission, Role
from provisor.services.errors import Forbidden, NotFound, ServiceError
from provisor.services.protection import leave_a_super_admin, take_roles
from provisor.services.users import hold_user
from provisor.services.work import Database, Work
from provisor.store import admin_roles as store
from provisor.store import users
from provisor.store.admin_roles import Holder, RoleAssignment
from provisor.systemlog import Event, EventType


class AlreadyGranted(ServiceError):
    """The person has the role."""


async def list_admins(database: Database, actor: Actor, *, after: str = "", limit: int = 200) -> list[Holder]:
    """A page of the people who hold roles, by id."""
    actor.require(Permission.READ)
    async with database.read() as connection:
        return await store.list_holders(connection, after, limit)


async def list_roles(database: Database, actor: Actor, key: str) -> list[RoleAssignment]:
    """A person's roles; raises `NotFound`."""
    actor.require(Permission.READ)
    async with database.read() as connection:
        user = await users.find(connection, key)
        if user is None:
            raise NotFound("User", key)
        return await store.list_of_user(connection, user.id)


async def get_role(database: Database, actor: Actor, key: str, role: Role) -> RoleAssignment:
    """One role of a person; raises `NotFound`."""
    actor.require(Permission.READ)
    for assignment in await list_roles(database, actor, key):
        if assignment.role == role:
            return assignment
    raise NotFound("RoleAssignment", role)


async def grant_role(database: Database, actor: Actor, key: str, role: Role) -> RoleAssignment:
    """Make a person an administrator. Raises `NotFound`, `AlreadyGranted`, and `Forbidden` for who has left."""
    actor.require(Permission.MANAGE_ADMINS)
    async with database.begin(actor) as work:
        user = await hold_user(work, key)
        if user.status is Status.DEPROVISIONED:
            raise Forbidden("The person is deactivated. Activate them before they get a role.")
        assignment = await give_role(work, user.id, role)
        if assignment is None:
            raise AlreadyGranted(f"{user.login} is {role.title.lower()} already.")
    return assignment


async def give_role(work: Work, user_id: str, role: Role) -> RoleAssignment | None:
    """Give a held person a role; None when they have it."""
    assignment = await store.insert(work.connection, user_id, role, work.actor.id)
    if assignment is not None:
        work.log(Event(EventType.USER_GRANT, user_id=user_id, detail={"privilege": role.value}))
    return assignment


async def revoke_role(database: Database, actor: Actor, key: str, role: Role) -> None:
    """Take a role back; it is gone at the person's next request. Raises `NotFound` and `LastSuperAdmin`."""
    actor.require(Permission.MANAGE_ADMINS)
    async with database.begin(actor) as work:
        user = await hold_user(work, key)
        if role is Role.SUPER_ADMIN:
            await leave_a_super_admin(work, user.id)
        if not await take_roles(work, user.id, role):
            raise NotFound("RoleAssignment", role)

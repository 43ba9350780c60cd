"""What happens when people are activated, suspended, deactivated and erased. The table of what may happen when is
`directory.lifecycle`; this is what each operation does beyond the status."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from provisor.directory import lifecycle
from provisor.directory.lifecycle import Operation, Status
from provisor.directory.user import User
from provisor.services import attempts
from provisor.services.actor import Actor, Permission
from provisor.services.marking import statuses_changed, users_activated, users_left
from provisor.services.passwords import hash_password, temporary_password
from provisor.services.protection import leave_a_super_admin, may_act_on, take_roles
from provisor.services.users import hold_user
from provisor.services.work import Database, Work
from provisor.store import app_users, memberships, profile_changes, sessions, unique_values
from provisor.store import users as store
from provisor.systemlog import Event, EventType

SIGNED_IN = frozenset({Status.ACTIVE, Status.LOCKED_OUT})
"""Statuses in which sessions go on."""


@dataclass(frozen=True, slots=True)
class Effect:
    event: EventType
    follow: Callable[[Work, Sequence[str]], Awaitable[None]] = statuses_changed
    """What makes the apps follow."""
    permission: Permission = Permission.MANAGE_PEOPLE
    locks_out: bool = False
    """The person cannot sign in afterwards: the last super administrator may not be taken through this."""


# Suspending reaches no app: accounts stay as they are until the person is back or leaves.
EFFECTS: dict[Operation, Effect] = {
    Operation.ACTIVATE: Effect(EventType.USER_ACTIVATE, users_activated),
    Operation.REACTIVATE: Effect(EventType.USER_REACTIVATE, permission=Permission.HELP_PEOPLE),
    Operation.SUSPEND: Effect(EventType.USER_SUSPEND, locks_out=True),
    Operation.UNSUSPEND: Effect(EventType.USER_UNSUSPEND, users_activated),
    Operation.UNLOCK: Effect(EventType.USER_UNLOCK, permission=Permission.HELP_PEOPLE),
    Operation.RESET_PASSWORD: Effect(EventType.USER_RESET_PASSWORD, permission=Permission.HELP_PEOPLE, locks_out=True),
    Operation.EXPIRE_PASSWORD: Effect(EventType.USER_EXPIRE_PASSWORD, permission=Permission.HELP_PEOPLE),
    Operation.EXPIRE_WITH_TEMP_PASSWORD: Effect(EventType.USER_EXPIRE_PASSWORD, permission=Permission.HELP_PEOPLE),
    Operation.DEACTIVATE: Effect(EventType.USER_DEACTIVATE, users_left, locks_out=True),
}


async def change_status(database: Database, actor: Actor, key: str, operation: Operation) -> User:
    """Carry out a lifecycle operation; raises `NotFound` and `NotInThisStatus`."""
    actor.require(EFFECTS[operation].permission)
    async with database.begin(actor) as work:
        user = await hold_user(work, key)
        await move(work, user, operation)
        moved = await store.find(work.connection, user.id)
    assert moved is not None
    return moved


async def expire_with_temporary_password(database: Database, actor: Actor, key: str) -> str:
    """Expire a password and replace it with one that is returned once."""
    actor.require(Permission.HELP_PEOPLE)
    password = temporary_password()
    password_hash = await hash_password(password)
    async with database.begin(actor) as work:
        user = await hold_user(work, key)
        await move(work, user, Operation.EXPIRE_WITH_TEMP_PASSWORD)
        await store.set_password(work.connection, user.id, password_hash)
        await attempts.forget(work.connection, user.login)
    return password


async def delete_user(database: Database, actor: Actor, key: str) -> None:
    """Deactivate a person; if that was done before, erase them.

    What is left is a tombstone and the log. Deactivations that apps have not confirmed yet still complete.
    """
    actor.require(Permission.MANAGE_PEOPLE)
    async with database.begin(actor) as work:
        user = await hold_user(work, key)
        if user.status is not Status.DEPROVISIONED:
            await move(work, user, Operation.DEACTIVATE)
            return
        lifecycle.after(Operation.DELETE, user.status)
        await memberships.delete_of_user(work.connection, user.id)
        await profile_changes.erase(work.connection, user.id)
        await app_users.erase_person(work.connection, user.id)
        await unique_values.give_all(work.connection, [user.id])
        await store.erase(work.connection, user.id)
        work.log(
            Event(EventType.USER_DELETE_INITIATED, user_id=user.id),
            Event(EventType.USER_DELETE_COMPLETED, user_id=user.id),
        )


async def move(work: Work, user: User, operation: Operation) -> None:
    """Take a held person through an operation. The status is stored before the apps' share is worked out."""
    effect = EFFECTS[operation]
    target = lifecycle.after(operation, user.status, credentialed=user.credentialed)
    await may_act_on(work, user.id)
    if effect.locks_out:
        await leave_a_super_admin(work, user.id)
    await store.set_status(work.connection, [user.id], target, activated=operation is Operation.ACTIVATE)
    work.log(Event(effect.event, user_id=user.id))
    if operation is Operation.DEACTIVATE:
        # Who comes back is not an administrator again by that alone.
        await take_roles(work, user.id)
    if operation is Operation.UNLOCK:
        await attempts.forget(work.connection, user.login)
    if target not in SIGNED_IN:
        await sessions.delete_of_user(work.connection, user.id)
    await effect.follow(work, [user.id])

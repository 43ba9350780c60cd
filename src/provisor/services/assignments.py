"""Use cases of assignment: people and groups to apps, and back; Provision User; Force Sync."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from provisor.directory.ids import Prefix
from provisor.services import sweeping
from provisor.services.actor import Actor, Permission
from provisor.services.marking import reassess
from provisor.services.work import Database, Work
from provisor.store import app_users, sweeps
from provisor.store.marks import Lane, mark_pairs
from provisor.store.sweeps import Sweep, SweepKind
from provisor.systemlog import Event, EventType


class AssignmentRefused(Exception):
    """An assignment that cannot be made or taken back as asked."""


class NotAssigned(AssignmentRefused):
    """The person or group is not assigned to this app."""


class UserInactive(AssignmentRefused):
    """Deactivated people have no apps."""


class AssignedByGroup(AssignmentRefused):
    """Only the group can take this assignment back."""

    def __init__(self, groups: list[str]) -> None:
        names = ", ".join(f"“{name}”" for name in groups)
        super().__init__(
            f"The user is assigned by the group {names}: remove the user from it, or the group from the app."
        )


async def assign_user(
    database: Database, actor: Actor, app_id: str, user_id: str, *, username: str | None, given: Mapping[str, Any]
) -> None:
    """Assign a person by themselves. A group's assignment becomes a direct one too; repeating changes nothing."""
    actor.require(Permission.MANAGE_APPS)
    async with database.begin(actor) as work:
        if not await app_users.hold_assignable(work.connection, user_id):
            raise UserInactive("The user is deactivated. Activate the user first.")
        await app_users.set_direct(work.connection, app_id, user_id, username)
        if given:
            await app_users.keep_given(work.connection, app_id, user_id, given)
        changed = await reassess(work, [(app_id, user_id)])
        if not changed:
            await _marked(work, app_id, user_id, EventType.ASSIGN_UPDATE)


async def unassign_user(database: Database, actor: Actor, app_id: str, user_id: str) -> None:
    """Take a direct assignment back; where a group assigns too, the account stays."""
    actor.require(Permission.MANAGE_APPS)
    async with database.begin(actor) as work:
        state = await app_users.assignment(work.connection, app_id, user_id)
        if state is None or not (state.direct or state.groups):
            raise NotAssigned("The user is not assigned to this app.")
        if not state.direct:
            raise AssignedByGroup(state.groups)
        await app_users.clear_direct(work.connection, app_id, user_id)
        await reassess(work, [(app_id, user_id)])


async def assign_group(
    database: Database, actor: Actor, app_id: str, group_id: str, *, priority: int | None, profile: Mapping[str, Any]
) -> bool:
    """Assign a group: its members join the app. True when it was new; returns when every member is marked."""
    actor.require(Permission.MANAGE_APPS)
    async with database.begin(actor) as work:
        new = await app_users.put_app_group(work.connection, app_id, group_id, priority, profile)
        kind = EventType.GROUP_APP_ADD if new else EventType.GROUP_APP_UPDATE
        work.log(Event(kind, app_id=app_id, group_id=group_id))
        sweep = _sweep(work, app_id, SweepKind.JOIN, group_id)
        if new:
            await sweeping.begin(work, sweep)
    if new:
        await sweeping.finish(database, sweep.id)
    return new


async def unassign_group(database: Database, actor: Actor, app_id: str, group_id: str) -> None:
    """Take a group's assignment back: members with no other reason leave the app."""
    actor.require(Permission.MANAGE_APPS)
    async with database.begin(actor) as work:
        if not await app_users.delete_app_group(work.connection, app_id, group_id):
            raise NotAssigned("The group is not assigned to this app.")
        work.log(Event(EventType.GROUP_APP_REMOVE, app_id=app_id, group_id=group_id))
        sweep = _sweep(work, app_id, SweepKind.REVIEW, None)
        await sweeping.begin(work, sweep)
    await sweeping.finish(database, sweep.id)


async def groups_deleted(work: Work, apps: list[str]) -> list[str]:
    """A group with these app assignments is deleted in this transaction; sweeps to finish after the commit."""
    begun = [_sweep(work, app_id, SweepKind.REVIEW, None) for app_id in apps]
    for sweep in begun:
        await sweeping.begin(work, sweep)
    return [sweep.id for sweep in begun]


async def provision_user(database: Database, actor: Actor, app_id: str, user_id: str) -> None:
    """Provision User: take in somebody who was assigned before provisioning was on."""
    actor.require(Permission.MANAGE_APPS)
    async with database.begin(actor) as work:
        await sweeps.want_all(work.connection, app_id, [user_id])
        await _marked(work, app_id, user_id, None)


async def provision_all(database: Database, actor: Actor, app_id: str) -> None:
    """Provision User for everybody who was assigned before provisioning was on."""
    actor.require(Permission.MANAGE_APPS)
    await _walk(database, actor, app_id, SweepKind.PROVISION)


async def force_sync(database: Database, actor: Actor, app_id: str) -> None:
    """Look at everybody in the app again; only those who differ from what was last confirmed are sent."""
    actor.require(Permission.MANAGE_APPS)
    await _walk(database, actor, app_id, SweepKind.SYNC)


async def _walk(database: Database, actor: Actor, app_id: str, kind: SweepKind) -> None:
    async with database.begin(actor) as work:
        sweep = _sweep(work, app_id, kind, None)
        if kind is SweepKind.SYNC:
            work.log(Event(EventType.FORCE_SYNC_START, app_id=app_id))
        await sweeping.begin(work, sweep)
    await sweeping.finish(database, sweep.id)


async def _marked(work: Work, app_id: str, user_id: str, kind: EventType | None) -> None:
    if kind is not None:
        work.log(Event(kind, app_id=app_id, user_id=user_id))
    await mark_pairs(work.connection, [(app_id, user_id)], Lane.CHANGE, work.transaction_id)
    work.wake([app_id])


def _sweep(work: Work, app_id: str, kind: SweepKind, group_id: str | None) -> Sweep:
    return Sweep(work.ids.new(Prefix.SWEEP), app_id, kind, group_id, "", work.transaction_id, work.actor.id)

"""Use cases of assignment: people and groups to apps, and back; Provision User; Force Sync."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson

from provisor.directory.ids import Prefix
from provisor.services import sweeping
from provisor.services.actor import Actor, Permission
from provisor.services.errors import ChangedMeanwhile
from provisor.services.marking import reassess
from provisor.services.work import Database, Work
from provisor.store import app_groups, app_users, sweeps
from provisor.store.app_groups import AppGroup
from provisor.store.marks import Lane
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
    database: Database,
    actor: Actor,
    app_id: str,
    group_id: str,
    *,
    priority: int | None,
    profile: Mapping[str, Any],
    seen: Mapping[str, str] | None = None,
) -> bool:
    """Assign a group: its members join the app. True when it was new; returns when every member is marked.

    Where the group is assigned already, its priority and values become these; who they concern is looked at again.
    `seen` are priority and values that the caller saw, as `group_texts` writes them.
    """
    actor.require(Permission.MANAGE_APPS)
    async with database.begin(actor) as work:
        before = await app_groups.hold(work.connection, app_id, group_id)
        if seen and before is not None:
            ChangedMeanwhile.check("The group's assignment", seen, group_texts(before, seen))
        after = await app_groups.put(work.connection, app_id, group_id, priority, profile)
        kind = EventType.GROUP_APP_ADD if before is None else EventType.GROUP_APP_UPDATE
        work.log(Event(kind, app_id=app_id, group_id=group_id, detail=_changed_values(before, after)))
        kinds = [SweepKind.JOIN] if before is None else []
        if (before is None and after.profile) or (before not in (None, after) and (before.profile or after.profile)):
            kinds.append(SweepKind.VALUES)
        begun = [_sweep(work, app_id, kind, group_id) for kind in kinds]
        for sweep in begun:
            await sweeping.begin(work, sweep)
    for sweep in begun:
        await sweeping.finish(database, sweep.id)
    return before is None


def group_texts(group: AppGroup, names: Iterable[str]) -> dict[str, str]:
    """What a form shows of a group's assignment: its priority, and its values as JSON (texts as they are)."""
    return {name: str(group.priority) if name == "priority" else value_text(group.profile.get(name)) for name in names}


def value_text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _changed_values(before: AppGroup | None, after: AppGroup) -> dict[str, list[str]]:
    """Which attributes, for the log; their values are not its business."""
    old = before.profile if before is not None else {}
    names = [name for name in {**old, **after.profile} if old.get(name) != after.profile.get(name)]
    return {"attributes": names} if names else {}


async def move_group(database: Database, actor: Actor, app_id: str, group_id: str, *, up: bool) -> None:
    """Let a group change places with the one before or after it; at the end of the list nothing happens."""
    actor.require(Permission.MANAGE_APPS)
    async with database.begin(actor) as work:
        if await app_groups.hold(work.connection, app_id, group_id) is None:
            raise NotAssigned("The group is not assigned to this app.")
        rows = await app_groups.in_order(work.connection, app_id)
        order = [each for each, _, _ in rows]
        at = order.index(group_id)
        other = at - 1 if up else at + 1
        if not 0 <= other < len(order):
            return
        order[at], order[other] = order[other], order[at]
        await app_groups.number(work.connection, app_id, order)
        work.log(Event(EventType.GROUP_APP_UPDATE, app_id=app_id, group_id=group_id))
        if not (rows[at][2] and rows[other][2]):
            return
        # Only people in both groups can get another value, and the members of one are all of them.
        sweep = _sweep(work, app_id, SweepKind.VALUES, group_id)
        await sweeping.begin(work, sweep)
    await sweeping.finish(database, sweep.id)


async def unassign_group(database: Database, actor: Actor, app_id: str, group_id: str) -> None:
    """Take a group's assignment back: members with no other reason leave the app, others lose what it set."""
    actor.require(Permission.MANAGE_APPS)
    async with database.begin(actor) as work:
        before = await app_groups.hold(work.connection, app_id, group_id)
        if before is None:
            raise NotAssigned("The group is not assigned to this app.")
        await app_groups.delete(work.connection, app_id, group_id)
        work.log(Event(EventType.GROUP_APP_REMOVE, app_id=app_id, group_id=group_id))
        begun = [_sweep(work, app_id, SweepKind.REVIEW, None)]
        if before.profile:
            begun.append(_sweep(work, app_id, SweepKind.VALUES, group_id))
        for sweep in begun:
            await sweeping.begin(work, sweep)
    for sweep in begun:
        await sweeping.finish(database, sweep.id)


async def groups_deleted(work: Work, apps: Sequence[str], reading: Sequence[str]) -> list[str]:
    """A group with these app assignments is deleted in this transaction; sweeps to finish after the commit.

    `reading` are the apps where belonging to the group had a say in values: everybody there is looked at again.
    """
    begun = [_sweep(work, app_id, SweepKind.REVIEW, None) for app_id in apps]
    begun += [_sweep(work, app_id, SweepKind.VALUES, None) for app_id in reading]
    for sweep in begun:
        await sweeping.begin(work, sweep)
    return [sweep.id for sweep in begun]


async def group_described(work: Work, group_id: str, reading: Sequence[str]) -> None:
    """A group is called otherwise: its members are looked at again in the apps whose mappings read groups.

    What one stretch does not cover the worker goes on with.
    """
    for app_id in reading:
        await sweeping.begin(work, _sweep(work, app_id, SweepKind.VALUES, group_id))


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
    await sweeps.mark_wanted(work.connection, app_id, [user_id], work.transaction_id, Lane.CHANGE)
    work.wake([app_id])


def _sweep(work: Work, app_id: str, kind: SweepKind, group_id: str | None) -> Sweep:
    return Sweep(work.ids.new(Prefix.SWEEP), app_id, kind, group_id, "", work.transaction_id, work.actor.id)

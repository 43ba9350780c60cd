"""Use cases of safeguards that tripped: who waits behind one; letting go of all or some; not sending what is held."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from provisor.services.actor import Actor, Permission
from provisor.services.apps import existing_app, held_app
from provisor.services.errors import ChangedMeanwhile, NotFound
from provisor.services.work import Database, Work
from provisor.store import hold_list, holds, settling
from provisor.store.hold_list import Hold
from provisor.store.holds import HoldKind, OpenHold
from provisor.systemlog import Event, EventType

KIND = "held change"


async def list_holds(
    database: Database, actor: Actor, *, app_id: str | None = None, shown: int = hold_list.SHOWN
) -> list[Hold]:
    """Open holds, oldest first, with the first `shown` people of each.

    An app has at most one of deactivations, and one for each attribute whose overwrites are held.
    """
    actor.require(Permission.READ)
    async with database.read() as connection:
        if app_id is not None:
            await existing_app(connection, app_id)
        return await hold_list.list_open(connection, app_id, shown=shown)


async def get_hold(database: Database, actor: Actor, hold_id: str) -> tuple[Hold, int]:
    """An open hold, and how many people wait behind it now; raises `NotFound`."""
    actor.require(Permission.READ)
    async with database.read() as connection:
        found = await hold_list.list_open(connection, None, hold_id)
        if not found:
            raise NotFound(KIND, hold_id)
        return found[0], await hold_list.count_people(connection, hold_id, found[0].kind)


async def release(database: Database, actor: Actor, app_id: str, *, seen: Mapping[str, str] | None = None) -> bool:
    """Let everybody go who waits to leave the app now; False when nothing was held.

    `seen` says how many (`people`) the actor agreed to; raises `ChangedMeanwhile` when it is another number by now.
    """
    actor.require(Permission.MANAGE_APPS)
    async with database.begin(actor) as work:
        await held_app(work.connection, app_id)
        hold_id = await holds.find_open(work.connection, app_id, HoldKind.DEACTIVATIONS)
        hold = None if hold_id is None else await holds.lock(work.connection, hold_id)
        if hold is None:
            return False
        await _check(work, hold, seen)
        await holds.release(work.connection, hold, actor.id)
        _tell(work, hold, EventType.RELEASE)
    return True


async def release_hold(
    database: Database,
    actor: Actor,
    hold_id: str,
    *,
    people: Sequence[str] | None = None,
    seen: Mapping[str, str] | None = None,
) -> int:
    """Let go of everybody whom a hold keeps back, which ends it, or of these people; how many it were.

    Raises `NotFound` for a hold that is not open, `ChangedMeanwhile` as `release` does.
    """
    actor.require(Permission.MANAGE_APPS)
    async with database.begin(actor) as work:
        hold = await _needed(work, hold_id)
        await _check(work, hold, seen)
        if people is None:
            number = await hold_list.count_people(work.connection, hold.id, hold.kind)
            await holds.release(work.connection, hold, actor.id)
        else:
            number = len(await holds.release_some(work.connection, hold, people))
        _tell(work, hold, EventType.RELEASE, number)
    return number


async def discard_hold(
    database: Database,
    actor: Actor,
    hold_id: str,
    *,
    people: Sequence[str] | None = None,
    seen: Mapping[str, str] | None = None,
) -> int:
    """Do not send what a hold keeps back, of everybody, which ends it, or of these people; how many it were.

    Their accounts stay as they are until somebody changes something about these people again; their tasks are closed.
    """
    actor.require(Permission.MANAGE_APPS)
    async with database.begin(actor) as work:
        hold = await _needed(work, hold_id)
        await _check(work, hold, seen)
        discarded = await holds.discard(work.connection, hold, people)
        # Nothing is tried for them any more, so nothing can end what failed earlier.
        for task_id, user_id in await settling.close_tasks(work.connection, hold.app_id, discarded):
            detail = {"task": task_id}
            work.log(Event(EventType.TASK_DEACTIVATE, app_id=hold.app_id, user_id=user_id, detail=detail))
        if people is None:
            await holds.close_discarded(work.connection, hold.id, actor.id)
        _tell(work, hold, EventType.DISCARD, len(discarded))
    return len(discarded)


async def _needed(work: Work, hold_id: str) -> OpenHold:
    hold = await holds.lock(work.connection, hold_id)
    if hold is None:
        raise NotFound(KIND, hold_id)
    return hold


async def _check(work: Work, hold: OpenHold, seen: Mapping[str, str] | None) -> None:
    if seen:
        now = {"people": str(await hold_list.count_people(work.connection, hold.id, hold.kind))}
        ChangedMeanwhile.check("The held change", seen, now)


def _tell(work: Work, hold: OpenHold, kind: EventType, number: int | None = None) -> None:
    detail: dict[str, Any] = {"hold": hold.id, "kind": hold.kind.value}
    if hold.attribute is not None:
        detail["attribute"] = hold.attribute
    if number is not None:
        detail["people"] = number
    work.log(Event(kind, app_id=hold.app_id, detail=detail))
    work.wake([hold.app_id])

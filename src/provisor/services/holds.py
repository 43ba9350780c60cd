"""Use cases of safeguards that tripped: who waits behind one, and letting them go."""

from __future__ import annotations

from collections.abc import Mapping

from provisor.services.actor import Actor, Permission
from provisor.services.apps import existing_app, held_app
from provisor.services.errors import ChangedMeanwhile, NotFound
from provisor.services.work import Database
from provisor.store import hold_list, holds
from provisor.store.hold_list import Hold
from provisor.systemlog import Event, EventType


async def list_holds(
    database: Database, actor: Actor, *, app_id: str | None = None, shown: int = hold_list.SHOWN
) -> list[Hold]:
    """Open holds, oldest first, with the first `shown` people of each; there is at most one for each app."""
    actor.require(Permission.READ)
    async with database.read() as connection:
        if app_id is not None:
            await existing_app(connection, app_id)
        return await hold_list.list_open(connection, app_id, shown=shown)


async def get_hold(database: Database, actor: Actor, app_id: str) -> tuple[Hold, int]:
    """The app's open hold, and how many people wait behind it now; raises `NotFound`."""
    actor.require(Permission.READ)
    async with database.read() as connection:
        found = await hold_list.list_open(connection, app_id)
        if not found:
            raise NotFound("held change", app_id)
        return found[0], await hold_list.count_people(connection, app_id)


async def release(database: Database, actor: Actor, app_id: str, *, seen: Mapping[str, str] | None = None) -> bool:
    """Let everybody go who waits to leave the app now; False when nothing was held.

    `seen` says how many (`people`) the actor agreed to; raises `ChangedMeanwhile` when it is another number by now.
    """
    actor.require(Permission.MANAGE_APPS)
    async with database.begin(actor) as work:
        await held_app(work.connection, app_id)
        if seen:
            now = {"people": str(await hold_list.count_people(work.connection, app_id))}
            ChangedMeanwhile.check("The held change", seen, now)
        released = await holds.release_hold(work.connection, app_id, actor.id)
        if released:
            work.log(Event(EventType.RELEASE, app_id=app_id))
            work.wake([app_id])
    return released

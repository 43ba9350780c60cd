"""Use cases of safeguards that tripped: who waits behind one, and letting them go."""

from __future__ import annotations

from provisor.services.actor import Actor, Permission
from provisor.services.apps import existing_app, held_app
from provisor.services.work import Database
from provisor.store import hold_list, holds
from provisor.store.hold_list import Hold
from provisor.systemlog import Event, EventType


async def list_holds(database: Database, actor: Actor, *, app_id: str | None = None) -> list[Hold]:
    """Open holds, oldest first; there is at most one for each app."""
    actor.require(Permission.READ)
    async with database.read() as connection:
        if app_id is not None:
            await existing_app(connection, app_id)
        return await hold_list.list_open(connection, app_id)


async def release(database: Database, actor: Actor, app_id: str) -> bool:
    """Let everybody go who waits to leave the app now; False when nothing was held."""
    actor.require(Permission.MANAGE_APPS)
    async with database.begin(actor) as work:
        await held_app(work.connection, app_id)
        released = await holds.release_hold(work.connection, app_id, actor.id)
        if released:
            work.log(Event(EventType.RELEASE, app_id=app_id))
            work.wake([app_id])
    return released

"""Use cases of app instances: make, find, change, switch on and off, delete. Connections and people are elsewhere."""

from __future__ import annotations

from dataclasses import asdict

from provisor.apps.app import App, AppStatus
from provisor.apps.mapping import Direction
from provisor.directory.ids import Prefix
from provisor.services import sweeping
from provisor.services.actor import Actor, Permission
from provisor.services.apps_definition import TEMPLATE_PATH, AppDefinition, entry_of
from provisor.services.apps_filter import compile_app_filter
from provisor.services.errors import Invalid, NotFound, ServiceError
from provisor.services.mapping_ends import needed_setup
from provisor.services.remapping import names_of, note_groups, refuse_format, remapped
from provisor.services.work import Database
from provisor.store import apps, mappings, user_types
from provisor.store.app_listing import group_exists
from provisor.store.database import Connection
from provisor.systemlog import Event, EventType

KIND = "AppInstance"
FORMAT = f"{TEMPLATE_PATH}.template"


class AppActive(ServiceError):
    """An app is deleted only when it is switched off, so that nobody deletes one that is at work."""


async def create_app(database: Database, actor: Actor, definition: AppDefinition, *, activate: bool = True) -> App:
    """Make an app from the catalogue. It provisions nobody until it has a connection and features."""
    actor.require(Permission.MANAGE_APPS)
    entry = entry_of(definition)
    async with database.begin(actor) as work:
        app = await apps.insert(
            work.connection,
            work.ids.new(Prefix.APP),
            entry.name,
            definition.label,
            AppStatus.ACTIVE if activate else AppStatus.INACTIVE,
            definition.settings,
            definition.limits or {},
            definition.username_template,
        )
        types = await user_types.list_ids(work.connection)
        pairs = [(each, direction) for each in types for direction in Direction]
        await mappings.insert(work.connection, [(work.ids.new(Prefix.MAPPING), app.id, *each) for each in pairs])
        await refuse_format(work.connection, app.id, FORMAT)
        await note_groups(work.connection, await needed_setup(work.connection, app.id))
        work.log(Event(EventType.APP_CREATE, app_id=app.id))
    return app


async def get_app(database: Database, actor: Actor, app_id: str) -> App:
    actor.require(Permission.READ)
    async with database.read() as connection:
        return await existing_app(connection, app_id)


async def list_apps(
    database: Database, actor: Actor, *, prefix: str | None, filter: str | None, after: str | None, limit: int
) -> list[App]:
    """A page of apps in the order they were made."""
    actor.require(Permission.READ)
    where, values = compile_app_filter(filter, first=4)
    async with database.read() as connection:
        return await apps.list_apps(connection, prefix=prefix, after=after, limit=limit, where=where, values=values)


async def list_apps_of_group(
    database: Database, actor: Actor, group_id: str, *, after: str | None, limit: int
) -> list[App]:
    """A page of the apps that a group is assigned to."""
    actor.require(Permission.READ)
    where = "EXISTS (SELECT FROM app_group x WHERE x.app_id = apps.id AND x.group_id = $4)"
    async with database.read() as connection:
        if not await group_exists(connection, group_id):
            raise NotFound("UserGroup", group_id)
        return await apps.list_apps(connection, prefix=None, after=after, limit=limit, where=where, values=[group_id])


async def replace_app(
    database: Database, actor: Actor, app_id: str, definition: AppDefinition, *, apply_now: bool = False
) -> App:
    """Replace what may be changed of an app. Limits stay when the caller says nothing of them.

    Clients that read an app and write it back drop what Okta's object has no place for; a safeguard must not go so.
    Another username format shows when somebody's account is looked at next; with `apply_now` everybody's is.
    """
    actor.require(Permission.MANAGE_APPS)
    sweep = None
    async with database.begin(actor) as work:
        app = await held_app(work.connection, app_id)
        if definition.name is not None and definition.name != app.name:
            raise Invalid.one("name", f"cannot be changed; this app was made from “{app.name}”")
        before = await needed_setup(work.connection, app_id)
        limits = asdict(app.limits) if definition.limits is None else definition.limits
        app = await apps.update(
            work.connection, app_id, definition.label, definition.settings, limits, definition.username_template
        )
        work.log(Event(EventType.APP_UPDATE, app_id=app_id))
        work.wake([app_id])
        after = await needed_setup(work.connection, app_id)
        if names_of(before) != names_of(after):
            await refuse_format(work.connection, app_id, FORMAT)
            sweep = await remapped(work, before, apply_now=apply_now)
    if sweep is not None:
        await sweeping.finish(database, sweep)
    return app


async def activate_app(database: Database, actor: Actor, app_id: str) -> None:
    """Switch an app on; what waits for it is sent. Repeating changes nothing."""
    actor.require(Permission.MANAGE_APPS)
    await _switch(database, actor, app_id, AppStatus.ACTIVE, EventType.APP_ACTIVATE)


async def deactivate_app(database: Database, actor: Actor, app_id: str) -> None:
    """Switch an app off. Assignments stay. Repeating changes nothing."""
    actor.require(Permission.MANAGE_APPS)
    await _switch(database, actor, app_id, AppStatus.INACTIVE, EventType.APP_DEACTIVATE)


async def delete_app(database: Database, actor: Actor, app_id: str) -> None:
    """Forget an app and its assignments. Accounts in the app itself stay as they are."""
    actor.require(Permission.MANAGE_APPS)
    async with database.begin(actor) as work:
        app = await held_app(work.connection, app_id)
        if app.status is AppStatus.ACTIVE:
            raise AppActive(f"“{app.label}” is active. Deactivate it first.")
        await apps.delete(work.connection, app_id)
        work.log(Event(EventType.APP_DELETE, app_id=app_id, detail={"name": app.label}))
        work.wake([app_id])


async def existing_app(connection: Connection, app_id: str) -> App:
    """The app; raises `NotFound`."""
    app = await apps.find(connection, app_id)
    if app is None:
        raise NotFound(KIND, app_id)
    return app


async def held_app(connection: Connection, app_id: str) -> App:
    """The app, locked until the transaction ends; raises `NotFound`."""
    app = await apps.hold(connection, app_id)
    if app is None:
        raise NotFound(KIND, app_id)
    return app


async def _switch(database: Database, actor: Actor, app_id: str, status: AppStatus, kind: EventType) -> None:
    async with database.begin(actor) as work:
        app = await held_app(work.connection, app_id)
        if app.status is status:
            return
        await apps.set_status(work.connection, app_id, status)
        work.log(Event(kind, app_id=app_id))
        work.wake([app_id])

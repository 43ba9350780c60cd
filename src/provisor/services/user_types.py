"""Types of people: making, changing and deleting them. Their attributes are `schemas`, who is of which `users`."""

from __future__ import annotations

import asyncpg

from provisor.apps.mapping import Direction
from provisor.directory.ids import Prefix
from provisor.directory.user_type import MOST_TYPES, UserType, why_not
from provisor.services.actor import Actor, Permission
from provisor.services.errors import Forbidden, Invalid, NotFound
from provisor.services.work import Database
from provisor.store import apps, mappings, profile_schemas
from provisor.store import user_types as store
from provisor.systemlog import Event, EventType

KIND = "UserType"


async def list_types(database: Database, actor: Actor) -> list[UserType]:
    """Every type, the default one first."""
    actor.require(Permission.READ)
    async with database.read() as connection:
        return await store.list_types(connection)


async def get_type(database: Database, actor: Actor, type_id: str) -> UserType:
    """The type; raises `NotFound`."""
    actor.require(Permission.READ)
    async with database.read() as connection:
        kind = await store.find(connection, type_id)
    if kind is None:
        raise NotFound(KIND, type_id)
    return kind


async def create_type(
    database: Database, actor: Actor, name: str, display_name: str, description: str = ""
) -> UserType:
    """Make a type with the attributes that everybody has, and its mappings with every app; raises `Invalid`."""
    actor.require(Permission.MANAGE_SCHEMAS)
    if problems := why_not(name, display_name, description):
        raise Invalid(problems[0].path, problems)
    async with database.begin(actor) as work:
        await profile_schemas.hold(work.connection)
        if len(await store.list_types(work.connection)) >= MOST_TYPES:
            raise Invalid.one("name", f"there are {MOST_TYPES} types already, which is the most there can be")
        type_id = work.ids.new(Prefix.USER_TYPE)
        try:
            kind = await store.insert(work.connection, type_id, name, display_name, description, actor.id)
        except asyncpg.UniqueViolationError:
            raise Invalid.one("name", "another type has this name (case is ignored)") from None
        pairs = [(app_id, each) for app_id in await apps.list_ids(work.connection) for each in Direction]
        rows = [(work.ids.new(Prefix.MAPPING), app_id, type_id, each) for app_id, each in pairs]
        await mappings.insert(work.connection, rows)
        work.log(Event(EventType.USER_TYPE_CREATE, detail={"schema": type_id, "name": display_name}))
    return kind


async def update_type(
    database: Database,
    actor: Actor,
    type_id: str,
    *,
    name: str | None = None,
    display_name: str | None = None,
    description: str | None = None,
) -> UserType:
    """Change what a type is called among people; None leaves it. A `name` may be given, but must be as it is."""
    actor.require(Permission.MANAGE_SCHEMAS)
    async with database.begin(actor) as work:
        await profile_schemas.hold(work.connection)
        kind = await store.find(work.connection, type_id)
        if kind is None:
            raise NotFound(KIND, type_id)
        if name is not None and name != kind.name:
            raise Invalid.one("name", f"cannot be changed; it is “{kind.name}”")
        shown = kind.display_name if display_name is None else display_name
        told = kind.description if description is None else description
        if problems := why_not(kind.name, shown, told):
            raise Invalid(problems[0].path, problems)
        if (shown, told) == (kind.display_name, kind.description):
            return kind
        changed = await store.update(work.connection, type_id, shown, told, actor.id)
        assert changed is not None
        work.log(Event(EventType.USER_SCHEMA_UPDATE, detail={"schema": type_id, "name": shown, "changed": "type"}))
    return changed


async def delete_type(database: Database, actor: Actor, type_id: str) -> None:
    """Delete a type that nobody is of, with its attributes and mappings; raises `NotFound` and `Forbidden`."""
    actor.require(Permission.MANAGE_SCHEMAS)
    async with database.begin(actor) as work:
        await profile_schemas.hold(work.connection)
        kind = await store.find(work.connection, type_id)
        if kind is None:
            raise NotFound(KIND, type_id)
        if kind.default:
            raise Forbidden(f"“{kind.display_name}” is the default type: it cannot be deleted.")
        if await store.has_people(work.connection, type_id):
            raise Forbidden(f"There are people of the type “{kind.display_name}”. Make them of another type first.")
        await store.delete(work.connection, type_id)
        work.log(Event(EventType.USER_TYPE_DELETE, detail={"schema": type_id, "name": kind.display_name}))

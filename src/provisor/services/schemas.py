"""Profile schemas of people and of groups: what they are, and changing them.

1. A change holds the schemas, so that it neither crosses a profile being written nor a mapping being saved.
2. What has to be done to the profiles that are there (`profile_sweeping`) begins in the same transaction and goes on
   in the worker.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from provisor.directory.attributes import Attribute
from provisor.directory.schema import Schema
from provisor.directory.schema_rules import revised
from provisor.directory.schemas import Unreadable
from provisor.directory.user import DEFAULT_TYPE
from provisor.services import profile_sweeping
from provisor.services.actor import Actor, Permission
from provisor.services.attribute_uses import uses_of
from provisor.services.errors import ChangedMeanwhile, Difference, InUse, Invalid
from provisor.services.stored_schemas import load_schema, rules_of, store_schema
from provisor.services.work import Database, Work, repeated
from provisor.store import profile_schemas, profile_sweeps, unique_values, user_types
from provisor.store.profile_schemas import GROUP
from provisor.store.profile_sweeps import ProfileSweep, ProfileSweepKind
from provisor.systemlog import Event, EventType


async def get_user_schema(database: Database, actor: Actor, type_id: str = DEFAULT_TYPE) -> Schema:
    """The attributes of people of this type; raises `NotFound`."""
    actor.require(Permission.READ)
    async with database.read() as connection:
        return await load_schema(connection, type_id)


async def list_user_schemas(database: Database, actor: Actor) -> list[Schema]:
    """The schema of each type of people, that of the default type first."""
    actor.require(Permission.READ)
    async with database.read() as connection:
        return [await load_schema(connection, each.id) for each in await user_types.list_types(connection)]


async def get_group_schema(database: Database, actor: Actor) -> Schema:
    """The attributes of groups."""
    actor.require(Permission.READ)
    async with database.read() as connection:
        return await load_schema(connection, GROUP)


async def change_user_schema(
    database: Database,
    actor: Actor,
    type_id: str,
    changes: Mapping[str, Attribute | None],
    *,
    seen_version: int | None = None,
) -> Schema:
    """Add, change and (with None) remove attributes of people of a type.

    Raises `Invalid` with the attributes' paths, `ChangedMeanwhile` and `InUse`. What changes nothing leaves no trace.
    """
    actor.require(Permission.MANAGE_SCHEMAS)
    return await repeated(lambda: _change(database, actor, type_id, changes, seen_version))


async def change_group_schema(
    database: Database, actor: Actor, changes: Mapping[str, Attribute | None], *, seen_version: int | None = None
) -> Schema:
    """As `change_user_schema`, for groups."""
    actor.require(Permission.MANAGE_SCHEMAS)
    return await repeated(lambda: _change(database, actor, GROUP, changes, seen_version))


async def list_sweeps(database: Database, actor: Actor, owner: str | None = None) -> list[tuple[ProfileSweep, int]]:
    """What is still being done to the profiles of a type (or `group`, or all), and how many profiles there are."""
    actor.require(Permission.READ)
    async with database.read() as connection:
        sweeps = await profile_sweeps.list_of(connection, owner)
        return [(each, await profile_sweeps.total(connection, each.owner)) for each in sweeps]


async def _change(
    database: Database, actor: Actor, owner: str, changes: Mapping[str, Attribute | None], seen_version: int | None
) -> Schema:
    async with database.begin(actor) as work:
        await profile_schemas.hold(work.connection)
        schema = await load_schema(work.connection, owner)
        if seen_version is not None and seen_version != schema.version:
            known = Difference("version", str(seen_version), str(schema.version))
            raise ChangedMeanwhile(f"The profile of “{schema.name}”", [known])
        try:
            attributes = revised(schema, changes, rules_of(owner))
        except Unreadable as problem:
            raise Invalid(problem.problems[0].path, problem.problems) from None
        if attributes == schema.attributes:
            return schema
        after = replace(schema, attributes=attributes)
        await _refuse_used(work, schema, [name for name, each in changes.items() if each is None])
        await _refuse_busy(work, schema, after)
        await store_schema(work.connection, after)
        _announce(work, schema, after)
        await _follow(work, schema, after)
        return await load_schema(work.connection, owner)


async def _refuse_used(work: Work, schema: Schema, removed: Sequence[str]) -> None:
    if schema.owner == GROUP or not removed:
        return
    uses = await uses_of(work.connection, schema.owner, schema.attributes, removed)
    if uses:
        raise InUse(uses)


async def _refuse_busy(work: Work, before: Schema, after: Schema) -> None:
    """Values of an attribute that was removed under this name would be deleted together with new ones."""
    added = {each.name for each in after.attributes} - {each.name for each in before.attributes}
    for each in await profile_sweeps.list_of(work.connection, before.owner):
        if each.attribute in added:
            message = "was removed a moment ago and its values are still being deleted: try again soon"
            raise Invalid.one(each.attribute, message)


async def _follow(work: Work, before: Schema, after: Schema) -> None:
    """What the change asks of the profiles that are there."""
    had = {each.name: each.unique for each in before.attributes}
    asked = {each.name: each.unique for each in after.attributes}
    for name in {**had, **asked}:
        if had.get(name) and not asked.get(name):
            await profile_sweeps.stop(work.connection, before.owner, name)
            await unique_values.forget(work.connection, name, before.owner)
        if name not in asked:
            await profile_sweeping.begin(work, before.owner, name, ProfileSweepKind.REMOVE)
        elif asked[name] and not had.get(name):
            await profile_sweeping.begin(work, before.owner, name, ProfileSweepKind.UNIQUE)


def _announce(work: Work, before: Schema, after: Schema) -> None:
    was, now = {each.name: each for each in before.attributes}, {each.name: each for each in after.attributes}
    detail = {
        "schema": after.owner,
        "added": ",".join(name for name in now if name not in was),
        "removed": ",".join(name for name in was if name not in now),
        "changed": ",".join(name for name in now if name in was and now[name] != was[name]),
    }
    kind = EventType.GROUP_SCHEMA_UPDATE if after.owner == GROUP else EventType.USER_SCHEMA_UPDATE
    work.log(Event(kind, detail={**{key: value for key, value in detail.items() if value}, "name": after.name}))

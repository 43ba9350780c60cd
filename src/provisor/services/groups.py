"""Groups and their members. Only groups of type OKTA_GROUP are changed here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import asyncpg

from provisor.directory.group import Group, GroupType, validate
from provisor.directory.ids import Prefix
from provisor.directory.people import ProfileRules
from provisor.directory.profiles import settled
from provisor.directory.uniqueness import exchange
from provisor.directory.user import User
from provisor.directory.written import as_text
from provisor.services import sweeping, users_listing
from provisor.services.actor import Actor, Permission
from provisor.services.assignments import group_described, groups_deleted
from provisor.services.errors import BadQuery, ChangedMeanwhile, Forbidden, Invalid, NotFound, ServiceError
from provisor.services.marking import memberships_changed
from provisor.services.stored_schemas import hold_groups, load_schema
from provisor.services.uniqueness import exchange_value
from provisor.services.users_listing import Key, parsed
from provisor.services.work import Database, Work
from provisor.store import groups as store
from provisor.store import memberships, users
from provisor.store.conditions import Unsupported
from provisor.store.groups import GroupQuery, GroupStats
from provisor.store.profile_schemas import GROUP
from provisor.store.users_listing import UserQuery
from provisor.systemlog import Event, EventType

READ = ("name", "description")
"""What expressions see of a group that may change."""


class DuplicateGroup(ServiceError):
    """Another group has this name."""


async def create_group(database: Database, actor: Actor, profile: Mapping[str, Any]) -> Group:
    """Make a group; raises `Invalid` and `DuplicateGroup`."""
    actor.require(Permission.MANAGE_GROUPS)
    async with database.begin(actor) as work:
        rules = await hold_groups(work.connection)
        valid = checked(rules, profile)
        group_id = work.ids.new(Prefix.GROUP)
        await exchange_value(work.connection, GROUP, exchange(group_id, {}, (), valid, rules.unique))
        try:
            group = await store.insert(work.connection, group_id, GroupType.OKTA_GROUP, valid)
        except asyncpg.UniqueViolationError as problem:
            raise taken(problem, valid["name"]) from None
        work.log(Event(EventType.GROUP_CREATE, group_id=group.id))
    return group


async def get_group(database: Database, actor: Actor, group_id: str) -> Group:
    """The group; raises `NotFound`."""
    actor.require(Permission.READ)
    async with database.read() as connection:
        group = await store.find(connection, group_id)
    if group is None:
        raise NotFound("UserGroup", group_id)
    return group


async def replace_group(
    database: Database,
    actor: Actor,
    group_id: str,
    profile: Mapping[str, Any],
    *,
    seen: Mapping[str, str] | None = None,
) -> Group:
    """Give a group a new profile; members and assignments stay. `seen` is what the caller believes it holds now."""
    actor.require(Permission.MANAGE_GROUPS)
    async with database.begin(actor) as work:
        rules = await hold_groups(work.connection)
        group = await hold_own(work, group_id)
        if seen:
            now = {each.name: as_text(each, group.profile) for each in rules.attributes}
            ChangedMeanwhile.check("The group", seen, now)
        valid = checked(rules, profile, group.profile)
        if group.profile == valid:
            return group
        return await change_profile(work, rules, group, valid)


async def change_profile(work: Work, rules: ProfileRules, group: Group, valid: dict[str, Any]) -> Group:
    """Give a held group a new, valid profile; raises `Invalid` and `DuplicateGroup`."""
    wanted = exchange(group.id, group.profile, rules.unique, valid, rules.unique)
    await exchange_value(work.connection, GROUP, wanted)
    try:
        changed = await store.update(work.connection, group.id, valid)
    except asyncpg.UniqueViolationError as problem:
        raise taken(problem, valid["name"]) from None
    work.log(Event(EventType.GROUP_UPDATE, group_id=group.id))
    if any(group.profile.get(name) != valid.get(name) for name in READ):
        await group_described(work, group.id, await store.apps_reading(work.connection, group.id))
    return changed


async def delete_group(database: Database, actor: Actor, group_id: str) -> None:
    """Delete a group; people whom only it assigned leave the apps. Returns when each of them is marked."""
    actor.require(Permission.MANAGE_GROUPS)
    async with database.begin(actor) as work:
        group = await hold_own(work, group_id)
        apps, reading = await store.delete(work.connection, group_id)
        work.log(Event(EventType.GROUP_DELETE, group_id=group_id, detail={"name": group.name}))
        sweeps = await groups_deleted(work, apps, reading)
    for sweep in sweeps:
        await sweeping.finish(database, sweep)


async def add_member(database: Database, actor: Actor, group_id: str, user_key: str) -> None:
    """Put a person into a group; nothing happens to somebody who is in it."""
    actor.require(Permission.MANAGE_GROUPS)
    async with database.begin(actor) as work:
        pairs = await hold_pair(work, group_id, user_key)
        added = await memberships.insert(work.connection, pairs)
        work.log(*(Event(EventType.GROUP_MEMBER_ADD, user_id=u, group_id=g) for g, u in added))
        await memberships_changed(work, added)


async def remove_member(database: Database, actor: Actor, group_id: str, user_key: str) -> None:
    """Take a person out of a group; nothing happens to somebody who is not in it."""
    actor.require(Permission.MANAGE_GROUPS)
    async with database.begin(actor) as work:
        pairs = await hold_pair(work, group_id, user_key)
        removed = await memberships.delete(work.connection, pairs)
        work.log(*(Event(EventType.GROUP_MEMBER_REMOVE, user_id=u, group_id=g) for g, u in removed))
        await memberships_changed(work, removed)


async def list_groups(
    database: Database, actor: Actor, query: GroupQuery, limit: int, after: str | None
) -> tuple[list[Group], str | None]:
    """A page of groups, and the id after which the next one begins; raises `BadQuery`."""
    actor.require(Permission.READ)
    async with database.read() as connection:
        if query.search is not None:
            query = replace(query, added=(await load_schema(connection, GROUP)).added)
        try:
            return await store.list_groups(connection, query, limit, after)
        except Unsupported as problem:
            parameter = "search" if query.search is not None else "filter"
            raise BadQuery(parameter, str(problem), unsupported=True) from None


async def list_groups_of_user(
    database: Database, actor: Actor, user_key: str, limit: int, after: str | None
) -> tuple[list[Group], str | None]:
    """A page of somebody's groups; raises `NotFound`."""
    actor.require(Permission.READ)
    async with database.read() as connection:
        user = await users.find(connection, user_key)
        if user is None:
            raise NotFound("User", user_key)
        return await store.groups_of_user(connection, user.id, limit, after)


async def list_members(
    database: Database, actor: Actor, group_id: str, limit: int, after: Sequence[str | int] | None
) -> tuple[list[User], Key | None]:
    """A page of a group's members; raises `NotFound`."""
    actor.require(Permission.READ)
    await get_group(database, actor, group_id)
    return await users_listing.list_users(database, actor, UserQuery(group_id=group_id), limit, after)


async def group_stats(database: Database, actor: Actor, group_ids: Sequence[str]) -> dict[str, GroupStats]:
    """How many members and apps groups have."""
    actor.require(Permission.READ)
    async with database.read() as connection:
        return await store.stats(connection, group_ids)


def group_query(*, filter: str | None = None, search: str | None = None, q: str | None = None) -> GroupQuery:
    """Understand what is asked; raises `BadQuery`."""
    return GroupQuery(parsed("filter", filter) if filter else None, parsed("search", search) if search else None, q)


async def hold_own(work: Work, group_id: str) -> Group:
    """A group that may be changed, locked; raises `NotFound` and `Forbidden`."""
    group = await store.hold(work.connection, group_id)
    if group is None:
        raise NotFound("UserGroup", group_id)
    refuse_foreign(group_id, group.type)
    return group


async def hold_pair(work: Work, group_id: str, user_key: str) -> list[memberships.Membership]:
    """The (group, user) ids, both held still; the person first, as everywhere, so that nobody deadlocks."""
    user_id = await users.share(work.connection, user_key)
    held = await memberships.share_groups(work.connection, [group_id])
    if group_id not in held:
        raise NotFound("UserGroup", group_id)
    if user_id is None:
        raise NotFound("User", user_key)
    refuse_foreign(group_id, held[group_id])
    return [(group_id, user_id)]


def refuse_foreign(group_id: str, kind: GroupType) -> None:
    if kind is GroupType.BUILT_IN:
        raise Forbidden(f"The group {group_id} is built in: everybody is in it, and it cannot be changed.")
    if kind is GroupType.APP_GROUP:
        raise Forbidden(f"The group {group_id} comes from an app: change it there.")


def checked(rules: ProfileRules, profile: Mapping[str, Any], before: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The profile as it is stored, if it fits the schema; raises `Invalid`. Without one before it is a new one's."""
    wanted = rules.begun(profile) if before is None else profile
    found = validate(wanted, rules, before)
    if found:
        raise Invalid(found[0].path, found)
    return settled(wanted)


def taken(problem: asyncpg.UniqueViolationError, name: str) -> Exception:
    """What a unique violation means to the caller; anything but the name is our bug."""
    if not store.is_name_taken(problem):
        return problem
    return DuplicateGroup(f"name: Another group is called “{name}”")

"""Groups whom a client pushes in over SCIM, each with its members in one transaction. Only groups of type OKTA_GROUP
change; all can be read. What a membership means for apps is `services.marking`."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import asyncpg

from provisor.directory.group import Group, GroupType
from provisor.directory.ids import Prefix
from provisor.directory.people import ProfileRules
from provisor.directory.uniqueness import exchange
from provisor.services import sweeping
from provisor.services.actor import Actor, Permission
from provisor.services.assignments import groups_deleted
from provisor.services.errors import Invalid, NotFound
from provisor.services.groups import change_profile, checked, refuse_foreign, taken
from provisor.services.inbound_people import ChangedSince
from provisor.services.marking import memberships_changed
from provisor.services.stored_schemas import hold_groups
from provisor.services.uniqueness import exchange_value
from provisor.services.work import Database, Work
from provisor.store import groups, inbound_users, memberships
from provisor.store import inbound_groups as store
from provisor.store.inbound_groups import Team
from provisor.store.inbound_users import Question
from provisor.store.profile_schemas import GROUP
from provisor.systemlog import Event, EventType


@dataclass(frozen=True, slots=True, kw_only=True)
class PushedGroup:
    """What a group is to be; who comes and who goes."""

    name: str
    external_id: str | None = None
    added: Collection[str] = ()
    removed: Collection[str] = ()


async def make_group(database: Database, actor: Actor, pushed: PushedGroup) -> Team:
    """Make a group with its members; raises `Invalid` and `DuplicateGroup`."""
    actor.require(Permission.MANAGE_GROUPS)
    async with database.begin(actor) as work:
        rules = await hold_groups(work.connection)
        valid = checked(rules, {"name": pushed.name})
        await hold_people(work, pushed.added)
        group_id = work.ids.new(Prefix.GROUP)
        await exchange_value(work.connection, GROUP, exchange(group_id, {}, (), valid, rules.unique))
        try:
            await groups.insert(work.connection, group_id, GroupType.OKTA_GROUP, valid)
        except asyncpg.UniqueViolationError as problem:
            raise taken(problem, pushed.name) from None
        work.log(Event(EventType.GROUP_CREATE, group_id=group_id))
        if pushed.external_id is not None:
            await store.set_external_id(work.connection, group_id, pushed.external_id)
        await move_members(work, group_id, pushed.added, ())
        return await found(work, group_id)


async def change_group(database: Database, actor: Actor, group_id: str, version: int, pushed: PushedGroup) -> Team:
    """Rename a group and change its members; raises `NotFound`, `ChangedSince`, `Forbidden`, `DuplicateGroup`."""
    actor.require(Permission.MANAGE_GROUPS)
    async with database.begin(actor) as work:
        rules = await hold_groups(work.connection)
        await hold_people(work, pushed.added, pushed.removed)
        team = await hold(work, group_id, version)
        await rename(work, rules, team.group, pushed.name)
        if pushed.external_id != team.external_id:
            await store.set_external_id(work.connection, group_id, pushed.external_id)
            work.log(Event(EventType.GROUP_UPDATE, group_id=group_id, detail={"changedAttributes": "externalId"}))
        await move_members(work, group_id, pushed.added, pushed.removed)
        return await found(work, group_id)


async def remove_group(database: Database, actor: Actor, group_id: str, version: int | None) -> None:
    """Delete a group, as `services.groups.delete_group` does, if it is at this version."""
    actor.require(Permission.MANAGE_GROUPS)
    async with database.begin(actor) as work:
        team = await hold(work, group_id, version)
        apps, reading = await groups.delete(work.connection, group_id)
        work.log(Event(EventType.GROUP_DELETE, group_id=group_id, detail={"name": team.group.name}))
        sweeps = await groups_deleted(work, apps, reading)
    for sweep in sweeps:
        await sweeping.finish(database, sweep)


async def hold_people(work: Work, added: Collection[str], removed: Collection[str] = ()) -> None:
    """Hold everybody concerned still, before any group: the order that all services keep."""
    wanted = {*added, *removed}
    if not wanted:
        return
    held = await inbound_users.share(work.connection, wanted)
    missing = next((each for each in added if each not in held), None)
    if missing is not None:
        raise Invalid.one("members", f"there is nobody with the id {missing[:200]!r}; a group's members are people")


async def hold(work: Work, group_id: str, version: int | None) -> Team:
    team = await store.hold(work.connection, group_id)
    if team is None:
        raise NotFound("UserGroup", group_id)
    refuse_foreign(group_id, team.group.type)
    if version is not None and team.version != version:
        raise ChangedSince(f"The group {group_id} was changed meanwhile.")
    return team


async def rename(work: Work, rules: ProfileRules, group: Group, name: str) -> None:
    """Give a held group another name; what else its profile says stays."""
    valid = checked(rules, {**rules.known(group.profile), "name": name}, group.profile)
    if valid != group.profile:
        await change_profile(work, rules, group, valid)


async def move_members(work: Work, group_id: str, added: Collection[str], removed: Collection[str]) -> None:
    """Put people into a held group and take others out."""
    if removed:
        gone = await memberships.delete(work.connection, [(group_id, each) for each in removed])
        work.log(*(Event(EventType.GROUP_MEMBER_REMOVE, user_id=u, group_id=g) for g, u in gone))
        await memberships_changed(work, gone)
    if added:
        come = await memberships.insert(work.connection, [(group_id, each) for each in added])
        work.log(*(Event(EventType.GROUP_MEMBER_ADD, user_id=u, group_id=g) for g, u in come))
        await memberships_changed(work, come)


async def found(work: Work, group_id: str) -> Team:
    team = await store.find(work.connection, group_id)
    assert team is not None, "held"
    return team


async def find_team(database: Database, actor: Actor, group_id: str) -> Team | None:
    """The group with this id."""
    actor.require(Permission.READ)
    async with database.pool.acquire() as connection:
        return await store.find(connection, group_id)


async def look_up(database: Database, actor: Actor, attribute: str, key: str) -> list[Team]:
    """The groups that may have this folded name, have this external id, or this person as a member."""
    actor.require(Permission.READ)
    query = {"displayName": store.by_name, "externalId": store.by_external_id, "members": store.by_member}
    async with database.read() as connection:
        return await query[attribute](connection, key)


async def count_groups(database: Database, actor: Actor) -> int:
    actor.require(Permission.READ)
    async with database.pool.acquire() as connection:
        return await store.count(connection)


async def groups_after(
    database: Database, actor: Actor, millisecond: str, rank: int, offset: int, limit: int
) -> Sequence[Team]:
    """A page of groups behind a place in the order."""
    actor.require(Permission.READ)
    async with database.read() as connection:
        last = await store.ranked(connection, millisecond, rank) if rank else None
        return await store.page(connection, last or millisecond, offset, limit)


async def search_groups(
    database: Database, actor: Actor, question: Question, offset: int, limit: int
) -> tuple[int, list[Team]]:
    """How many groups there are of which a condition holds, and a page of them."""
    actor.require(Permission.READ)
    async with database.pool.acquire() as connection:
        return await store.search(connection, question, offset, limit)


async def members_of(database: Database, actor: Actor, group_id: str) -> list[tuple[str, str]]:
    """Ids and names of a group's members."""
    actor.require(Permission.READ)
    async with database.pool.acquire() as connection:
        return await store.members(connection, group_id)


async def present(database: Database, actor: Actor, group_id: str, ids: Collection[str]) -> set[str]:
    """Which of these people are in a group."""
    actor.require(Permission.READ)
    async with database.pool.acquire() as connection:
        return await store.present(connection, group_id, ids)


async def groups_of(database: Database, actor: Actor, ids: Sequence[str]) -> list[tuple[str, str, str]]:
    """Person, group and group's name, for each membership of these people."""
    actor.require(Permission.READ)
    async with database.pool.acquire() as connection:
        return await store.groups_of(connection, ids)


async def names_of_groups(database: Database, actor: Actor, ids: Collection[str]) -> dict[str, str]:
    """What groups are called."""
    actor.require(Permission.READ)
    async with database.pool.acquire() as connection:
        return await store.names(connection, ids)

"""Groups as administrators look for them, the apps of one, and what deleting it would do. Only questions."""

from __future__ import annotations

from dataclasses import dataclass

from provisor.directory.group import GroupType
from provisor.services.actor import Actor, Permission
from provisor.services.app_summaries import MOST_IN_LISTS, Count
from provisor.services.errors import NotFound
from provisor.services.work import Database
from provisor.store import app_people, groups
from provisor.store import group_listing as store
from provisor.store.group_listing import GroupApp, GroupRow, Key

LONGEST_SEARCH = 100


async def find_groups(
    database: Database,
    actor: Actor,
    text: str,
    limit: int,
    after: Key | None = None,
    *,
    kind: GroupType | None = None,
) -> tuple[list[tuple[GroupRow, Count]], Key | None]:
    """A page of groups with this text in their names, with their numbers of members; the key of the next page."""
    actor.require(Permission.READ)
    async with database.read() as connection:
        rows, last = await store.search(connection, text, kind, limit, after, MOST_IN_LISTS + 1)
    return [(row, Count.of(row.members, MOST_IN_LISTS)) for row in rows], last


async def apps_of_group(database: Database, actor: Actor, group_id: str) -> list[GroupApp]:
    """The apps that a group is assigned to."""
    actor.require(Permission.READ)
    async with database.read() as connection:
        return await store.apps_of(connection, group_id)


async def count_of_group(database: Database, actor: Actor, group_id: str) -> Count:
    """How many members a group has, counted up to a bound."""
    actor.require(Permission.READ)
    async with database.read() as connection:
        members = await app_people.count_members(connection, [group_id], MOST_IN_LISTS + 1)
    return Count.of(members[group_id], MOST_IN_LISTS)


@dataclass(frozen=True, slots=True)
class Loss:
    """What an app loses with a group."""

    app: GroupApp
    leaving: Count
    """People whom nothing else assigns."""


async def foresee_deleting(database: Database, actor: Actor, group_id: str) -> list[Loss]:
    """Which apps would lose how many people with this group; raises `NotFound`."""
    actor.require(Permission.READ)
    async with database.read() as connection:
        if await groups.find(connection, group_id) is None:
            raise NotFound("UserGroup", group_id)
        found = []
        for app in await store.apps_of(connection, group_id):
            leaving = await app_people.count_leaving(connection, app.app_id, group_id, MOST_IN_LISTS + 1)
            found.append(Loss(app, Count.of(leaving, MOST_IN_LISTS)))
    return found

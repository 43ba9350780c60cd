"""Use cases of groups in apps: assigning them, the values they set for their members, and their order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from provisor.apps.layers import has_value
from provisor.apps.values import check_group_values, group_attributes
from provisor.directory.attributes import Attribute
from provisor.services import assignments
from provisor.services.actor import Actor, Permission
from provisor.services.app_setup import AppSetup, load_setup
from provisor.services.app_summaries import Count
from provisor.services.apps import KIND
from provisor.services.errors import Invalid, NotFound
from provisor.services.work import Database
from provisor.store import app_groups as store
from provisor.store import app_listing
from provisor.store.app_listing import AppGroupRow
from provisor.store.app_summaries import MOST
from provisor.store.database import Connection

GROUP = "ApplicationGroupAssignment"


async def list_groups(
    database: Database,
    actor: Actor,
    app_id: str,
    *,
    prefix: str | None,
    after: tuple[int, str] | None,
    limit: int,
) -> list[AppGroupRow]:
    """A page of the groups assigned to an app, by priority."""
    actor.require(Permission.READ)
    async with database.read() as connection:
        await _setup(connection, app_id)
        return await app_listing.list_app_groups(connection, app_id, prefix=prefix, after=after, limit=limit)


async def get_group(database: Database, actor: Actor, app_id: str, group_id: str) -> AppGroupRow:
    actor.require(Permission.READ)
    async with database.read() as connection:
        await _setup(connection, app_id)
        return await _row(connection, app_id, group_id)


@dataclass(frozen=True, slots=True)
class GroupValuesForm:
    """What somebody needs who is to choose a group's values."""

    row: AppGroupRow
    attributes: list[Attribute]
    """Those that a group may set."""
    concerned: Count
    """People in the app by this group whose accounts may change with it."""


async def get_values(database: Database, actor: Actor, app_id: str, group_id: str) -> GroupValuesForm:
    """A group's values, what it could set, and how many people that concerns."""
    actor.require(Permission.READ)
    async with database.read() as connection:
        setup = await _setup(connection, app_id)
        row = await _row(connection, app_id, group_id)
        concerned = await store.count_concerned(connection, app_id, group_id, MOST + 1)
    attributes = group_attributes({each.name: each for each in setup.schema})
    return GroupValuesForm(row, attributes, Count.of(concerned, MOST))


async def put_group(
    database: Database,
    actor: Actor,
    app_id: str,
    group_id: str,
    *,
    priority: int | None,
    profile: Mapping[str, Any],
    seen: Mapping[str, str] | None = None,
) -> AppGroupRow:
    """Assign a group, or change its assignment. Raises `Invalid` for values that do not fit the app's attributes.

    What was stored before and does not fit any more (its attribute has gone) is no obstacle, and bears on nobody.
    """
    actor.require(Permission.MANAGE_APPS)
    values = {name: value for name, value in profile.items() if has_value(value)}
    async with database.read() as connection:
        setup = await _setup(connection, app_id)
        if not await app_listing.group_exists(connection, group_id):
            raise NotFound("UserGroup", group_id)
        before = await app_listing.find_app_group(connection, app_id, group_id)
    stored = before.profile if before is not None else {}
    new = {name: value for name, value in values.items() if stored.get(name) != value}
    if problems := check_group_values({each.name: each for each in setup.schema}, new):
        raise Invalid(problems[0].path, problems)
    await assignments.assign_group(database, actor, app_id, group_id, priority=priority, profile=values, seen=seen)
    return await get_group(database, actor, app_id, group_id)


async def move_group(database: Database, actor: Actor, app_id: str, group_id: str, *, up: bool) -> None:
    """Let a group change places with its neighbour in the order of priority."""
    actor.require(Permission.MANAGE_APPS)
    await get_group(database, actor, app_id, group_id)
    await assignments.move_group(database, actor, app_id, group_id, up=up)


async def unassign_group(database: Database, actor: Actor, app_id: str, group_id: str) -> None:
    """Take a group's assignment back."""
    actor.require(Permission.MANAGE_APPS)
    async with database.read() as connection:
        await _setup(connection, app_id)
    await assignments.unassign_group(database, actor, app_id, group_id)


async def _row(connection: Connection, app_id: str, group_id: str) -> AppGroupRow:
    row = await app_listing.find_app_group(connection, app_id, group_id)
    if row is None:
        raise NotFound(GROUP, group_id)
    return row


async def _setup(connection: Connection, app_id: str) -> AppSetup:
    setup = await load_setup(connection, app_id)
    if setup is None:
        raise NotFound(KIND, app_id)
    return setup

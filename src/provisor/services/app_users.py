"""Use cases of people in apps as the API shows them. Assigning itself is `services.assignments`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from provisor.apps.values import check_given
from provisor.services import assignments
from provisor.services.actor import Actor, Permission
from provisor.services.app_setup import AppSetup, load_setup
from provisor.services.apps import KIND as APP
from provisor.services.assignments import NotAssigned
from provisor.services.errors import Invalid, NotFound, ServiceError
from provisor.services.work import Database
from provisor.store import app_listing, app_users, sweeps
from provisor.store.app_listing import AppUserRow
from provisor.store.database import Connection
from provisor.store.marks import Lane
from provisor.systemlog import Event, EventType


class Scoped(StrEnum):
    USER = "USER"
    GROUP = "GROUP"


class AppUserStatus(StrEnum):
    """What Okta's API calls where somebody's account stands; those that Provisor has a use for."""

    ACTIVE = "ACTIVE"
    """Assigned while provisioning was off: nothing is pushed."""
    STAGED = "STAGED"
    """Assigned, and no account is linked yet."""
    PROVISIONED = "PROVISIONED"
    DEPROVISIONED = "DEPROVISIONED"


class SyncState(StrEnum):
    DISABLED = "DISABLED"
    OUT_OF_SYNC = "OUT_OF_SYNC"
    SYNCHRONIZED = "SYNCHRONIZED"
    ERROR = "ERROR"


class MappedAttribute(ServiceError):
    """An attribute that the mapping fills and Provisor pushes cannot be set by hand."""


@dataclass(frozen=True, slots=True)
class AppUser:
    user_id: str
    scope: Scoped
    status: AppUserStatus
    sync_state: SyncState
    external_id: str | None
    username: str
    profile: Mapping[str, Any]
    group_id: str | None
    created: datetime
    status_changed: datetime | None
    last_updated: datetime
    last_push: datetime | None


def show(row: AppUserRow, setup: AppSetup) -> AppUser:
    """Derive what is shown from what is stored."""
    mappings = setup.mappings_for(row.type_id, row.user_id)
    desired = mappings.project(row.profile, row.beside)
    profile: dict[str, Any] = {**row.beside.given, **(desired.attributes if row.pushed is None else row.pushed)}
    for name in ("userName", *mappings.hidden):
        profile.pop(name, None)
    return AppUser(
        row.user_id,
        Scoped.USER if row.direct or row.group_id is None else Scoped.GROUP,
        _status(row),
        _sync_state(row),
        row.external_id if row.assigned else None,
        row.username or desired.username,
        profile,
        None if row.direct else row.group_id,
        row.created,
        row.status_changed,
        row.last_updated,
        row.last_push,
    )


def _status(row: AppUserRow) -> AppUserStatus:
    if not row.assigned:
        return AppUserStatus.DEPROVISIONED
    if not row.wanted:
        return AppUserStatus.ACTIVE
    return AppUserStatus.STAGED if row.external_id is None else AppUserStatus.PROVISIONED


def _sync_state(row: AppUserRow) -> SyncState:
    if not row.wanted:
        return SyncState.DISABLED
    if row.failed:
        return SyncState.ERROR
    return SyncState.OUT_OF_SYNC if row.due else SyncState.SYNCHRONIZED


async def list_users(
    database: Database, actor: Actor, app_id: str, *, prefix: str | None, after: str | None, limit: int
) -> list[AppUser]:
    """A page of the people assigned to an app."""
    actor.require(Permission.READ)
    async with database.read() as connection:
        setup = await _setup(connection, app_id)
        rows = await app_listing.list_app_users(
            connection, app_id, setup.needs, prefix=prefix, after=after, limit=limit
        )
    return [show(row, setup) for row in rows]


async def get_user(database: Database, actor: Actor, app_id: str, user_id: str) -> AppUser:
    """A person in an app: assigned, or deprovisioned there. Who never had an account is not found once unassigned."""
    actor.require(Permission.READ)
    async with database.read() as connection:
        setup = await _setup(connection, app_id)
        row = await app_listing.find_app_user(connection, app_id, setup.needs, user_id)
    if row is None or not (row.assigned or row.wanted):
        raise NotFound("AppUser", user_id)
    return show(row, setup)


async def assign(
    database: Database, actor: Actor, app_id: str, user_id: str, *, username: str | None, given: Mapping[str, Any]
) -> AppUser:
    """Assign a person to an app."""
    actor.require(Permission.MANAGE_APPS)
    async with database.read() as connection:
        setup = await _setup(connection, app_id)
        type_id = await app_listing.type_of_user(connection, user_id)
        if type_id is None:
            raise NotFound("User", user_id)
    _refuse_misfits(setup, type_id, user_id, given)
    await assignments.assign_user(database, actor, app_id, user_id, username=username, given=given)
    return await get_user(database, actor, app_id, user_id)


async def update_user(
    database: Database, actor: Actor, app_id: str, user_id: str, *, username: str | None, given: Mapping[str, Any]
) -> AppUser:
    """Set values of an assigned person that no mapping fills; raises `MappedAttribute` for one that is pushed."""
    actor.require(Permission.MANAGE_APPS)
    async with database.begin(actor) as work:
        setup = await _setup(work.connection, app_id)
        row = await app_listing.find_app_user(work.connection, app_id, setup.needs, user_id)
        if row is None or not row.assigned:
            raise NotFound("AppUser", user_id)
        if row.wanted and setup.features.update and setup.row.enabled:
            _refuse_mapped(show(row, setup), row, setup, username, given)
        _refuse_misfits(setup, row.type_id, user_id, given)
        if given:
            await app_users.keep_given(work.connection, app_id, user_id, given)
        if username is not None:
            await app_users.keep_username(work.connection, app_id, user_id, username)
        work.log(Event(EventType.ASSIGN_UPDATE, app_id=app_id, user_id=user_id, detail=_named(given)))
        await sweeps.mark_wanted(work.connection, app_id, [user_id], work.transaction_id, Lane.CHANGE)
        work.wake([app_id])
    return await get_user(database, actor, app_id, user_id)


def _refuse_mapped(
    shown: AppUser, row: AppUserRow, setup: AppSetup, username: str | None, given: Mapping[str, Any]
) -> None:
    mapped = setup.mappings_for(row.type_id, row.user_id).targets
    # Clients write back the whole object they read; only a value that differs is an attempt to set one.
    for name, value in given.items():
        if name in mapped and value != shown.profile.get(name):
            raise MappedAttribute(name)
    if username is not None and username != shown.username:
        raise MappedAttribute("userName")


def _refuse_misfits(setup: AppSetup, type_id: str, user_id: str, given: Mapping[str, Any]) -> None:
    schema = {each.name: each for each in setup.schema}
    problems = check_given(schema, setup.mappings_for(type_id, user_id).targets, given) if given else []
    if problems:
        raise Invalid(problems[0].path, problems)


def _named(given: Mapping[str, Any]) -> dict[str, list[str]]:
    """Which attributes, for the log; their values are not its business."""
    return {"attributes": list(given)} if given else {}


async def unassign(database: Database, actor: Actor, app_id: str, user_id: str) -> None:
    """Take a person's own assignment back."""
    actor.require(Permission.MANAGE_APPS)
    await _require_app(database, app_id)
    await assignments.unassign_user(database, actor, app_id, user_id)


async def provision(database: Database, actor: Actor, app_id: str, user_id: str) -> AppUser:
    """Provision User for one person."""
    actor.require(Permission.MANAGE_APPS)
    shown = await get_user(database, actor, app_id, user_id)
    if shown.status is AppUserStatus.DEPROVISIONED:
        raise NotAssigned("The user is not assigned to this app.")
    await assignments.provision_user(database, actor, app_id, user_id)
    return await get_user(database, actor, app_id, user_id)


async def provision_everybody(database: Database, actor: Actor, app_id: str) -> None:
    """Provision User for all of an app."""
    actor.require(Permission.MANAGE_APPS)
    await _require_app(database, app_id)
    await assignments.provision_all(database, actor, app_id)


async def sync(database: Database, actor: Actor, app_id: str) -> None:
    """Force Sync."""
    actor.require(Permission.MANAGE_APPS)
    await _require_app(database, app_id)
    await assignments.force_sync(database, actor, app_id)


async def _require_app(database: Database, app_id: str) -> None:
    async with database.read() as connection:
        await _setup(connection, app_id)


async def _setup(connection: Connection, app_id: str) -> AppSetup:
    setup = await load_setup(connection, app_id)
    if setup is None:
        raise NotFound(APP, app_id)
    return setup

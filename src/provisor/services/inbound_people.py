"""People whom a client pushes in over SCIM: taken in, changed as a whole, withdrawn. What follows is `services.users`
and `services.users_lifecycle`; this decides the order, and that all of a request happens or nothing.

1. Withdrawing deactivates and hides; nobody is erased. Whoever is pushed in again under the same login is the same
   person: activated, with the same id.
2. What one statement reads, it reads without a transaction around it.
3. A change names the version it was decided on; what repeats what is there leaves no trace.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from provisor.directory import lifecycle
from provisor.directory.ids import Prefix
from provisor.directory.lifecycle import Operation, Status
from provisor.directory.profiles import change, settled
from provisor.directory.scim_profile import AWAY, COVERED
from provisor.directory.user import DEFAULT_TYPE
from provisor.services.actor import Actor, Permission
from provisor.services.errors import NotFound, ServiceError
from provisor.services.profile_writing import change_profile, checked, insert_user
from provisor.services.protection import may_act_on
from provisor.services.stored_schemas import Types, hold_types
from provisor.services.users import join, set_password
from provisor.services.users_lifecycle import move
from provisor.services.work import Database, Work
from provisor.store import inbound_users as store
from provisor.store.inbound_users import Person, Question
from provisor.store.users import NewUser
from provisor.systemlog import Event, EventType


class ChangedSince(ServiceError):
    """Somebody changed the same thing since the caller read it. Nothing was changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pushed:
    """What a person is to be. Attributes of the profile that SCIM has no name for stay as they are."""

    profile: Mapping[str, Any]
    active: bool
    external_id: str | None = None
    password_hash: str | None = field(default=None, repr=False)


async def take_in(database: Database, actor: Actor, pushed: Pushed) -> Person:
    """Make a person, or bring back the one who was withdrawn; raises `Invalid`.

    Without an e-mail address the login is taken, which has the form of one.
    """
    actor.require(Permission.MANAGE_PEOPLE)
    profile = settled(pushed.profile)
    async with database.begin(actor) as work:
        types = await hold_types(work.connection)
        profile = checked(types, DEFAULT_TYPE, {"email": profile.get("login"), **profile})
        gone = await store.hold_withdrawn(work.connection, profile["login"])
        if gone is not None:
            return await bring_back(work, types, gone, pushed)
        user_id = work.ids.new(Prefix.USER)
        status = lifecycle.at_creation(
            activate=pushed.active,
            password=pushed.password_hash is not None,
            federated=False,
            expire_password=False,
        )
        await insert_user(work, types, NewUser(user_id, status, profile, password_hash=pushed.password_hash))
        work.log(Event(EventType.USER_CREATE, user_id=user_id))
        if pushed.active:
            work.log(Event(EventType.USER_ACTIVATE, user_id=user_id))
        await join(work, user_id, ())
        if pushed.external_id is not None:
            await store.set_external_id(work.connection, user_id, pushed.external_id)
        return await found(work, user_id)


async def change_person(database: Database, actor: Actor, user_id: str, version: int, pushed: Pushed) -> Person:
    """Make a person what they are to be; raises `NotFound`, `ChangedSince`, `Invalid`, `NotInThisStatus`."""
    actor.require(Permission.MANAGE_PEOPLE)
    async with database.begin(actor) as work:
        types = await hold_types(work.connection)
        person = await hold(work, user_id, version)
        return await alter(work, types, person, pushed)


async def withdraw(database: Database, actor: Actor, user_id: str, version: int | None) -> None:
    """Deactivate a person and show them to clients no longer; raises `NotFound` and `ChangedSince`."""
    actor.require(Permission.MANAGE_PEOPLE)
    async with database.begin(actor) as work:
        person = await hold(work, user_id, version)
        if person.user.status is Status.DEPROVISIONED:
            await may_act_on(work, user_id)
        else:
            await move(work, person.user, Operation.DEACTIVATE)
        await store.withdraw(work.connection, user_id)
        work.log(Event(EventType.USER_WITHDRAW, user_id=user_id))


async def bring_back(work: Work, types: Types, gone: Person, pushed: Pushed) -> Person:
    """Who was withdrawn comes as a new hire would, with the profile that is pushed now."""
    await move(work, gone.user, Operation.ACTIVATE)
    return await alter(work, types, await found(work, gone.user.id), pushed)


async def alter(work: Work, types: Types, person: Person, pushed: Pushed) -> Person:
    """Activate before and deactivate after everything else: a deactivated person's profile cannot change."""
    user_id, was_active = person.user.id, person.user.status not in AWAY
    if pushed.active and not was_active:
        await move(work, person.user, Operation.ACTIVATE)
        person = await found(work, user_id)
    type_id = person.user.type_id
    now = types[type_id].known(person.user.profile)
    after = checked(types, type_id, whole(now, pushed), now)
    if change(person.user.profile, after):
        await may_act_on(work, user_id)
        await change_profile(work, types, person.user, after)
    if pushed.external_id != person.external_id:
        await may_act_on(work, user_id)
        await store.set_external_id(work.connection, user_id, pushed.external_id)
        work.log(Event(EventType.USER_UPDATE_PROFILE, user_id=user_id, detail={"changedAttributes": "externalId"}))
    if pushed.password_hash is not None:
        await may_act_on(work, user_id)
        await set_password(work, person.user, pushed.password_hash)
    if was_active and not pushed.active:
        await move(work, (await found(work, user_id)).user, Operation.DEACTIVATE)
    return await found(work, user_id)


def whole(profile: Mapping[str, Any], pushed: Pushed) -> dict[str, Any]:
    """The profile to come: what the push says, and of the rest what it has no word for."""
    kept = {name: value for name, value in profile.items() if name not in COVERED or value == ""}
    # An address is required here and optional in SCIM: who names none keeps theirs.
    return {**kept, "email": profile.get("email"), **pushed.profile}


async def hold(work: Work, user_id: str, version: int | None) -> Person:
    person = await store.hold(work.connection, user_id)
    if person is None:
        raise NotFound("User", user_id)
    if version is not None and person.version != version:
        raise ChangedSince(f"The user {user_id} was changed meanwhile.")
    return person


async def found(work: Work, user_id: str) -> Person:
    person = await store.find(work.connection, user_id)
    assert person is not None, "held and shown"
    return person


async def find_person(database: Database, actor: Actor, user_id: str) -> Person | None:
    """The person with this id, unless withdrawn."""
    actor.require(Permission.READ)
    async with database.pool.acquire() as connection:
        return await store.find(connection, user_id)


async def look_up(database: Database, actor: Actor, attribute: str, key: str) -> list[Person]:
    """Those who may have this folded login, this folded display name, or have this external id."""
    actor.require(Permission.READ)
    query = {"userName": store.by_login, "displayName": store.by_display_name, "externalId": store.by_external_id}
    async with database.read() as connection:
        return await query[attribute](connection, key)


async def search_people(
    database: Database, actor: Actor, question: Question, offset: int, limit: int
) -> tuple[int, list[Person]]:
    """How many people there are of whom a condition holds, and a page of them."""
    actor.require(Permission.READ)
    async with database.pool.acquire() as connection:
        return await store.search(connection, question, offset, limit)


async def names_of(database: Database, actor: Actor, ids: Collection[str]) -> dict[str, str]:
    """What to call these people."""
    actor.require(Permission.READ)
    async with database.pool.acquire() as connection:
        return await store.names(connection, ids)


async def people_after(
    database: Database, actor: Actor, millisecond: str, rank: int, offset: int, limit: int
) -> Sequence[Person]:
    """A page of people behind a place in the order."""
    actor.require(Permission.READ)
    async with database.read() as connection:
        last = await store.ranked(connection, millisecond, rank) if rank else None
        start = millisecond if last is None else last + "\x01"
        return await store.page(connection, start, offset, limit)

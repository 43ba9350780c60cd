"""Writing people's profiles: checked by the schema of their type, recorded, announced, marked.

Whoever calls this holds the schemas (`stored_schemas.hold_types`) and the people. Permissions are the callers' affair.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import asyncpg

from provisor.directory import lifecycle
from provisor.directory.lifecycle import Operation
from provisor.directory.people import ProfileRules
from provisor.directory.profiles import ProfileChange, change, settled
from provisor.directory.schema_rules import carried
from provisor.directory.uniqueness import exchange
from provisor.directory.user import User
from provisor.services.errors import Invalid
from provisor.services.marking import profiles_changed
from provisor.services.stored_schemas import Types
from provisor.services.uniqueness import exchange_value
from provisor.services.work import Work
from provisor.store import profile_changes
from provisor.store import users as store
from provisor.store.profile_changes import Recorded
from provisor.store.unique_values import PEOPLE
from provisor.store.users import NewUser
from provisor.systemlog import Event, EventType

LOGIN_TAKEN = "An object with this field already exists in the current organization"


async def insert_user(work: Work, types: Types, new: NewUser) -> User:
    """Insert one person, whose profile is valid; raises `Invalid` for a login or another value that is taken."""
    await exchange_value(work.connection, PEOPLE, exchange(new.id, {}, (), new.profile, types[new.type_id].unique))
    try:
        return (await insert_users(work, [new]))[0]
    except asyncpg.UniqueViolationError as problem:
        raise taken(problem) from None


async def insert_users(work: Work, rows: Sequence[NewUser]) -> list[User]:
    """Insert people with the beginning of their histories; raises `UniqueViolationError` for a login that is taken.

    Values that nobody shares have been noted for them.
    """
    users = await store.insert(work.connection, rows)
    await record(
        work, [Recorded(row.id, 1, EventType.USER_CREATE, ProfileChange({}, dict(row.profile))) for row in rows]
    )
    return users


async def change_type(work: Work, types: Types, user: User, type_id: str, given: Mapping[str, Any]) -> None:
    """Make a held person of another type; raises `Invalid`, and `NotInThisStatus` for a deactivated person.

    Of what is given, attributes that only the old type has are dropped: a client may send back what it read.
    """
    old, new = types[user.type_id], rules_of(types, type_id)
    lifecycle.after(Operation.UPDATE_PROFILE, user.status)
    kept = carried(user.profile, old.attributes, new.attributes)
    known = {name: value for name, value in given.items() if new.find(name) or not old.find(name)}
    after = checked(types, type_id, {**kept, **known}, kept)
    await store.set_type(work.connection, user.id, type_id)
    work.log(Event(EventType.USER_UPDATE_TYPE, user_id=user.id, detail={"from": user.type_id, "to": type_id}))
    await change_profile(work, types, user, after, type_id)
    # Mappings differ by type, whether or not a value does.
    await profiles_changed(work, [user.id])


async def change_profile(
    work: Work, types: Types, user: User, after: dict[str, Any], type_id: str | None = None
) -> None:
    """Give a held person a new, valid profile; raises `Invalid` for a login or another value that is taken."""
    before, then = types[user.type_id].unique, types[type_id or user.type_id].unique
    await exchange_value(work.connection, PEOPLE, exchange(user.id, user.profile, before, after, then))
    await change_profiles(work, [(user, after)])


async def change_profiles(work: Work, profiles: Sequence[tuple[User, dict[str, Any]]]) -> int:
    """Give held people new, valid profiles; how many differ from what they had.

    Values that nobody shares have been noted for them.
    Raises `NotInThisStatus` for a deactivated person, `Invalid` for a login that is taken.
    """
    changes = [(user, after, change(user.profile, after)) for user, after in profiles]
    changes = [each for each in changes if each[2]]
    if not changes:
        return 0
    for user, _, _ in changes:
        lifecycle.after(Operation.UPDATE_PROFILE, user.status)
    try:
        await store.update_profiles(work.connection, [(user.id, after) for user, after, _ in changes])
    except asyncpg.UniqueViolationError as problem:
        raise taken(problem) from None
    kind = EventType.USER_UPDATE_PROFILE
    await record(work, [Recorded(user.id, user.version + 1, kind, difference) for user, _, difference in changes])
    for user, _, difference in changes:
        names = ",".join(sorted({**difference.before, **difference.after}))
        detail = {"changedAttributes": names, "version": user.version + 1}
        work.log(Event(kind, user_id=user.id, detail=detail))
    await profiles_changed(work, [user.id for user, _, _ in changes])
    return len(changes)


async def record(work: Work, changes: Sequence[Recorded]) -> None:
    await profile_changes.insert(work.connection, changes, work.transaction_id, work.actor.id)


def checked(
    types: Types, type_id: str, profile: Mapping[str, Any], before: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The profile as it is stored, if it fits the schema; raises `Invalid`. Without one before it is a new one's."""
    rules = rules_of(types, type_id)
    wanted = rules.begun(profile) if before is None else profile
    found = rules.problems(wanted, before)
    if found:
        raise Invalid(found[0].path, found)
    return settled(wanted)


def rules_of(types: Types, type_id: str) -> ProfileRules:
    """The rules of a type that a caller named; raises `Invalid`."""
    rules = types.get(type_id)
    if rules is None:
        raise Invalid.one("type", f"there is no user type {type_id}")
    return rules


def taken(problem: asyncpg.UniqueViolationError) -> Exception:
    """What a unique violation means to the caller; anything but the login is our bug."""
    return Invalid.one("login", LOGIN_TAKEN) if store.is_login_taken(problem) else problem

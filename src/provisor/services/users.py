"""Making, finding and changing people. Their lives are `users_lifecycle`, lists of them `users_listing`.

1. A change, its event, its entry in the history of profiles and the marks it makes are one transaction.
2. Passwords are hashed before the transaction begins.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from provisor.directory import lifecycle
from provisor.directory.group import EVERYONE, GroupType
from provisor.directory.ids import Prefix
from provisor.directory.lifecycle import Operation
from provisor.directory.user import DEFAULT_TYPE, FEDERATED, OURS, Provider, User
from provisor.directory.written import as_text
from provisor.services import attempts
from provisor.services.actor import Actor, Permission
from provisor.services.errors import ChangedMeanwhile, Forbidden, Invalid, NotFound
from provisor.services.marking import memberships_changed, statuses_changed
from provisor.services.passwords import hash_password, hash_recovery
from provisor.services.profile_writing import change_profile, change_type, checked, insert_user
from provisor.services.protection import may_act_on
from provisor.services.stored_schemas import hold_types
from provisor.services.work import Database, Work
from provisor.store import memberships, sessions
from provisor.store import users as store
from provisor.store.users import NewUser
from provisor.systemlog import Event, EventType


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What a caller sets; None leaves what is there."""

    password: str | None = None
    recovery: tuple[str, str] | None = None
    """Question and answer."""
    provider: Provider = OURS

    @property
    def secret(self) -> bool:
        """Whether something is set that a person signs in or recovers with."""
        return self.password is not None or self.recovery is not None

    def __repr__(self) -> str:
        return "Credentials(...)"


async def create_user(
    database: Database,
    actor: Actor,
    profile: Mapping[str, Any],
    credentials: Credentials,
    *,
    activate: bool,
    expire_password: bool = False,
    group_ids: Sequence[str] = (),
    type_id: str = DEFAULT_TYPE,
) -> User:
    """Make a person, a member of Everyone and of these groups. Raises `Invalid`, `NotFound`, `Forbidden`."""
    actor.require(Permission.MANAGE_PEOPLE)
    if group_ids:
        actor.require(Permission.MANAGE_GROUPS)
    hashes = await hashed(credentials)
    status = lifecycle.at_creation(
        activate=activate,
        password=hashes.password is not None,
        federated=credentials.provider.type in FEDERATED,
        expire_password=expire_password,
    )
    async with database.begin(actor) as work:
        types = await hold_types(work.connection)
        new = NewUser(
            work.ids.new(Prefix.USER),
            status,
            checked(types, type_id, profile),
            credentials.provider,
            hashes.password,
            hashes.recovery,
            type_id,
        )
        user_id = new.id
        user = await insert_user(work, types, new)
        work.log(Event(EventType.USER_CREATE, user_id=user_id))
        if activate:
            work.log(Event(EventType.USER_ACTIVATE, user_id=user_id))
        await join(work, user_id, group_ids)
    return user


async def join(work: Work, user_id: str, group_ids: Sequence[str]) -> None:
    """Put a new person into Everyone and these groups."""
    wanted = list(dict.fromkeys(group_ids))
    held = await memberships.share_groups(work.connection, [EVERYONE, *wanted])
    for group_id in wanted:
        if group_id not in held:
            raise NotFound("UserGroup", group_id)
        if held[group_id] is not GroupType.OKTA_GROUP:
            raise Forbidden(f"The members of {group_id} cannot be chosen: it is of type {held[group_id]}.")
    pairs = [(group_id, user_id) for group_id in (EVERYONE, *wanted)]
    await memberships.insert(work.connection, pairs)
    work.log(*(Event(EventType.GROUP_MEMBER_ADD, user_id=user_id, group_id=each) for each in wanted))
    await memberships_changed(work, pairs)


async def get_user(database: Database, actor: Actor, key: str) -> User:
    """The person with this id or login; raises `NotFound`."""
    actor.require(Permission.READ)
    async with database.read() as connection:
        user = await store.find(connection, key)
    if user is None:
        raise NotFound("User", key)
    return user


async def update_user(
    database: Database,
    actor: Actor,
    key: str,
    profile: Mapping[str, Any] | None,
    credentials: Credentials,
    *,
    replace: bool = False,
    seen: Mapping[str, str] | None = None,
    type_id: str | None = None,
) -> User:
    """Change a profile (given attributes only, or as a whole), a type, a password, a recovery question.

    `seen` is what the caller believes that attributes hold now, with an empty text for none. Who becomes of another
    type keeps, besides what is given, the values of attributes that both types have.
    Raises `NotFound`, `Invalid`, `NotInThisStatus` and `ChangedMeanwhile`. What changes nothing leaves no trace.
    """
    if profile is not None or not credentials.secret:
        actor.require(Permission.MANAGE_PEOPLE)
    if credentials.secret:
        actor.require(Permission.HELP_PEOPLE)
    hashes = await hashed(credentials)
    async with database.begin(actor) as work:
        types = await hold_types(work.connection)
        user = await hold_user(work, key)
        await may_act_on(work, user.id)
        if seen:
            now = {each.name: as_text(each, user.profile) for each in types[user.type_id].attributes}
            ChangedMeanwhile.check("The profile", seen, now)
        if type_id is not None and type_id != user.type_id:
            if not replace:
                raise Invalid.one("type", "is changed together with the whole profile: use PUT")
            await change_type(work, types, user, type_id, profile or {})
        elif profile is not None:
            kept = {} if replace else types[user.type_id].known(user.profile)
            after = checked(types, user.type_id, {**kept, **profile}, user.profile)
            await change_profile(work, types, user, after)
        if hashes.password is not None:
            await set_password(work, user, hashes.password)
        if hashes.recovery is not None:
            await store.set_recovery(work.connection, user.id, hashes.recovery)
        changed = await store.find(work.connection, user.id)
    assert changed is not None
    return changed


async def set_password(work: Work, user: User, password_hash: str, *, keep: bytes | None = None) -> None:
    """Give a held person a password, which ends any state of waiting for one, every session and every lock."""
    target = lifecycle.after(Operation.SET_PASSWORD, user.status)
    await store.set_password(work.connection, user.id, password_hash)
    if target is not user.status:
        await store.set_status(work.connection, [user.id], target)
        await statuses_changed(work, [user.id])
    await sessions.delete_of_user(work.connection, user.id, keep=keep)
    await attempts.forget(work.connection, user.login)
    work.log(Event(EventType.USER_UPDATE_PASSWORD, user_id=user.id))


async def hold_user(work: Work, key: str) -> User:
    """The person with this id or login, locked; raises `NotFound`."""
    user = await store.hold(work.connection, key)
    if user is None:
        raise NotFound("User", key)
    return user


@dataclass(frozen=True, slots=True)
class Hashes:
    password: str | None
    recovery: dict[str, str] | None


async def hashed(credentials: Credentials) -> Hashes:
    return Hashes(
        await hash_password(credentials.password) if credentials.password is not None else None,
        await hash_recovery(*credentials.recovery) if credentials.recovery is not None else None,
    )

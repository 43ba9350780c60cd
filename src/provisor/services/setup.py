"""The first run: a link with a token, printed where the server starts, makes the first super administrator, once.

Afterwards nothing here does anything. The way back for who is locked out is the command line on the server's machine.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from typing import Any

from provisor.directory.ids import Prefix
from provisor.directory.lifecycle import Status
from provisor.directory.user import DEFAULT_TYPE, User
from provisor.services.actor import SYSTEM, Actor, RequestOrigin, Role
from provisor.services.admins import give_role
from provisor.services.errors import Forbidden, Invalid
from provisor.services.passwords import check_chosen, hash_text
from provisor.services.profile_writing import checked, insert_user
from provisor.services.stored_schemas import hold_types, load_types
from provisor.services.users import join
from provisor.services.work import Database
from provisor.store import admin_roles, set_up_tokens
from provisor.store.database import Connection
from provisor.store.users import NewUser
from provisor.systemlog import Event, EventType


class SetUpRefused(Forbidden):
    """The set-up is done, or the link is not one of ours."""


async def is_set_up(database: Database) -> bool:
    """Whether there is a super administrator."""
    async with database.read() as connection:
        return await admin_roles.any_super_admin(connection)


async def offer_set_up(database: Database) -> str | None:
    """A token that may finish the set-up; None when it is finished. Earlier tokens stay good until then."""
    async with database.begin(SYSTEM) as work:
        if await admin_roles.any_super_admin(work.connection):
            return None
        token = secrets.token_urlsafe(24)
        await set_up_tokens.insert(work.connection, hash_of(token))
    return token


async def is_set_up_token(database: Database, token: str) -> bool:
    """Whether this token may still finish the set-up."""
    async with database.read() as connection:
        done = await admin_roles.any_super_admin(connection)
        return not done and await set_up_tokens.exists(connection, hash_of(token))


async def set_up(
    database: Database, token: str, profile: Mapping[str, Any], password: str, origin: RequestOrigin | None = None
) -> User:
    """Make the first super administrator. Raises `SetUpRefused` and `Invalid`; of two at once, one wins."""
    check_chosen(password)
    async with database.read() as connection:
        wanted = checked(await load_types(connection), DEFAULT_TYPE, profile)
        # Before the hash, which is dear: anybody can ask.
        await check_token(connection, token)
    password_hash = await hash_text(password)
    async with database.begin(Actor(SYSTEM.id, request=origin)) as work:
        types = await hold_types(work.connection)
        await admin_roles.lock(work.connection)
        await check_token(work.connection, token)
        user_id = work.ids.new(Prefix.USER)
        new = NewUser(user_id, Status.ACTIVE, wanted, password_hash=password_hash)
        try:
            user = await insert_user(work, types, new)
        except Invalid as problem:
            raise login_taken(wanted["login"]) if problem.subject == "login" else problem from None
        work.log(Event(EventType.USER_CREATE, user_id=user_id), Event(EventType.USER_ACTIVATE, user_id=user_id))
        await join(work, user_id, [])
        await give_role(work, user_id, Role.SUPER_ADMIN)
        await set_up_tokens.delete_all(work.connection)
    return user


async def check_token(connection: Connection, token: str) -> None:
    """Raise `SetUpRefused` unless this token may still finish the set-up."""
    if await admin_roles.any_super_admin(connection):
        raise SetUpRefused("The set-up is done already. Sign in, or ask a super administrator for an account.")
    if not await set_up_tokens.exists(connection, hash_of(token)):
        raise SetUpRefused("This link is not valid. Use the one that the server printed when it started.")


def login_taken(login: str) -> Invalid:
    return Invalid.one(
        "login",
        "somebody in the directory has it. Choose another, or make that person super administrator on the server's "
        f"machine: provisor admins grant {login} {Role.SUPER_ADMIN}",
    )


def hash_of(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()

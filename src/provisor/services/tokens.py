"""API tokens: made once, shown once, stored as SHA-256, checked with a short memory.

A revoked token can go on for `REMEMBERED` seconds in every process that has just seen it.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable
from datetime import datetime

from provisor.directory.ids import Prefix
from provisor.services.actor import MANAGEMENT, SYSTEM, Actor, Permission, Scope
from provisor.services.errors import NotFound
from provisor.services.work import Database
from provisor.store import tokens as store
from provisor.store.database import Connection
from provisor.store.tokens import Token
from provisor.systemlog import Event, EventType

REMEMBERED = 5.0
"""Seconds for which an answer of `Tokens.check` is repeated without asking the database."""
MOST_REMEMBERED = 10_000
BOOTSTRAP = "bootstrap"
FIRST = "first"


async def create_token(
    database: Database,
    actor: Actor,
    name: str,
    scopes: frozenset[Scope] = MANAGEMENT,
    expires: datetime | None = None,
) -> tuple[Token, str]:
    """Make a token; the text is returned here and never again."""
    actor.require(Permission.MANAGE_ADMINS)
    text = new_text()
    async with database.begin(actor) as work:
        token = await store.insert(
            work.connection, work.ids.new(Prefix.TOKEN), name, hash_of(text), sorted(scopes), expires
        )
        work.log(Event(EventType.TOKEN_CREATE, detail={"token": token.id, "name": name}))
    return token, text


async def get_token(database: Database, actor: Actor, token_id: str) -> Token:
    """The token with this id; raises `NotFound`."""
    actor.require(Permission.READ)
    async with database.read() as connection:
        token = await store.find(connection, token_id)
    if token is None:
        raise NotFound("ApiToken", token_id)
    return token


async def list_tokens(database: Database, actor: Actor, *, after: str = "", limit: int = 100) -> list[Token]:
    """A page of the tokens, by id; their texts are nowhere."""
    actor.require(Permission.READ)
    async with database.read() as connection:
        return await store.list_all(connection, after, limit)


async def revoke_token(database: Database, actor: Actor, token_id: str) -> None:
    """Make a token useless; raises `NotFound`."""
    actor.require(Permission.MANAGE_ADMINS)
    async with database.begin(actor) as work:
        name = await store.delete(work.connection, token_id)
        if name is None:
            raise NotFound("ApiToken", token_id)
        work.log(Event(EventType.TOKEN_REVOKE, detail={"token": token_id, "name": name}))


async def ensure_first_token(database: Database, bootstrap: str | None) -> str | None:
    """Make sure that somebody can use the API; the text of a new token, once, if one had to be made.

    `bootstrap` is the token of the settings: it takes the place of the one an earlier start was given.
    """
    async with database.begin(SYSTEM) as work:
        await store.lock_all(work.connection)
        if bootstrap is not None:
            if await store.find_by_hash(work.connection, hash_of(bootstrap)) is None:
                await store.delete_named(work.connection, BOOTSTRAP)
                await add_own(work.connection, work.ids.new(Prefix.TOKEN), BOOTSTRAP, bootstrap)
            return None
        if await store.any_exists(work.connection):
            return None
        text = new_text()
        await add_own(work.connection, work.ids.new(Prefix.TOKEN), FIRST, text)
    return text


async def add_own(connection: Connection, token_id: str, name: str, text: str) -> None:
    await store.insert(connection, token_id, name, hash_of(text), sorted(MANAGEMENT), None)


class Tokens:
    """Tells whose a token is. One per process."""

    def __init__(self, database: Database, now: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._now = now
        self._remembered: dict[bytes, tuple[float, Token | None]] = {}

    async def check(self, text: str) -> Token | None:
        """The token of this text; None if there is none, or it has expired."""
        key = hash_of(text)
        known = self._remembered.get(key)
        if known is not None and self._now() < known[0]:
            return known[1]
        # Not in a read-only transaction: the moment of last use is written, at most once a minute.
        async with self._database.pool.acquire() as connection:
            token = await store.find_by_hash(connection, key)
            if token is not None:
                await store.touch(connection, token.id)
        if len(self._remembered) >= MOST_REMEMBERED:
            self._remembered.clear()
        self._remembered[key] = (self._now() + REMEMBERED, token)
        return token


def new_text() -> str:
    return "00" + secrets.token_urlsafe(30)


def hash_of(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()

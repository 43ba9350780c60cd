"""Signing in and out, and who is signed in. Counting of attempts is `attempts`; what the password must be `passwords`.

1. A session's token is in the cookie alone; the database has its SHA-256.
2. A refusal before the right password was given is the same, in words and in time, whether the login exists or not.
3. Roles and status are read with the session, at every request: a revoked role or a suspension acts at once.
"""

from __future__ import annotations

import hashlib
import hmac
import math
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from provisor.directory.lifecycle import Status
from provisor.directory.logins import fold
from provisor.services import attempts
from provisor.services.actor import Actor, Permission, RequestOrigin, Role, permissions_of_roles
from provisor.services.attempts import SignInRules, Tally
from provisor.services.errors import Invalid, NotFound
from provisor.services.marking import statuses_changed
from provisor.services.passwords import check_chosen, hash_text, is_outdated, verify_password
from provisor.services.protection import may_act_on
from provisor.services.work import Database, Work
from provisor.store import sessions as store
from provisor.store import users
from provisor.store.sessions import SecretRow
from provisor.systemlog import Event, EventType, Outcome
from provisor.systemlog.rendering import NOBODY

RULES = SignInRules()


class Reason(StrEnum):
    """Why a sign-in was refused."""

    CREDENTIALS = "INVALID_CREDENTIALS"
    TOO_MANY = "LOCKED_OUT"
    PASSWORD_EXPIRED = "PASSWORD_EXPIRED"
    NOT_ACTIVE = "USER_NOT_ACTIVE"


WORDS = {
    Status.SUSPENDED: "Your account is suspended. An administrator can lift that.",
    Status.RECOVERY: "Your password was reset. Ask an administrator for a new one.",
    Status.PASSWORD_EXPIRED: "Your password has expired. Choose a new one.",
}
NOT_READY = "Your account is not active yet. An administrator can activate it."
WRONG = "That did not work. Check the login and the password."


class SignInRefused(Exception):
    """Nobody was signed in; the message is for the person at the form."""

    def __init__(self, reason: Reason, message: str, *, wait: float | None = None) -> None:
        super().__init__(message)
        self.reason = reason
        self.wait = wait
        """Seconds until another attempt is heard."""


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who is signed in."""

    id_hash: bytes = field(repr=False)
    user_id: str
    login: str
    name: str
    roles: frozenset[Role]
    created: datetime
    last_seen: datetime
    expires: datetime
    csrf: str = field(repr=False)

    @property
    def permissions(self) -> frozenset[Permission]:
        return permissions_of_roles(self.roles)

    def actor(self, origin: RequestOrigin | None = None) -> Actor:
        """The person, with what their roles allow."""
        return Actor(self.user_id, self.permissions, origin, self.user_id)


@dataclass(frozen=True, slots=True)
class SignedIn:
    token: str = field(repr=False)
    """For the cookie; it is nowhere else."""
    session: Session


async def sign_in(
    database: Database,
    login: str,
    password: str,
    origin: RequestOrigin,
    *,
    rules: SignInRules = RULES,
    new_password: str | None = None,
) -> SignedIn:
    """Begin a session; raises `SignInRefused`. Where the password has expired, `new_password` takes its place.

    Raises `Invalid` for a new password that cannot be used.
    """
    if new_password is not None:
        check_chosen(new_password)
        if new_password == password:
            raise Invalid.one("password", "is the one that has expired")
    tally, found = await _attempt(database, login, origin, rules)
    if tally.wait is not None:
        raise too_many(tally.wait)
    right = await verify_password(found.password_hash if found else None, password)
    if not right or found is None:
        await _failed(database, found, origin, Reason.CREDENTIALS, lock=tally.last)
        raise SignInRefused(Reason.CREDENTIALS, WRONG)
    assert found.password_hash is not None
    new_hash = await hash_text(new_password) if new_password is not None else None
    newer = await hash_text(password) if is_outdated(found.password_hash) else None
    token = new_token()
    async with database.begin(Actor(found.user_id, frozenset(), origin, found.user_id)) as work:
        held = await store.hold_secret(work.connection, found.user_id)
        refusal = await _admit(work, found, held, new_hash)
        if refusal is None:
            if newer is not None and new_hash is None:
                await store.rehash(work.connection, found.user_id, newer)
            await _begin(work, found.user_id, token, origin, rules)
    if refusal is not None:
        raise refusal
    session = await find_session(database, token)
    if session is None:
        raise SignInRefused(Reason.NOT_ACTIVE, NOT_READY)
    return SignedIn(token, session)


async def _attempt(
    database: Database, login: str, origin: RequestOrigin, rules: SignInRules
) -> tuple[Tally, SecretRow | None]:
    """Count an attempt, and whose it is."""
    async with database.begin(Actor(NOBODY, frozenset(), origin)) as work:
        tally = await attempts.count(work.connection, login, origin.ip, rules)
        found = await store.find_secret(work.connection, fold(login)) if is_storable(login) else None
        if tally.first_refused:
            work.log(failure(found.user_id if found else None, Reason.TOO_MANY))
    return tally, found


async def _failed(
    database: Database, found: SecretRow | None, origin: RequestOrigin, reason: Reason, *, lock: bool
) -> None:
    user_id = found.user_id if found else None
    async with database.begin(Actor(user_id or NOBODY, frozenset(), origin, user_id)) as work:
        work.log(failure(user_id, reason))
        if found is None or not lock:
            return
        held = await store.hold_secret(work.connection, found.user_id)
        if held is not None and held.status is Status.ACTIVE:
            await _put(work, found.user_id, Status.LOCKED_OUT)
            work.log(Event(EventType.USER_LOCK, user_id=found.user_id))


async def _admit(work: Work, found: SecretRow, held: SecretRow | None, new_hash: str | None) -> SignInRefused | None:
    """Let somebody in who knew the password a moment ago, or say why not."""
    if held is None or not held.has_the_password_of(found):
        work.log(failure(found.user_id, Reason.CREDENTIALS))
        return SignInRefused(Reason.CREDENTIALS, WRONG)
    origin = work.actor.request
    await attempts.succeeded(work.connection, held.login, origin.ip if origin else None)
    match held.status:
        case Status.ACTIVE:
            return None
        case Status.LOCKED_OUT:
            await _put(work, held.user_id, Status.ACTIVE)
            work.log(Event(EventType.USER_UNLOCK_BY_TIME, user_id=held.user_id))
            return None
        case Status.PASSWORD_EXPIRED if new_hash is not None:
            await users.set_password(work.connection, held.user_id, new_hash)
            await _put(work, held.user_id, Status.ACTIVE)
            await store.delete_of_user(work.connection, held.user_id)
            work.log(Event(EventType.USER_UPDATE_PASSWORD, user_id=held.user_id))
            return None
    reason = Reason.PASSWORD_EXPIRED if held.status is Status.PASSWORD_EXPIRED else Reason.NOT_ACTIVE
    work.log(failure(held.user_id, reason))
    return SignInRefused(reason, WORDS.get(held.status, NOT_READY))


async def _put(work: Work, user_id: str, status: Status) -> None:
    await users.set_status(work.connection, [user_id], status)
    await statuses_changed(work, [user_id])


async def _begin(work: Work, user_id: str, token: str, origin: RequestOrigin, rules: SignInRules) -> None:
    await store.note_sign_in(work.connection, user_id)
    await store.insert(
        work.connection,
        hash_of(token),
        user_id,
        life=rules.life,
        idle=rules.idle,
        user_agent=origin.user_agent,
        ip=origin.ip,
    )
    work.log(Event(EventType.SESSION_START, user_id=user_id))


async def find_session(database: Database, token: str) -> Session | None:
    """Who holds this token; None if nobody, or the session is over."""
    key = hash_of(token)
    # Not in a read-only transaction: the moment of last use is written, at most once a minute.
    async with database.pool.acquire() as connection:
        row = await store.find(connection, key)
    if row is None:
        return None
    roles = frozenset(Role(name) for name in row.roles)
    csrf = hmac.digest(token.encode("utf-8", "replace"), b"provisor csrf", "sha256").hex()
    return Session(key, row.user_id, row.login, row.name, roles, row.created, row.last_seen, row.expires, csrf)


async def is_alive(database: Database, session: Session) -> bool:
    """Whether the session is still there; asking does not prolong it."""
    async with database.pool.acquire() as connection:
        return await store.is_alive(connection, session.id_hash)


async def sign_out(database: Database, session: Session, origin: RequestOrigin | None = None) -> None:
    """End a session. Repeating changes nothing."""
    async with database.begin(session.actor(origin)) as work:
        if await store.delete(work.connection, session.id_hash):
            work.log(Event(EventType.SESSION_END, user_id=session.user_id))


async def end_sessions_of(work: Work, user_id: str, *, keep: Session | None = None) -> int:
    """End a person's sessions, but for one, with the transaction; how many there were."""
    return await store.delete_of_user(work.connection, user_id, keep=keep.id_hash if keep else None)


async def clear_sessions(database: Database, actor: Actor, key: str) -> int:
    """Sign a person out everywhere; raises `NotFound`."""
    actor.require(Permission.HELP_PEOPLE)
    async with database.begin(actor) as work:
        user = await users.hold(work.connection, key)
        if user is None:
            raise NotFound("User", key)
        await may_act_on(work, user.id)
        ended = await end_sessions_of(work, user.id)
        work.log(Event(EventType.SESSION_CLEAR, user_id=user.id))
    return ended


def csrf_token(session: Session) -> str:
    """What a form of this session carries; it cannot be told without the cookie."""
    return session.csrf


def check_csrf(session: Session, value: str | None) -> bool:
    """Whether a form came from a page of this session."""
    return value is not None and hmac.compare_digest(session.csrf.encode(), value.encode("utf-8", "replace"))


def too_many(wait: float) -> SignInRefused:
    minutes = max(1, math.ceil(wait / 60))
    again = "in a minute" if minutes == 1 else f"in {minutes} minutes"
    return SignInRefused(Reason.TOO_MANY, f"There were too many wrong passwords. Try again {again}.", wait=wait)


def failure(user_id: str | None, reason: Reason) -> Event:
    return Event(EventType.SESSION_START, user_id=user_id, outcome=Outcome.FAILURE, reason=reason)


def is_storable(text: str) -> bool:
    """Whether PostgreSQL can hold it; a login that it cannot hold is nobody's."""
    return "\0" not in text and not any("\ud800" <= each <= "\udfff" for each in text)


def new_token() -> str:
    return secrets.token_urlsafe(32)


def hash_of(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()

"""Loads many people at once: rows of given attributes, each a new person or a partial update of the one with this
login. A row that cannot be used is refused by its line; the others load.

A batch is one transaction and a fixed number of queries, however many rows it has.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import asyncpg

from provisor.directory import lifecycle
from provisor.directory.group import EVERYONE
from provisor.directory.ids import Prefix
from provisor.directory.lifecycle import Operation, Status
from provisor.directory.logins import fold
from provisor.directory.profiles import BASE_SCHEMA, change, merged, settled
from provisor.directory.user import User
from provisor.services.actor import Actor, Permission
from provisor.services.errors import Invalid
from provisor.services.marking import memberships_changed, users_activated
from provisor.services.users import change_profiles, insert_users
from provisor.services.work import RETRIED, Database, Work
from provisor.store import memberships
from provisor.store import users as store
from provisor.store.users import NewUser
from provisor.systemlog import Event, EventType

MOST_ROWS = 5000
ATTEMPTS = 5
"""How often a batch is begun again because somebody else made one of its people meanwhile."""


@dataclass(frozen=True, slots=True)
class LoadRow:
    line: int
    profile: Mapping[str, Any]
    """Only the attributes that are given; null clears."""


@dataclass(frozen=True, slots=True)
class RefusedRow:
    line: int
    login: str | None
    reasons: tuple[str, ...]


@dataclass(slots=True)
class LoadReport:
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: list[RefusedRow] = field(default_factory=list)

    def refuse(self, row: LoadRow, *reasons: str) -> None:
        login = row.profile.get("login")
        self.refused.append(RefusedRow(row.line, login if isinstance(login, str) else None, reasons))


@dataclass(frozen=True, slots=True)
class Decided:
    """What a batch comes to, before anything is written."""

    new: list[tuple[LoadRow, dict[str, Any]]]
    changed: list[tuple[User, dict[str, Any]]]
    activated: list[User]
    """Staged people."""
    report: LoadReport


async def load_users(database: Database, actor: Actor, rows: Sequence[LoadRow], *, activate: bool) -> LoadReport:
    """Load a batch of at most `MOST_ROWS` rows; activate who is new or staged if asked."""
    actor.require(Permission.MANAGE_PEOPLE)
    if len(rows) > MOST_ROWS:
        raise Invalid.one("rows", f"has {len(rows)} rows; at most {MOST_ROWS} are loaded at a time")
    for _ in range(ATTEMPTS - 1):
        try:
            return await load_once(database, actor, rows, activate=activate)
        except (*RETRIED, asyncpg.UniqueViolationError):
            # Somebody made one of these people since we looked: the next look finds them.
            continue
    return await load_once(database, actor, rows, activate=activate)


async def load_once(database: Database, actor: Actor, rows: Sequence[LoadRow], *, activate: bool) -> LoadReport:
    async with database.begin(actor) as work:
        return await load(work, rows, activate=activate)


async def load(work: Work, rows: Sequence[LoadRow], *, activate: bool) -> LoadReport:
    report = LoadReport()
    usable = readable(rows, report)
    known = await store.hold_logins(work.connection, list(usable))
    decided = decide(usable, known, report, activate=activate)
    await create(work, decided.new, Status.PROVISIONED if activate else Status.STAGED)
    await change_profiles(work, decided.changed)
    if decided.activated:
        await activate_staged(work, decided.activated)
    report.refused.sort(key=lambda row: row.line)
    return report


def readable(rows: Sequence[LoadRow], report: LoadReport) -> dict[str, LoadRow]:
    """The rows by folded login; those without one, and those that repeat one, are refused."""
    usable: dict[str, LoadRow] = {}
    for row in rows:
        login = row.profile.get("login")
        if not isinstance(login, str) or not login:
            report.refuse(row, "login: The field cannot be left blank")
            continue
        broken = [name for name, value in row.profile.items() if not storable(name) or not storable(value)]
        if broken:
            report.refuse(row, *(f"{name!r}: holds U+0000, which text cannot hold" for name in broken))
            continue
        first = usable.setdefault(fold(login), row)
        if first is not row:
            report.refuse(row, f"login: is already in line {first.line}")
    return usable


def storable(value: object) -> bool:
    return not isinstance(value, str) or "\x00" not in value


def decide(usable: Mapping[str, LoadRow], known: Mapping[str, User], report: LoadReport, *, activate: bool) -> Decided:
    """Who is new, who changes, who is as they should be; what does not fit the schema is refused."""
    decided = Decided([], [], [], report)
    for key, row in usable.items():
        user = known.get(key)
        profile = settled(row.profile) if user is None else merged(user.profile, row.profile)
        # The row itself, because settling hides an unknown attribute that is null.
        found = BASE_SCHEMA.validate({**profile, **row.profile})
        if found:
            report.refuse(row, *(str(each) for each in found))
        elif user is None:
            decided.new.append((row, profile))
            report.created += 1
        else:
            decide_known(decided, row, user, profile, activate=activate)
    return decided


def decide_known(decided: Decided, row: LoadRow, user: User, profile: dict[str, Any], *, activate: bool) -> None:
    differs = bool(change(user.profile, profile))
    starts = activate and user.status is Status.STAGED
    if differs and user.status is Status.DEPROVISIONED:
        # A file that is loaded again must not bring back, or touch, somebody who was let go.
        decided.report.refuse(row, "status: The user is deactivated. Activate the user first.")
        return
    if differs:
        decided.changed.append((user, profile))
    if starts:
        decided.activated.append(user)
    if differs or starts:
        decided.report.updated += 1
    else:
        decided.report.unchanged += 1


async def create(work: Work, new: Sequence[tuple[LoadRow, dict[str, Any]]], status: Status) -> None:
    """Insert people, members of Everyone."""
    if not new:
        return
    people = [NewUser(work.ids.new(Prefix.USER), status, profile) for _, profile in new]
    await insert_users(work, people)
    for person in people:
        work.log(Event(EventType.USER_CREATE, user_id=person.id))
        if status is not Status.STAGED:
            work.log(Event(EventType.USER_ACTIVATE, user_id=person.id))
    await memberships.share_groups(work.connection, [EVERYONE])
    joined = [(EVERYONE, person.id) for person in people]
    await memberships.insert(work.connection, joined)
    await memberships_changed(work, joined)


async def activate_staged(work: Work, staged: Sequence[User]) -> None:
    """Activate staged people: those who can sign in are active at once."""
    for credentialed in (False, True):
        user_ids = [user.id for user in staged if user.credentialed is credentialed]
        if user_ids:
            target = lifecycle.after(Operation.ACTIVATE, Status.STAGED, credentialed=credentialed)
            await store.set_status(work.connection, user_ids, target, activated=True)
            work.log(*(Event(EventType.USER_ACTIVATE, user_id=user_id) for user_id in user_ids))
    await users_activated(work, [user.id for user in staged])

"""Loads many people at once: rows of given attributes, each a new person or a partial update of the one with this
login. A row that cannot be used is refused by its line; the others load.

A batch is one transaction and a fixed number of queries, however many rows it has.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import asyncpg

from provisor.directory import lifecycle
from provisor.directory.group import EVERYONE
from provisor.directory.ids import Prefix
from provisor.directory.lifecycle import Operation, Status
from provisor.directory.logins import fold
from provisor.directory.people import ProfileRules
from provisor.directory.profiles import change, merged, settled
from provisor.directory.uniqueness import Exchange, exchange
from provisor.directory.user import DEFAULT_TYPE, User
from provisor.directory.written import read_text
from provisor.services.actor import Actor, Permission
from provisor.services.errors import Invalid
from provisor.services.marking import memberships_changed, users_activated
from provisor.services.profile_writing import change_profiles, insert_users
from provisor.services.stored_schemas import Types, hold_types
from provisor.services.uniqueness import TAKEN, exchange_values
from provisor.services.work import RETRIED, Database, Work
from provisor.store import memberships
from provisor.store import users as store
from provisor.store.unique_values import PEOPLE
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


@dataclass(slots=True)
class Decided:
    """What a batch comes to, before anything is written."""

    report: LoadReport
    new: list[tuple[LoadRow, str, dict[str, Any]]] = field(default_factory=list)
    """Row, id to be, profile."""
    changed: list[tuple[LoadRow, User, dict[str, Any]]] = field(default_factory=list)
    activated: list[tuple[LoadRow, User]] = field(default_factory=list)
    """Staged people."""

    def exchanges(self, types: Types) -> list[Exchange]:
        """What the batch asks of attributes that nobody shares."""
        if not any(each.unique for each in types.values()):
            return []
        unique = types[DEFAULT_TYPE].unique
        found = [(row.line, exchange(user_id, {}, (), after, unique)) for row, user_id, after in self.new]
        for row, user, after in self.changed:
            unique = types[user.type_id].unique
            found.append((row.line, exchange(user.id, user.profile, unique, after, unique)))
        # Of two rows that want the same, the first one in the file gets it.
        return [each for _, each in sorted(found, key=lambda pair: pair[0])]

    def without(self, refused: Mapping[str, str]) -> Decided:
        """The rest of the batch, when these people (by id) cannot have a value that somebody else has."""
        if not refused:
            return self
        rows = {id(row): refused[user_id] for row, user_id, _ in self.new if user_id in refused}
        self.report.created -= len(rows)
        theirs = {id(row): refused[user.id] for row, user, _ in self.changed if user.id in refused}
        self.report.updated -= len(theirs)
        rows |= theirs
        for row in [*(each[0] for each in self.new), *(each[0] for each in self.changed)]:
            if id(row) in rows:
                self.report.refuse(row, f"{rows[id(row)]}: {TAKEN}")
        return Decided(
            self.report,
            [each for each in self.new if id(each[0]) not in rows],
            [each for each in self.changed if id(each[0]) not in rows],
            [each for each in self.activated if id(each[0]) not in rows],
        )


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
    types = await hold_types(work.connection)
    known = await store.hold_logins(work.connection, list(usable))
    decided = decide(usable, known, report, types, lambda: work.ids.new(Prefix.USER), activate=activate)
    decided = decided.without(await exchange_values(work.connection, PEOPLE, decided.exchanges(types)))
    await create(work, decided.new, Status.PROVISIONED if activate else Status.STAGED)
    await change_profiles(work, [(user, after) for _, user, after in decided.changed])
    if decided.activated:
        await activate_staged(work, [user for _, user in decided.activated])
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


def read(row: LoadRow, rules: ProfileRules) -> dict[str, Any]:
    """What the row gives: files know nothing but texts, whatever an attribute's type is."""
    if rules.plain:
        return dict(row.profile)
    kinds = rules.schema.attributes
    return {
        name: read_text(kinds[name], value) if isinstance(value, str) and name in kinds else value
        for name, value in row.profile.items()
    }


def decide(
    usable: Mapping[str, LoadRow],
    known: Mapping[str, User],
    report: LoadReport,
    types: Types,
    new_id: Callable[[], str],
    *,
    activate: bool,
) -> Decided:
    """Who is new, who changes, who is as they should be; what does not fit the schema is refused."""
    decided = Decided(report)
    for key, row in usable.items():
        user = known.get(key)
        rules = types[DEFAULT_TYPE if user is None else user.type_id]
        given = read(row, rules)
        before = {} if user is None else rules.known(user.profile)
        profile = settled(rules.begun(given)) if user is None else merged(before, given)
        # The row itself, because settling hides an unknown attribute that is null.
        found = rules.problems({**profile, **given}, before)
        if found:
            report.refuse(row, *(str(each) for each in found))
        elif user is None:
            decided.new.append((row, new_id(), profile))
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
        decided.changed.append((row, user, profile))
    if starts:
        decided.activated.append((row, user))
    if differs or starts:
        decided.report.updated += 1
    else:
        decided.report.unchanged += 1


async def create(work: Work, new: Sequence[tuple[LoadRow, str, dict[str, Any]]], status: Status) -> None:
    """Insert people, members of Everyone."""
    if not new:
        return
    people = [NewUser(user_id, status, profile) for _, user_id, profile in new]
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

"""Who is in an app, why, and where each account stands; who could be assigned; what unassigning would do.

Only questions: assigning itself is `services.app_users`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from provisor.directory.names import searched
from provisor.provisioning.reasons import Account, Cause, Facts, Reason, tried, why
from provisor.services.actor import Actor, Permission
from provisor.services.app_setup import AppSetup, load_setup
from provisor.services.app_summaries import MOST_IN_LISTS, Count
from provisor.services.app_users import SyncState
from provisor.services.apps import KIND
from provisor.services.errors import NotFound
from provisor.services.work import Database
from provisor.store import app_listing
from provisor.store import app_people as store
from provisor.store.app_listing import AppGroupRow
from provisor.store.app_people import Candidate, PersonRow, Which
from provisor.store.database import Connection

LONGEST_SEARCH = 200
CANDIDATES = 12


@dataclass(frozen=True, slots=True)
class AppPerson:
    row: PersonRow
    reason: Reason
    state: SyncState
    words: str
    """The state as a short phrase."""
    explanation: str = ""
    """What it means or waits for, when that is not plain."""

    @property
    def name(self) -> str:
        return " ".join(filter(None, (self.row.first_name, self.row.last_name))) or self.row.login or self.row.user_id


ACCOUNTS = {
    Account.NONE: (SyncState.DISABLED, "No account yet"),
    Account.UNKNOWN: (SyncState.OUT_OF_SYNC, "Waiting"),
    Account.ACTIVE: (SyncState.SYNCHRONIZED, "As it was"),
    Account.INACTIVE: (SyncState.OUT_OF_SYNC, "Waiting"),
}
"""How somebody stands who is assigned, and whose account nothing is due for."""
PARTED = {
    Cause.LEFT: "Left",
    Cause.GONE: "Left",
    Cause.NOT_ASSIGNED: "Left",
    Cause.NOT_WANTED: "Left, account kept",
    Cause.DEACTIVATE_OFF: "Left, account kept",
}


def judged(row: PersonRow) -> AppPerson:
    """Where somebody's account stands, in the order in which an administrator would want to know it."""
    facts, reason = row.facts, why(row.facts)
    if facts.task is not None:
        return AppPerson(row, reason, SyncState.ERROR, "Needs you", facts.task.summary)
    if not facts.assigned:
        if reason.cause in PARTED:
            return AppPerson(row, reason, SyncState.DISABLED, PARTED[reason.cause], reason.words)
        return AppPerson(row, reason, SyncState.OUT_OF_SYNC, "Leaving", _said(facts, reason))
    if reason.cause is Cause.NOT_WANTED:
        return AppPerson(row, reason, SyncState.DISABLED, "Not provisioned", f"{reason.words} {reason.advice}")
    if reason.cause is Cause.HAS_ACCOUNT:
        return AppPerson(row, reason, SyncState.SYNCHRONIZED, "In the app")
    if facts.mark is not None and reason.cause not in (Cause.STAGED, Cause.SUSPENDED):
        return AppPerson(row, reason, SyncState.OUT_OF_SYNC, "Waiting", _said(facts, reason))
    state, words = ACCOUNTS[facts.account]
    return AppPerson(row, reason, state, words, f"{reason.words} {reason.advice}".strip())


def _said(facts: Facts, reason: Reason) -> str:
    """What somebody waits for; who simply waits for their turn needs no words but for what was tried."""
    if reason.cause is Cause.WAITING:
        return tried(facts.mark.attempts) if facts.mark is not None else ""
    return reason.words


async def list_people(
    database: Database, actor: Actor, app_id: str, which: Which, *, after: str | None = None, limit: int = 25
) -> tuple[list[AppPerson], str | None]:
    """A page of an app's people, and the id after which the next page begins."""
    actor.require(Permission.READ)
    async with database.read() as connection:
        await _setup(connection, app_id)
        rows = await store.list_people(connection, app_id, which, after=after, limit=limit + 1)
    shown = [judged(row) for row in rows[:limit]]
    return shown, shown[-1].row.user_id if len(rows) > limit else None


async def search_people(
    database: Database, actor: Actor, app_id: str, words: str, limit: int = 25
) -> tuple[list[AppPerson], bool]:
    """The first assigned people whose name or login begins so, and whether there are more."""
    actor.require(Permission.READ)
    async with database.read() as connection:
        await _setup(connection, app_id)
        rows = await store.search_people(connection, app_id, searched(words[:LONGEST_SEARCH]), limit + 1)
    return [judged(row) for row in rows[:limit]], len(rows) > limit


async def find_person(database: Database, actor: Actor, app_id: str, user_id: str) -> AppPerson | None:
    """One person whom the app knows, assigned or not any more; None for others."""
    actor.require(Permission.READ)
    async with database.read() as connection:
        row = await store.find_person(connection, app_id, user_id)
    return judged(row) if row is not None else None


async def people_to_assign(database: Database, actor: Actor, app_id: str, words: str) -> list[Candidate]:
    """People who could be assigned, those who are already among them."""
    actor.require(Permission.MANAGE_APPS)
    async with database.read() as connection:
        await _setup(connection, app_id)
        return await store.people_to_assign(connection, app_id, searched(words[:LONGEST_SEARCH]), CANDIDATES)


async def groups_to_assign(database: Database, actor: Actor, app_id: str, words: str) -> list[tuple[Candidate, Count]]:
    """Groups that could be assigned, those that are already among them, with their numbers of members."""
    actor.require(Permission.MANAGE_APPS)
    async with database.read() as connection:
        await _setup(connection, app_id)
        found = await store.groups_to_assign(connection, app_id, words[:LONGEST_SEARCH], CANDIDATES)
        members = await store.count_members(connection, [each.id for each in found], MOST_IN_LISTS + 1)
    return [(each, Count.of(members[each.id], MOST_IN_LISTS)) for each in found]


async def list_groups(
    database: Database,
    actor: Actor,
    app_id: str,
    *,
    prefix: str | None = None,
    after: tuple[int, str] | None = None,
    limit: int = 25,
) -> tuple[list[tuple[AppGroupRow, Count]], tuple[int, str] | None]:
    """A page of the app's groups by priority with their numbers of members, and the key of the next page."""
    actor.require(Permission.READ)
    async with database.read() as connection:
        await _setup(connection, app_id)
        rows = await app_listing.list_app_groups(connection, app_id, prefix=prefix, after=after, limit=limit + 1)
        shown = rows[:limit]
        members = await store.count_members(connection, [each.group_id for each in shown], MOST_IN_LISTS + 1)
    last = (shown[-1].priority, shown[-1].group_id) if len(rows) > limit else None
    return [(each, Count.of(members[each.group_id], MOST_IN_LISTS)) for each in shown], last


class Parting(StrEnum):
    """What unassigning does to an account."""

    STAYS_BY_GROUP = "STAYS_BY_GROUP"
    """Groups assign too: nothing is sent."""
    DEACTIVATED = "DEACTIVATED"
    KEPT_BY_SETTING = "KEPT_BY_SETTING"
    """Deactivate Users is off."""
    LATER = "LATER"
    """Nothing is sent now; the account is deactivated when provisioning is on again."""
    NO_ACCOUNT = "NO_ACCOUNT"
    NOT_OURS = "NOT_OURS"
    """Never provisioned by us."""


@dataclass(frozen=True, slots=True)
class Farewell:
    person: AppPerson
    groups: Sequence[str]
    parting: Parting


async def foresee_unassigning(database: Database, actor: Actor, app_id: str, user_id: str) -> Farewell:
    """What taking a person's own assignment back would do; raises `NotFound` for who is not assigned."""
    actor.require(Permission.READ)
    async with database.read() as connection:
        setup = await _setup(connection, app_id)
        row = await store.find_person(connection, app_id, user_id)
    if row is None or not row.facts.assigned:
        raise NotFound("AppUser", user_id)
    return Farewell(judged(row), row.groups, parting_of(row, setup))


def parting_of(row: PersonRow, setup: AppSetup) -> Parting:
    if row.groups:
        return Parting.STAYS_BY_GROUP
    if not row.facts.wanted:
        return Parting.NOT_OURS
    if row.facts.external_id is None and (row.facts.mark is None or row.facts.mark.parked):
        return Parting.NO_ACCOUNT
    if not setup.features.deactivate:
        return Parting.KEPT_BY_SETTING
    return Parting.DEACTIVATED if setup.row.enabled else Parting.LATER


@dataclass(frozen=True, slots=True)
class GroupFarewell:
    group: AppGroupRow
    leaving: Count
    """People whom nothing else assigns."""
    deactivates: bool


async def foresee_unassigning_group(database: Database, actor: Actor, app_id: str, group_id: str) -> GroupFarewell:
    """What taking a group's assignment back would do; raises `NotFound` for one that is not assigned."""
    actor.require(Permission.READ)
    async with database.read() as connection:
        setup = await _setup(connection, app_id)
        group = await app_listing.find_app_group(connection, app_id, group_id)
        if group is None:
            raise NotFound("ApplicationGroupAssignment", group_id)
        leaving = await store.count_leaving(connection, app_id, group_id, MOST_IN_LISTS + 1)
    return GroupFarewell(group, Count.of(leaving, MOST_IN_LISTS), setup.features.deactivate)


async def _setup(connection: Connection, app_id: str) -> AppSetup:
    setup = await load_setup(connection, app_id)
    if setup is None:
        raise NotFound(KIND, app_id)
    return setup


async def names_of(database: Database, actor: Actor, user_ids: Sequence[str]) -> dict[str, str]:
    """Logins of people by id; who was deleted is absent."""
    actor.require(Permission.READ)
    async with database.read() as connection:
        return await store.logins_of(connection, user_ids)

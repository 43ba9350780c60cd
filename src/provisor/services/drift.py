"""Use cases of the drift check: begin one, see how it goes and what it found, have missing accounts made again.

The worker that owns the app carries a check out: `drift_checking`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import orjson

from provisor.apps.app import AppStatus
from provisor.directory.diagnostics import Diagnostic
from provisor.directory.ids import Prefix
from provisor.directory.people import person_attributes
from provisor.provisioning.drift import Difference, Kind, Mode
from provisor.provisioning.explaining import mask
from provisor.services.actor import SYSTEM, Actor, Permission
from provisor.services.app_setup import AppSetup, load_setup
from provisor.services.apps import KIND, existing_app, held_app
from provisor.services.drift_ending import close_task
from provisor.services.errors import ChangedMeanwhile, Forbidden, Invalid, NotFound
from provisor.services.work import Database, Work
from provisor.store import drift_findings, drift_runs
from provisor.store.drift_findings import FindingRow
from provisor.store.drift_runs import DriftRun, Schedule
from provisor.systemlog import Event, EventType

MOST_HOURS = 24 * 365
UNDER_WAY = "A check of this app is under way. Begin another when it has ended."
NOT_CONNECTED = "There is nothing to check: the app is not active, or its API Integration is off."


@dataclass(frozen=True, slots=True)
class DriftState:
    """How an app's accounts compare with what was confirmed, as far as anybody has looked."""

    run: DriftRun | None
    """The latest; None when there was none."""
    missing: int
    """People whose account is gone and has not been asked for again."""
    schedule: Schedule


async def begin_check(database: Database, actor: Actor, app_id: str, *, repair: bool) -> DriftRun:
    """Have the app's accounts read back, and repaired if that is asked for; raises `Forbidden`."""
    actor.require(Permission.MANAGE_APPS)
    async with database.begin(actor) as work:
        app = await existing_app(work.connection, app_id)
        setup = await load_setup(work.connection, app_id)
        if app.status is not AppStatus.ACTIVE or setup is None or not setup.row.enabled:
            raise Forbidden(NOT_CONNECTED)
        if not await _begin(work, app_id, repair):
            raise Forbidden(UNDER_WAY)
        run = await drift_runs.find_last(work.connection, app_id)
        assert run is not None
    return run


async def begin_due(database: Database) -> list[str]:
    """Begin the checks that apps are set to have by now; the apps."""
    async with database.pool.acquire() as connection:
        due = await drift_runs.due(connection)
    for app_id, repair in due:
        async with database.begin(SYSTEM) as work:
            await _begin(work, app_id, repair)
    return [app_id for app_id, _ in due]


async def _begin(work: Work, app_id: str, repair: bool) -> bool:
    run_id = work.ids.new(Prefix.DRIFT)
    begun = await drift_runs.insert(
        work.connection, run_id, app_id, repair=repair, started_by=work.actor.id, cause=work.transaction_id
    )
    if begun:
        work.log(Event(EventType.DRIFT_START, app_id=app_id, detail={"run": run_id, "repair": repair}))
        work.wake([app_id])
    return begun


async def get_state(database: Database, actor: Actor, app_id: str) -> DriftState:
    """The latest check of an app."""
    actor.require(Permission.READ)
    async with database.read() as connection:
        await existing_app(connection, app_id)
        return DriftState(
            await drift_runs.find_last(connection, app_id),
            await drift_findings.count_missing(connection, app_id),
            await drift_runs.find_schedule(connection, app_id),
        )


async def set_schedule(
    database: Database, actor: Actor, app_id: str, mode: object, hours: object, seen: Mapping[str, str] | None = None
) -> Schedule:
    """Say what happens by itself, and how often; raises `Invalid`. `seen` is what the caller read before."""
    actor.require(Permission.MANAGE_APPS)
    problems = []
    if not isinstance(mode, str) or mode not in list(Mode):
        problems.append(Diagnostic("mode", f"must be one of {', '.join(Mode)}"))
    if type(hours) is not int or not 1 <= hours <= MOST_HOURS:
        problems.append(Diagnostic("hours", f"must be a whole number from 1 to {MOST_HOURS}"))
    if problems:
        raise Invalid(problems[0].path, problems)
    assert isinstance(mode, str) and isinstance(hours, int)
    schedule = Schedule(Mode(mode), hours)
    async with database.begin(actor) as work:
        await held_app(work.connection, app_id)
        before = await drift_runs.find_schedule(work.connection, app_id)
        ChangedMeanwhile.check("The schedule", seen or {}, as_seen(before))
        if schedule != before:
            await drift_runs.put_schedule(work.connection, app_id, schedule)
            work.log(Event(EventType.DRIFT_SCHEDULE, app_id=app_id, detail={"mode": mode, "hours": hours}))
    return schedule


def as_seen(schedule: Schedule) -> dict[str, str]:
    """By the API's names."""
    return {"mode": schedule.mode.value, "hours": str(schedule.hours)}


async def list_findings(
    database: Database, actor: Actor, app_id: str, *, kind: Kind | None, after: str | None, limit: int
) -> list[FindingRow]:
    """A page of what the latest check found, by account; sensitive values as asterisks."""
    actor.require(Permission.READ)
    async with database.read() as connection:
        setup = await load_setup(connection, app_id)
        if setup is None:
            raise NotFound(KIND, app_id)
        run = await drift_runs.find_last(connection, app_id)
        if run is None:
            return []
        found = await drift_findings.page(connection, app_id, run.id, kind, after or "", limit)
    hidden = hidden_attributes(setup) if any(each.differences for each in found) else frozenset()
    return [replace(each, differences=tuple(_shown(diff, hidden) for diff in each.differences)) for each in found]


def hidden_attributes(setup: AppSetup) -> frozenset[str]:
    """The app's attributes whose values are not shown: sensitive ones, and what is made of sensitive ones."""
    hidden = {each.name for each in setup.schema if each.sensitive}
    profiles = orjson.loads(setup.row.profiles)
    for type_id in () if setup.problem else setup.types:
        secret = {each.name for each in person_attributes(profiles.get(type_id, [])) if each.sensitive}
        hidden |= {each.target for each in setup.mappings_for(type_id).compiled if secret & each.sources}
    return frozenset(hidden)


def _shown(difference: Difference, hidden: frozenset[str]) -> Difference:
    if difference.name not in hidden:
        return difference
    return replace(difference, ours=mask(difference.ours), there=mask(difference.there))


async def recreate(database: Database, actor: Actor, app_id: str, user_ids: Sequence[str] | None = None) -> list[str]:
    """Have accounts made again that the latest check found to be gone: these people's, or all; whose they are.

    The link is forgotten, the plan decides: whoever is not assigned any more gets none.
    """
    actor.require(Permission.MANAGE_APPS)
    async with database.begin(actor) as work:
        await existing_app(work.connection, app_id)
        people = await drift_findings.recreate(work.connection, app_id, user_ids, work.transaction_id)
        if people:
            work.log(Event(EventType.DRIFT_RECREATE, app_id=app_id, detail={"people": len(people)}))
            work.wake([app_id])
        if not await drift_findings.count_missing(work.connection, app_id):
            await close_task(work, app_id)
    return people

"""Applies a plan: exactly what was planned, or nothing and what has changed since.

Everybody is decided again in the transaction that makes the change. The plan stands if whom it names would be sent
what was planned, and nobody else would be sent anything because of it. Who needs a push for other reasons is no part
of the plan.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from provisor.directory.ids import Prefix
from provisor.provisioning.pending import (
    AssignmentChange,
    MappingChange,
    PendingChange,
    SchemaChange,
    UsernameChange,
    parse_change,
)
from provisor.provisioning.planned import IDLE, Planned
from provisor.services import app_schemas, mappings, moving, sweeping, username_formats
from provisor.services.actor import Actor, Permission
from provisor.services.apps import held_app
from provisor.services.change_plans import PlanState, ShownPlan, get_plan, held_plan, needed_setup
from provisor.services.connecting import ConnectorFactory
from provisor.services.errors import Forbidden, ServiceError
from provisor.services.planning import Candidate, Decided, candidate, everybody, some
from provisor.services.trials import finish_trial
from provisor.services.work import Database, Work, repeated
from provisor.store import change_plans as store
from provisor.store.change_plans import PlanRow
from provisor.store.database import Connection
from provisor.store.sweeps import Sweep, SweepKind
from provisor.systemlog import Event, EventType

NAMED = 20


@dataclass(frozen=True, slots=True)
class ChangedPerson:
    user_id: str
    login: str
    why: str


class PlanOutdated(ServiceError):
    """Something changed since the plan was made. Nothing was changed by applying it."""

    def __init__(self, settings: Sequence[str], number: int = 0, people: Sequence[ChangedPerson] = ()) -> None:
        self.settings = tuple(settings)
        """What of the app's set-up."""
        self.number = number
        self.people = tuple(people)
        """The first of those concerned."""
        super().__init__("Something has changed since the plan was made, so nothing was done. Make a new plan.")

    @property
    def causes(self) -> list[str]:
        """Each change in a sentence."""
        said = [f"Changed since: {each}." for each in self.settings]
        said += [f"{each.login}: {each.why}." for each in self.people]
        more = self.number - len(self.people)
        return [*said, f"And {more:,} more people."] if more else said


@dataclass(slots=True)
class Differences:
    """People for whom the plan is not what would happen any more."""

    number: int = 0
    first: list[tuple[str, str]] = field(default_factory=list)

    def add(self, user_id: str, why: str) -> None:
        self.number += 1
        if len(self.first) < NAMED:
            self.first.append((user_id, why))


async def apply_plan(database: Database, actor: Actor, factory: ConnectorFactory, plan_id: str) -> ShownPlan:
    """Make the plan's change and mark the people it names; of a plan on trial, make the change for everybody.

    Raises `PlanOutdated` with what changed since, `Forbidden` for a plan that was used or has expired, `NotFound`.
    """
    actor.require(Permission.MANAGE_APPS)

    async def act() -> list[str]:
        async with database.begin(actor) as work:
            plan = await held_plan(work.connection, plan_id)
            if plan.state == PlanState.TRIAL:
                return await finish_trial(work, plan)
            return await _apply(work, factory, plan)

    for sweep in await repeated(act):
        await sweeping.finish(database, sweep)
    return await get_plan(database, actor, plan_id)


async def _apply(work: Work, factory: ConnectorFactory, plan: PlanRow) -> list[str]:
    """Check and store; the sweeps to finish after the transaction."""
    if plan.state != PlanState.PENDING:
        raise Forbidden("The plan has been used already. Make a new one.")
    if plan.expired:
        raise Forbidden("The plan has expired. Make a new one.")
    await held_app(work.connection, plan.app_id)
    await check(work.connection, plan)
    sweeps = await _store(work, factory, plan.app_id, parse_change(plan.change))
    await store.end(work.connection, plan.id, PlanState.APPLIED, work.actor.id)
    work.log(Event(EventType.PLAN_APPLY, app_id=plan.app_id, detail={"plan": plan.id}))
    sweep = Sweep(
        work.ids.new(Prefix.SWEEP), plan.app_id, SweepKind.PLAN, plan.id, "", work.transaction_id, work.actor.id
    )
    await sweeping.begin(work, sweep)
    return [*sweeps, sweep.id]


async def _store(work: Work, factory: ConnectorFactory, app_id: str, change: PendingChange) -> list[str]:
    """Make the change as saving it directly would, but that nobody is marked for it."""
    match change:
        case MappingChange(mapping_id, lines) if mapping_id is not None:
            await mappings.store_change(work, mapping_id, lines, apply_now=False)
        case SchemaChange(attributes):
            await app_schemas.store_change(work, factory, app_id, attributes)
        case UsernameChange(template, push_status):
            await username_formats.store_format(work, app_id, template, push_status)
        case AssignmentChange(moves):
            return await moving.move(work, app_id, moves)
    return []


async def check(connection: Connection, plan: PlanRow) -> None:
    """Raise `PlanOutdated` unless the plan is what applying it would do now."""
    if settings := changed_settings(plan.base, await store.base_of(connection, plan.app_id)):
        raise PlanOutdated(settings)
    setup = await needed_setup(connection, plan.app_id)
    then = await candidate(connection, setup, parse_change(plan.change))
    found, after = Differences(), ""
    async for decided in everybody(connection, then, plan.created):
        last = decided[-1][0].user_id
        planned = await store.people_until(connection, plan.id, after, last)
        others = _compare(decided, planned, found)
        for each in await _because_of_it(connection, Candidate(setup), others, plan):
            found.add(each, "would be sent something too")
        after = last
    for user_id in await store.people_until(connection, plan.id, after, None):
        found.add(user_id, "is not in the app any more")
    if found.number:
        names = await store.logins(connection, [user_id for user_id, _ in found.first])
        people = [ChangedPerson(each, names.get(each, each), why) for each, why in found.first]
        raise PlanOutdated([], found.number, people)


def changed_settings(was: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """What of the set-up is not as it was, by name."""
    return sorted(name for name in was.keys() | now.keys() if was.get(name) != now.get(name))


def _compare(decided: Sequence[Decided], planned: dict[str, Planned], found: Differences) -> list[Planned]:
    """Compare a stretch with its part of the plan; those who would be sent something and are not in it."""
    others = []
    for subject, each in decided:
        was = planned.pop(subject.user_id, None)
        if was is None and each.step in IDLE:
            continue
        now = Planned.of(subject, each)
        if was is None:
            others.append(now)
        elif was.sent != now.sent:
            found.add(subject.user_id, _why(was, now))
    for user_id in planned:
        found.add(user_id, "is not in the app any more")
    return others


def _why(was: Planned, now: Planned) -> str:
    if was.held != now.held:
        return "has been sent something else meanwhile"
    if now.step in IDLE:
        return "needs nothing any more"
    if was.step is not now.step:
        return f"would be sent {now.step} and not {was.step}"
    return "has changed, and would be sent other values"


async def _because_of_it(
    connection: Connection, present: Candidate, others: Sequence[Planned], plan: PlanRow
) -> list[str]:
    """Those of the others who would not be sent the same without the change."""
    if not others:
        return []
    decided = await some(connection, present, [each.user_id for each in others], plan.created)
    without = {subject.user_id: Planned.of(subject, each).sent for subject, each in decided}
    return [each.user_id for each in others if without.get(each.user_id) != each.sent]

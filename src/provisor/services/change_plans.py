"""Use cases of plans of pending changes: work one out, look at it, apply exactly that or say what has changed since.

A plan keeps whom it concerns and digests of what they would be sent. What it shows of them is worked out again when
somebody looks, by the same decision. Trials are `services.trials`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from provisor.directory.ids import Prefix
from provisor.directory.logins import fold
from provisor.directory.schemas import Unreadable
from provisor.provisioning.pending import ChangeKind, MappingChange, PendingChange, parse_change, render_change
from provisor.provisioning.plan import Step
from provisor.provisioning.planned import LOSING, Planned, Tally
from provisor.services.actor import Actor, Permission
from provisor.services.app_setup import AppSetup, load_setup
from provisor.services.apps import KIND as APP
from provisor.services.errors import Forbidden, Invalid, NotFound
from provisor.services.planning import candidate, everybody, lines_then, mapping_of, some, tallied
from provisor.services.plans import PlannedOperation, explained
from provisor.services.work import Database
from provisor.store import change_plans as store
from provisor.store import previews
from provisor.store.change_plans import PlanRow
from provisor.store.database import Connection
from provisor.systemlog import Event, EventType

KIND = "Plan"
NAMED = 20
"""People whom a plan names beside its counts."""
LISTED = 50


class PlanState(StrEnum):
    PENDING = "PENDING"
    TRIAL = "TRIAL"
    """Some people have the change, as far as the trial has come."""
    APPLIED = "APPLIED"
    STOPPED = "STOPPED"
    """Its trial cost too much and stopped by itself."""
    TAKEN_BACK = "TAKEN_BACK"
    """Its trial was taken back."""


@dataclass(frozen=True, slots=True)
class ShownPlan:
    row: PlanRow
    app_label: str
    losing: tuple[str, ...]
    """Logins of the first who would lose access."""
    blocked: tuple[str, ...]
    """Logins of the first for whom the change has no result."""
    on_trial: int
    """People of the plan who have the change now."""

    @property
    def state(self) -> PlanState:
        return PlanState(self.row.state)


@dataclass(frozen=True, slots=True)
class ShownOperation:
    planned: Step
    operation: PlannedOperation
    changed: bool
    """They would be sent something else by now."""


def read_change(body: object) -> PendingChange:
    """A change as callers write it; raises `Invalid` with every problem at once."""
    if not isinstance(body, dict):
        raise Invalid.one("change", "must be an object")
    try:
        return parse_change(body)
    except Unreadable as refusal:
        raise Invalid(refusal.problems[0].path, refusal.problems) from None


async def create_plan(
    database: Database, actor: Actor, app_id: str, change: PendingChange, *, lifetime: float
) -> ShownPlan:
    """Work out what a change would do to everybody in an app, and keep that for `lifetime` seconds.

    Raises `NotFound`, `Invalid` for a change that could not be saved, `Forbidden` while a mapping is on trial.
    """
    actor.require(Permission.MANAGE_APPS)
    async with database.begin(actor) as work:
        connection = work.connection
        # One moment for everybody: what is planned is checked against the same world it was planned in.
        await connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        setup = await needed_setup(connection, app_id)
        if isinstance(change, MappingChange):
            if setup.trial is not None:
                raise Forbidden("Another plan of a mapping is on trial in this app. Apply it or take it back first.")
            row = await mapping_of(connection, setup, change)
            change = MappingChange(row.id, change.lines)
            await lines_then(work, setup, change)
        then = await candidate(connection, setup, change)
        plan_id, base = work.ids.new(Prefix.PLAN), await store.base_of(connection, app_id)
        at = await store.insert(connection, plan_id, app_id, render_change(change), base, actor.id, lifetime)
        tally = Tally()
        async for decided in everybody(connection, then, at):
            await store.add_people(connection, plan_id, await tallied(connection, setup, decided, tally))
        await store.count(connection, plan_id, tally.steps, tally.overwrites)
        work.log(Event(EventType.PLAN_CREATE, app_id=app_id, detail={"plan": plan_id, "kind": change.kind.value}))
    async with database.begin(actor) as work:
        await store.tidy(work.connection)
    return await get_plan(database, actor, plan_id)


async def get_plan(database: Database, actor: Actor, plan_id: str) -> ShownPlan:
    """A plan with its counts; raises `NotFound`."""
    actor.require(Permission.READ)
    async with database.read() as connection:
        return await _shown(connection, await needed_plan(connection, plan_id))


async def list_plans(database: Database, actor: Actor, app_id: str) -> list[ShownPlan]:
    """The latest plans of an app."""
    actor.require(Permission.READ)
    async with database.read() as connection:
        await needed_setup(connection, app_id)
        return [await _shown(connection, each) for each in await store.list_of_app(connection, app_id, LISTED)]


async def list_operations(
    database: Database,
    actor: Actor,
    plan_id: str,
    *,
    after: str = "",
    limit: int = 100,
    steps: Sequence[Step] | None = None,
) -> list[ShownOperation]:
    """A page of a plan by person: what each would be sent, value by value, and why."""
    actor.require(Permission.READ)
    async with database.read() as connection:
        plan = await needed_plan(connection, plan_id)
        planned = await store.people(connection, plan_id, after, limit, steps)
        setup = await needed_setup(connection, plan.app_id)
        then = await candidate(connection, setup, parse_change(plan.change))
        decided = await some(connection, then, [each.user_id for each in planned], plan.created)
        shown = await explained(connection, then.setup, decided, everything=False)
    was = {each.user_id: each for each in planned}
    return [
        ShownOperation(was[each.user_id].step, each, was[each.user_id].sent != Planned.of(subject, decided_now).sent)
        for each, (subject, decided_now) in zip(shown, decided, strict=True)
    ]


async def find_person(database: Database, actor: Actor, user: str) -> str:
    """The id of the person with this id or login; raises `Invalid`."""
    actor.require(Permission.READ)
    async with database.read() as connection:
        found = await previews.find_user(connection, user) or await previews.find_user(connection, fold(user))
    if found is None:
        raise Invalid.one("login", "is nobody's")
    return found


async def discard_plan(database: Database, actor: Actor, plan_id: str) -> None:
    """Throw a plan away that nothing has come of; raises `NotFound`, `Forbidden`."""
    actor.require(Permission.MANAGE_APPS)
    async with database.begin(actor) as work:
        plan = await held_plan(work.connection, plan_id)
        if plan.state == PlanState.TRIAL:
            raise Forbidden("The plan is on trial. Take the trial back first.")
        if plan.state != PlanState.PENDING:
            raise Forbidden("The plan has been used and stays on record.")
        await store.delete(work.connection, plan_id)


async def needed_plan(connection: Connection, plan_id: str) -> PlanRow:
    """The plan; raises `NotFound`."""
    plan = await store.find(connection, plan_id)
    if plan is None:
        raise NotFound(KIND, plan_id)
    return plan


async def held_plan(connection: Connection, plan_id: str) -> PlanRow:
    """The plan, locked until the transaction ends; raises `NotFound`."""
    plan = await store.hold(connection, plan_id)
    if plan is None:
        raise NotFound(KIND, plan_id)
    return plan


async def needed_setup(connection: Connection, app_id: str) -> AppSetup:
    """The app's set-up; raises `NotFound`."""
    setup = await load_setup(connection, app_id)
    if setup is None:
        raise NotFound(APP, app_id)
    return setup


async def _shown(connection: Connection, plan: PlanRow) -> ShownPlan:
    losing = await store.people(connection, plan.id, "", NAMED, sorted(LOSING))
    blocked = await store.people(connection, plan.id, "", NAMED, [Step.BLOCKED])
    names = await store.logins(connection, [each.user_id for each in (*losing, *blocked)])
    on_trial = await store.count_on_trial(connection, plan.id, plan.stage) if plan.state == PlanState.TRIAL else 0
    setup = await needed_setup(connection, plan.app_id)
    return ShownPlan(plan, setup.row.label, _names(losing, names), _names(blocked, names), on_trial)


def _names(planned: Sequence[Planned], names: dict[str, str]) -> tuple[str, ...]:
    return tuple(names.get(each.user_id, each.user_id) for each in planned)


def kind_of(plan: PlanRow) -> ChangeKind:
    """What kind of change a plan is of."""
    return ChangeKind(plan.change["kind"])

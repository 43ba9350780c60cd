"""Use cases of trials: a plan's mapping for some people first, for more of them, for all, or for nobody again.

While a plan is on trial, those people are decided by its mapping and all others by the stored one; which it is, is
`AppSetup.mappings_for`. A trial that costs too much stops by itself.
"""

from __future__ import annotations

from collections.abc import Sequence

from provisor.apps.mapping import render_mapping
from provisor.directory.ids import Prefix
from provisor.provisioning.pending import MappingChange, parse_change
from provisor.provisioning.settlement import TaskKind
from provisor.provisioning.trial import EVERYBODY, Stage, TrialLimits, too_many
from provisor.services import mappings, sweeping
from provisor.services.actor import SYSTEM, Actor, Permission
from provisor.services.apps import held_app
from provisor.services.change_plans import PlanState, ShownPlan, get_plan, held_plan, needed_setup
from provisor.services.errors import Forbidden, Invalid
from provisor.services.planning import lines_then, mapping_of
from provisor.services.remapping import note_groups
from provisor.services.work import Database, Work, repeated
from provisor.store import change_plans as store
from provisor.store import mappings as mapping_rows
from provisor.store import planning, settling
from provisor.store.change_plans import PlanRow
from provisor.store.sweeps import Sweep, SweepKind
from provisor.systemlog import Event, EventType


async def try_plan(
    database: Database, actor: Actor, plan_id: str, *, people: Sequence[str] = (), percent: int = 0
) -> ShownPlan:
    """Begin a plan's trial or widen it: these people beside those who are on it, and this share of all.

    Raises `Forbidden` for a plan that is not of a mapping, was used or has expired, or is made smaller, `Invalid` for
    a share that is none or people who are not in the plan, `NotFound`.
    """
    actor.require(Permission.MANAGE_APPS)
    if not 0 <= percent < EVERYBODY:
        raise Invalid.one("percent", "must be a whole number from 0 to 99; to have it for everybody, apply the plan")

    async def act() -> str:
        async with database.begin(actor) as work:
            plan = await held_plan(work.connection, plan_id)
            stage = Stage(max(percent, plan.stage.percent), plan.stage.people | set(people))
            if not stage.percent and not stage.people:
                raise Invalid.one("people", "or “percent” must say on whom the plan is to be tried")
            if gone := await planning.missing(work.connection, list(people), []):
                raise Invalid.one("people", f"names {gone[0]}, which is nobody's id")
            return await _put_on_trial(work, plan, stage)

    await sweeping.finish(database, await repeated(act))
    return await get_plan(database, actor, plan_id)


async def _put_on_trial(work: Work, plan: PlanRow, stage: Stage) -> str:
    connection, change = work.connection, parse_change(plan.change)
    if not isinstance(change, MappingChange):
        raise Forbidden("Only a change of a mapping can be tried on some people first.")
    if plan.state not in (PlanState.PENDING, PlanState.TRIAL):
        raise Forbidden("The plan has been used already. Make a new one.")
    if plan.state == PlanState.PENDING and plan.expired:
        raise Forbidden("The plan has expired. Make a new one.")
    await held_app(connection, plan.app_id)
    setup = await needed_setup(connection, plan.app_id)
    if setup.trial is not None and setup.trial.plan_id != plan.id:
        raise Forbidden("Another plan of a mapping is on trial in this app. Apply it or take it back first.")
    row = await mapping_of(connection, setup, change)
    if plan.state == PlanState.TRIAL:
        properties = await store.properties_of(connection, plan.id)
    else:
        if plan.base.get(f"mapping {row.id}") != str(row.version):
            raise Forbidden("The mapping has been changed since the plan was made. Make a new one.")
        properties = [render_mapping(each) for each in await lines_then(work, setup, change)]
    await store.set_stage(connection, plan.id, row.type_id, properties, stage)
    await _other_setup(work, plan.app_id)
    detail = {"plan": plan.id, "percent": stage.percent, "people": len(stage.people)}
    work.log(Event(EventType.PLAN_TRY, app_id=plan.app_id, detail=detail))
    return await _look_again(work, plan.app_id, plan.id)


async def finish_trial(work: Work, plan: PlanRow) -> list[str]:
    """Make the change that is on trial for everybody, in this transaction; the sweeps to finish after it."""
    change = parse_change(plan.change)
    await held_app(work.connection, plan.app_id)
    setup = await needed_setup(work.connection, plan.app_id)
    if not isinstance(change, MappingChange) or change.mapping_id is None:
        raise Forbidden("Only a change of a mapping can be on trial.")
    row = await mapping_of(work.connection, setup, change)
    if plan.base.get(f"mapping {row.id}") != str(row.version):
        raise Forbidden("The mapping has been changed since the trial began. Take it back and make a new plan.")
    await store.end(work.connection, plan.id, PlanState.APPLIED, work.actor.id)
    await mappings.store_change(work, change.mapping_id, change.lines, apply_now=False)
    work.log(Event(EventType.PLAN_APPLY, app_id=plan.app_id, detail={"plan": plan.id}))
    return [await _look_again(work, plan.app_id, None)]


async def take_back(database: Database, actor: Actor, plan_id: str) -> ShownPlan:
    """End a trial: everybody has the stored mapping again. Raises `Forbidden` for a plan that is not on trial."""
    actor.require(Permission.MANAGE_APPS)

    async def act() -> str:
        async with database.begin(actor) as work:
            plan = await held_plan(work.connection, plan_id)
            if plan.state != PlanState.TRIAL:
                raise Forbidden("The plan is not on trial.")
            return await _end(work, plan, PlanState.TAKEN_BACK, "")

    await sweeping.finish(database, await repeated(act))
    return await get_plan(database, actor, plan_id)


async def watch(database: Database, app_id: str, limits: TrialLimits) -> bool:
    """Stop the app's trial if it has cost too much: state, event and task. True when it was stopped now."""

    async def act() -> str | None:
        async with database.begin(SYSTEM) as work:
            seen = await store.find_trial(work.connection, app_id)
            plan = None if seen is None else await store.hold(work.connection, seen.id)
            if plan is None or plan.state != PlanState.TRIAL or plan.stage_since is None:
                return None
            tasks = await store.failed_since(work.connection, app_id, plan.stage_since)
            failed = sum(
                type_id == plan.type_id and plan.stage.includes(plan.id, user_id) for type_id, user_id in tasks
            )
            on_trial = await store.count_on_trial(work.connection, plan.id, plan.stage)
            if not too_many(failed, on_trial, limits):
                return None
            people = "1 person" if failed == 1 else f"{failed:,} people"
            reason = f"{people} of {on_trial:,} on trial could not be served."
            return await _stop(work, plan, reason)

    sweep = await repeated(act)
    if sweep is None:
        return False
    await sweeping.finish(database, sweep)
    return True


async def _stop(work: Work, plan: PlanRow, reason: str) -> str:
    summary = f"The trial of a mapping was stopped: {reason}"
    advice = "Everybody has the stored mapping again. Look at those people's tasks, and make a better plan."
    task = (work.ids.new(Prefix.TASK), TaskKind.TRIAL.value, None, summary, advice)
    for task_id, _ in await settling.open_tasks(work.connection, plan.app_id, [task]):
        work.log(Event(EventType.TASK_CREATE, app_id=plan.app_id, detail={"task": task_id}))
    return await _end(work, plan, PlanState.STOPPED, reason)


async def _end(work: Work, plan: PlanRow, state: PlanState, reason: str) -> str:
    await store.end(work.connection, plan.id, state, work.actor.id, reason)
    await _other_setup(work, plan.app_id)
    kind = EventType.PLAN_STOP if state is PlanState.STOPPED else EventType.PLAN_TAKE_BACK
    work.log(Event(kind, app_id=plan.app_id, reason=reason or None, detail={"plan": plan.id}))
    # Whoever was hired during the trial may have its mapping and is in no plan, so everybody is looked at.
    return await _look_again(work, plan.app_id, None)


async def _other_setup(work: Work, app_id: str) -> None:
    """Nobody is served by what was loaded before; and groups may be read now."""
    await mapping_rows.bump(work.connection, app_id)
    await note_groups(work.connection, await needed_setup(work.connection, app_id))
    work.wake([app_id])


async def _look_again(work: Work, app_id: str, plan_id: str | None) -> str:
    """Mark those of a plan whom its stage reaches; without a plan, everybody in the app."""
    kind = SweepKind.VALUES if plan_id is None else SweepKind.PLAN
    sweep = Sweep(work.ids.new(Prefix.SWEEP), app_id, kind, plan_id, "", work.transaction_id, work.actor.id)
    await sweeping.begin(work, sweep)
    return sweep.id

"""Ends a drift check: its event, the task about accounts that are gone, and what of earlier findings still counts."""

from __future__ import annotations

from provisor.directory.ids import Prefix
from provisor.provisioning.drift import Kind
from provisor.provisioning.settlement import TaskKind
from provisor.services.work import Work
from provisor.store import drift_findings, drift_runs, settling, task_list
from provisor.store.drift_runs import DriftRun
from provisor.systemlog import Event, EventType, Outcome

NAMED = 10
"""People whom the task names."""
ADVICE = (
    "Nobody gets an account back by this check. Open Provisioning > Drift of the app to see whose it were, "
    "and “Create again” there, if they are to have new ones."
)


async def finish(work: Work, run: DriftRun, *, complete: bool, reason: str, failed: bool = False) -> None:
    """End the run. One that has not seen every account says nothing of who is gone, and takes nothing back."""
    unkept = await drift_runs.finish(work.connection, run, complete=complete, reason=reason)
    if complete:
        await drift_findings.drop_others(work.connection, run.app_id, run.id)
        await _tell_of_missing(work, run)
    tally = run.tally
    detail = {
        "run": run.id,
        "repair": run.repair,
        "complete": complete,
        "accounts": tally.seen,
        "repaired": tally.repaired,
        **{kind.value: tally.of(kind) for kind in Kind if tally.of(kind)},
        **({"notKept": unkept} if unkept else {}),
    }
    outcome = Outcome.FAILURE if failed else Outcome.SUCCESS
    work.log(Event(EventType.DRIFT_END, app_id=run.app_id, outcome=outcome, reason=reason[:255] or None, detail=detail))


async def _tell_of_missing(work: Work, run: DriftRun) -> None:
    number = run.tally.of(Kind.MISSING)
    if not number:
        await close_task(work, run.app_id)
        return
    names = await drift_findings.names_of_missing(work.connection, run.app_id, NAMED)
    others = f" and {number - len(names)} more" if number > len(names) else ""
    noun = "account is" if number == 1 else "accounts are"
    summary = f"{number} {noun} gone from the app: {', '.join(names)}{others}."
    task = (work.ids.new(Prefix.TASK), TaskKind.MISSING_ACCOUNTS.value, None, summary, ADVICE)
    for task_id, _ in await settling.open_tasks(work.connection, run.app_id, [task]):
        work.log(Event(EventType.TASK_CREATE, app_id=run.app_id, detail={"task": task_id}))


async def close_task(work: Work, app_id: str) -> None:
    """Nobody's account is missing any more."""
    for task_id in await task_list.resolve_kind(work.connection, app_id, TaskKind.MISSING_ACCOUNTS):
        work.log(Event(EventType.TASK_DEACTIVATE, app_id=app_id, detail={"task": task_id}))

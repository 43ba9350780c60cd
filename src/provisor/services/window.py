"""Loads the next stretch of an app's work and decides it: the load, decide and guard steps of a push.

One query for the people, one write for what is about to be sent; everything between is pure.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from provisor.directory.ids import IdSource, Prefix
from provisor.provisioning.guard import Hold, guard
from provisor.provisioning.plan import Patience, Plan, Step, plan
from provisor.provisioning.settlement import Settlement, Verdict, settle_nothing
from provisor.provisioning.subject import Subject
from provisor.services.actor import SYSTEM
from provisor.services.app_setup import AppSetup
from provisor.services.overwriting import held_back
from provisor.services.pushing import tried_as
from provisor.services.suspects import Caution
from provisor.services.work import RETRIED, Database, Work
from provisor.store import holds, work_queue
from provisor.store.marks import Lane
from provisor.systemlog import Event, EventType, Outcome

QUIET = frozenset({Step.NOTHING, Step.WAIT, Step.BLOCKED})


SOME = 100
"""People decided before others get a turn."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """People to push, and people who turned out to need nothing."""

    pushes: list[tuple[Subject, Plan]]
    settled: list[Settlement]
    held: bool
    """A safeguard keeps the leaving back."""


async def due_people(
    database: Database, setup: AppSetup, limit: int, in_hand: Sequence[str], lowest: Lane = Lane.BULK
) -> list[Subject]:
    """Up to `limit` people whose marks are due; if there are fewer, there is nobody else."""
    released = setup.row.released_gen if setup.row.held else work_queue.NO_LIMIT
    async with database.pool.acquire() as connection:
        return await work_queue.next_subjects(
            connection, setup.row.id, setup.row.epoch, setup.needs, limit, in_hand, released, lowest
        )


async def decide(
    database: Database,
    setup: AppSetup,
    subjects: Sequence[Subject],
    patience: Patience,
    *,
    caution: Caution | None = None,
    overwrite_window: float = 3600.0,
) -> Stretch:
    """Decide people that were read with the same set-up. What is about to be sent is on record when this returns.

    With caution, it may be one; that they were begun alone is on record before anything is decided.
    """
    if caution and subjects:
        begun = await caution.begin(database, subjects[0])
        if isinstance(begun, Settlement):
            return Stretch([], [begun], setup.row.held)
        subjects = [begun]
    planned: list[tuple[Subject, Plan]] = []
    for first in range(0, len(subjects), SOME):
        planned += [
            (each, plan(each, setup.mappings_for(each.type_id, each.user_id), setup.features, patience))
            for each in subjects[first : first + SOME]
        ]
        await asyncio.sleep(0)
    held = setup.row.held
    leaving = [pair for pair in planned if pair[1].step is Step.DEACTIVATE]
    if leaving and not held and await _too_many(database, setup):
        held = True
    waiting = await held_back(database, setup, planned, overwrite_window)
    pushes: list[tuple[Subject, Plan]] = []
    settled: list[Settlement] = []
    for subject, decided in planned:
        if decided.step in QUIET:
            settled.append(settle_nothing(subject, decided))
        elif decided.step is Step.DEACTIVATE and subject.mark.lane != Lane.LEAVING:
            # Found on another way: it takes the lane where the safeguard counts.
            settled.append(Settlement(subject, Verdict.LATER, lane=Lane.LEAVING, keeps_intent=True))
        elif decided.step is Step.DEACTIVATE and held and subject.mark.gen > setup.row.released_gen:
            continue  # Stays marked: the hold names these people until somebody releases them.
        elif subject.user_id in waiting:
            continue  # Parked: the hold names them, and a new change is looked at for itself.
        else:
            pushes.append((subject, decided))
    await _begin(database, setup.row.id, [(s, p) for s, p in pushes if _may_write(s, p, patience)])
    return Stretch(pushes, settled, held)


def _may_write(subject: Subject, plan: Plan, patience: Patience) -> bool:
    """Whether the step may write, beyond what an earlier intent covers; a repeated create has to be old enough."""
    if plan.step is Step.CLEAN_UP or tried_as(subject, plan) is not None:
        return False
    age = subject.link.intent_age
    return plan.step is not Step.CREATE or age is None or age >= patience.repeat


async def _begin(database: Database, app_id: str, writes: Sequence[tuple[Subject, Plan]]) -> None:
    """Put writes on record before anything is sent: without an answer, nobody knows what an account holds."""
    if not writes:
        return
    users = [subject.user_id for subject, _ in writes]
    names = [each.projection.username if each.projection and each.step is Step.CREATE else None for _, each in writes]
    while True:
        try:
            async with database.pool.acquire() as connection:
                await work_queue.begin_writes(connection, app_id, users, names)
            return
        except RETRIED:
            continue


async def _too_many(database: Database, setup: AppSetup) -> bool:
    """Judge the leaving; a hold is stored with its event the moment it trips."""
    async with database.begin(SYSTEM) as work:
        waiting = await work_queue.count_leaving(work.connection, setup.row.id, setup.row.released_gen)
        if waiting <= setup.limits.hold_floor:
            return False
        accounts = await work_queue.count_accounts(work.connection, setup.row.id)
        verdict = guard(waiting, accounts, setup.limits)
        if isinstance(verdict, Hold):
            await _hold(work, setup, verdict, work.ids)
        return isinstance(verdict, Hold)


async def _hold(work: Work, setup: AppSetup, verdict: Hold, ids: IdSource) -> None:
    reason = f"{verdict.waiting} people would be deactivated in “{setup.row.label}”; {verdict.allowed} go unasked."
    if await holds.open_hold(work.connection, ids.new(Prefix.HOLD), setup.row.id, verdict.waiting, verdict.allowed):
        work.log(Event(EventType.HOLD, app_id=setup.row.id, outcome=Outcome.DEFERRED, reason=reason))

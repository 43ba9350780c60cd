"""Loads the next stretch of an app's work and decides it: the load, decide and guard steps of a push.

One query for the people, one write for the creates that are about to begin; everything between is pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from provisor.directory.ids import IdSource, Prefix
from provisor.provisioning.guard import Hold, guard
from provisor.provisioning.plan import Patience, Plan, Step, plan
from provisor.provisioning.settlement import Settlement, Verdict, settle_nothing
from provisor.provisioning.subject import Subject
from provisor.services.actor import SYSTEM
from provisor.services.app_setup import AppSetup
from provisor.services.work import Database, Work
from provisor.store import holds, work_queue
from provisor.store.marks import Lane
from provisor.systemlog import Event, EventType, Outcome

QUIET = frozenset({Step.NOTHING, Step.WAIT})


@dataclass(frozen=True, slots=True)
class Stretch:
    """People to push, and people who turned out to need nothing."""

    pushes: list[tuple[Subject, Plan]]
    settled: list[Settlement]
    held: bool
    """A safeguard keeps the leaving back."""


async def next_stretch(
    database: Database,
    setup: AppSetup,
    limit: int,
    in_hand: Sequence[str],
    patience: Patience,
    *,
    lowest: Lane = Lane.BULK,
) -> Stretch:
    """Take up to `limit` people whose marks are due. Creates are on record when this returns."""
    app_id = setup.row.id
    async with database.pool.acquire() as connection:
        released = setup.row.released_gen if setup.row.held else work_queue.NO_LIMIT
        subjects = await work_queue.next_subjects(connection, app_id, limit, in_hand, released, lowest)
    planned = [(subject, plan(subject, setup.mappings, setup.features, patience)) for subject in subjects]
    held = setup.row.held
    leaving = [pair for pair in planned if pair[1].step is Step.DEACTIVATE]
    if leaving and not held and await _too_many(database, setup):
        held = True
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
        else:
            pushes.append((subject, decided))
    creates = [(s, p) for s, p in pushes if p.step is Step.CREATE and _may_create(s, patience)]
    await _begin_creates(database, app_id, creates)
    return Stretch(pushes, settled, held)


def _may_create(subject: Subject, patience: Patience) -> bool:
    """Whether a create may be sent: an earlier one without an answer has to be old enough."""
    age = subject.link.intent_age
    return age is None or age >= patience.repeat


async def _begin_creates(database: Database, app_id: str, creates: Sequence[tuple[Subject, Plan]]) -> None:
    """Put creates on record before anything is sent."""
    if not creates:
        return
    users = [subject.user_id for subject, _ in creates]
    names = [each.projection.username if each.projection else "" for _, each in creates]
    async with database.pool.acquire() as connection:
        await work_queue.begin_creates(connection, app_id, users, names)


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

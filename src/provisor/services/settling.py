"""Settles a batch of pushes in one transaction: links, marks, events and tasks together.

1. Everything about one person is written or nothing is.
2. When one person's result cannot be written (a link that clashes, text the database does not take), the others settle
   all the same: the batch is halved until that person stands alone.
3. Without the lease, only what the apps confirmed is written, and the new owner is told to look again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import asyncpg

from provisor.apps.projection import digest
from provisor.directory.ids import Prefix
from provisor.provisioning.plan import Step
from provisor.provisioning.settlement import Settlement, TaskKind, TaskNeed, Verdict, failure
from provisor.services.actor import SYSTEM
from provisor.services.work import RETRIED, Database, Work
from provisor.store import settling
from provisor.store.database import DATABASE_AWAY
from provisor.store.events import write_events
from provisor.store.marks import Lane, mark_pairs
from provisor.systemlog import Event, EventType


@dataclass(frozen=True, slots=True)
class Lease:
    """A worker's hold on an app."""

    app_id: str
    owner: str
    epoch: int


class LeaseLost(Exception):
    """Somebody else owns the app now; what the app confirmed has been recorded."""

    def __init__(self, app_id: str, strays: Sequence[str] = ()) -> None:
        super().__init__(app_id)
        self.strays = strays
        """Accounts made too late: their people have others by now. Whoever made them is to switch them off."""


async def settle(database: Database, lease: Lease, batch: Sequence[Settlement]) -> None:
    """Write a batch down; raises `LeaseLost`. Distinct people only."""
    write, strays = _write_all, set[str]()
    while True:
        try:
            async with database.begin(SYSTEM) as work:
                owned = await settling.holds_lease(work.connection, lease.app_id, lease.owner, lease.epoch)
                if not owned:
                    strays = await _strays(work, lease.app_id, batch)
                await write(work, lease.app_id, [_unless_stray(each, strays) for each in batch], owned)
            break
        except RETRIED:
            continue
        except asyncpg.PostgresError as problem:
            if write is _write or isinstance(problem, DATABASE_AWAY):
                raise
            write = _write
    if not owned:
        raise LeaseLost(lease.app_id, sorted(strays))


async def _strays(work: Work, app_id: str, batch: Sequence[Settlement]) -> set[str]:
    """Accounts we made for people who have got others from the new owner, and that nobody else holds."""
    made = {s.subject.user_id: s.confirmed.external_id for s in batch if s.confirmed and _is_new(s)}
    held = await settling.links(work.connection, app_id, list(made)) if made else {}
    late = [made[user_id] for user_id, account in held.items() if account != made[user_id]]
    taken = await settling.links_to(work.connection, app_id, late) if late else set[str]()
    return set(late) - taken


def _is_new(settled: Settlement) -> bool:
    return settled.event is not None and settled.event.type is EventType.PUSH_NEW


def _unless_stray(settled: Settlement, strays: set[str]) -> Settlement:
    if settled.confirmed is None or settled.confirmed.external_id not in strays:
        return settled
    return replace(settled, confirmed=None, transfer_from=None)


async def _write(work: Work, app_id: str, batch: Sequence[Settlement], owned: bool) -> None:
    try:
        async with work.connection.transaction():
            await _write_all(work, app_id, batch, owned)
    except asyncpg.PostgresError as problem:
        if isinstance(problem, (*RETRIED, *DATABASE_AWAY)):
            raise
        if len(batch) == 1:
            await _write_all(work, app_id, [_unwritable(batch[0], problem)], owned)
            return
        half = len(batch) // 2
        await _write(work, app_id, batch[:half], owned)
        await _write(work, app_id, batch[half:], owned)


async def _write_all(work: Work, app_id: str, batch: Sequence[Settlement], owned: bool) -> None:
    await settling.write_links(work.connection, app_id, batch, [_digest(s) for s in batch])
    if owned:
        await settling.write_marks(work.connection, app_id, batch)
    else:
        await _doubt(work, app_id, batch)
    told = [(s.event, s.subject.mark.cause) for s in batch if s.event is not None]
    if owned:  # the new owner finds out by itself what a person has to do
        told += [(event, work.transaction_id) for event in await _tasks(work, app_id, batch)]
    await write_events(work.connection, [event for event, _ in told], [cause for _, cause in told], work.actor.id)


async def _doubt(work: Work, app_id: str, batch: Sequence[Settlement]) -> None:
    """We wrote although another worker owns the app: whose write came last at the app, nobody knows."""
    written = [s.subject for s in batch if s.confirmed is not None or s.counts]
    if written:
        # An account may have passed to somebody else meanwhile: then it is theirs that we wrote to.
        accounts = [each.link.external_id for each in written if each.link.external_id is not None]
        holders = await settling.holders(work.connection, app_id, accounts)
        doubtful = sorted({each.user_id for each in written} | holders)
        await settling.doubt(work.connection, app_id, doubtful)
        await mark_pairs(work.connection, [(app_id, each) for each in doubtful], Lane.CHANGE, work.transaction_id)
        work.wake([app_id])


async def _tasks(work: Work, app_id: str, batch: Sequence[Settlement]) -> list[Event]:
    """Open and close tasks; what the log says of it."""
    told: list[Event] = []
    needs: dict[tuple[TaskKind, str | None], TaskNeed] = {}
    for each in batch:
        if each.task is not None:
            needs[each.task.kind, None if each.task.whole_app else each.subject.user_id] = each.task
    if needs:
        rows = [
            (work.ids.new(Prefix.TASK), kind.value, user_id, need.summary, need.detail)
            for (kind, user_id), need in needs.items()
        ]
        for task_id, user_id in await settling.open_tasks(work.connection, app_id, rows):
            told.append(Event(EventType.TASK_CREATE, app_id=app_id, user_id=user_id, detail={"task": task_id}))
    # Only people whose mark was tried before can have a task.
    served = [s.subject.user_id for s in batch if s.verdict is Verdict.CLEAR and s.subject.mark.attempts]
    if served:
        for task_id, user_id in await settling.close_tasks(work.connection, app_id, served):
            told.append(Event(EventType.TASK_DEACTIVATE, app_id=app_id, user_id=user_id, detail={"task": task_id}))
    return told


def _digest(settled: Settlement) -> bytes | None:
    return digest(settled.confirmed.canonical) if settled.confirmed and settled.confirmed.canonical else None


def _unwritable(settled: Settlement, problem: asyncpg.PostgresError) -> Settlement:
    """What is left to write about somebody whose result the database does not take."""
    bare = replace(settled, confirmed=None, transfer_from=None, keeps_intent=True, counts=True, event=None, task=None)
    if not isinstance(problem, asyncpg.UniqueViolationError):
        said = f"What the app answered cannot be stored: {problem}."
        need = TaskNeed(TaskKind.BUG, said, "Look at the account in the app; report this if nothing is odd there.")
    elif not settled.subject.mark.attempts:
        # Somebody else was linked to the account meanwhile. A fresh look knows whose it is.
        return replace(bare, verdict=Verdict.LATER, delay=0.0)
    else:
        account = settled.confirmed.external_id if settled.confirmed else ""
        said = f"Cannot link: the app's account {account} is linked to another person."
        need = TaskNeed(TaskKind.PROVISIONING, said, "Give one of the two another user name, then retry.")
    return replace(bare, verdict=Verdict.PARKED, event=failure(settled.subject, Step.CREATE, said), task=need)

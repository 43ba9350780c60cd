"""Settles a batch of pushes in one transaction: links, marks, events and tasks together.

1. Everything about one person is written or nothing is.
2. When one person's link clashes, the others settle all the same: the batch is halved until the clash stands alone.
3. Without the lease, only what the apps confirmed is written, and the new owner is told to look again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import asyncpg

from provisor.apps.mapping import digest
from provisor.directory.ids import Prefix
from provisor.provisioning.plan import Step
from provisor.provisioning.settlement import Settlement, TaskKind, TaskNeed, Verdict, failure
from provisor.services.actor import SYSTEM
from provisor.services.work import RETRIED, Database, Work
from provisor.store import settling
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


async def settle(database: Database, lease: Lease, batch: Sequence[Settlement]) -> None:
    """Write a batch down; raises `LeaseLost`. Distinct people only."""
    while True:
        try:
            async with database.begin(SYSTEM) as work:
                owned = await settling.holds_lease(work.connection, lease.app_id, lease.owner, lease.epoch)
                await _write(work, lease.app_id, batch, owned)
            break
        except RETRIED:
            continue
    if not owned:
        raise LeaseLost(lease.app_id)


async def _write(work: Work, app_id: str, batch: Sequence[Settlement], owned: bool) -> None:
    try:
        async with work.connection.transaction():
            await settling.write_links(work.connection, app_id, batch, [_digest(s) for s in batch])
    except asyncpg.UniqueViolationError:
        if len(batch) == 1:
            await _write(work, app_id, [_clash(batch[0])], owned)
            return
        half = len(batch) // 2
        await _write(work, app_id, batch[:half], owned)
        await _write(work, app_id, batch[half:], owned)
        return
    if owned:
        await settling.write_marks(work.connection, app_id, batch)
    else:
        await _doubt(work, app_id, batch)
    await _tasks(work, app_id, batch)
    told = [s for s in batch if s.event is not None]
    await write_events(
        work.connection, [s.event for s in told if s.event], [s.subject.mark.cause for s in told], work.actor.id
    )


async def _doubt(work: Work, app_id: str, batch: Sequence[Settlement]) -> None:
    """We wrote although another worker owns the app: whose write came last at the app, nobody knows."""
    written = sorted(s.subject.user_id for s in batch if s.confirmed is not None or s.counts)
    if written:
        await settling.doubt(work.connection, app_id, written)
        await mark_pairs(work.connection, [(app_id, each) for each in written], Lane.CHANGE, work.transaction_id)
        work.wake([app_id])


async def _tasks(work: Work, app_id: str, batch: Sequence[Settlement]) -> None:
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
            work.log(Event(EventType.TASK_CREATE, app_id=app_id, user_id=user_id, detail={"task": task_id}))
    # Only people whose mark was tried before can have a task.
    served = [s.subject.user_id for s in batch if s.verdict is Verdict.CLEAR and s.subject.mark.attempts]
    if served:
        for task_id, user_id in await settling.close_tasks(work.connection, app_id, served):
            work.log(Event(EventType.TASK_DEACTIVATE, app_id=app_id, user_id=user_id, detail={"task": task_id}))


def _digest(settled: Settlement) -> bytes | None:
    return digest(settled.confirmed.canonical) if settled.confirmed and settled.confirmed.canonical else None


def _clash(settled: Settlement) -> Settlement:
    account = settled.confirmed.external_id if settled.confirmed else ""
    problem = f"Cannot link: the app's account {account} is linked to another person."
    return replace(
        settled,
        verdict=Verdict.PARKED,
        confirmed=None,
        event=failure(settled.subject, Step.CREATE, problem),
        task=TaskNeed(TaskKind.PROVISIONING, problem, "Give one of the two another user name, then retry."),
    )

"""Carries sweeps on: one stretch a transaction, until nobody is left; safe to interrupt and to race."""

from __future__ import annotations

from collections.abc import Sequence

from provisor.services.actor import Actor
from provisor.services.marking import reassess
from provisor.services.work import RETRIED, Database, Work
from provisor.store import conversion, sweeps
from provisor.store.sweeps import Sweep, SweepKind
from provisor.systemlog import Event, EventType


async def begin(work: Work, sweep: Sweep) -> None:
    """Store a sweep in the transaction of the change that calls for it, and do its first stretch there if that may be.

    After a change of the app's set-up it may not: whoever joins before the commit is served by the old one, and has to
    be found after it. Whoever begins a sweep finishes it after the transaction; the worker does if they cannot.
    """
    await sweeps.add_sweep(work.connection, sweep)
    if sweep.kind in (SweepKind.SYNC, SweepKind.PLAN) or (sweep.kind is SweepKind.VALUES and sweep.group_id is None):
        return
    await _stretch(work, sweep)


async def finish(database: Database, sweep_id: str | None = None) -> int:
    """Work on one sweep (this one, or any that nobody works on) until it ends; how many stretches were done.

    Stops early, without an error, when somebody else has taken the sweep over.
    """
    done = 0
    while await _next(database, sweep_id):
        done += 1
    return done


async def _next(database: Database, sweep_id: str | None) -> bool:
    while True:
        try:
            async with database.pool.acquire() as connection, connection.transaction():
                sweep = await sweeps.take_sweep(connection, sweep_id)
                if sweep is None:
                    return False
                work = Work(connection, Actor(sweep.actor_id), database.ids, sweep.cause)
                await _stretch(work, sweep)
                await work.flush()
                return True
        except RETRIED:
            continue


async def _stretch(work: Work, sweep: Sweep) -> None:
    if sweep.kind is SweepKind.JOIN:
        number, last = await sweeps.join_people(work.connection, sweep)
        work.wake([sweep.app_id])
    elif sweep.kind is SweepKind.VALUES and sweep.group_id is not None:
        number, last = await sweeps.mark_members(work.connection, sweep)
        work.wake([sweep.app_id])
    else:
        people = await sweeps.next_people(work.connection, sweep)
        number, last = len(people), people[-1] if people else sweep.after_user
        await _look_at(work, sweep, people)
    if number == sweeps.STRETCH:
        await sweeps.move_sweep(work.connection, sweep.id, last)
        return
    await sweeps.end_sweep(work.connection, sweep.id)
    if sweep.kind is SweepKind.SYNC:
        work.log(Event(EventType.FORCE_SYNC_DONE, app_id=sweep.app_id))


async def _look_at(work: Work, sweep: Sweep, people: list[str]) -> None:
    if sweep.kind is SweepKind.REVIEW:
        await reassess(work, [(sweep.app_id, user_id) for user_id in people])
        return
    if sweep.kind in (SweepKind.TO_GROUP, SweepKind.TO_PERSON):
        await convert(work, sweep.app_id, people, sweep.kind)
        return
    if sweep.kind is SweepKind.PROVISION:
        await sweeps.want_all(work.connection, sweep.app_id, people)
    await sweeps.mark_wanted(work.connection, sweep.app_id, people, sweep.cause)
    work.wake([sweep.app_id])


async def convert(work: Work, app_id: str, people: Sequence[str], kind: SweepKind) -> list[str]:
    """Convert these people's assignments, as far as they can be; who it were. No account changes by it."""
    to_group = kind is SweepKind.TO_GROUP
    done = await conversion.convert(work.connection, app_id, people, to_group=to_group)
    scope = {"scope": "GROUP" if to_group else "USER"}
    work.log(*(Event(EventType.ASSIGN_UPDATE, app_id=app_id, user_id=each, detail=scope) for each in done))
    return done

"""Carries on what a changed schema asks of all profiles: values of removed attributes go, unique ones are noted.

One stretch a transaction, until nobody is left; safe to interrupt and to race.
"""

from __future__ import annotations

from typing import Any

from provisor.directory.attributes import Unique
from provisor.directory.ids import Prefix
from provisor.directory.uniqueness import Holding, key
from provisor.services.actor import Actor
from provisor.services.stored_schemas import settle_uniqueness
from provisor.services.work import Database, Work, repeated
from provisor.store import profile_schemas, profile_sweeps, unique_values
from provisor.store.marks import PROFILES
from provisor.store.profile_schemas import GROUP
from provisor.store.profile_sweeps import STRETCH, ProfileSweep, ProfileSweepKind
from provisor.systemlog import Event, EventType, Outcome

SHOWN = 10
"""Duplicates that are named."""


async def begin(work: Work, owner: str, attribute: str, kind: ProfileSweepKind) -> None:
    """Store what is to be done, in the transaction of the change that calls for it, and do the first stretch there.

    The schemas are held: nobody else writes profiles meanwhile.
    """
    sweep_id = work.ids.new(Prefix.SWEEP)
    await profile_sweeps.insert(work.connection, sweep_id, owner, attribute, kind, work.transaction_id, work.actor.id)
    sweep = await profile_sweeps.take(work.connection, sweep_id)
    assert sweep is not None
    await _stretch(work, sweep)
    work.wake([PROFILES])


async def finish(database: Database) -> int:
    """Work until nothing is left to do that nobody else is on; how many stretches were done."""
    done = 0
    while await repeated(lambda: _next(database)):
        done += 1
    return done


async def _next(database: Database) -> bool:
    async with database.pool.acquire() as connection, connection.transaction():
        # The schemas first, as everybody does.
        await profile_schemas.share(connection)
        sweep = await profile_sweeps.take(connection)
        if sweep is None:
            return False
        work = Work(connection, Actor(sweep.actor_id), database.ids, sweep.cause)
        await _stretch(work, sweep)
        await work.flush()
        return True


async def _stretch(work: Work, sweep: ProfileSweep) -> None:
    values = await profile_sweeps.next_values(work.connection, sweep)
    here = [(holder, value) for holder, value in values if value is not None]
    examples = list(sweep.examples)
    duplicates = 0
    if sweep.kind is ProfileSweepKind.REMOVE:
        await profile_sweeps.remove_values(work.connection, sweep, [holder for holder, _ in here])
    else:
        pairs = await _note(work, sweep, here)
        duplicates = len(pairs)
        examples = [*examples, *pairs][:SHOWN]
    if len(values) == STRETCH:
        last = values[-1][0]
        await profile_sweeps.move(work.connection, sweep.id, last, len(values), duplicates, examples)
        return
    await profile_sweeps.end(work.connection, sweep.id)
    if sweep.kind is ProfileSweepKind.UNIQUE:
        await _conclude(work, sweep, sweep.checked + len(values), sweep.duplicates + duplicates, examples)


async def _note(work: Work, sweep: ProfileSweep, values: list[tuple[str, Any]]) -> list[list[str]]:
    """Note who has which value; the duplicates: who has it, and who has it too."""
    owner = GROUP if sweep.owner == GROUP else unique_values.PEOPLE
    first: dict[str, Holding] = {}
    late: list[Holding] = []
    for holder, value in values:
        if (text := key(value)) is None:
            continue
        holding = Holding(sweep.attribute, text, holder)
        if first.setdefault(text, holding) is not holding:
            late.append(holding)
    late += await unique_values.take(work.connection, owner, list(first.values()))
    if not late:
        return []
    held = await unique_values.holders(work.connection, owner, late)
    return [[held[each.attribute, each.value], each.holder] for each in sorted(late, key=lambda each: each.holder)]


async def _conclude(work: Work, sweep: ProfileSweep, checked: int, duplicates: int, examples: list[list[str]]) -> None:
    """Everybody was looked at: the attribute is unique from now on, or the wish is dropped, and the log says why."""
    schema = await settle_uniqueness(
        work.connection, sweep.owner, sweep.attribute, None if duplicates else Unique.UNIQUE_VALIDATED
    )
    detail = {"schema": sweep.owner, "name": schema.name, "attribute": sweep.attribute, "checked": checked}
    if not duplicates:
        work.log(Event(EventType.UNIQUENESS, detail=detail))
        return
    await unique_values.forget(work.connection, sweep.attribute, sweep.owner)
    named = "; ".join(f"{first} and {second}" for first, second in examples)
    work.log(
        Event(
            EventType.UNIQUENESS,
            outcome=Outcome.FAILURE,
            reason=f"{sweep.attribute} cannot be unique: {duplicates} share a value with somebody else",
            detail={**detail, "duplicates": duplicates, "examples": named},
        )
    )

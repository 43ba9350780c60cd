"""Makes and takes back many assignments to an app at once, within a transaction: what a plan of assignments applies."""

from __future__ import annotations

from provisor.directory.ids import Prefix
from provisor.provisioning.pending import Moves
from provisor.services import sweeping
from provisor.services.marking import reassess
from provisor.services.work import Work
from provisor.store import app_groups, assignments
from provisor.store.sweeps import Sweep, SweepKind
from provisor.systemlog import Event, EventType


async def move(work: Work, app_id: str, moves: Moves) -> list[str]:
    """Assign and unassign these people and groups; the sweeps to finish after the transaction.

    Who is deactivated is not assigned. Whoever a group assigns stays, also when taken back as a person.
    """
    begun: list[Sweep] = []
    for group_id in sorted(moves.join_groups):
        if await app_groups.hold(work.connection, app_id, group_id) is None:
            await app_groups.put(work.connection, app_id, group_id, None, {})
            work.log(Event(EventType.GROUP_APP_ADD, app_id=app_id, group_id=group_id))
            begun.append(_sweep(work, app_id, SweepKind.JOIN, group_id))
    left = False
    for group_id in sorted(moves.leave_groups):
        if await app_groups.hold(work.connection, app_id, group_id) is not None:
            await app_groups.delete(work.connection, app_id, group_id)
            work.log(Event(EventType.GROUP_APP_REMOVE, app_id=app_id, group_id=group_id))
            left = True
    if left:
        begun.append(_sweep(work, app_id, SweepKind.REVIEW, None))
    await _move_people(work, app_id, moves)
    for sweep in begun:
        await sweeping.begin(work, sweep)
    return [each.id for each in begun]


async def _move_people(work: Work, app_id: str, moves: Moves) -> None:
    people = sorted(moves.join_users | moves.leave_users)
    if not people:
        return
    assignable = await assignments.hold_assignable(work.connection, sorted(moves.join_users))
    await assignments.share_groups_of_users(work.connection, people)
    await assignments.set_direct_in(work.connection, app_id, assignable, direct=True)
    await assignments.set_direct_in(work.connection, app_id, sorted(moves.leave_users), direct=False)
    await reassess(work, [(app_id, user_id) for user_id in people])


def _sweep(work: Work, app_id: str, kind: SweepKind, group_id: str | None) -> Sweep:
    return Sweep(work.ids.new(Prefix.SWEEP), app_id, kind, group_id, "", work.transaction_id, work.actor.id)

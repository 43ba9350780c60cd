"""The safeguard of single attributes: holds back updates that overwrite one in more accounts than the app allows.

Counting, judging and naming those who wait is a fixed number of queries for a stretch, and none where nothing that has
a value is changed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from provisor.directory.ids import Prefix
from provisor.provisioning.guard import Judged, guard_overwrites, may_overwrite
from provisor.provisioning.overwrites import WRITING, overwritten
from provisor.provisioning.plan import Plan
from provisor.provisioning.planned import Planned
from provisor.provisioning.subject import Subject
from provisor.services.actor import SYSTEM
from provisor.services.app_setup import AppSetup
from provisor.services.work import Database, Work, repeated
from provisor.store import holds, overwrites, previews, work_queue
from provisor.systemlog import Event, EventType, Outcome

NOBODY: Mapping[str, Sequence[str]] = {}


async def held_back(
    database: Database, setup: AppSetup, planned: Sequence[tuple[Subject, Plan]], window: float
) -> Mapping[str, Sequence[str]]:
    """Who of a stretch has to wait, with the attributes for which; holds, people and events are stored then."""
    writing = [(subject, plan) for subject, plan in planned if plan.step in WRITING]
    if not writing or setup.limits.overwrite_percent >= 100:
        return NOBODY
    async with database.pool.acquire() as connection:
        pushed = await previews.pushed_profiles(connection, setup.row.id, [subject.user_id for subject, _ in writing])
    wanting = {
        subject.user_id: (subject, plan, names)
        for subject, plan in writing
        if subject.mark.gen > 0 and (names := overwritten(plan, pushed.get(subject.user_id, {}), setup.features))
    }
    if not wanting:
        return NOBODY

    async def act() -> Judged:
        async with database.begin(SYSTEM) as work:
            return await _judge(work, setup, wanting, window)

    return (await repeated(act)).held


async def _judge(
    work: Work, setup: AppSetup, wanting: Mapping[str, tuple[Subject, Plan, list[str]]], window: float
) -> Judged:
    connection, app_id, limits = work.connection, setup.row.id, setup.limits
    sent = {user_id: Planned.of(subject, plan).sent for user_id, (subject, plan, _) in wanting.items()}
    agreed = await overwrites.approved(connection, app_id, sent)
    every = sorted({name for _, _, names in wanting.values() for name in names})
    standing = await holds.share_overwrites(connection, app_id, every)
    released = {name: gen for name, (_, gen) in standing.items()}
    asked = [
        (user_id, unreleased)
        for user_id, (subject, _, names) in wanting.items()
        if user_id not in agreed
        and (unreleased := [name for name in names if subject.mark.gen > released.get(name, 0)])
    ]
    pairs = [(name, user_id) for user_id, names in asked for name in names]
    if not pairs:
        return Judged()
    attributes = sorted({name for name, _ in pairs})
    counts = await overwrites.counts(connection, app_id, attributes, window)
    known = await overwrites.known(connection, app_id, pairs, window)
    allowed = limits.overwrite_floor
    if any(counts.get(name, 0) + len(asked) > allowed for name in attributes):
        allowed = may_overwrite(await work_queue.count_accounts(connection, app_id), limits)
    stopped = {name for name, (held, _) in standing.items() if held}
    judged = guard_overwrites(asked, counts, known, stopped, allowed)
    if judged.counted:
        await overwrites.add(connection, app_id, judged.counted, window)
    for name, waiting in sorted(judged.tripped.items()):
        if await holds.open_hold(connection, work.ids.new(Prefix.HOLD), app_id, waiting, allowed, name):
            reason = f"“{name}” would be overwritten in more than {allowed} accounts of “{setup.row.label}”."
            detail = {"attribute": name}
            work.log(Event(EventType.HOLD, app_id=app_id, outcome=Outcome.DEFERRED, reason=reason, detail=detail))
    if judged.held:
        people = [(n, user_id, wanting[user_id][0].mark.gen) for user_id, names in judged.held.items() for n in names]
        await holds.keep_back(connection, app_id, people)
    return judged

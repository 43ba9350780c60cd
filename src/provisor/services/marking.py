"""What directory changes mean for assignments: who is assigned now, what the log says of it, who becomes dirty.

Called inside the transaction of the change. It decides nothing about what apps will be sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from provisor.services.work import Work
from provisor.store import assignments
from provisor.store.assignments import Pair
from provisor.store.marks import Lane, mark_joined, mark_memberships, mark_pairs, mark_users
from provisor.systemlog import Event, EventType

MANY = 100
"""From here on, joining is bulk work that must not delay single changes."""


async def profiles_changed(work: Work, user_ids: Sequence[str]) -> None:
    """People's profiles changed: every app that knows them looks again."""
    lane = Lane.CHANGE if len(user_ids) <= MANY else Lane.BULK
    work.wake(await mark_users(work.connection, user_ids, lane, work.transaction_id))


async def memberships_changed(work: Work, memberships: Sequence[tuple[str, str]]) -> None:
    """(group, user) rows were inserted or deleted, with the group rows held FOR SHARE."""
    await reassess(work, await assignments.pairs_of_memberships(work.connection, memberships))
    groups, people = sorted({group for group, _ in memberships}), sorted({user for _, user in memberships})
    lane = Lane.CHANGE if len(people) <= MANY else Lane.BULK
    work.wake(await mark_memberships(work.connection, groups, people, lane, work.transaction_id))


async def statuses_changed(work: Work, user_ids: Sequence[str]) -> None:
    """People came to another status, in which accounts stay as they are: only mappings that read it look again."""
    work.wake(await mark_memberships(work.connection, (), user_ids, Lane.CHANGE, work.transaction_id))


async def users_activated(work: Work, user_ids: Sequence[str]) -> None:
    """People became able to work: their groups' apps take them in, and all their apps look again."""
    await assignments.share_groups_of_users(work.connection, user_ids)
    pairs = await assignments.pairs_of_users(work.connection, user_ids)
    await reassess(work, pairs)
    await profiles_changed(work, user_ids)


async def users_left(work: Work, user_ids: Sequence[str]) -> None:
    """People were deactivated: assignments made for them alone are gone for good, those of groups rest."""
    await assignments.clear_direct(work.connection, user_ids)
    await reassess(work, await assignments.pairs_of_users(work.connection, user_ids))
    work.wake(await mark_users(work.connection, user_ids, Lane.LEAVING, work.transaction_id))


async def reassess(work: Work, pairs: Sequence[Pair]) -> int:
    """Recompute these people's assignments, log what changed and mark it; how many changed."""
    changed = await assignments.reassess(work.connection, pairs)
    work.log(*announced(EventType.ASSIGN, changed.assigned), *announced(EventType.UNASSIGN, changed.unassigned))
    joined = [pair for pair in changed.assigned if pair in changed.provisioned]
    left = [pair for pair in changed.unassigned if pair in changed.provisioned]
    if joined:
        lane = Lane.CHANGE if len(joined) <= MANY else Lane.BULK
        await mark_joined(work.connection, joined, lane, work.transaction_id)
    if left:
        await mark_pairs(work.connection, left, Lane.LEAVING, work.transaction_id)
    work.wake({app_id for app_id, _ in joined + left})
    return len(changed.assigned) + len(changed.unassigned)


def announced(kind: EventType, pairs: Iterable[Pair]) -> list[Event]:
    return [Event(kind, app_id=app_id, user_id=user_id) for app_id, user_id in pairs]

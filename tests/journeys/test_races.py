"""Changes that happen at the same time: nobody is left behind, whoever commits first."""

import asyncio
from typing import Any

import pytest

from provisor.scimserver.testing import Peer


async def test_leaving_two_groups_at_once_ends_the_assignment(company: Any, peer: Peer) -> None:
    """Each removal sees the other's: neither keeps the person on because of a group that is going too."""
    app = await company.app(peer)
    people = [await company.hire(f"person{n}") for n in range(10)]
    first, second = await company.group("First", *people), await company.group("Second", *people)
    for group in (first, second):
        await company.assign_group(app, group)
    await asyncio.gather(*(company.remove(group, person) for person in people for group in (first, second)))
    rows = await company.database.pool.fetch("SELECT assigned FROM app_user WHERE app_id = $1", app)
    assert [row["assigned"] for row in rows] == [False] * 10


async def test_moving_between_groups_in_any_order_keeps_the_assignment(company: Any, peer: Peer) -> None:
    """Joining one group while leaving the other ends as a member of one: assigned."""
    app = await company.app(peer)
    people = [await company.hire(f"person{n}") for n in range(10)]
    old, new = await company.group("Old", *people), await company.group("New")
    for group in (old, new):
        await company.assign_group(app, group)
    await asyncio.gather(
        *(act(group, person) for person in people for act, group in ((company.remove, old), (company.add, new)))
    )
    rows = await company.database.pool.fetch("SELECT assigned FROM app_user WHERE app_id = $1", app)
    assert [row["assigned"] for row in rows] == [True] * 10


@pytest.mark.parametrize("attempt", range(3))
async def test_joining_a_group_while_it_is_assigned_leaves_no_hole(company: Any, peer: Peer, attempt: int) -> None:
    """Whoever joins before, during or after the assignment has the app."""
    app = await company.app(peer)
    people = [await company.hire(f"person{n}") for n in range(12)]
    group = await company.group("Crew", *people[:4])
    await asyncio.gather(
        *(company.add(group, person) for person in people[4:8]),
        company.assign_group(app, group),
        *(company.add(group, person) for person in people[8:]),
    )
    assigned = await company.database.pool.fetchval("SELECT count(*) FROM app_user WHERE app_id = $1 AND assigned", app)
    assert assigned == len(people)


async def test_two_workers_push_nobody_twice(company: Any, peer: Peer) -> None:
    """One of them owns the app: every account is created by exactly one request."""
    app = await company.app(peer)
    people = [await company.hire(f"person{n}") for n in range(30)]
    group = await company.group("Crew", *people)
    async with company.worker(), company.worker():
        await company.assign_group(app, group)
        await company.settled(app)
    assert len(peer.users()) == 30
    assert sum(each.method == "POST" for each in peer.journal) == 30

"""Changes that happen at the same time: nobody is left behind, whoever commits first."""

import asyncio
from typing import Any

import pytest

from provisor.apps.mapping import Direction, Mapping
from provisor.directory.user import DEFAULT_TYPE
from provisor.scimserver.testing import Peer
from provisor.services import mappings, sweeping
from provisor.services.actor import SYSTEM


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


async def test_whoever_joins_while_a_mapping_is_being_changed_ends_up_by_the_new_one(company: Any, peer: Peer) -> None:
    """Served by the old mapping before the change is committed, and looked at again after it."""
    app = await company.app(peer)
    ann = await company.hire("ann", title="Engineer")
    crew = await company.group("Crew")
    await company.assign_group(app, crew)
    mapping = await mappings.get_mapping_of(company.database, SYSTEM, app, DEFAULT_TYPE, Direction.TO_APP)
    async with company.worker():
        async with company.database.begin(SYSTEM) as work:
            lines = {"title": Mapping("title", "String.toUpperCase(user.title)")}
            sweep = await mappings.store_change(work, mapping.id, lines)
            await company.add(crew, ann)
            await company.settled(app)
            assert peer.user("ann@example.com")["title"] == "Engineer"
        await sweeping.finish(company.database, sweep)
        await company.settled(app)
    assert peer.user("ann@example.com")["title"] == "ENGINEER"


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

"""Somebody over whom the worker's process dies: the others are served, and that person is a task."""

import sys
from asyncio.subprocess import PIPE, create_subprocess_exec
from typing import Any

import pytest

from provisor.scimserver.testing import Peer
from provisor.services.suspects import DEATHS, STARTS
from provisor.store import leases

SEVERAL_LIVES = 60.0
"""Seconds."""
DEATHS_EXPECTED = STARTS + DEATHS + 1
"""After three leases in a row without an end people are begun alone; one more may pass before a lease has run out."""


@pytest.mark.long
async def test_a_person_over_whom_workers_die_is_found_and_the_others_are_served(company: Any, peer: Peer) -> None:
    """The process is killed again and again by one of forty; a few lives later 39 have accounts and one has a task."""
    app = await company.app(peer)
    people = [await company.hire(f"person{n}" if n != 20 else "deadly") for n in range(40)]
    await company.assign_group(app, await company.group("Crew", *people))
    arguments = [sys.executable, "-m", "tests.journeys.mortal_worker", company.dsn]
    worker = await create_subprocess_exec(*arguments, stdin=PIPE, stdout=PIPE)
    try:
        (task,) = await company.until(lambda: company.tasks(app), "the task", SEVERAL_LIVES)
        await company.settled(app)
    finally:
        said, _ = await worker.communicate(b"")
    assert (task["kind"], task["user_id"]) == ("BUG", people[20])
    assert "ended 2 times" in task["summary"]
    assert said.split().count(b"died") <= DEATHS_EXPECTED
    assert len(peer.users()) == 39
    assert await company.tasks(app) == [task]


async def test_leases_that_are_given_up_count_as_no_deaths(company: Any, peer: Peer) -> None:
    """Only those that ran out are counted, and the first that is given up begins the count anew."""
    app = await company.app(peer)

    async def unreleased(*, released: bool) -> int:
        async with company.database.pool.acquire() as connection:
            epoch = await leases.claim(connection, app, "somebody", 60.0 if released else 0.0)
            if released:
                await leases.release(connection, app, "somebody", epoch)
        return leases.unreleased(epoch)

    ends = [False, False, False, True, True, False, False]
    assert [await unreleased(released=each) for each in ends] == [0, 1, 2, 3, 0, 0, 1]

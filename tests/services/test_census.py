"""The census: who is at which position, while people come and go in this process and in others."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from provisor.services import inbound_people
from provisor.services.actor import SYSTEM
from provisor.services.census import TRUSTED, Census
from provisor.services.inbound_people import Pushed
from provisor.services.loading import LoadRow, load_users
from provisor.services.users_lifecycle import delete_user
from provisor.services.work import Database
from provisor.store.census import STRETCH
from provisor.store.database import open_pool


class Clock:
    """A clock that stands still unless it is moved."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
async def stores(database: str) -> AsyncIterator[tuple[Database, Database]]:
    """Two processes' doors to one directory."""
    pools = [await open_pool(database, size=2) for _ in range(2)]
    yield Database(pools[0]), Database(pools[1])
    for pool in pools:
        await pool.close()


async def load(database: Database, prefix: str, number: int) -> None:
    """Make people, in one go."""
    rows = [
        LoadRow(
            n,
            {
                "login": f"{prefix}{n}@example.com", "email": f"{prefix}{n}@example.com",
                "firstName": "A", "lastName": "B",
            },
        )
        for n in range(number)
    ]  # fmt: skip
    await load_users(database, SYSTEM, rows, activate=True)


async def agrees(census: Census, database: Database) -> list[str]:
    """Compare count and some pages with the table; everybody's id, in order."""
    rows = await database.pool.fetch("SELECT id FROM users WHERE deleted IS NULL AND NOT withdrawn ORDER BY id")
    ids = [row["id"] for row in rows]
    assert await census.count(SYSTEM) == len(ids)
    for offset in {0, 1, len(ids) // 2, STRETCH - 1, STRETCH, STRETCH + 1, max(0, len(ids) - 3), len(ids)}:
        total, page = await census.page(SYSTEM, offset, 5)
        assert (total, [each.user.id for each in page]) == (len(ids), ids[offset : offset + 5]), offset
    return ids


async def test_positions_hold_while_people_come_and_go(stores):
    """Loaded by the thousand elsewhere, erased, withdrawn and brought back: each page is where it should be."""
    here, there = stores
    census = Census(here, Clock())
    await agrees(census, here)
    await load(there, "a", 1500)
    ids = await agrees(census, here)
    await load(there, "b", 2600)
    await agrees(census, here)
    for gone in (ids[0], ids[STRETCH], ids[-1]):
        await inbound_people.withdraw(there, SYSTEM, gone, None)
    for erased in (ids[1], ids[1]):
        await delete_user(there, SYSTEM, erased)
    assert len(await agrees(census, here)) == 4096
    profile = {"login": "a0@example.com", "email": "a0@example.com", "firstName": "A", "lastName": "B"}
    back = await inbound_people.take_in(there, SYSTEM, Pushed(profile=profile, active=True))
    assert back.user.id == ids[0]
    await agrees(census, here)


async def test_requests_that_overlap_leave_nothing_uncounted(stores):
    """Pages asked for while people are being made: afterwards everybody is counted."""
    here, there = stores
    census = Census(here, Clock())
    await agrees(census, here)

    async def ask(_: Any) -> None:
        for _ in range(10):
            await census.page(SYSTEM, 0, 5)

    await asyncio.gather(*(load(there, f"p{n}-", 40) for n in range(5)), *map(ask, range(3)))
    assert len(await agrees(census, here)) == 200


async def test_what_left_no_event_is_counted_after_a_minute(stores):
    """Rows that came past the services, as from a restored database."""
    here, there = stores
    clock = Clock()
    census = Census(here, clock)
    await load(there, "a", 3)
    await agrees(census, here)
    await here.pool.execute("UPDATE users SET withdrawn = true WHERE login_key = 'a1@example.com'")
    clock.now = TRUSTED
    assert len(await agrees(census, here)) == 2

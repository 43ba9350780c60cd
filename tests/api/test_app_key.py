"""A database remembers which key seals its secrets."""

import pytest

from provisor.services.secrets import KeyUnusable, Sealer, check_key
from provisor.services.work import Database
from provisor.store import installation
from provisor.store.database import open_pool


@pytest.fixture
async def store(database):
    """A database with its installation row."""
    pool = await open_pool(database, size=2)
    async with pool.acquire() as connection:
        await installation.make(connection, "00oone")
    yield Database(pool)
    await pool.close()


async def test_the_first_key_is_remembered_and_another_one_refused(store):
    """A process with another key says which one is needed instead of sealing what nobody can open."""
    one, two = Sealer(bytes(32)), Sealer(bytes(31) + b"\1")
    async with store.pool.acquire() as connection:
        assert await installation.find_key_fingerprint(connection) is None
        await check_key(connection, one)
        await check_key(connection, one)
        assert await installation.find_key_fingerprint(connection) == one.fingerprint
        with pytest.raises(KeyUnusable, match=f"{one.fingerprint}.*{two.fingerprint}"):
            await check_key(connection, two)
        assert await installation.find_key_fingerprint(connection) == one.fingerprint


async def test_the_installation_is_made_once(store):
    """Whoever comes second learns the organisation's id of the first."""
    async with store.pool.acquire() as connection:
        assert await installation.make(connection, "00otwo") == "00oone"

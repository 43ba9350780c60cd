"""API tokens: the first one, the bootstrap one, making and revoking."""

import pytest

from provisor.services.actor import SYSTEM, Scope
from provisor.services.errors import NotFound
from provisor.services.tokens import Tokens, create_token, ensure_first_token, revoke_token
from provisor.services.work import Database
from provisor.store.database import open_pool


@pytest.fixture
async def store(database):
    """The services' door to an empty database."""
    pool = await open_pool(database, size=2)
    yield Database(pool)
    await pool.close()


async def test_the_first_start_makes_a_token_and_shows_it_once(store):
    """Later starts make none."""
    text = await ensure_first_token(store, None)
    token = await Tokens(store).check(text)
    assert token.name == "first" and set(token.scopes) == {"read", "write"}
    assert await ensure_first_token(store, None) is None


async def test_a_bootstrap_token_exists_from_the_first_start(store):
    """It is never shown, and a new one takes the place of the old one."""
    assert await ensure_first_token(store, "secret-1") is None
    assert (await Tokens(store).check("secret-1")).name == "bootstrap"
    await ensure_first_token(store, "secret-2")
    await ensure_first_token(store, "secret-2")
    assert await Tokens(store).check("secret-1") is None
    assert (await Tokens(store).check("secret-2")).name == "bootstrap"
    assert await store.pool.fetchval("SELECT count(*) FROM api_token") == 1


async def test_a_token_is_stored_only_as_a_hash(store):
    """The database does not hold what could be used."""
    _, text = await create_token(store, SYSTEM, "ci", frozenset({Scope.READ}))
    row = await store.pool.fetchrow("SELECT * FROM api_token")
    assert text not in str(dict(row))
    assert row["scopes"] == ["read"]
    assert text not in str(await store.pool.fetch("SELECT * FROM event"))


async def test_a_revoked_token_is_refused_once_it_is_asked_for_anew(store):
    """An answer is remembered for a few seconds, then the database is asked again."""
    now = 0.0
    tokens = Tokens(store, lambda: now)
    token, text = await create_token(store, SYSTEM, "ci")
    assert await tokens.check(text) is not None
    await revoke_token(store, SYSTEM, token.id)
    now = 4.9
    assert await tokens.check(text) is not None
    now = 5.1
    assert await tokens.check(text) is None
    with pytest.raises(NotFound):
        await revoke_token(store, SYSTEM, token.id)


async def test_a_token_that_comes_into_being_is_known_soon(store):
    """A refusal is remembered no longer than an acceptance."""
    now = 0.0
    tokens = Tokens(store, lambda: now)
    assert await tokens.check("secret") is None
    await ensure_first_token(store, "secret")
    now = 5.1
    assert await tokens.check("secret") is not None

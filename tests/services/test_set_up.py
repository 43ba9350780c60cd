"""The first run: one link, one super administrator."""

import asyncio

import pytest

from provisor.directory.lifecycle import Operation
from provisor.services import admins, users_lifecycle
from provisor.services.actor import SYSTEM, Role
from provisor.services.errors import Invalid
from provisor.services.setup import SetUpRefused, is_set_up, is_set_up_token, offer_set_up, set_up

PROFILE = {"login": "root@example.com", "email": "root@example.com", "firstName": "Root", "lastName": "Example"}
PASSWORD = "correct horse battery"


async def test_the_link_makes_a_super_administrator_who_can_sign_in(company):
    """Once: the link is of no use afterwards, and no start offers another."""
    assert not await is_set_up(company.database)
    token = await offer_set_up(company.database)
    assert token is not None and await is_set_up_token(company.database, token)
    user = await set_up(company.database, token, PROFILE, PASSWORD)
    assert await is_set_up(company.database) and not await is_set_up_token(company.database, token)
    assert [each.role for each in await admins.list_roles(company.database, SYSTEM, user.id)] == ["SUPER_ADMIN"]
    assert (await company.sign_in("root")).session.roles == {Role.SUPER_ADMIN}
    with pytest.raises(SetUpRefused, match="done already"):
        await set_up(company.database, token, {**PROFILE, "login": "two@example.com"}, PASSWORD)
    assert await offer_set_up(company.database) is None


async def test_every_start_prints_a_link_and_all_of_them_serve(company):
    """A second process that starts does not take the first one's link away; the database holds neither."""
    first, second = [await offer_set_up(company.database) for _ in range(2)]
    assert first != second
    stored = await company.database.pool.fetch("SELECT hash FROM set_up_token")
    assert len(stored) == 2 and all(first.encode() not in row["hash"] for row in stored)
    await set_up(company.database, first, PROFILE, PASSWORD)
    assert not await is_set_up_token(company.database, second)


async def test_of_two_set_ups_at_once_one_wins(company):
    """They wait for each other; the second finds it done, and nobody of it is left behind."""
    token = await offer_set_up(company.database)
    results = await asyncio.gather(
        *(set_up(company.database, token, {**PROFILE, "login": f"{n}@example.com"}, PASSWORD) for n in range(4)),
        return_exceptions=True,
    )
    assert sum(isinstance(each, SetUpRefused) for each in results) == 3
    assert await company.database.pool.fetchval("SELECT count(*) FROM users") == 1
    assert await company.database.pool.fetchval("SELECT count(*) FROM admin_role") == 1


@pytest.mark.parametrize("token", ["", "guess", "\ud800", "x" * 10_000], ids=["empty", "guess", "surrogate", "long"])
async def test_a_guessed_link_makes_nobody(company, token):
    """Only a token that was printed serves."""
    await offer_set_up(company.database)
    with pytest.raises(SetUpRefused, match="not valid"):
        await set_up(company.database, token, PROFILE, PASSWORD)
    assert await company.database.pool.fetchval("SELECT count(*) FROM users") == 0


async def test_values_that_cannot_be_used_leave_the_link_good(company):
    """A short password, a missing name, a login that somebody has: said at the field, and nothing is lost."""
    await company.person("root")
    token = await offer_set_up(company.database)
    with pytest.raises(Invalid, match="at least 8"):
        await set_up(company.database, token, PROFILE, "short")
    with pytest.raises(Invalid, match="email"):
        await set_up(company.database, token, {"login": "x@example.com"}, PASSWORD)
    with pytest.raises(Invalid, match="provisor admins grant root"):
        await set_up(company.database, token, PROFILE, PASSWORD)
    assert await is_set_up_token(company.database, token)


async def test_an_administrator_who_cannot_sign_in_still_means_set_up(company):
    """Otherwise whoever kept an old link could take over while nobody can sign in."""
    root = await company.person("root", Role.SUPER_ADMIN)
    await company.execute("UPDATE users SET status = 'SUSPENDED' WHERE id = $1", root.id)
    assert await is_set_up(company.database)
    assert await offer_set_up(company.database) is None
    await users_lifecycle.change_status(company.database, SYSTEM, root.id, Operation.UNSUSPEND)

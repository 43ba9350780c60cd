"""What is written of people who wait: it neither forgets what was decided about them nor touches anybody else."""

import pytest
from tests.services.conftest import Company

from provisor.provisioning.settlement import Confirmed, Settlement, Verdict
from provisor.provisioning.subject import Link, Mark, Subject
from provisor.services.actor import SYSTEM
from provisor.services.apps import create_app
from provisor.services.apps_definition import parse_definition
from provisor.services.groups import add_member, create_group, delete_group
from provisor.services.holds import discard_hold, list_holds, release
from provisor.services.settling import Lease, settle
from provisor.services.tasks import list_tasks, retry_all
from provisor.store import work_queue

WAITS = """
INSERT INTO dirty (app_id, user_id, gen, lane, due, since, cause, attempts)
VALUES ($1, $2, nextval('generation'), 0, 'infinity', now(), 'trn', 3)
"""
FAILED = """
INSERT INTO task (id, kind, app_id, user_id, summary, detail) VALUES ('tsk' || $2, 'DEPROVISIONING', $1, $2, '', '')
"""
HELD = "INSERT INTO hold (id, app_id, kind, waiting, allowed) VALUES ('hld1', $1, 'DEACTIVATIONS', 2, 1)"
WALK = "INSERT INTO sweep (id, app_id, kind, group_id, cause, actor_id) VALUES ('swp1', $1, 'VALUES', $2, 'trn', 'me')"
ACCOUNT = """
INSERT INTO app_user AS a (app_id, user_id, direct, assigned, wanted, external_id, active)
VALUES ($1, $2, true, true, true, $3, true) ON CONFLICT (app_id, user_id) DO UPDATE SET external_id = $3, active = true
"""


@pytest.fixture
async def app(company: Company) -> str:
    """The id of an app with an open hold."""
    made = await create_app(company.database, SYSTEM, parse_definition({"name": "scim2", "label": "Wiki"}))
    await company.execute(HELD, made.id)
    return made.id


async def leaving(company: Company, app: str, name: str) -> str:
    """Somebody whose deactivation has failed and waits; their id."""
    user = await company.person(name, password=None)
    await company.execute(ACCOUNT, app, user.id, name)
    await company.execute("UPDATE app_user SET direct = false, assigned = false WHERE user_id = $1", user.id)
    await company.execute(WAITS, app, user.id)
    await company.execute(FAILED, app, user.id)
    return user.id


async def test_whom_a_safeguard_has_let_go_it_does_not_count_again(company: Company, app: str) -> None:
    """Their deactivations fail and are retried as tasks: that is no new wave of people who leave."""
    for name in ("ann", "bob"):
        await leaving(company, app, name)
    assert await release(company.database, SYSTEM, app)
    assert await retry_all(company.database, SYSTEM, app_id=app, kind=None) == 2
    pool = company.database.pool
    released = await pool.fetchval("SELECT max(released_gen) FROM hold WHERE app_id = $1", app)
    assert await pool.fetchval("SELECT count(*) FROM dirty WHERE app_id = $1 AND due <= now()", app) == 2
    async with pool.acquire() as connection:
        assert await work_queue.count_leaving(connection, app, released) == 0


async def test_whoever_could_not_be_seen_yet_is_not_released(company: Company, app: str) -> None:
    """Somebody lets go of one who waits while a transaction marks another: that one is a new wave's first."""
    await leaving(company, app, "ann")
    bob = await company.person("bob", password=None)
    pool = company.database.pool
    async with pool.acquire() as connection:
        async with connection.transaction():
            await connection.execute(WAITS, app, bob.id)
            assert await release(company.database, SYSTEM, app)
        released = await pool.fetchval("SELECT max(released_gen) FROM hold WHERE app_id = $1", app)
        assert await work_queue.count_leaving(connection, app, released) == 1


async def test_what_is_discarded_leaves_no_task(company: Company, app: str) -> None:
    """Nothing is tried for them any more, so that nothing would ever close it."""
    ann, _ = await leaving(company, app, "ann"), await leaving(company, app, "bob")
    (hold,) = await list_holds(company.database, SYSTEM)
    assert await discard_hold(company.database, SYSTEM, hold.id, people=[ann]) == 1
    (task,) = await list_tasks(company.database, SYSTEM, app_id=app, user_id=None, after=None, limit=10)
    assert task.user_id != ann
    assert len(await company.events("task.lifecycle.deactivate")) == 1


async def test_who_lost_an_account_keeps_the_next_one(company: Company, app: str) -> None:
    """A settlement that is written twice takes away the account it was about, and no other."""
    old, new = await company.person("old", password=None), await company.person("new", password=None)
    await company.execute(ACCOUNT, app, old.id, "first")
    await company.execute(ACCOUNT, app, new.id, None)
    await company.execute("INSERT INTO app_lease (app_id, owner, epoch) VALUES ($1, 'me', 1)", app)
    subject = Subject(app, new.id, "ACTIVE", {}, True, True, Link(), Mark(1, 1, 0, "trn"))
    confirmed = Confirmed("first", True, "new@example.com", b"{}")
    settled = Settlement(subject, Verdict.CLEAR, confirmed, transfer_from=old.id)

    async def accounts() -> dict[str, str | None]:
        rows = await company.database.pool.fetch("SELECT user_id, external_id FROM app_user WHERE app_id = $1", app)
        return {row["user_id"]: row["external_id"] for row in rows}

    await settle(company.database, Lease(app, "me", 1), [settled])
    assert await accounts() == {old.id: None, new.id: "first"}
    await company.execute(ACCOUNT, app, old.id, "second")
    await settle(company.database, Lease(app, "me", 1), [settled])
    assert await accounts() == {old.id: "second", new.id: "first"}


async def test_a_group_that_is_deleted_ends_no_walk_over_its_members(company: Company, app: str) -> None:
    """Its values have just changed, and those who had not been looked at by then are looked at all the same."""
    ann = await company.person("ann", password=None)
    await company.execute(ACCOUNT, app, ann.id, "first")
    crew = await create_group(company.database, SYSTEM, {"name": "Crew"})
    await add_member(company.database, SYSTEM, crew.id, ann.id)
    await company.execute("DELETE FROM dirty")
    await company.execute(WALK, app, crew.id)
    await delete_group(company.database, SYSTEM, crew.id)
    marked = await company.database.pool.fetch("SELECT user_id FROM dirty WHERE app_id = $1", app)
    assert [each["user_id"] for each in marked] == [ann.id]
    assert not await company.database.pool.fetchval("SELECT count(*) FROM sweep")

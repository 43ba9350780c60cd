"""Whoever's account may have to change is looked at again, whatever it was that changed."""

from typing import Any

import pytest

from provisor.apps.mapping import Direction, Mapping
from provisor.directory.lifecycle import Operation
from provisor.directory.user import DEFAULT_TYPE
from provisor.provisioning.pending import MappingChange
from provisor.scimserver.testing import Peer
from provisor.services import applying, change_plans, holds, mappings, sessions, sweeping, trials, users
from provisor.services.actor import SYSTEM, RequestOrigin
from provisor.services.attempts import SignInRules
from provisor.services.users import Credentials

UNANNOUNCED = """
INSERT INTO dirty (app_id, user_id, gen, lane, due, since, cause)
VALUES ($1, $2, nextval('generation'), 1, now(), now(), 'trn')
"""


def titles(peer: Peer) -> dict[str, Any]:
    return {each["userName"].partition("@")[0]: each.get("title") for each in peer.users()}


async def planned(company: Any, app: str) -> str:
    """A plan by which lawyers have a title of their own; its id."""
    change = MappingChange(None, {"title": Mapping("title", "user.department == 'Law' ? 'Lawyer' : user.title")})
    return (await change_plans.create_plan(company.database, SYSTEM, app, change, lifetime=3600)).row.id


async def test_what_nobody_announced_is_found_however_much_is_announced(company: Any, peer: Peer) -> None:
    """News of other apps without end, as beside a second worker or a paused app, keeps no rescan from coming."""
    ann, bob = await company.hire("ann"), await company.hire("bob")
    first, second = await company.app(peer), await company.app(peer)
    await company.assign(first, ann)
    await company.assign(second, bob)
    await company.database.pool.execute("DELETE FROM dirty WHERE app_id = $1", second)
    async with company.worker():
        await company.settled(first)
        await company.database.pool.execute(UNANNOUNCED, second, bob)

        async def served() -> bool:
            await company.database.pool.execute("SELECT pg_notify('provisor_dirty', 'elsewhere')")
            return len(peer.users()) == 2

        await company.until(served, "the mark that nobody announced")


async def test_an_account_that_shows_the_status_follows_every_change_of_it(company: Any, peer: Peer) -> None:
    """A password is set, expired and locked: the profile stays, and the value that is made of the status does not."""
    app = await company.app(peer)
    mapping = await mappings.get_mapping_of(company.database, SYSTEM, app, DEFAULT_TYPE, Direction.TO_APP)
    line = Mapping("title", "user.getInternalProperty('status')")
    await mappings.change_mapping(company.database, SYSTEM, mapping.id, {"title": line})
    ann = await company.hire("ann")
    await company.assign(app, ann)

    async def shows(status: str) -> None:
        await company.settled(app)
        assert [each.get("title") for each in peer.users()] == [status]

    async with company.worker():
        await shows("PROVISIONED")
        secret = Credentials(password="correct horse battery")
        await users.update_user(company.database, SYSTEM, ann, None, secret)
        await shows("ACTIVE")
        await company.move(ann, Operation.EXPIRE_PASSWORD)
        await shows("PASSWORD_EXPIRED")
        await users.update_user(company.database, SYSTEM, ann, None, secret)
        await shows("ACTIVE")
        with pytest.raises(sessions.SignInRefused):
            origin = RequestOrigin("trn", "/sign-in", "192.0.2.1", "Mozilla/5.0")
            await sessions.sign_in(company.database, "ann@example.com", "wrong", origin, rules=SignInRules(attempts=1))
        await shows("LOCKED_OUT")


async def test_who_changes_while_a_plan_is_applied_is_looked_at_by_the_new_mapping(company: Any, peer: Peer) -> None:
    """They are not in the plan, and were served by the old mapping after the plan was checked."""
    app = await company.app(peer)
    ann = await company.hire("ann", department="Sales", title="Clerk")
    await company.assign(app, ann)
    async with company.worker():
        await company.settled(app)
        plan_id = await planned(company, app)
        async with company.database.begin(SYSTEM) as work:
            plan = await change_plans.held_plan(work.connection, plan_id)
            begun = await applying._apply(work, company.connectors, plan)
            await company.edit(ann, department="Law")
            await company.settled(app)
        assert titles(peer) == {"ann": "Clerk"}
        for sweep in begun:
            await sweeping.finish(company.database, sweep)
        await company.settled(app)
        assert titles(peer) == {"ann": "Lawyer"}


async def test_who_changed_before_a_trial_and_is_named_for_it_is_on_it(company: Any, peer: Peer) -> None:
    """The plan, which is older, does not know that it concerns them."""
    app = await company.app(peer)
    ann = await company.hire("ann", department="Sales", title="Clerk")
    await company.assign(app, ann)
    async with company.worker():
        await company.settled(app)
        plan_id = await planned(company, app)
        await company.edit(ann, department="Law")
        await company.settled(app)
        await trials.try_plan(company.database, SYSTEM, plan_id, people=[ann])
        await company.settled(app)
        assert titles(peer) == {"ann": "Lawyer"}


async def test_who_is_put_back_before_a_hold_is_released_does_not_wait_behind_it(company: Any, peer: Peer) -> None:
    """Taken out by mistake, alone and as a group, and put back: no deactivation is left, and their changes arrive."""
    app = await company.app(peer, holdFloor=0, holdPercent=0)
    ann, bob = await company.hire("ann", title="Clerk"), await company.hire("bob", title="Clerk")
    crew = await company.group("Crew", bob)
    await company.assign(app, ann)
    await company.assign_group(app, crew)

    async def waiting() -> int:
        return sum(len(each.people) for each in await holds.list_holds(company.database, SYSTEM))

    async def both() -> bool:
        return await waiting() == 2

    async with company.worker():
        await company.settled(app)
        await company.unassign(app, ann)
        await company.unassign_group(app, crew)
        await company.until(both, "the hold of both")
        await company.assign(app, ann)
        await company.assign_group(app, crew)
        assert await waiting() == 0
        await company.edit(ann, title="Chief")
        await company.settled(app)
    assert titles(peer) == {"ann": "Chief", "bob": "Clerk"}
    assert all(each["active"] for each in peer.users())

"""Writes whose answers were lost, or came from a worker that had lost the app: nothing of them outlasts the truth."""

from typing import Any

import pytest

from provisor.scimserver.testing import Peer, Rule

POST = {"method": "POST", "path": "/Users"}


async def test_a_switch_off_whose_answer_was_lost_does_not_outlast_the_return(company: Any, peer: Peer) -> None:
    """The account was switched off unheard; whoever is assigned again is switched on although nothing differs."""
    app = await company.app(peer)
    ann = await company.hire("ann")
    async with company.worker():
        await company.assign(app, ann)
        await company.settled(app)
        peer.faults.add(Rule(method="PATCH", count=1, drop="after"), Rule(method="PATCH", status=503))
        await company.unassign(app, ann)
        await company.until(lambda: company.attempted(app, ann), "the first attempt")
        assert peer.user("ann@example.com")["active"] is False
        await company.assign(app, ann)
        peer.faults.clear()
        await company.settled(app)
    assert peer.user("ann@example.com")["active"] is True


async def test_a_switch_on_whose_answer_was_lost_does_not_outlast_the_leaving(company: Any, peer: Peer) -> None:
    """The account was switched on unheard; whoever has left by then is switched off again."""
    app = await company.app(peer)
    ann = await company.hire("ann")
    async with company.worker():
        for change in (company.assign, company.unassign):
            await change(app, ann)
            await company.settled(app)
        peer.faults.add(Rule(method="PATCH", count=1, drop="after"), Rule(method="PATCH", status=503))
        await company.assign(app, ann)
        await company.until(lambda: company.attempted(app, ann), "the first attempt")
        assert peer.user("ann@example.com")["active"] is True
        await company.unassign(app, ann)
        peer.faults.clear()
        await company.settled(app)
    assert peer.user("ann@example.com")["active"] is False


async def test_an_edit_whose_answer_was_lost_does_not_outlast_its_being_taken_back(company: Any, peer: Peer) -> None:
    """The profile is again what was last confirmed, and the app is not: it is written once more."""
    app = await company.app(peer)
    ann = await company.hire("ann", title="Engineer")
    async with company.worker():
        await company.assign(app, ann)
        await company.settled(app)
        peer.faults.add(Rule(method="PUT", count=1, drop="after"), Rule(method="PUT", status=503))
        await company.edit(ann, title="Architect")
        await company.until(lambda: company.attempted(app, ann), "the first attempt")
        assert peer.user("ann@example.com")["title"] == "Architect"
        await company.edit(ann, title="Engineer")
        peer.faults.clear()
        await company.settled(app)
    assert peer.user("ann@example.com")["title"] == "Engineer"


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_somebody_renamed_while_a_create_is_unanswered_has_one_account(
    company: Any, peer: Peer, moment: str
) -> None:
    """The account is looked for under the name it was created with, and renamed; if it never arrived, it is made."""
    app = await company.app(peer)
    ann = await company.hire("ann")
    peer.faults.add(Rule(**POST, count=1, drop=moment), Rule(path="filter=", skip=1, status=503))
    async with company.worker():
        await company.assign(app, ann)
        await company.until(lambda: company.attempted(app, ann), "the first attempt")
        await company.edit(ann, login="anna@example.com")
        peer.faults.clear()
        await company.settled(app)
    assert [(each["userName"], each["externalId"]) for each in peer.users()] == [("anna@example.com", ann)]
    assert await company.tasks(app) == []


async def test_a_late_write_of_a_worker_that_lost_the_app_is_written_over(company: Any, peer: Peer) -> None:
    """While a push is on the wire somebody else takes the app and serves the person; the late write does not stay."""
    app = await company.app(peer)
    ann = await company.hire("ann", title="Engineer")
    pool = company.database.pool
    async with company.worker():
        await company.assign(app, ann)
        await company.settled(app)
        confirmed = (await company.link(app, ann))["digest"]
        peer.faults.add(Rule(method="PUT", count=1, delay_before=0.5))
        await company.edit(ann, title="Architect")
        await company.until(lambda: company.begun(app, ann), "the push to begin")
        async with pool.acquire() as connection, connection.transaction():
            await connection.execute(
                'UPDATE users SET profile = profile || \'{"title": "Engineer"}\' WHERE id = $1', ann
            )
            await connection.execute("UPDATE app_lease SET owner = 'another', epoch = epoch + 1 WHERE app_id = $1", app)
            await connection.execute(
                "UPDATE app_user SET intent_at = NULL, digest = $1 WHERE user_id = $2", confirmed, ann
            )
            await connection.execute("DELETE FROM dirty WHERE app_id = $1", app)
        await company.until(lambda: company.begun(app, ann), "the late write to be noticed")
        await company.settled(app)
    assert peer.user("ann@example.com")["title"] == "Engineer"


async def test_an_account_that_a_worker_made_too_late_is_switched_off(company: Any, peer: Peer) -> None:
    """While a create is on the wire the new owner makes an account under a new name: that one stays the person's."""
    app = await company.app(peer)
    ann = await company.hire("ann")
    pool = company.database.pool
    peer.faults.add(Rule(method="POST", path="/Users", count=1, delay_before=0.5))
    async with company.worker():
        await company.assign(app, ann)
        await company.until(lambda: has_hit(peer), "the create to be on the wire")
        await company.edit(ann, login="anna@example.com")
        made = await company.scim(peer, "POST", "/Users", {"userName": "anna@example.com", "externalId": ann})
        async with pool.acquire() as connection, connection.transaction():
            await connection.execute("UPDATE app_lease SET owner = 'another', epoch = epoch + 1 WHERE app_id = $1", app)
            await connection.execute(
                "UPDATE app_user SET intent_at = NULL, external_id = $1, active = true WHERE user_id = $2",
                made["id"],
                ann,
            )
        await company.until(lambda: found_off(peer, "ann@example.com"), "the late account to be switched off")
        await company.settled(app)
    assert {each["userName"]: each["active"] for each in peer.users()} == {
        "ann@example.com": False,
        "anna@example.com": True,
    }
    assert (await company.link(app, ann))["external_id"] == made["id"]
    assert await company.tasks(app) == []


async def has_hit(peer: Peer) -> bool:
    return any(peer.faults.hits())


async def found_off(peer: Peer, name: str) -> bool:
    return any(each["userName"] == name and not each["active"] for each in peer.users())


async def test_a_worker_that_lost_the_app_creates_nobody(company: Any, peer: Peer) -> None:
    """Between look-up and create somebody else takes the app and the person gets another name: one account."""
    app = await company.app(peer)
    ann = await company.hire("ann")
    pool = company.database.pool
    peer.faults.add(Rule(method="GET", path="filter=", count=1, delay_before=0.9))
    async with company.worker():
        await company.assign(app, ann)
        await company.until(lambda: company.begun(app, ann), "the create to begin")
        async with pool.acquire() as connection, connection.transaction():
            await connection.execute(
                "UPDATE app_lease SET owner = 'another', epoch = epoch + 1, alive_until = 'infinity' WHERE app_id = $1",
                app,
            )
            await connection.execute("UPDATE app_user SET intent_at = NULL, username = NULL WHERE user_id = $1", ann)
        await company.edit(ann, login="anna@example.com")
        await company.until(lambda: company.sent(peer, "GET"), "the answer to the look-up")
        await pool.execute("UPDATE app_lease SET alive_until = '-infinity' WHERE app_id = $1", app)
        await company.settled(app)
    assert [each["userName"] for each in peer.users()] == ["anna@example.com"]


async def test_a_login_taken_over_while_its_last_owner_is_switched_off_is_not_locked_out(
    company: Any, peer: Peer
) -> None:
    """The new person's account is the old one's: it is switched on after the switching off, and stays so."""
    app = await company.app(peer)
    ann = await company.hire("ann")
    async with company.worker():
        await company.assign(app, ann)
        await company.settled(app)
        account = peer.user("ann@example.com")["id"]
        peer.faults.add(Rule(method="PATCH", count=1, delay_before=0.6))
        await company.unassign(app, ann)
        await company.until(lambda: company.begun(app, ann), "the switching off to begin")
        await company.edit(ann, login="retired@example.com")
        new = await company.hire("ann")
        await company.assign(app, new)
        await company.settled(app)
        assert await company.tasks(app) == []
        assert (peer.user("ann@example.com")["id"], peer.user("ann@example.com")["active"]) == (account, True)
        assert (await company.link(app, new))["external_id"] == account
        await company.assign(app, ann)
        await company.settled(app)
    assert {each["userName"]: each["active"] for each in peer.users()} == {
        "ann@example.com": True,
        "retired@example.com": True,
    }


async def test_somebody_unassigned_while_taking_an_account_over_does_not_leave_it_active(
    company: Any, peer: Peer
) -> None:
    """The account was switched on unheard for the new person, and still has its last owner's externalId."""
    app = await company.app(peer)
    ann = await company.hire("ann")
    async with company.worker():
        for change in (company.assign, company.unassign):
            await change(app, ann)
            await company.settled(app)
        await company.edit(ann, login="retired@example.com")
        new = await company.hire("ann")
        peer.faults.add(Rule(method="PUT", count=2, drop="after"), Rule(path="filter=", skip=1, status=503))
        await company.assign(app, new)
        await company.until(lambda: company.attempted(app, new), "the first attempt")
        assert peer.user("ann@example.com")["active"] is True
        await company.unassign(app, new)
        peer.faults.clear()
        await company.settled(app)
    assert peer.user("ann@example.com")["active"] is False


async def test_somebody_renamed_while_taking_an_account_over_keeps_that_account(company: Any, peer: Peer) -> None:
    """The account that was switched on unheard under the earlier name is renamed; nobody gets a second one."""
    app = await company.app(peer)
    ann = await company.hire("ann")
    async with company.worker():
        for change in (company.assign, company.unassign):
            await change(app, ann)
            await company.settled(app)
        await company.edit(ann, login="retired@example.com")
        new = await company.hire("ann")
        peer.faults.add(Rule(method="PUT", count=2, drop="after"), Rule(path="filter=", skip=1, status=503))
        await company.assign(app, new)
        await company.until(lambda: company.attempted(app, new), "the first attempt")
        await company.edit(new, login="anna@example.com")
        peer.faults.clear()
        await company.settled(app)
    assert [(each["userName"], each["active"]) for each in peer.users()] == [("anna@example.com", True)]

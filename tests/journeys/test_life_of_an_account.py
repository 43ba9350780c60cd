"""From hire to return: what an app holds after each change in the directory."""

from typing import Any

import pytest

from provisor.directory.lifecycle import Operation
from provisor.scimserver.testing import Peer
from provisor.services import assignments, users_lifecycle
from provisor.services.actor import SYSTEM


@pytest.mark.parametrize("entry", ["scim2_bearer_token", "scim2_custom"])
async def test_a_person_is_created_edited_switched_off_and_on_again(company: Any, peer: Peer, entry: str) -> None:
    """In both dialects the account follows its person and keeps its id."""
    app = await company.app(peer, entry)
    ann = await company.hire("ann", title="Engineer", department="IT")
    async with company.worker():
        await company.assign(app, ann)
        await company.settled(app)
        created = peer.user("ann@example.com")
        assert (created["active"], created["externalId"], created["title"]) == (True, ann, "Engineer")
        await company.edit(ann, title="Architect", department=None)
        await company.settled(app)
        edited = peer.user("ann@example.com")
        assert edited["title"] == "Architect"
        assert "department" not in edited.get("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User", {})
        await company.unassign(app, ann)
        await company.settled(app)
        assert peer.user("ann@example.com")["active"] is False
        await company.assign(app, ann)
        await company.settled(app)
        back = peer.user("ann@example.com")
        assert (back["active"], back["id"]) == (True, created["id"])
    assert await company.tasks(app) == []
    assert not any(exchange.method == "DELETE" for exchange in peer.journal)


async def test_members_of_an_assigned_group_come_and_go(company: Any, peer: Peer) -> None:
    """Joining makes an account, leaving switches it off, and so does taking the group away."""
    app = await company.app(peer)
    ann, bob, cid = [await company.hire(name) for name in ("ann", "bob", "cid")]
    group = await company.group("Crew", ann, bob)
    async with company.worker():
        await company.assign_group(app, group)
        await company.settled(app)
        assert {each["userName"] for each in peer.users()} == {"ann@example.com", "bob@example.com"}
        await company.add(group, cid)
        await company.remove(group, ann)
        await company.settled(app)
        assert active(peer) == {"bob@example.com", "cid@example.com"}
        await company.unassign_group(app, group)
        await company.settled(app)
        assert active(peer) == set()


async def test_an_account_stays_until_the_last_reason_is_gone(company: Any, peer: Peer) -> None:
    """Somebody assigned directly and by a group loses the account only when both are gone."""
    app = await company.app(peer)
    ann = await company.hire("ann")
    group = await company.group("Crew", ann)
    async with company.worker():
        await company.assign_group(app, group)
        await company.assign(app, ann)
        await company.settled(app)
        await company.remove(group, ann)
        await company.settled(app)
        assert active(peer) == {"ann@example.com"}
        await company.unassign(app, ann)
        await company.settled(app)
        assert active(peer) == set()


async def test_a_purely_group_assigned_person_cannot_be_unassigned(company: Any, peer: Peer) -> None:
    """The refusal names the group that would have to let go."""
    app = await company.app(peer)
    ann = await company.hire("ann")
    await company.assign_group(app, await company.group("Crew", ann))
    with pytest.raises(assignments.AssignedByGroup, match="Crew"):
        await company.unassign(app, ann)


async def test_staged_people_get_accounts_when_they_are_activated(company: Any, peer: Peer) -> None:
    """Nothing is sent for somebody staged; activation makes the account."""
    app = await company.app(peer)
    ann = await company.hire("ann", activate=False)
    async with company.worker():
        await company.assign(app, ann)
        await company.settled(app)
        assert peer.users() == []
        await company.move(ann, Operation.ACTIVATE)
        await company.settled(app)
        assert active(peer) == {"ann@example.com"}


async def test_suspending_sends_nothing_and_leaving_while_suspended_switches_off(company: Any, peer: Peer) -> None:
    """An edit of somebody suspended waits for the return; an unassignment does not."""
    app = await company.app(peer)
    ann, bob = await company.hire("ann", password="Secret-123"), await company.hire("bob", password="Secret-123")
    async with company.worker():
        for person in (ann, bob):
            await company.assign(app, person)
        await company.settled(app)
        sent = len(peer.journal)
        for person in (ann, bob):
            await company.move(person, Operation.SUSPEND)
        await company.edit(ann, title="Away")
        await company.settled(app)
        assert len(peer.journal) == sent
        await company.unassign(app, bob)
        await company.settled(app)
        assert active(peer) == {"ann@example.com"}
        await company.move(ann, Operation.UNSUSPEND)
        await company.settled(app)
        assert peer.user("ann@example.com")["title"] == "Away"


async def test_deactivation_takes_every_app_and_activation_gives_back_those_of_groups(company: Any, peer: Peer) -> None:
    """Individual assignments are gone for good; the group's come back, with the same account."""
    first, second = await company.app(peer), await company.app(peer)
    ann = await company.hire("ann")
    await company.assign_group(first, await company.group("Crew", ann))
    async with company.worker():
        await company.settled(first)
        account = peer.user("ann@example.com")["id"]
        await company.assign(second, ann)
        await company.settled(second)
        await company.move(ann, Operation.DEACTIVATE)
        await company.settled(first)
        await company.settled(second)
        assert active(peer) == set()
        await company.move(ann, Operation.ACTIVATE)
        await company.settled(first)
        await company.settled(second)
    assert peer.user("ann@example.com")["id"] == account
    assert active(peer) == {"ann@example.com"}
    assert (await company.link(first, ann))["assigned"] is True
    assert (await company.link(second, ann))["assigned"] is False


async def test_erasing_a_deactivated_person_still_completes_their_deactivation(company: Any, peer: Peer) -> None:
    """Delete erases the profile at once; the account that was still on is switched off afterwards."""
    app = await company.app(peer)
    ann = await company.hire("ann")
    async with company.worker():
        await company.assign(app, ann)
        await company.settled(app)
    await company.move(ann, Operation.DEACTIVATE)
    await users_lifecycle.delete_user(company.database, SYSTEM, ann)
    assert await company.database.pool.fetchval("SELECT profile FROM users WHERE id = $1", ann) == {}
    async with company.worker():
        await company.settled(app)
    assert active(peer) == set()
    assert await company.database.pool.fetchval("SELECT count(*) FROM event WHERE user_id = $1", ann) > 0
    state = "SELECT count(*) FROM app_user_state WHERE user_id = $1"
    assert await company.database.pool.fetchval(state, ann) == 0


async def test_an_account_that_exists_is_linked_and_overwritten(company: Any, peer: Peer) -> None:
    """No duplicate is made, and the directory's values win."""
    app = await company.app(peer)
    made = await company.scim(peer, "POST", "/Users", {"userName": "ANN@example.com", "title": "Old", "active": False})
    ann = await company.hire("ann", title="New")
    async with company.worker():
        await company.assign(app, ann)
        await company.settled(app)
    assert [(each["id"], each["title"], each["active"]) for each in peer.users()] == [(made["id"], "New", True)]
    assert len(await company.events("application.provision.user.sync")) == 1


async def test_a_rename_keeps_the_account(company: Any, peer: Peer) -> None:
    """The link is the app's id; a login is only data."""
    app = await company.app(peer)
    ann = await company.hire("ann")
    async with company.worker():
        await company.assign(app, ann)
        await company.settled(app)
        account = peer.user("ann@example.com")["id"]
        await company.edit(ann, login="ann.smith@example.com")
        await company.settled(app)
    assert [(each["id"], each["userName"]) for each in peer.users()] == [(account, "ann.smith@example.com")]


async def test_a_new_person_with_the_login_of_one_who_left_takes_the_account_over(company: Any, peer: Peer) -> None:
    """The transfer voids the old person's pending deactivation: the account stays on."""
    app = await company.app(peer)
    old = await company.hire("ann")
    async with company.worker():
        await company.assign(app, old)
        await company.settled(app)
    await company.move(old, Operation.DEACTIVATE)
    await users_lifecycle.delete_user(company.database, SYSTEM, old)
    new = await company.hire("ann")
    await company.assign(app, new)
    # Served in this order, the newcomer links first; the deactivation must not follow.
    await company.database.pool.execute("UPDATE dirty SET lane = 2 WHERE user_id = $1", old)
    async with company.worker():
        await company.settled(app)
    assert active(peer) == {"ann@example.com"}
    assert (await company.link(app, new))["external_id"] == peer.user("ann@example.com")["id"]
    assert (await company.link(app, old))["external_id"] is None


async def test_nothing_is_sent_when_nothing_differs(company: Any, peer: Peer) -> None:
    """Force Sync looks at everybody and sends nobody who is as last confirmed."""
    app = await company.app(peer)
    ann = await company.hire("ann")
    async with company.worker():
        await company.assign(app, ann)
        await company.settled(app)
        sent = len(peer.journal)
        await assignments.force_sync(company.database, SYSTEM, app)
        await company.settled(app)
    assert len(peer.journal) == sent
    assert len(await company.events("app.app_instance.provision_sync_job.completed")) == 1


async def test_people_assigned_before_provisioning_wait_for_provision_user(company: Any, peer: Peer) -> None:
    """Switching features on pushes nobody by itself; Provision User does."""
    app = await company.app(peer, provisioned=False)
    ann, bob = await company.hire("ann"), await company.hire("bob")
    for person in (ann, bob):
        await company.assign(app, person)
    await company.switch_on(app)
    async with company.worker():
        await company.edit(ann, title="Engineer")
        await company.settled(app)
        assert peer.users() == []
        await assignments.provision_user(company.database, SYSTEM, app, ann)
        await company.settled(app)
        assert active(peer) == {"ann@example.com"}
        await assignments.provision_all(company.database, SYSTEM, app)
        await company.settled(app)
    assert active(peer) == {"ann@example.com", "bob@example.com"}


async def test_every_push_is_in_the_log_with_the_transaction_of_its_cause(company: Any, peer: Peer) -> None:
    """The event of the push has the id of the transaction that assigned."""
    app = await company.app(peer)
    ann = await company.hire("ann")
    async with company.worker():
        await company.assign(app, ann)
        await company.settled(app)
    (assigned,) = await company.events("application.user_membership.add")
    (pushed,) = await company.events("application.provision.user.push")
    assert pushed["transaction_id"] == assigned["transaction_id"]
    assert (pushed["user_id"], pushed["app_id"]) == (ann, app)


def active(peer: Peer) -> set[str]:
    """User names of the accounts that are on."""
    return {each["userName"] for each in peer.users() if each["active"]}

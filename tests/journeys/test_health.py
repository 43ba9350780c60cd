"""Apps that fail, apps that are paused, and apps whose treatment changes while they are worked."""

from typing import Any

import pytest
from tests.contracts.odd_app import odd_app

from provisor.provisioning.circuit import MISSES
from provisor.scimserver.testing import Peer, Rule, running
from provisor.services import health, policies
from provisor.services.actor import SYSTEM
from provisor.services.health import Standing


async def standing(company: Any, app: str) -> Standing:
    return (await health.get_health(company.database, SYSTEM, app)).standing


async def test_a_failing_app_is_left_alone_and_comes_back_by_itself(company: Any, peer: Peer) -> None:
    """One is quarantined and tried person by person, another goes on; when it answers again everybody is served.

    Nobody gets a task for it: it is the app that failed. The log has one event for the beginning and one for the end.
    """
    people = [await company.hire(f"person{number}") for number in range(2 * MISSES)]
    async with running() as other:
        failing, fine = await company.app(peer), await company.app(other)
        peer.faults.add(Rule(path="/Users", status=500))
        async with company.worker():
            for person in people:
                await company.assign(failing, person)
            await company.until(
                lambda: company.events("application.integration.general_failure", "FAILURE"), "the quarantine"
            )
            for person in people:
                await company.assign(fine, person)
            await company.settled(fine)
            found = await health.get_health(company.database, SYSTEM, failing)
            assert (found.standing, found.done_in) == (Standing.QUARANTINED, None)
            assert found.since is not None
            assert "Internal Server Error" in found.reason
            tried = len(peer.journal)
            await company.until(lambda: more_tries(company, failing), "two more tries")
            # Each try is one person's; the others wait for what becomes of it.
            assert len(peer.journal) - tried <= 2 * (MISSES + 2)
        # Another worker knows of it: it tries one as well.
        tried = len(peer.journal)
        async with company.worker():
            await company.until(lambda: asked_again(peer, tried), "the next worker's try")
            assert await standing(company, failing) is Standing.QUARANTINED
            peer.faults.clear()
            await company.settled(failing)
            await company.until(lambda: company.events("provisor.app.recovered"), "the end")
    assert len(peer.users()) == len(other.users()) == len(people)
    assert await standing(company, failing) is Standing.IDLE
    assert len(await company.events("application.integration.general_failure", "FAILURE")) == 1
    assert len(await company.events("provisor.app.recovered")) == 1
    assert await company.tasks(failing) == []


async def asked_again(peer: Peer, before: int) -> bool:
    return len(peer.journal) > before


async def more_tries(company: Any, app: str) -> bool:
    return (await health.get_health(company.database, SYSTEM, app)).tries >= 3


async def test_a_paused_app_gets_nothing_until_it_is_resumed(company: Any, peer: Peer) -> None:
    """Deactivations wait like everything else; nothing of it is lost, and the log says who, when and why."""
    app = await company.app(peer)
    ann, bob = await company.hire("ann"), await company.hire("bob")
    async with company.worker():
        await company.assign(app, ann)
        await company.settled(app)
        paused = await health.pause_app(company.database, SYSTEM, app, "The vendor moves its data.")
        assert (paused.standing, paused.reason) == (Standing.PAUSED, "The vendor moves its data.")
        await company.until(lambda: given_up(company, app), "the worker to let go")
        seen = len(peer.journal)
        await company.unassign(app, ann)
        await company.assign(app, bob)
        found = await health.get_health(company.database, SYSTEM, app)
        assert (found.waiting, found.standing, found.done_in) == (2, Standing.PAUSED, None)
        assert len(peer.journal) == seen
        await health.resume_app(company.database, SYSTEM, app)
        await company.settled(app)
    assert peer.user("ann@example.com")["active"] is False
    assert peer.user("bob@example.com")["active"] is True
    (event,) = await company.events("provisor.app.pause")
    assert (event["reason"], event["actor_id"]) == ("The vendor moves its data.", SYSTEM.id)
    assert len(await company.events("provisor.app.resume")) == 1


async def given_up(company: Any, app: str) -> bool:
    return not (await health.get_health(company.database, SYSTEM, app)).row.owned


async def test_a_worker_treats_an_app_by_its_new_policy_at_once(company: Any) -> None:
    """A PATCH that the app answers with 501 is a task; adopting what the probe found lets the next change through."""
    async with odd_app(patch=501) as app:
        made = await company.app(app, "scim2_patch_user")
        ann = await company.hire("ann")
        async with company.worker():
            await company.assign(made, ann)
            await company.settled(made)
            await company.edit(ann, title="Engineer")
            await company.settled(made)
            (task,) = await company.tasks(made)
            assert "PATCH is not for us" in task["summary"]
            await policies.probe(company.database, SYSTEM, company.connectors, made, scratch=True, delete=True)
            await policies.adopt(company.database, SYSTEM, company.connectors, made)
            await company.edit(ann, title="Admiral")
            await company.settled(made)
        (held,) = app.users.values()
    assert held["title"] == "Admiral"
    assert await company.tasks(made) == []


async def test_values_that_come_back_changed_are_sent_once(company: Any) -> None:
    """An app that forgets one attribute and keeps another in capitals is not written again; both are remarked."""
    async with odd_app(ignores=frozenset({"title"}), shouts=frozenset({"nickName"})) as app:
        made = await company.app(app, "scim2")
        ann = await company.hire("ann", title="Engineer", nickName="Annie")
        async with company.worker():
            await company.assign(made, ann)
            await company.settled(made)
            await company.edit(ann, department="Sales")
            await company.settled(made)
            writes = [each for each in app.asked if not each.startswith("GET")]
        (held,) = app.users.values()
    assert "title" not in held
    assert held["nickName"] == "ANNIE"
    assert [each.partition(" ")[0] for each in writes] == ["POST", "PATCH"]
    found = (await policies.get_treatment(company.database, SYSTEM, company.connectors, made)).findings
    assert {each.field: each.value for each in found} == {"lost at work": "title", "changed at work": "nickName"}
    assert await company.tasks(made) == []


@pytest.mark.parametrize("asked", [{"headers": {"Retry-After": "2"}}, {"retry_date": 2.0}], ids=["seconds", "date"])
async def test_an_app_that_asks_for_patience_gets_it_and_nobody_is_blamed(
    company: Any, peer: Peer, asked: dict[str, Any]
) -> None:
    """The whole app rests as long as it asked; a refusal for want of patience is no attempt of anybody's."""
    app = await company.app(peer, concurrency=4)
    people = [await company.hire(f"person{number}") for number in range(12)]
    group = await company.group("Crew", *people)
    peer.faults.add(Rule(path="/Users", status=429, count=4, **asked))
    async with company.worker():
        await company.assign_group(app, group)

        async def resting() -> bool:
            return await standing(company, app) is Standing.RESTING

        await company.until(resting, "the rest")
        assert len([each for each in peer.journal if "filter=" in each.target]) <= 4
        assert await company.database.pool.fetchval("SELECT max(attempts) FROM dirty WHERE app_id = $1", app) == 0
        await company.settled(app)
    assert len(peer.users()) == 12
    assert await company.tasks(app) == []
    assert await company.events("application.provision.user.push", "FAILURE") == []

"""Plans of changes on their way to an app: applied as planned or not at all, tried on some people first."""

from typing import Any

import pytest

from provisor.apps.mapping import Mapping
from provisor.provisioning.pending import AssignmentChange, MappingChange, Moves, NoChange, UsernameChange
from provisor.provisioning.plan import Step
from provisor.provisioning.trial import share_of
from provisor.scimserver.testing import Peer
from provisor.services import applying, change_plans, trials
from provisor.services.actor import SYSTEM
from provisor.services.applying import PlanOutdated
from provisor.services.change_plans import PlanState, ShownPlan

LIFETIME = 3600.0
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


async def planned(company: Any, app: str, change: Any) -> ShownPlan:
    return await change_plans.create_plan(company.database, SYSTEM, app, change, lifetime=LIFETIME)


async def applied(company: Any, plan: ShownPlan) -> ShownPlan:
    return await applying.apply_plan(company.database, SYSTEM, company.connectors, plan.row.id)


def titles(peer: Peer) -> dict[str, Any]:
    return {each["userName"].partition("@")[0]: each.get("title") for each in peer.users()}


def to_title(expression: str) -> MappingChange:
    return MappingChange(None, {"title": Mapping("title", expression)})


async def staffed(company: Any, peer: Peer, *names: str, **limits: Any) -> tuple[str, dict[str, str]]:
    """An app with these people in it, each a clerk; call it while a worker works."""
    app = await company.app(peer, **limits)
    people = {name: await company.hire(name, title="Clerk", department="Sales") for name in names}
    group = await company.group("Staff", *people.values())
    await company.assign_group(app, group)
    await company.settled(app)
    return app, people


async def test_a_mapping_plan_is_applied_and_the_app_holds_exactly_that(company: Any, peer: Peer) -> None:
    """The plan counts and shows what will be sent; applied, the app holds it, and the same plan again is empty."""
    async with company.worker():
        app, _ = await staffed(company, peer, "ann", "bob")
        plan = await planned(company, app, to_title("user.title + ' of ' + user.department"))
        assert plan.row.counts == {"UPDATE": 2} and plan.row.overwrites == {"title": 2}
        shown = await change_plans.list_operations(company.database, SYSTEM, plan.row.id)
        assert [[(c.change.attribute, c.change.after) for c in each.operation.changes] for each in shown] == [
            [("title", "Clerk of Sales")]
        ] * 2
        await company.settled(app)
        assert titles(peer) == {"ann": "Clerk", "bob": "Clerk"}
        assert (await applied(company, plan)).state is PlanState.APPLIED
        await company.settled(app)
        assert titles(peer) == {"ann": "Clerk of Sales", "bob": "Clerk of Sales"}
        assert (await planned(company, app, to_title("user.title + ' of ' + user.department"))).row.counts == {
            "NOTHING": 2
        }


async def test_a_plan_is_refused_when_somebody_has_changed_and_nothing_changes(company: Any, peer: Peer) -> None:
    """Who would be sent other values by now is named; the mapping, the marks and the plan stay as they were."""
    async with company.worker():
        app, people = await staffed(company, peer, "ann", "bob", "cid")
        plan = await planned(company, app, to_title("'Head of ' + user.department"))
        await company.edit(people["bob"], department="Law")
        await company.settled(app)
        with pytest.raises(PlanOutdated) as refused:
            await applied(company, plan)
        assert refused.value.number == 1
        (said,) = refused.value.causes
        assert said.startswith("bob@example.com: ")
        await company.settled(app)
        assert titles(peer) == dict.fromkeys(("ann", "bob", "cid"), "Clerk")
        assert (await change_plans.get_plan(company.database, SYSTEM, plan.row.id)).state is PlanState.PENDING
        # Somebody new whom the change concerns is not in the plan either.
        plan = await planned(company, app, to_title("'Head of ' + user.department"))
        await company.assign(app, await company.hire("dora", title="Clerk", department="Law"))
        await company.settled(app)
        with pytest.raises(PlanOutdated, match="Make a new plan") as refused:
            await applied(company, plan)
        assert refused.value.causes == ["dora@example.com: would be sent something too."]
        # So does a change of the set-up, by name.
        plan = await planned(company, app, to_title("'Head of ' + user.department"))
        await applied(company, await planned(company, app, to_title("'Chief of ' + user.department")))
        with pytest.raises(PlanOutdated) as refused:
            await applied(company, plan)
        assert [each.partition(" prm")[0] for each in refused.value.causes] == ["Changed since: mapping"]


async def test_who_needs_a_push_for_other_reasons_is_no_part_of_a_plan(company: Any, peer: Peer) -> None:
    """Somebody whose change waits with or without the plan's does not stand in its way."""
    async with company.worker():
        app, _ = await staffed(company, peer, "ann")
    plan = await planned(company, app, UsernameChange("source.login"))
    assert plan.row.counts == {"NOTHING": 1}
    await company.assign(app, await company.hire("bob"))
    assert (await applied(company, plan)).state is PlanState.APPLIED


async def test_a_plan_of_an_unassignment_says_who_would_lose_access(company: Any, peer: Peer) -> None:
    """Those in the app for another reason stay; applied, the others are deactivated and nobody else is touched."""
    async with company.worker():
        app, people = await staffed(company, peer, "ann", "bob", "cid")
        await company.assign(app, people["bob"])
        await company.settled(app)
        (group,) = await company.database.pool.fetch("SELECT group_id FROM app_group WHERE app_id = $1", app)
        eve = await company.hire("eve")
        moves = Moves(frozenset({eve}), frozenset(), frozenset(), frozenset({group["group_id"]}))
        plan = await planned(company, app, AssignmentChange(moves))
        assert plan.row.counts == {"CREATE_OR_LINK": 1, "DEACTIVATE": 2, "NOTHING": 1}
        assert plan.losing == ("ann@example.com", "cid@example.com")
        await applied(company, plan)
        await company.settled(app)
        assert {each["userName"].partition("@")[0]: each["active"] for each in peer.users()} == {
            "ann": False,
            "bob": True,
            "cid": False,
            "eve": True,
        }
        assert (await planned(company, app, NoChange())).row.counts == {"NOTHING": 4}


async def test_a_mapping_is_tried_on_one_person_then_on_a_share_then_it_is_everybodys(company: Any, peer: Peer) -> None:
    """At each stage exactly the chosen people have it, whatever else happens to the others; then all do."""
    names = [f"p{number}" for number in range(8)]
    async with company.worker():
        app, people = await staffed(company, peer, *names)
        plan = await planned(company, app, to_title("'New ' + user.title"))
        await trials.try_plan(company.database, SYSTEM, plan.row.id, people=[people["p3"]])
        await company.settled(app)
        assert {name for name, title in titles(peer).items() if title == "New Clerk"} == {"p3"}
        await company.edit(people["p4"], nickName="Four")
        percent = 1 + sorted(share_of(plan.row.id, each) for each in people.values())[3]
        shown = await trials.try_plan(company.database, SYSTEM, plan.row.id, percent=percent)
        wanted = {name for name, each in people.items() if share_of(plan.row.id, each) < percent} | {"p3"}
        assert shown.on_trial == len(wanted)
        await company.settled(app)
        assert {name for name, title in titles(peer).items() if title == "New Clerk"} == wanted
        await applied(company, plan)
        await company.settled(app)
        assert set(titles(peer).values()) == {"New Clerk"}


async def test_a_trial_that_is_taken_back_leaves_everybody_as_before(company: Any, peer: Peer) -> None:
    """Those who were on it, and who joined meanwhile, get what the stored mapping says."""
    async with company.worker():
        app, people = await staffed(company, peer, "ann", "bob")
        plan = await planned(company, app, to_title("'New ' + user.title"))
        await trials.try_plan(company.database, SYSTEM, plan.row.id, people=[people["ann"]], percent=99)
        await company.settled(app)
        assert "New Clerk" in titles(peer).values()
        shown = await trials.take_back(company.database, SYSTEM, plan.row.id)
        assert shown.state is PlanState.TAKEN_BACK
        await company.settled(app)
        assert titles(peer) == {"ann": "Clerk", "bob": "Clerk"}


async def test_a_trial_that_costs_too_much_stops_by_itself(company: Any, peer: Peer) -> None:
    """A mapping without a result for those it is tried on: the trial ends, a task says so, and they are served."""
    async with company.worker():
        app, people = await staffed(company, peer, "ann", "bob")
        plan = await planned(company, app, to_title("'Number ' + Convert.toInt(user.title)"))
        assert plan.row.counts == {"BLOCKED": 2} and len(plan.blocked) == 2
        await trials.try_plan(company.database, SYSTEM, plan.row.id, people=[people["ann"]])

        async def stopped() -> bool:
            return (await change_plans.get_plan(company.database, SYSTEM, plan.row.id)).state is PlanState.STOPPED

        await company.until(stopped, "the trial to stop")
        await company.settled(app)
        assert [each["kind"] for each in await company.tasks(app)] == ["TRIAL"]
        await company.edit(people["ann"], title="Boss")
        await company.settled(app)
        assert titles(peer) == {"ann": "Boss", "bob": "Clerk"}
        steps = [each.planned for each in await change_plans.list_operations(company.database, SYSTEM, plan.row.id)]
        assert steps == [Step.BLOCKED] * 2

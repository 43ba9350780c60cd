"""The safeguard of single attributes: a mapping that would blank everyone's department is held, and what follows."""

from typing import Any

from provisor.apps.mapping import Direction, Mapping
from provisor.directory.user import DEFAULT_TYPE
from provisor.provisioning.pending import MappingChange
from provisor.provisioning.reasons import Cause
from provisor.scimserver.testing import Peer
from provisor.services import applying, change_plans, holds, mappings, reasons
from provisor.services.actor import SYSTEM
from provisor.store import mappings as mapping_rows

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
NAMES = [f"p{number}" for number in range(8)]


def departments(peer: Peer) -> dict[str, Any]:
    return {each["userName"].partition("@")[0]: each.get(ENTERPRISE, {}).get("department") for each in peer.users()}


async def staffed(company: Any, peer: Peer) -> tuple[str, dict[str, str]]:
    """Eight people of Sales in an app where two accounts may have an attribute overwritten unasked."""
    app = await company.app(peer, overwritePercent=0, overwriteFloor=2, holdFloor=0, holdPercent=0)
    people = {name: await company.hire(name, department="Sales", title="Clerk") for name in NAMES}
    await company.assign_group(app, await company.group("Staff", *people.values()))
    await company.settled(app)
    return app, people


async def save(company: Any, app: str, target: str, line: Mapping | None) -> None:
    row = await mapping_rows.find_of(company.database.pool, app, DEFAULT_TYPE, Direction.TO_APP)
    assert row is not None
    await mappings.change_mapping(company.database, SYSTEM, row.id, {target: line})


async def test_a_mapping_that_would_blank_a_department_is_held_after_the_limit(company: Any, peer: Peer) -> None:
    """Two go; six wait by name, some are released, the rest discarded; other attributes and people flow meanwhile."""
    async with company.worker():
        app, people = await staffed(company, peer)
        assert await holds.list_holds(company.database, SYSTEM) == []
        await save(company, app, "department", None)
        await company.settled(app)
        assert sorted(map(str, departments(peer).values())) == ["None"] * 2 + ["Sales"] * 6
        (hold,) = await holds.list_holds(company.database, SYSTEM, app_id=app)
        assert (hold.kind, hold.attribute, hold.waiting, hold.allowed) == ("OVERWRITES", "department", 6, 2)
        waiting = [each.login.partition("@")[0] for each in hold.people if each.login]
        assert set(waiting) == {name for name, each in departments(peer).items() if each == "Sales"}
        assert len(await company.events("provisor.safeguard.hold", "DEFERRED")) == 1

        reason = (await reasons.get_reason(company.database, SYSTEM, app, people[waiting[0]])).reason
        assert (reason.cause, "“department”" in reason.words) == (Cause.HELD, True)

        # Nothing else stops: somebody joins, and who has gone already may change in other ways.
        gone = next(name for name in NAMES if name not in waiting)
        await company.edit(people[gone], title="Boss")
        await company.assign(app, await company.hire("new", department="Law"))
        await company.settled(app)
        titles = {each["userName"].partition("@")[0]: each.get("title") for each in peer.users()}
        assert titles[gone] == "Boss" and "new" in titles
        # Who waits and changes is looked at again, and waits again.
        await company.edit(people[waiting[5]], title="Head")
        await company.settled(app)
        hold, number = await holds.get_hold(company.database, SYSTEM, hold.id)
        assert number == 6

        first = [people[name] for name in waiting[:2]]
        assert await holds.release_hold(company.database, SYSTEM, hold.id, people=first) == 2
        await company.settled(app)
        assert [departments(peer)[name] for name in waiting[:3]] == [None, None, "Sales"]
        assert await holds.discard_hold(company.database, SYSTEM, hold.id) == 4
        await company.settled(app)
        assert {departments(peer)[name] for name in waiting[2:]} == {"Sales"}
        assert await holds.list_holds(company.database, SYSTEM) == []
        assert not await company.database.pool.fetchval("SELECT count(*) FROM dirty")


async def test_what_is_released_as_a_whole_goes(company: Any, peer: Peer) -> None:
    """Everybody marked until then is served, also those nobody had looked at yet; the next time counts anew."""
    async with company.worker():
        app, _ = await staffed(company, peer)
        await save(company, app, "department", Mapping("department", "'Dept. ' + user.department"))
        await company.settled(app)
        (hold,) = await holds.list_holds(company.database, SYSTEM)
        await holds.release_hold(company.database, SYSTEM, hold.id, seen={"people": "6"})
        await company.settled(app)
        assert set(departments(peer).values()) == {"Dept. Sales"}
        await save(company, app, "department", Mapping("department", "user.department"))
        await company.settled(app)
        assert sorted(departments(peer).values()) == ["Dept. Sales"] * 6 + ["Sales"] * 2


async def test_an_applied_plan_is_a_persons_word(company: Any, peer: Peer) -> None:
    """Who would be sent what the plan says is not held; first values are no overwrites either."""
    async with company.worker():
        app, _ = await staffed(company, peer)
        change = MappingChange(None, {"department": None, "nickName": Mapping("nickName", "user.firstName")})
        plan = await change_plans.create_plan(company.database, SYSTEM, app, change, lifetime=3600.0)
        assert plan.row.overwrites == {"department": 8}
        await applying.apply_plan(company.database, SYSTEM, company.connectors, plan.row.id)
        await company.settled(app)
        assert set(departments(peer).values()) == {None}
        assert await holds.list_holds(company.database, SYSTEM) == []


async def test_held_deactivations_are_released_for_some_and_discarded_for_others(company: Any, peer: Peer) -> None:
    """Both safeguards at once: the leaving are kept apart from the overwrites, and those discarded keep access."""
    async with company.worker():
        app, people = await staffed(company, peer)
        await save(company, app, "department", None)
        await company.settled(app)
        (group,) = await company.database.pool.fetch("SELECT group_id FROM app_group WHERE app_id = $1", app)
        await company.unassign_group(app, group["group_id"])

        async def both() -> bool:
            return len(await holds.list_holds(company.database, SYSTEM, app_id=app)) == 2

        await company.until(both, "the leaving to be held too")
        leaving = next(
            each for each in await holds.list_holds(company.database, SYSTEM) if each.kind == "DEACTIVATIONS"
        )
        assert await holds.release_hold(company.database, SYSTEM, leaving.id, people=[people["p0"], people["p1"]]) == 2

        async def two_gone() -> bool:
            return [each["active"] for each in peer.users()].count(False) == 2

        await company.until(two_gone, "two to be deactivated")
        assert await holds.discard_hold(company.database, SYSTEM, leaving.id) == 6
        await company.settled(app)
        assert {each["userName"].partition("@")[0] for each in peer.users() if not each["active"]} == {"p0", "p1"}

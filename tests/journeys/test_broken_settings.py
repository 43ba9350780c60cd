"""Settings that break in the middle of the work: what is wrong is told once, and who is not concerned is served."""

from typing import Any

import pytest

from provisor.apps.defaults import SCIM_MAPPINGS
from provisor.apps.mapping import Direction, Mapping, render_mapping
from provisor.connectors.scim import CORE
from provisor.directory.attributes import Attribute
from provisor.directory.user import DEFAULT_TYPE
from provisor.scimserver.testing import Peer, Rule
from provisor.services import app_schemas, mappings, schemas
from provisor.services.actor import SYSTEM


@pytest.mark.parametrize("entry", ["scim2_bearer_token", "scim2"])
async def test_credentials_revoked_in_the_middle_are_one_task_and_new_ones_serve_the_rest(
    company: Any, peer: Peer, entry: str
) -> None:
    """Some have accounts when the token ends: one task for the app, none for anybody, and nobody has two accounts."""
    app = await company.app(peer, entry)
    crew = await company.group("Crew", *[await company.hire(f"person{n}") for n in range(60)])
    peer.faults.add(Rule(skip=25, status=401, body='{"detail":"the token has been revoked"}'))
    async with company.worker():
        await company.assign_group(app, crew)
        (task,) = await company.until(lambda: company.tasks(app), "the task")
        assert (task["kind"], task["user_id"]) == ("CREDENTIALS", None)
        await company.until(lambda: company.resting(app), "the app to be left alone")
        assert len(await company.tasks(app)) == 1
        served = len(peer.users())
        assert 0 < served < 60
        peer.faults.clear()
        await company.connect(app, peer.url, peer.token)
        await company.settled(app)
    assert len(peer.users()) == 60
    assert await company.differences(app, peer) == []
    assert await company.tasks(app) == []
    assert len(await company.events("application.integration.authentication_failure", "FAILURE")) == 1


async def test_an_expression_that_fails_for_three_is_three_tasks_and_mending_it_closes_them(
    company: Any, peer: Peer
) -> None:
    """The others flow; whoever it fails for keeps the account as it was, and is served as soon as it is mended."""
    app = await company.app(peer)
    people = {f"p{n}": await company.hire(f"p{n}", employeeNumber=str(n)) for n in range(20)}
    odd = ("p3", "p11", "p19")
    for name in odd:
        await company.edit(people[name], employeeNumber=f"no. {name}")
    await company.assign_group(app, await company.group("Crew", *people.values()))
    async with company.worker():
        await company.settled(app)
        await remap(company, app, title="'Number ' + Convert.toInt(user.employeeNumber)")
        await company.settled(app)
        held = {each["userName"].partition("@")[0]: each.get("title") for each in peer.users()}
        assert held == {name: None if name in odd else f"Number {name[1:]}" for name in people}
        tasks = {task["user_id"]: task["summary"] for task in await company.tasks(app)}
        assert tasks.keys() == {people[name] for name in odd}
        assert all("“title”" in said and "is not a number" in said for said in tasks.values())
        await company.edit(people["p3"], employeeNumber="3")
        await company.settled(app)
        assert len(await company.tasks(app)) == 2
        await remap(company, app, title="'Number ' + user.employeeNumber")
        await company.settled(app)
    assert await company.tasks(app) == []
    assert {each["title"] for each in peer.users()} >= {"Number 3", "Number no. p11", "Number no. p19"}


async def test_a_mapping_that_cannot_be_used_is_one_task_for_the_app_and_mending_it_is_enough(
    company: Any, peer: Peer
) -> None:
    """As after a downgrade or a restored database: nothing is sent, nothing lost, and nobody has to press a button."""
    app = await company.app(peer)
    ann = await company.hire("ann", title="Engineer")
    lines = [each for each in SCIM_MAPPINGS if each.target != "title"]
    broken = [render_mapping(each) for each in (*lines, Mapping("title", "user.nobodyKnows"))]
    await company.database.pool.execute("UPDATE mapping SET properties = $2 WHERE app_id = $1", app, broken)
    async with company.worker():
        await company.assign(app, ann)
        (task,) = await company.until(lambda: company.tasks(app), "the task")
        assert (task["kind"], task["user_id"]) == ("MAPPING", None)
        assert "nobodyKnows" in task["summary"]
        await company.edit(ann, title="Architect")
        await remap(company, app, title="user.title")
        await company.settled(app)
    assert peer.user("ann@example.com")["title"] == "Architect"
    assert await company.tasks(app) == []


async def test_an_attribute_that_is_deleted_while_its_change_is_queued_is_no_error(company: Any, peer: Peer) -> None:
    """Changed for everybody, then deleted here and in the app's profile before it was sent: the rest is sent."""
    job = Attribute("jobFunction", "Job", external_name="roles.^[primary==true].value", external_namespace=CORE)
    app = await company.app(peer)
    await schemas.change_user_schema(company.database, SYSTEM, DEFAULT_TYPE, {job.name: Attribute(job.name, "Job")})
    await app_schemas.change_app_schema(company.database, SYSTEM, company.connectors, app, {job.name: job})
    await remap(company, app, jobFunction="user.jobFunction")
    people = [await company.hire(f"p{n}", jobFunction="Pilot") for n in range(8)]
    await company.assign_group(app, await company.group("Crew", *people))
    async with company.worker():
        await company.settled(app)
    assert {each["roles"][0]["value"] for each in peer.users()} == {"Pilot"}
    for person in people:
        await company.edit(person, jobFunction="Captain", title="Engineer")
    await remap(company, app, jobFunction=None)
    await app_schemas.change_app_schema(company.database, SYSTEM, company.connectors, app, {job.name: None})
    await schemas.change_user_schema(company.database, SYSTEM, DEFAULT_TYPE, {job.name: None})
    async with company.worker():
        await company.settled(app)
    assert await company.tasks(app) == []
    assert {each["title"] for each in peer.users()} == {"Engineer"}
    assert all("Captain" not in str(each) for each in peer.users())


async def remap(company: Any, app: str, **lines: str | None) -> None:
    """Change how attributes are mapped; None = not at all."""
    mapping = await mappings.get_mapping_of(company.database, SYSTEM, app, DEFAULT_TYPE, Direction.TO_APP)
    changes = {target: None if text is None else Mapping(target, text) for target, text in lines.items()}
    await mappings.change_mapping(company.database, SYSTEM, mapping.id, changes)

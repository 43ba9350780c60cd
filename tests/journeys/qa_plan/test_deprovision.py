"""Okta's QA plan, “Deprovision”: what an app holds after people lost it."""

from tests.journeys.qa_plan.scene import Case

from provisor.directory.lifecycle import Operation


async def test_C9292_a_deactivated_person_loses_the_assignment_and_the_account_is_off(case: Case) -> None:
    """C9292: somebody is deactivated; the assignment is gone and the account inactive."""
    ann = await case.assigned("ann", title="Engineer")
    await case.company.move(ann, Operation.DEACTIVATE)
    await case.settled()
    account = await case.account("ann")
    assert (account["active"], account["title"]) == (False, "Engineer")
    assert (await case.company.link(case.app, ann))["assigned"] is False
    assert await case.tasks(ann) == []


async def test_C9294_an_unassigned_person_has_no_active_account(case: Case) -> None:
    """C9294: the assignment is taken back; the account is inactive, and the person as before."""
    ann = await case.assigned("ann")
    await case.company.unassign(case.app, ann)
    await case.settled()
    assert (await case.account("ann"))["active"] is False
    assert await case.status(ann) == "PROVISIONED"
    assert await case.tasks(ann) == []


async def test_C9295_a_suspension_takes_nothing_away(case: Case) -> None:
    """C9295: somebody is suspended; app, group and account stay, and nothing is sent until the suspension ends."""
    ann = await case.hire("ann", password="Secret-123", title="Engineer")
    crew = await case.company.group(f"Crew {case.number}", ann)
    await case.company.assign_group(case.app, crew)
    await case.settled()
    await case.company.move(ann, Operation.SUSPEND)
    await case.company.edit(ann, title="Architect")
    await case.settled()
    account = await case.account("ann")
    assert (account["active"], account["title"]) == (True, "Engineer")
    assert await case.members(crew) == {ann}
    assert (await case.company.link(case.app, ann))["assigned"] is True
    await case.company.move(ann, Operation.UNSUSPEND)
    await case.settled()
    assert (await case.account("ann"))["title"] == "Architect"


async def test_C9311_a_group_that_loses_the_app_takes_it_from_its_members(case: Case) -> None:
    """C9311: a group is unassigned; its members are no longer listed, and their accounts are inactive."""
    people = {name: await case.hire(name) for name in ("ann", "bob")}
    crew = await case.company.group(f"Crew {case.number}", *people.values())
    await case.company.assign_group(case.app, crew)
    await case.company.assign(case.app, people["bob"])
    await case.settled()
    await case.company.unassign_group(case.app, crew)
    await case.settled()
    assert (await case.account("ann"))["active"] is False
    assert (await case.company.link(case.app, people["ann"]))["assigned"] is False
    assert (await case.account("bob"))["active"] is True  # has it by name too
    assert await case.tasks(*people.values()) == []

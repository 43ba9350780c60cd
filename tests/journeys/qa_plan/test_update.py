"""Okta's QA plan, “Update users”: what an app holds after people's values changed."""

import pytest
from tests.journeys.qa_plan.scene import Case
from tests.journeys.qa_plan.test_create import ALL_ATTRIBUTES, assert_filled

from provisor.services import app_groups, app_values
from provisor.services.actor import SYSTEM

CHANGED = {
    "middleName": "Eva",
    "displayName": "Ann E. Tester",
    "title": "Architect",
    "locale": "nb_NO",
    "primaryPhone": "+47 33 33 33 33",
    "streetAddress": "Side Street 2",
    "department": "Stage",
    "employeeNumber": "18",
}


async def test_C9291_values_edited_in_the_assignment_reach_the_app_and_stay(case: Case) -> None:
    """C9291: an administrator edits attributes of one person's assignment; no later edit of the profile undoes that."""
    database = case.company.database
    ann = await case.assigned("ann", title="Engineer", city="Oslo")
    await case.assigned("bob", title="Engineer")
    typed = {
        "title": "Director", "nickName": "Boss", "department": "Board", "middleName": "Maria",
        "primaryPhone": "+47 1", "primaryPhoneType": "work",
    }  # fmt: skip
    await app_values.set_overrides(database, SYSTEM, case.app, ann, typed)
    await case.settled()
    await case.company.edit(ann, title="Architect", city="Bergen", streetAddress="Main Street 1")
    await case.settled()
    assert await case.tasks(ann) == []
    account = await case.account("ann")
    assert (account["title"], account["nickName"], account["name"]["middleName"]) == ("Director", "Boss", "Maria")
    assert account[case.target.enterprise]["department"] == "Board"
    assert [each["value"] for each in account["phoneNumbers"]] == ["+47 1"]
    assert account["addresses"][0]["locality"] == "Bergen"
    assert (await case.account("bob"))["title"] == "Engineer"
    await app_values.reset_overrides(database, SYSTEM, case.app, ann, ["title", "department"])
    await case.settled()
    account = await case.account("ann")
    assert (account["title"], account["nickName"]) == ("Architect", "Boss")
    assert not account.get(case.target.enterprise, {}).get("department")


async def test_C9309_values_edited_in_a_groups_assignment_reach_its_members(case: Case) -> None:
    """C9309: the group's values are those of its members, whatever their profiles say; the others keep their own."""
    ann, bob = await case.hire("ann", title="Engineer"), await case.assigned("bob", title="Engineer")
    crew = await case.company.group(f"Crew {case.number}", ann)
    await case.company.assign_group(case.app, crew)
    await case.settled()
    await set_group_values(case, crew, title="Sailor", department="Deck")
    assert await case.tasks(ann, bob) == []
    account = await case.account("ann")
    assert (account["title"], account[case.target.enterprise]["department"]) == ("Sailor", "Deck")
    assert (await case.account("bob"))["title"] == "Engineer"
    await set_group_values(case, crew, title="Captain", department="Bridge")
    account = await case.account("ann")
    assert (account["title"], account[case.target.enterprise]["department"]) == ("Captain", "Bridge")


async def test_C9337_values_erased_in_a_groups_assignment_and_in_a_persons_are_erased_in_the_app(case: Case) -> None:
    """C9337: a group's values are erased, then those of one member; neither is an error."""
    ann = await case.hire("ann", nickName="Annie", displayName="Ann T.")
    crew = await case.company.group(f"Crew {case.number}", ann)
    await case.company.assign_group(case.app, crew)
    await set_group_values(case, crew, title="Sailor", department="Deck")
    await set_group_values(case, crew)
    account = await case.account("ann")
    assert (account.get("title"), account["nickName"]) == (None, "Annie")
    await app_values.set_overrides(case.company.database, SYSTEM, case.app, ann, {"nickName": None, "displayName": ""})
    await case.settled()
    assert await case.tasks(ann) == []
    account = await case.account("ann")
    assert (account.get("nickName"), account.get("displayName"), account["active"]) == (None, None, True)


async def set_group_values(case: Case, group_id: str, **values: str) -> None:
    database = case.company.database
    await app_groups.put_group(database, SYSTEM, case.app, group_id, priority=None, profile=values)
    await case.settled()


async def test_C9310_a_changed_profile_reaches_the_app(case: Case) -> None:
    """C9310: mapped attributes of the profile are edited; the account has the new values, and keeps the others."""
    ann = await case.assigned("ann", **ALL_ATTRIBUTES)
    before = await case.account("ann")
    await case.company.edit(ann, **CHANGED)
    await case.settled()
    assert await case.tasks(ann) == []
    account = await case.account("ann")
    assert_filled(account, case, **CHANGED)
    assert (account["id"], account["active"], account["emails"]) == (before["id"], True, before["emails"])


async def test_C9310_a_changed_login_is_the_user_name_of_the_same_account(case: Case) -> None:
    """C9310: the login is a mapped attribute too; nobody gets a second account by changing it."""
    ann = await case.assigned("ann")
    before = await case.account("ann")
    await case.company.edit(ann, login=case.login("anna"))
    await case.settled()
    assert await case.accounts("ann") == []
    assert (await case.account("anna"))["id"] == before["id"]


@pytest.mark.parametrize("empty", [None, ""], ids=["null", "empty text"])
async def test_C9337_erased_values_are_erased_in_the_app(case: Case, empty: str | None) -> None:
    """C9337: attributes are emptied, all but those that are required; the account loses them, without an error."""
    ann = await case.assigned("ann", **ALL_ATTRIBUTES)
    await case.company.edit(ann, **dict.fromkeys(ALL_ATTRIBUTES, empty))
    await case.settled()
    assert await case.tasks(ann) == []
    account = await case.account("ann")
    assert (account["active"], account["name"]["givenName"]) == (True, "Ann")
    assert [each["value"] for each in account["emails"]] == [case.login("ann")]
    left = {"title": account.get("title"), "nickName": account.get("nickName"), **account["name"]}
    assert [left.get(each) for each in ("title", "nickName", "middleName", "honorificPrefix")] == [None] * 4
    assert [each for each in ("phoneNumbers", "addresses") if account.get(each)] == []
    extension = account.get(case.target.enterprise, {})
    assert [each for each in ("department", "employeeNumber", "manager") if extension.get(each)] == []

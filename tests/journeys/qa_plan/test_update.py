"""Okta's QA plan, “Update users”: what an app holds after people's values changed."""

import pytest
from tests.journeys.qa_plan.scene import Case
from tests.journeys.qa_plan.test_create import ALL_ATTRIBUTES, assert_filled

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

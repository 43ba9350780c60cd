"""Okta's QA plan, “Create users”: what an app holds after people were given it."""

from typing import Any

from tests.journeys.qa_plan.scene import Case

from provisor.directory.lifecycle import Operation

ALL_ATTRIBUTES = {
    "middleName": "Maria",
    "honorificPrefix": "Dr.",
    "honorificSuffix": "III",
    "displayName": "Ann M. Tester",
    "nickName": "Annie",
    "profileUrl": "https://people.example.com/ann",
    "title": "Engineer",
    "userType": "Employee",
    "preferredLanguage": "en",
    "locale": "en_US",
    "timezone": "Europe/Oslo",
    "primaryPhone": "+47 22 22 22 22",
    "streetAddress": "Main Street 1",
    "city": "Oslo",
    "state": "Oslo",
    "zipCode": "0150",
    "countryCode": "NO",
    "postalAddress": "Main Street 1, 0150 Oslo",
    "employeeNumber": "17",
    "costCenter": "4130",
    "organization": "Example",
    "division": "Theatre",
    "department": "Tours",
    "managerId": "26118915",
    "manager": "Jane Doe",
}
"""Every profile attribute that the default mapping sends, beyond the four of C9290."""


async def test_C9290_an_assigned_person_has_an_account_with_the_profiles_values(case: Case) -> None:
    """C9290: a person with user name, names and e-mail is assigned, and the account has just these values."""
    ann = await case.assigned("ann")
    assert await case.tasks(ann) == []
    account = await case.account("ann")
    assert (account["active"], account["externalId"]) == (True, ann)
    assert (account["name"]["givenName"], account["name"]["familyName"]) == ("Ann", "Tester")
    assert [(each["value"], each["type"]) for each in account["emails"]] == [(case.login("ann"), "work")]
    assert "password" not in account


async def test_C9293_reactivation_gives_the_same_account_back(case: Case) -> None:
    """C9293: assigned, deactivated, activated and assigned again, a person has the same account with its values."""
    ann = await case.assigned("ann", title="Engineer", department="IT")
    before = await case.account("ann")
    await case.company.move(ann, Operation.DEACTIVATE)
    await case.settled()
    assert (await case.account("ann"))["active"] is False
    await case.company.move(ann, Operation.ACTIVATE)
    await case.settled()
    assert (await case.account("ann"))["active"] is False  # an individual assignment does not come back by itself
    await case.company.assign(case.app, ann)
    await case.settled()
    assert await case.tasks(ann) == []
    assert without_times(await case.account("ann")) == without_times(before)


async def test_C9293_reactivation_is_automatic_for_members_of_an_assigned_group(case: Case) -> None:
    """C9293: whoever has the app by a group has it again as soon as they are activated."""
    ann = await case.hire("ann")
    await case.company.assign_group(case.app, await case.company.group(f"Crew {case.number}", ann))
    await case.settled()
    before = await case.account("ann")
    await case.company.move(ann, Operation.DEACTIVATE)
    await case.settled()
    assert (await case.account("ann"))["active"] is False
    await case.company.move(ann, Operation.ACTIVATE)
    await case.settled()
    assert without_times(await case.account("ann")) == without_times(before)


async def test_C9300_nothing_is_lost_when_a_suspension_ends(case: Case) -> None:
    """C9300: a suspended person is back with the app, the groups and the same account."""
    ann = await case.hire("ann", password="Secret-123")
    crew = await case.company.group(f"Crew {case.number}", ann)
    await case.company.assign(case.app, ann)
    await case.settled()
    before = await case.account("ann")
    await case.company.move(ann, Operation.SUSPEND)
    await case.settled()
    await case.company.move(ann, Operation.UNSUSPEND)
    await case.settled()
    assert without_times(await case.account("ann")) == without_times(before)
    assert (await case.company.link(case.app, ann))["assigned"] is True
    assert await case.members(crew) == {ann}
    assert await case.status(ann) == "ACTIVE"


async def test_C9307_all_members_of_an_assigned_group_have_accounts(case: Case) -> None:
    """C9307: a group is assigned; each member has an account, and is listed as assigned by the group."""
    people = {name: await case.hire(name) for name in ("ann", "bob", "cid")}
    await case.company.assign_group(case.app, await case.company.group(f"Crew {case.number}", *people.values()))
    await case.settled()
    for name, user_id in people.items():
        account = await case.account(name)
        assert (account["active"], account["externalId"]) == (True, user_id)
        assert (await case.company.link(case.app, user_id))["direct"] is False


async def test_C9334_a_person_with_every_attribute_has_an_account_with_all_of_them(case: Case) -> None:
    """C9334: every attribute of the profile is filled; the account is made without an error and has every value."""
    ann = await case.assigned("ann", **ALL_ATTRIBUTES)
    assert await case.tasks(ann) == []
    assert_filled(await case.account("ann"), case)


def assert_filled(account: dict[str, Any], case: Case, **but: str) -> None:
    """The account has all of `ALL_ATTRIBUTES`, `but` for some."""
    wanted = ALL_ATTRIBUTES | but
    name, enterprise = account["name"], account[case.target.enterprise]
    parts = ("middleName", "honorificPrefix", "honorificSuffix")
    assert {each: name.get(each) for each in parts} == {each: wanted[each] for each in parts}
    plain = ("displayName", "nickName", "profileUrl", "title", "userType", "preferredLanguage", "locale", "timezone")
    assert {each: account.get(each) for each in plain} == {each: wanted[each] for each in plain}
    assert [(each["value"], each["type"]) for each in account["phoneNumbers"]] == [(wanted["primaryPhone"], "work")]
    (address,) = account["addresses"]
    places = {"locality": "city", "region": "state", "postalCode": "zipCode", "country": "countryCode"}
    places |= {"streetAddress": "streetAddress", "formatted": "postalAddress"}
    expected = {part: wanted[source] for part, source in places.items()}
    assert {part: address.get(part) for part in places} == expected
    assert address["type"] == "work"
    words = ("employeeNumber", "costCenter", "organization", "division", "department")
    assert {each: enterprise.get(each) for each in words} == {each: wanted[each] for each in words}
    assert enterprise["manager"][case.target.manager] == wanted["managerId"]


async def test_C9335_an_account_that_exists_is_linked_and_filled_from_the_directory(case: Case) -> None:
    """C9335: the account was there before; it is linked, not doubled, and has the directory's values."""
    made = await case.make_account("ann", title="Unknown", active=False, name={"givenName": "A", "familyName": "T"})
    ann = await case.assigned("ann", title="Engineer")
    assert await case.tasks(ann) == []
    account = await case.account("ann")
    assert (account["id"], account["active"], account["title"]) == (made["id"], True, "Engineer")
    assert (account["name"]["givenName"], account["name"]["familyName"]) == ("Ann", "Tester")
    assert (await case.company.link(case.app, ann))["external_id"] == made["id"]


async def test_C9336_user_name_and_e_mail_may_differ(case: Case) -> None:
    """C9336: a person whose e-mail is not their user name has an account with both as they are."""
    email = f"ann.t.{case.number}@mail.example.com"
    ann = await case.assigned("ann", email=email)
    assert await case.tasks(ann) == []
    account = await case.account("ann")
    assert (account["userName"], [each["value"] for each in account["emails"]]) == (case.login("ann"), [email])


def without_times(account: dict[str, Any]) -> dict[str, Any]:
    """An account but for what changes by itself."""
    return {name: value for name, value in account.items() if name not in ("meta", "schemas")}

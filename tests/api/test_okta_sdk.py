"""Okta's own Python client, unchanged, against our API."""

import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from okta.client import Client
from okta.models import (
    AddGroupRequest,
    CreateUserRequest,
    OktaUserGroupProfile,
    PasswordCredential,
    UpdateUserRequest,
    UserCredentials,
    UserProfile,
)

# The client takes this from nowhere else.
os.environ["OKTA_TESTING_TESTINGDISABLEHTTPSCHECK"] = "true"


@pytest.fixture
async def okta(api) -> AsyncIterator[Client]:
    """A client of this API."""
    async with Client({"orgUrl": api.url, "token": api.token, "logging": {"enabled": False}}) as client:
        yield client


def good(answer: tuple[Any, ...]) -> Any:
    """The result of a call that went well."""
    *result, _, error = answer
    assert error is None, error
    return result[0] if result else None


def profile(login: str, **more: str) -> UserProfile:
    return UserProfile(**{"login": login, "email": login, "firstName": "Ann", "lastName": "Lee", **more})


async def make_user(okta: Client, login: str, **options: Any) -> Any:
    request = CreateUserRequest(profile=profile(login))
    return good(await okta.create_user(request, **options))


async def test_a_user_is_created_read_changed_and_deleted(okta):
    """The whole life of a user through the client's models, which refuse anything they do not know."""
    user = await make_user(okta, "ann@example.com", activate=False)
    assert user.status.value == "STAGED"
    good(await okta.activate_user(user.id, send_email=False))
    assert good(await okta.get_user("ann@example.com")).status.value == "PROVISIONED"
    update = UpdateUserRequest(profile=UserProfile(title="Lead"))
    assert good(await okta.update_user(user.id, update)).profile.title == "Lead"
    good(await okta.deactivate_user(user.id))
    good(await okta.delete_user(user.id))
    _, _, error = await okta.get_user(user.id)
    assert error.error_code == "E0000007"


async def test_users_are_listed_page_by_page(okta):
    """The client keeps only the last link header, so that has to be `next`."""
    logins = [f"user{number}@example.com" for number in range(5)]
    for login in logins:
        await make_user(okta, login)
    found, after = [], None
    while True:
        users, response, error = await okta.list_users(limit=2, after=after)
        assert error is None, error
        found += [user.profile.login for user in users]
        link = {name.lower(): value for name, value in response.headers.items()}["link"]
        if 'rel="next"' not in link:
            break
        after = parse_qs(urlsplit(link.strip("<").partition(">")[0]).query)["after"][0]
    assert found == logins


async def test_users_are_searched(okta):
    """`search`, `filter` and `q` arrive as the client encodes them."""
    await make_user(okta, "ann@example.com")
    await make_user(okta, "bob@example.com")
    for options in (
        {"search": 'profile.login eq "BOB@example.com"'},
        {"filter": 'profile.login eq "bob@example.com"'},
        {"q": "bob"},
    ):
        users = good(await okta.list_users(**options))
        assert [user.profile.login for user in users] == ["bob@example.com"], options


async def test_the_lifecycle_operations_of_the_client(okta):
    """Each returns without an error, and the status is one that the client knows."""
    user = await make_user(okta, "ann@example.com")
    password = UpdateUserRequest(credentials=UserCredentials(password=PasswordCredential(value="correct horse")))
    assert good(await okta.update_user(user.id, password)).status.value == "ACTIVE"
    for operation, status in (
        (okta.suspend_user, "SUSPENDED"),
        (okta.unsuspend_user, "ACTIVE"),
        (okta.expire_password, "PASSWORD_EXPIRED"),
        (okta.deactivate_user, "DEPROVISIONED"),
    ):
        good(await operation(user.id))
        assert good(await okta.get_user(user.id)).status.value == status


async def test_a_refusal_reaches_the_client_as_its_error(okta):
    """With code, summary and causes."""
    await make_user(okta, "ann@example.com")
    _, _, error = await okta.create_user(CreateUserRequest(profile=profile("ANN@example.com")))
    assert error.error_code == "E0000001"
    assert "already exists" in str(error.error_causes)


async def test_a_profile_is_replaced_as_a_whole(okta):
    """PUT clears what it does not name."""
    user = await make_user(okta, "ann@example.com")
    good(await okta.update_user(user.id, UpdateUserRequest(profile=UserProfile(title="Lead"))))
    replaced = good(
        await okta.replace_user(user.id, UpdateUserRequest(profile=profile("ann@example.com", city="Bern")))
    )
    assert (replaced.profile.city, replaced.profile.title) == ("Bern", None)


async def test_groups_and_their_members(okta):
    """A group is made, filled, listed, emptied and deleted."""
    user = await make_user(okta, "ann@example.com")
    group = good(
        await okta.add_group(AddGroupRequest(profile=OktaUserGroupProfile(name="Sales", description="Sellers")))
    )
    good(await okta.assign_user_to_group(group.id, user.id))
    assert [member.id for member in good(await okta.list_group_users(group.id))] == [user.id]
    names = [each.profile.actual_instance.name for each in good(await okta.list_user_groups(user.id))]
    assert names == ["Everyone", "Sales"]
    good(await okta.unassign_user_from_group(group.id, user.id))
    assert good(await okta.list_group_users(group.id)) == []
    good(await okta.delete_group(group.id))
    assert [each.profile.actual_instance.name for each in good(await okta.list_groups())] == ["Everyone"]


async def test_the_system_log_is_read(okta):
    """Every LogEvent passes the client's models."""
    user = await make_user(okta, "ann@example.com")
    # Bounded: polling would stay behind the transactions of the neighbouring tests' databases.
    until = (datetime.now(UTC) + timedelta(minutes=1)).isoformat()
    events = good(await okta.list_log_events(filter='eventType eq "user.lifecycle.create"', until=until))
    assert [event.target[0].id for event in events] == [user.id]
    assert events[0].actor.display_name == "bootstrap"
    assert events[0].transaction.type == "WEB"

"""A server that we did not write as the app: `scim2-server` from PyPI, as strict as it comes, over real HTTP."""

from collections.abc import Iterator
from typing import Any

import pytest
from tests.foreign.scim2 import OtherServer, scim2_server

from provisor.services import connections

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

DIALECTS = pytest.mark.parametrize(
    "entry",
    ["scim2_bearer_token", "scim2_custom", "scim2", "scim2_patch_user"],
    ids=["PATCH", "PUT", "MINIMAL", "USER"],
)


@pytest.fixture
def other() -> Iterator[OtherServer]:
    """`scim2-server`, which refuses every attribute that its default schemas do not have."""
    with scim2_server() as other:
        yield other


@DIALECTS
async def test_a_person_is_created_edited_switched_off_and_on_again_at_another_server(
    company: Any, other: OtherServer, entry: str
) -> None:
    """In every dialect the account follows its person and keeps its id."""
    app = await company.app(other, entry)
    ann = await company.hire(
        "ann", title="Engineer", department="IT", employeeNumber="17", city="Oslo", streetAddress="Main Street 1",
        primaryPhone="+47 22 22 22 22", displayName="Ann T.",
    )  # fmt: skip
    async with company.worker():
        await company.assign(app, ann)
        await company.settled(app)
        assert await company.tasks(app) == []
        created = other.account("ann@example.com")
        assert (created["active"], created["externalId"], created["title"]) == (True, ann, "Engineer")
        assert created["name"]["givenName"] == "Ann"
        assert [(each["value"], each["type"], each["primary"]) for each in created["emails"]] == [
            ("ann@example.com", "work", True)
        ]
        assert (created[ENTERPRISE]["department"], created[ENTERPRISE]["employeeNumber"]) == ("IT", "17")

        await company.edit(ann, title="Architect", department=None, email="ann.tester@example.com")
        await company.settled(app)
        edited = other.account("ann@example.com")
        assert (edited["title"], edited["emails"][0]["value"]) == ("Architect", "ann.tester@example.com")
        assert "department" not in edited[ENTERPRISE]
        assert edited[ENTERPRISE]["employeeNumber"] == "17"

        await company.unassign(app, ann)
        await company.settled(app)
        assert other.account("ann@example.com")["active"] is False

        await company.edit(ann, title="Director")
        await company.assign(app, ann)
        await company.settled(app)
        back = other.account("ann@example.com")
        assert (back["active"], back["id"], back["title"]) == (True, created["id"], "Director")
    assert await company.tasks(app) == []
    assert "DELETE" not in other.methods
    assert ("PATCH" in other.methods) is (entry != "scim2_custom")


@DIALECTS
async def test_an_account_that_exists_at_another_server_is_linked_and_filled(
    company: Any, other: OtherServer, entry: str
) -> None:
    """No second account: the one by that name is taken over, switched on, and keeps what we do not map."""
    app = await company.app(other, entry)
    existing = await company.scim(
        other,
        "POST",
        "/Users",
        {
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
            "userName": "Ann@Example.com",
            "active": False,
            "title": "Unknown",
            "ims": [{"value": "ann-at-work"}],
        },
    )
    ann = await company.hire("ann", title="Engineer")
    async with company.worker():
        await company.assign(app, ann)
        await company.settled(app)
    assert await company.tasks(app) == []
    linked = other.account("ann@example.com")
    assert (linked["id"], linked["active"], linked["title"]) == (existing["id"], True, "Engineer")
    assert linked["ims"][0]["value"] == "ann-at-work"
    assert (await company.link(app, ann))["external_id"] == existing["id"]
    assert other.methods.count("POST") == 1


@DIALECTS
async def test_what_another_server_refuses_is_a_task_in_its_own_words(
    company: Any, other: OtherServer, entry: str
) -> None:
    """A value that only it does not take concerns one person; the others arrive, and a correction ends it."""
    app = await company.app(other, entry)
    ann = await company.hire("ann")
    bob = await company.hire("bob", profileUrl="https://[intranet/bob")
    async with company.worker():
        for person in (ann, bob):
            await company.assign(app, person)
        await company.settled(app)
        assert other.account("ann@example.com")["active"] is True
        (task,) = await company.tasks(app)
        assert task["user_id"] == bob
        assert "profileUrl" in task["summary"]
        await company.edit(bob, profileUrl="https://intranet/bob")
        await company.settled(app)
    assert await company.tasks(app) == []
    assert other.account("bob@example.com")["profileUrl"] == "https://intranet/bob"


async def test_wrong_credentials_of_another_server_are_refused_when_they_are_saved(
    company: Any, other: OtherServer
) -> None:
    """The token is tried before it is stored, and the refusal is told."""
    other.token = "wrong"
    with pytest.raises(connections.TestFailed, match="Error authenticating"):
        await company.app(other)

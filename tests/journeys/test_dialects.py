"""The life of an account in every dialect: what the app holds after each change, and by how many requests it came.

Cases of Okta's QA plan are named by their ids (C9290 create, C9335 link, C9291 update, C9337 empty values, C9292 and
C9294 deactivate, C9293 reactivate).
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Protocol

import pytest
from tests.contracts.scim11_app import ENTERPRISE as OLD_ENTERPRISE
from tests.contracts.scim11_app import Scim11App, scim11_app

from provisor.scimserver.testing import Peer, Rule, running

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


class World(Protocol):
    """An app as a journey sees it."""

    enterprise: str

    def connection(self) -> Any:
        """What `Company.app` connects to."""

    def user(self, name: str) -> dict[str, Any]:
        """The only account of this name."""

    def users(self) -> list[dict[str, Any]]:
        """All accounts."""

    def take(self) -> list[str]:
        """The requests since the last time, without the connection's test."""

    def lose_answer(self, method: str) -> None:
        """Carry the next such request out without an answer."""

    def delete(self, account_id: str) -> None:
        """Delete an account behind everybody's back."""


class New:
    """Our reference server."""

    enterprise = ENTERPRISE

    def __init__(self, peer: Peer) -> None:
        self._peer = peer
        self.user, self.users = peer.user, peer.users

    def connection(self) -> Peer:
        return self._peer

    def take(self) -> list[str]:
        seen = [each.method for each in self._peer.journal if "count=2" not in each.target]
        self._peer.faults.journal.clear()
        return seen

    def lose_answer(self, method: str) -> None:
        self._peer.faults.add(Rule(method=method, count=1, drop="after"))

    def delete(self, account_id: str) -> None:
        self._peer.service.storage.clear()


class Old:
    """The app of SCIM 1.1."""

    enterprise = OLD_ENTERPRISE

    def __init__(self, app: Scim11App) -> None:
        self._app = app
        self.user, self.users = app.user, app.users

    def connection(self) -> Scim11App:
        return self._app

    def take(self) -> list[str]:
        seen = self._app.methods
        self._app.asked.clear()
        return seen

    def lose_answer(self, method: str) -> None:
        self._app.lose_answers_to.append(method)

    def delete(self, account_id: str) -> None:
        del self._app.kept["Users"][account_id]


@dataclass(frozen=True)
class Requests:
    """What each operation of a dialect sends."""

    entry: str
    create: tuple[str, ...]
    link: tuple[str, ...]
    update: tuple[str, ...]
    deactivate: tuple[str, ...]
    reactivate: tuple[str, ...]


GET, POST, PUT, PATCH = "GET", "POST", "PUT", "PATCH"
DIALECTS = [
    Requests("scim2", (GET, POST), (GET, PATCH), (PATCH,), (PATCH,), (PATCH,)),
    Requests(
        "scim2_bearer_token", (GET, POST), (GET, GET, PUT), (GET, PUT), (PATCH,), (GET, PATCH, GET, PUT)
    ),
    Requests("scim2_custom", (GET, POST), (GET, GET, PUT), (GET, PUT), (GET, PUT), (GET, PUT)),
    Requests(
        "scim2_patch_user", (GET, POST), (GET, GET, PATCH), (GET, PATCH), (PATCH,), (GET, PATCH, GET, PATCH)
    ),
    Requests(
        "scim1_bearer_token", (GET, POST), (GET, GET, PUT), (GET, PUT), (PATCH,), (GET, PATCH, GET, PUT)
    ),
    Requests("scim1_custom", (GET, POST), (GET, GET, PUT), (GET, PUT), (GET, PUT), (GET, PUT)),
]  # fmt: skip


PROFILE_BY_PATCH_AND_OLD = pytest.mark.parametrize(
    "dialect",
    [each for each in DIALECTS if each.entry in ("scim2", "scim2_patch_user", "scim1_bearer_token")],
    ids=lambda dialect: dialect.entry,
    indirect=True,
)
"""Those of which other journeys know nothing."""


@pytest.fixture(params=DIALECTS, ids=lambda dialect: dialect.entry)
def dialect(request: pytest.FixtureRequest) -> Requests:
    """A catalogue entry and what it sends."""
    found: Requests = request.param
    return found


@pytest.fixture
async def world(dialect: Requests) -> AsyncIterator[World]:
    """An empty app of the dialect's version."""
    if dialect.entry.startswith("scim1"):
        async with scim11_app() as app:
            yield Old(app)
    else:
        async with running() as peer:
            yield New(peer)


async def test_an_account_lives_through_every_operation_with_the_dialect_s_requests(
    company: Any, world: World, dialect: Requests
) -> None:
    """C9290, C9291, C9337, C9294, C9293: create, update, clear, rename, switch off, switch on with the id kept."""
    app = await company.app(world.connection(), dialect.entry)
    ann = await company.hire("ann", title="Engineer", department="IT", primaryPhone="1", manager="m1")
    world.take()
    async with company.worker():
        await company.assign(app, ann)
        await company.settled(app)
        created = world.user("ann@example.com")
        assert (created["active"], created["externalId"], created["title"]) == (True, ann, "Engineer")
        assert created["phoneNumbers"][0]["value"] == "1"
        assert created[world.enterprise]["department"] == "IT"
        assert tuple(world.take()) == dialect.create

        await company.edit(ann, title="Architect", email="ann.tester@example.com")
        await company.settled(app)
        edited = world.user("ann@example.com")
        assert (edited["title"], [each["value"] for each in edited["emails"]]) == (
            "Architect",
            ["ann.tester@example.com"],
        )
        assert tuple(world.take()) == dialect.update

        await company.edit(ann, title=None, department=None, primaryPhone=None)
        await company.settled(app)
        cleared = world.user("ann@example.com")
        assert not cleared.keys() & {"title", "phoneNumbers"}
        assert "department" not in cleared.get(world.enterprise, {})
        assert cleared["name"]["givenName"] == "Ann"
        assert tuple(world.take()) == dialect.update

        await company.edit(ann, login="ann.smith@example.com")
        await company.settled(app)
        assert world.user("ann.smith@example.com")["id"] == created["id"]
        assert tuple(world.take()) == dialect.update

        await company.unassign(app, ann)
        await company.settled(app)
        assert world.user("ann.smith@example.com")["active"] is False
        assert tuple(world.take()) == dialect.deactivate

        await company.edit(ann, title="Director")
        await company.assign(app, ann)
        await company.settled(app)
        back = world.user("ann.smith@example.com")
        assert (back["active"], back["id"], back["title"]) == (True, created["id"], "Director")
        assert tuple(world.take()) == dialect.reactivate
    assert await company.tasks(app) == []


async def test_an_account_that_exists_is_linked_with_the_dialect_s_requests(
    company: Any, world: World, dialect: Requests
) -> None:
    """C9335: one account afterwards, ours by value, switched on; what is not mapped is still there."""
    app = await company.app(world.connection(), dialect.entry)
    urn = "urn:scim:schemas:core:1.0" if isinstance(world, Old) else "urn:ietf:params:scim:schemas:core:2.0:User"
    made = await company.scim(
        world.connection(),
        "POST",
        "/Users",
        {
            "schemas": [urn],
            "userName": "ANN@example.com",
            "title": "Old",
            "active": False,
            "emails": [{"value": "home@example.com", "type": "home"}],
            "ims": [{"value": "ann-at-work"}],
        },
    )
    ann = await company.hire("ann", title="New")
    world.take()
    async with company.worker():
        await company.assign(app, ann)
        await company.settled(app)
    assert await company.tasks(app) == []
    (linked,) = world.users()
    assert (linked["id"], linked["title"], linked["active"]) == (made["id"], "New", True)
    assert linked["ims"][0]["value"] == "ann-at-work"
    assert {each["value"] for each in linked["emails"]} == {"home@example.com", "ann@example.com"}
    assert tuple(world.take()) == dialect.link


async def test_somebody_whose_account_was_forgotten_is_found_by_name(
    company: Any, world: World, dialect: Requests
) -> None:
    """C9293 without the id: the inactive account is found by its name and switched on, with the same id."""
    app = await company.app(world.connection(), dialect.entry)
    ann = await company.hire("ann")
    async with company.worker():
        for change in (company.assign, company.unassign):
            await change(app, ann)
            await company.settled(app)
        before = world.user("ann@example.com")
        forget = "UPDATE app_user SET external_id = NULL, active = NULL, digest = NULL WHERE user_id = $1"
        await company.database.pool.execute(forget, ann)
        world.take()
        await company.assign(app, ann)
        await company.settled(app)
    after = world.user("ann@example.com")
    assert (before["active"], after["active"], after["id"]) == (False, True, before["id"])
    assert tuple(world.take()) == dialect.link
    assert await company.tasks(app) == []


@PROFILE_BY_PATCH_AND_OLD
async def test_somebody_whose_account_was_deleted_gets_a_new_one(company: Any, world: World, dialect: Requests) -> None:
    """The id that is still held is unknown to the app: look up, then create."""
    app = await company.app(world.connection(), dialect.entry)
    ann = await company.hire("ann")
    async with company.worker():
        for change in (company.assign, company.unassign):
            await change(app, ann)
            await company.settled(app)
        world.delete(world.user("ann@example.com")["id"])
        await company.assign(app, ann)
        await company.settled(app)
    assert world.user("ann@example.com")["active"] is True
    assert await company.tasks(app) == []


@PROFILE_BY_PATCH_AND_OLD
async def test_an_edit_made_in_the_app_is_written_over_by_the_next_push(
    company: Any, world: World, dialect: Requests
) -> None:
    """Every mapped attribute is sent whenever a person is, whichever of them changed."""
    app = await company.app(world.connection(), dialect.entry)
    ann = await company.hire("ann", title="Engineer", nickName="Annie")
    async with company.worker():
        await company.assign(app, ann)
        await company.settled(app)
        await edit_in_app(company, world, nickName="Hacked")
        await company.edit(ann, title="Architect")
        await company.settled(app)
    account = world.user("ann@example.com")
    assert (account["title"], account["nickName"]) == ("Architect", "Annie")


@PROFILE_BY_PATCH_AND_OLD
async def test_a_name_that_is_taken_meanwhile_is_a_task(company: Any, world: World, dialect: Requests) -> None:
    """409 to a rename: the app's words, for this person alone."""
    app = await company.app(world.connection(), dialect.entry)
    ann, bob = await company.hire("ann"), await company.hire("bob")
    async with company.worker():
        for person in (ann, bob):
            await company.assign(app, person)
        await company.settled(app)
        await company.edit(ann, login="anna@example.com")
        await company.settled(app)
        (first,) = [each for each in world.users() if each["userName"] == "anna@example.com"]
        await company.edit(bob, login="bobby@example.com")
        await company.settled(app)
        await edit_in_app(company, world, "anna@example.com", userName="taken@example.com")
        await company.edit(bob, login="taken@example.com")
        await company.settled(app)
    (task,) = await company.tasks(app)
    assert (task["user_id"], "Conflict" in task["summary"]) == (bob, True)
    assert world.user("taken@example.com")["id"] == first["id"]


@PROFILE_BY_PATCH_AND_OLD
@pytest.mark.parametrize("operation", ["create", "update", "deactivate", "reactivate"])
async def test_a_write_whose_answer_is_lost_comes_true_once(
    company: Any, world: World, dialect: Requests, operation: str
) -> None:
    """The app carried it out unheard: it is observed or repeated, and nothing is there twice."""
    app = await company.app(world.connection(), dialect.entry)
    ann = await company.hire("ann", title="Engineer")
    async with company.worker():
        if operation != "create":
            await company.assign(app, ann)
            await company.settled(app)
        if operation == "reactivate":
            await company.unassign(app, ann)
            await company.settled(app)
        world.lose_answer(getattr(dialect, operation)[-1])
        if operation in ("create", "reactivate"):
            await company.assign(app, ann)
        elif operation == "update":
            await company.edit(ann, title="Architect")
        else:
            await company.unassign(app, ann)
        await company.settled(app)
    (account,) = world.users()
    assert account["active"] is (operation != "deactivate")
    assert account["title"] == ("Architect" if operation == "update" else "Engineer")
    assert await company.tasks(app) == []


async def test_a_crowd_goes_together_and_each_refusal_finds_its_person(company: Any) -> None:
    """An app with Bulk gets few requests; who is refused, and only they, have a task; a lost batch is made up for."""
    async with running() as peer:
        app = await company.app(peer, "scim2")
        people = [await company.hire(f"p{number}", title="Engineer") for number in range(40)]
        group = await company.group("Crew", *people)
        async with company.worker():
            peer.faults.add(Rule(path="/Bulk", drop="after", count=1))
            await company.assign_group(app, group)
            await company.settled(app)
            assert await company.differences(app, peer) == []
        assert len(peer.users()) == 40
        await company.scim(peer, "POST", "/Users", {"userName": "taken@example.com"})
        peer.faults.journal.clear()
        for number, person in enumerate(people):
            await company.edit(person, **({"login": "taken@example.com"} if number == 7 else {"title": "Pilot"}))
        async with company.worker():
            await company.settled(app)
        assert any(each.target.endswith("/Bulk") for each in peer.journal)
        assert sum(each["title"] == "Pilot" for each in peer.users() if "title" in each) == 39
        (task,) = await company.tasks(app)
        assert (task["user_id"], "Conflict" in task["summary"]) == (people[7], True)


async def edit_in_app(company: Any, world: World, name: str = "ann@example.com", **values: str) -> None:
    """Change an account as the app's own people would."""
    account = world.user(name)
    if isinstance(world, Old):
        body: dict[str, Any] = {"schemas": ["urn:scim:schemas:core:1.0"], **values}
    else:
        operations = [{"op": "replace", "value": values}]
        body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations}
    await company.scim(world.connection(), "PATCH", f"/Users/{account['id']}", body)

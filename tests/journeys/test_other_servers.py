"""A server that we did not write as the app: `scim2-server` from PyPI, as strict as it comes, over real HTTP."""

import asyncio
import threading
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
import uvicorn
from scim2_models import ScimProvider, UnauthorizedException
from scim2_server.applications.asgi import ASGIApplication
from scim2_server.memory import AsyncInMemoryStorage, InMemoryStorage
from scim2_server.requests import ScimRequest
from scim2_server.utils import (
    load_default_resource_types,
    load_default_schemas,
    load_default_service_provider_config,
)

from provisor.listening import listen, url_of
from provisor.services import connections

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
TOKEN = "a token of the other server"

DIALECTS = pytest.mark.parametrize(
    "entry",
    ["scim2_bearer_token", "scim2_custom", "scim2", "scim2_patch_user"],
    ids=["PATCH", "PUT", "MINIMAL", "USER"],
)


class Application(ASGIApplication):
    """Lets in only who has the token, and remembers what was asked of it."""

    requests: list[tuple[str, str]]

    def check_auth(self, request: ScimRequest) -> None:
        if request.header("Authorization") != f"Bearer {TOKEN}":
            raise UnauthorizedException

    async def dispatch_request(self, request: ScimRequest) -> Any:
        self.requests.append((request.method, request.path))
        return await super().dispatch_request(request)


@dataclass
class OtherServer:
    """The server, and what it holds."""

    url: str
    application: Application
    storage: InMemoryStorage
    token: str = TOKEN

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}", "Content-Type": "application/scim+json"}

    @property
    def methods(self) -> list[str]:
        """Of the requests so far, oldest first."""
        return [method for method, _ in self.application.requests]

    def account(self, user_name: str) -> dict[str, Any]:
        """The only account of this name."""
        held = [resource.model_dump() for resource in self.storage.resources]
        (found,) = [each for each in held if each.get("userName") == user_name]
        return found


@pytest.fixture
async def other() -> AsyncIterator[OtherServer]:
    """`scim2-server` with its default schemas, which refuses every attribute that they do not have."""
    provider = ScimProvider.from_discovery(
        load_default_schemas().values(),
        load_default_resource_types().values(),
        config=load_default_service_provider_config(),
    )
    storage = InMemoryStorage()
    application = Application(AsyncInMemoryStorage(storage), provider)
    application.requests = []
    listener = listen("127.0.0.1", 0)
    server = uvicorn.Server(uvicorn.Config(application, log_config=None, lifespan="off", ws="none"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    yield OtherServer(f"{url_of(listener)}/v2", application, storage)
    server.should_exit = True
    await asyncio.to_thread(thread.join, 10)
    listener.close()


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

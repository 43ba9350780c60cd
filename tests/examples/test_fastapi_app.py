"""The example app: its storage keeps the contract, and SCIM and the app see the same people."""

from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from examples.fastapi_app.app import app
from examples.fastapi_app.people_storage import PeopleStorage
from examples.fastapi_app.tables import open_database

from provisor.scim import urns
from provisor.scimserver import Storage
from provisor.scimserver.testing_storage import StorageContract


class TestPeopleStorage(StorageContract):
    """The app's own tables."""

    keeps_unknown_members = False

    @pytest.fixture
    async def storage(self) -> AsyncIterator[Storage]:
        """An empty database in memory."""
        connection = open_database(":memory:")
        yield PeopleStorage(connection)
        connection.close()


@pytest.fixture
async def http(tmp_path: Any) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of the whole application."""
    transport = httpx2.ASGITransport(app(str(tmp_path / "people.sqlite"), "secret"))
    headers = {"Authorization": "Bearer secret"}
    async with httpx2.AsyncClient(transport=transport, base_url="http://app.example", headers=headers) as client:
        yield client


def user(name: str = "babs@example.com", **more: Any) -> dict[str, Any]:
    """A user as Okta creates one."""
    return {
        "schemas": [urns.USER, urns.ENTERPRISE_USER],
        "userName": name,
        "externalId": f"ext-{name}",
        "name": {"givenName": "Babs", "familyName": "Jensen"},
        "emails": [{"value": name, "type": "work", "primary": True}],
        "title": "Guide",
        urns.ENTERPRISE_USER: {"department": "Tours"},
        "active": True,
        **more,
    }


async def test_people_pushed_over_scim_are_people_of_the_app(http: httpx2.AsyncClient) -> None:
    """Created, found, put into a team, signed in, deactivated: each side sees what the other did."""
    made = await http.post("/scim/v2/Users", json=user(password="correct horse"))
    assert made.status_code == 201
    assert made.json()["meta"]["location"] == "http://app.example/scim/v2/Users/p1"
    assert "title" not in made.json()
    assert (await http.get("/people")).json() == [
        {"id": 1, "login": "babs@example.com", "first_name": "Babs", "last_name": "Jensen", "department": "Tours",
         "enabled": 1}
    ]  # fmt: skip
    assert (await http.post("/scim/v2/Users", json=user("BABS@example.com"))).status_code == 409

    group = await http.post("/scim/v2/Groups", json={"schemas": [urns.GROUP], "displayName": "Guides"})
    add = {"op": "add", "path": "members", "value": [{"value": "p1"}]}
    changed = {"schemas": [urns.PATCH_OP], "Operations": [add]}
    assert (await http.patch(f"/scim/v2/Groups/{group.json()['id']}", json=changed)).status_code == 200
    assert (await http.get("/teams/Guides")).json() == ["babs@example.com"]
    assert (await http.get("/scim/v2/Users/p1")).json()["groups"][0]["display"] == "Guides"

    async def sign_in(password: str) -> int:
        answer = await http.post("/sign-in", params={"login": "babs@example.com", "password": password})
        return answer.status_code

    assert await sign_in("correct horse") == 200
    assert await sign_in("battery staple") == 401
    off = {"schemas": [urns.PATCH_OP], "Operations": [{"op": "replace", "value": {"active": False}}]}
    assert (await http.patch("/scim/v2/Users/p1", json=off)).json()["active"] is False
    assert await sign_in("correct horse") == 401


async def test_what_the_app_changes_has_a_new_version(http: httpx2.AsyncClient) -> None:
    """A client that holds the old one is told to read again."""
    made = await http.post("/scim/v2/Users", json=user())
    await http.post("/people/babs@example.com/move", params={"department": "Sales"})
    shown = await http.get("/scim/v2/Users/p1")
    assert shown.json()[urns.ENTERPRISE_USER]["department"] == "Sales"
    assert shown.headers["etag"] != made.headers["etag"]
    stale = await http.put("/scim/v2/Users/p1", json=user(), headers={"If-Match": made.headers["etag"]})
    assert stale.status_code == 412


async def test_questions_of_every_kind_are_answered(http: httpx2.AsyncClient) -> None:
    """Indexes of the app's tables where there are any, otherwise a look through all people."""
    for n in range(5):
        await http.post("/scim/v2/Users", json=user(f"u{n}@example.com"))

    async def found(filter: str) -> int:
        answer = await http.get("/scim/v2/Users", params={"filter": filter})
        return int(answer.json()["totalResults"])

    assert await found('userName eq "U3@EXAMPLE.com"') == 1
    assert await found('externalId eq "ext-u3@example.com"') == 1
    assert await found('emails.value ew "example.com" and userName gt "u2"') == 3
    assert await found('id eq "t1"') == 0
    page = (await http.get("/scim/v2/Users?startIndex=4&count=10")).json()
    assert (page["itemsPerPage"], page["totalResults"]) == (2, 5)


async def test_a_member_must_be_a_person_who_exists(http: httpx2.AsyncClient) -> None:
    """Foreign keys hold, and the refusal says so in the protocol's words."""
    team = {"schemas": [urns.GROUP], "displayName": "Guides"}
    for id in ("p7", "t1", "nobody"):
        answer = await http.post("/scim/v2/Groups", json={**team, "members": [{"value": id}]})
        assert (answer.status_code, answer.json()["scimType"]) == (400, "invalidValue")
    assert (await http.get("/scim/v2/Groups")).json()["totalResults"] == 0

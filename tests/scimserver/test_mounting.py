"""`scim_app` inside another application: below a path, behind its routes, at any base URL, with more resource types."""

import re
from pathlib import Path
from typing import Any

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route

from provisor.scim import urns
from provisor.scim.schemas import GROUP, USER, Attribute, ResourceType, Schema, Uniqueness
from provisor.scimserver import bearer, scim_app
from provisor.scimserver.memory import MemoryStorage
from provisor.scimserver.testing_storage import StorageContract

AUTH = {"Authorization": "Bearer secret"}
ROLE = ResourceType(
    "Role",
    "/Roles",
    "A role",
    Schema(
        "urn:okta:scim:schemas:core:1.0:Role",
        "Role",
        "A role",
        (Attribute("displayName", required=True, uniqueness=Uniqueness.SERVER), Attribute("description")),
    ),
)


def client(app: Any, base: str = "http://app.example") -> httpx2.AsyncClient:
    """A client that calls an ASGI application in this process."""
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url=base, headers=AUTH)


def mounted(**options: Any) -> Starlette:
    """An application with a page of its own and SCIM below a path."""
    scim = scim_app(MemoryStorage(), credential=bearer("secret"), **options)
    page = Route("/", lambda request: PlainTextResponse("hello"))
    return Starlette(routes=[page, Mount("/api/scim/v2", scim)])


async def test_it_lives_below_a_path_and_says_so() -> None:
    """Locations carry the mount path and the host the client used; other routes are left alone."""
    async with client(mounted()) as http:
        made = await http.post("/api/scim/v2/Users", json={"schemas": [urns.USER], "userName": "babs"})
        assert made.status_code == 201
        location = made.json()["meta"]["location"]
        assert location.startswith("http://app.example/api/scim/v2/Users/")
        assert made.headers["location"] == location
        assert (await http.get(location)).json()["userName"] == "babs"
        assert (await http.get("/")).text == "hello"
        assert (await http.get("/api/scim/v2/Users", headers={"Authorization": "Bearer x"})).status_code == 401
        assert (await http.get("/api/scim/v2")).status_code in (307, 404)


async def test_the_base_url_can_be_given() -> None:
    """For an application behind a proxy."""
    async with client(mounted(base_url="https://scim.example/v2/")) as http:
        made = await http.post("/api/scim/v2/Users", json={"schemas": [urns.USER], "userName": "babs"})
        assert made.json()["meta"]["location"].startswith("https://scim.example/v2/Users/")


async def test_a_host_header_cannot_break_out_of_the_json() -> None:
    """A quotation mark in it is not believed."""
    async with client(mounted()) as http:
        made = await http.post(
            "/api/scim/v2/Users", json={"schemas": [urns.USER], "userName": "b"}, headers={"Host": 'a","x":"'}
        )
        assert '"' not in made.json()["meta"]["location"]


async def test_resource_types_are_the_applications_choice() -> None:
    """Roles beside users and groups: discovered, created, unique, filtered, patched, searched from the root."""
    async with client(mounted(resource_types=(USER, GROUP, ROLE)), "http://a/api/scim/v2") as http:
        types = (await http.get("/ResourceTypes")).json()["Resources"]
        assert [entry["endpoint"] for entry in types] == ["/Users", "/Groups", "/Roles"]
        assert (await http.get(f"/Schemas/{ROLE.schema.id}")).json()["name"] == "Role"
        body = {"schemas": [ROLE.schema.id], "displayName": "Admin"}
        made = await http.post("/Roles", json=body)
        assert made.status_code == 201
        assert made.json()["meta"]["resourceType"] == "Role"
        assert (await http.post("/Roles", json={**body, "displayName": "ADMIN"})).status_code == 409
        found = await http.get("/Roles", params={"filter": 'displayName eq "admin"', "count": "1"})
        assert found.json()["itemsPerPage"] == 1
        changes = [{"op": "add", "value": {"description": "May do all"}}]
        patched = await http.patch(
            f"/Roles/{made.json()['id']}", json={"schemas": [urns.PATCH_OP], "Operations": changes}
        )
        assert patched.json()["description"] == "May do all"
        everything = await http.post("/.search", json={"filter": 'displayName sw "a"'})
        assert everything.json()["totalResults"] == 1


def test_two_resource_types_cannot_share_an_endpoint() -> None:
    """Said when the application is made ready, not at a request."""
    with pytest.raises(ValueError, match="same endpoint"):
        scim_app(MemoryStorage(), resource_types=(USER, USER))


async def test_the_guide_does_what_it_says() -> None:
    """Every Python block of the how-to runs, in order; the app it makes answers."""
    guide = (Path(__file__).parents[2] / "docs" / "how-to" / "mount-a-scim-server.md").read_text()
    names: dict[str, Any] = {}
    for block in re.findall(r"```python\n(.*?)```", guide, re.DOTALL):
        exec(block, names)
    assert issubclass(names["TestMyStorage"], StorageContract)
    async with client(names["app"]) as http:
        assert (await http.get("/scim/v2/Users")).json()["totalResults"] == 0

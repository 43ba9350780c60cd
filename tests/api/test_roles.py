"""Roles of administrators over HTTP, and through Okta's own client."""

import os
from collections.abc import AsyncIterator
from typing import Any

import pytest
from okta.client import Client
from okta.models import AssignRoleToUserRequest, StandardRoleAssignmentSchema

from provisor.services.tokens import hash_of

os.environ["OKTA_TESTING_TESTINGDISABLEHTTPSCHECK"] = "true"
PASSWORD = "correct horse battery"


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


async def make_user(api, name: str) -> str:
    login = f"{name}@example.com"
    profile = {"login": login, "email": login, "firstName": name.title(), "lastName": "Lee"}
    made = await api.post("/users", {"profile": profile, "credentials": {"password": {"value": PASSWORD}}})
    user_id: str = made.body["id"]
    return user_id


async def test_oktas_client_grants_reads_and_revokes(api, okta):
    """The whole life of an assignment, through models that refuse what they do not know."""
    user_id = await make_user(api, "ann")
    request = AssignRoleToUserRequest(StandardRoleAssignmentSchema(type="APP_ADMIN"))
    made = good(await okta.assign_role_to_user(user_id, request)).actual_instance
    assert (made.type.value, made.id, made.status.value) == ("APP_ADMIN", "IFIFAX2BIRGUSTQ", "ACTIVE")
    listed = good(await okta.list_assigned_roles_for_user(user_id))
    assert [each.actual_instance.id for each in listed] == [made.id]
    assert good(await okta.get_user_assigned_role(user_id, made.id)).actual_instance.label == made.label
    assert [each.id for each in good(await okta.list_users_with_role_assignments()).value] == [user_id]
    good(await okta.unassign_role_from_user(user_id, made.id))
    assert good(await okta.list_assigned_roles_for_user(user_id)) == []


async def test_refusals_have_oktas_codes(api):
    """Unknown people, unknown roles, roles twice, and roles that are not there."""
    user_id = await make_user(api, "ann")
    path = f"/users/{user_id}/roles"
    for body in ({}, {"type": "ORG_ADMIN"}, {"type": ["SUPER_ADMIN"]}, {"type": None}):
        refused = await api.post(path, body)
        assert (refused.status, refused.code) == (400, "E0000001")
        assert "SUPER_ADMIN" in refused.causes[0]
    assert (await api.post(path, {"type": "HELP_DESK_ADMIN"})).status == 201
    again = await api.post(path, {"type": "HELP_DESK_ADMIN"})
    assert (again.status, again.code) == (409, "E0000090")
    for answer in (
        await api.post("/users/nobody/roles", {"type": "SUPER_ADMIN"}),
        await api.get("/users/nobody/roles"),
        await api.get(f"{path}/SUPER_ADMIN"),
        await api.delete(f"{path}/SUPER_ADMIN"),
        await api.delete(f"{path}/whatever"),
    ):
        assert (answer.status, answer.code) == (404, "E0000007")
    assert (await api.delete(f"{path}/HELP_DESK_ADMIN")).status == 204


async def test_the_last_super_administrator_is_protected_over_http(api):
    """Revoking, deactivating and deleting are refused with the reason."""
    user_id = await make_user(api, "root")
    await api.post(f"/users/{user_id}/roles", {"type": "SUPER_ADMIN"})
    for answer in (
        await api.delete(f"/users/{user_id}/roles/SUPER_ADMIN"),
        await api.post(f"/users/{user_id}/lifecycle/deactivate"),
        await api.post(f"/users/{user_id}/lifecycle/suspend"),
        await api.delete(f"/users/{user_id}"),
    ):
        assert (answer.status, answer.code) == (403, "E0000006")
        assert "last super administrator" in answer.causes[0]
    other = await make_user(api, "other")
    await api.post(f"/users/{other}/roles", {"type": "SUPER_ADMIN"})
    assert (await api.delete(f"/users/{user_id}")).status == 204


async def test_a_token_that_only_reads_sees_roles_and_grants_none(api):
    """The refusal says which scope is missing and who can give it."""
    user_id = await make_user(api, "ann")
    await api.database.pool.execute(
        "INSERT INTO api_token (id, name, hash, scopes) VALUES ('00Treader', 'reader', $1, '{read}')", hash_of("r")
    )
    reading = {"headers": {"Authorization": "SSWS r"}}
    assert (await api.get(f"/users/{user_id}/roles", **reading)).status == 200
    refused = await api.post(f"/users/{user_id}/roles", {"type": "SUPER_ADMIN"}, **reading)
    assert (refused.status, refused.code) == (403, "E0000006")
    assert "scope “write”" in refused.causes[0] and "super administrator" in refused.causes[0]


async def test_assignees_come_in_pages(api):
    """The link to the next page is in the body, as Okta has it there."""
    people = [await make_user(api, f"p{number}") for number in range(3)]
    for user_id in people:
        await api.post(f"/users/{user_id}/roles", {"type": "READ_ONLY_ADMIN"})
    first = await api.get("/iam/assignees/users?limit=2")
    second = await api.get(first.body["_links"]["next"]["href"])
    assert [each["id"] for each in first.body["value"] + second.body["value"]] == people
    assert "next" not in second.body["_links"]


async def test_sessions_are_ended_over_http(api):
    """204 for somebody, 404 for nobody."""
    user_id = await make_user(api, "ann")
    assert (await api.delete(f"/users/{user_id}/sessions")).status == 204
    assert (await api.delete("/users/nobody/sessions")).status == 404

"""Bulk (RFC 7644 §3.7): order, references also in circles, failures, limits, against a store of a few lines."""

import copy
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisor.scim import urns
from provisor.scim.bulk import BulkLimits, Method, Outcome, Run, parse_bulk
from provisor.scim.errors import BadRequest, ScimError, ScimType
from provisor.scim.messages import parse_patch
from provisor.scim.patch import apply
from provisor.scim.policy import STRICT
from provisor.scim.schemas import GROUP, USER

BASE = "https://example.com/v2"


class World:
    """A server reduced to a dict: it carries out steps and knows what exists."""

    def __init__(self, refuse: str | None = None) -> None:
        self.resources: dict[str, dict[str, Any]] = {}
        self.log: list[str] = []
        self._refuse = refuse
        self._numbers = count(1)

    def run(self, *operations: dict[str, Any], **more: Any) -> dict[str, Any]:
        """Carry out a bulk request."""
        run = Run(parse_bulk({"schemas": [urns.BULK_REQUEST], "Operations": list(operations), **more}), BASE)
        while (step := run.next()) is not None:
            self.log.append(f"{step.method.value} {step.path}")
            endpoint, _, id = step.path[1:].partition("/")
            if step.method is Method.POST:
                if self._refuse is not None and self._refuse in step.data.values():
                    run.settle(step, Outcome.of(BadRequest(ScimType.INVALID_VALUE, "no such thing")))
                    continue
                id = str(next(self._numbers))
                self.resources[f"{endpoint}/{id}"] = copy.deepcopy(step.data)
                run.settle(step, Outcome(201, f"{BASE}/{endpoint}/{id}", 'W/"1"'), id)
            elif f"{endpoint}/{id}" not in self.resources:
                run.settle(step, Outcome.of(ScimError(404, "not there")))
            elif step.method is Method.DELETE:
                del self.resources[f"{endpoint}/{id}"]
                run.settle(step, Outcome(204))
            else:
                key = f"{endpoint}/{id}"
                if step.method is Method.PATCH:
                    kind = USER if endpoint == "Users" else GROUP
                    self.resources[key] = apply(self.resources[key], parse_patch(step.data), kind, STRICT)
                else:
                    self.resources[key] = step.data
                run.settle(step, Outcome(200, f"{BASE}{step.path}", 'W/"2"'))
        return run.render()


def post(bulk_id: str, path: str = "/Users", **data: Any) -> dict[str, Any]:
    """Build a POST operation."""
    name = {"userName": bulk_id} if path == "/Users" else {"displayName": bulk_id}
    return {"method": "POST", "path": path, "bulkId": bulk_id, "data": {**name, **data}}


def group(bulk_id: str, *members: str) -> dict[str, Any]:
    """Build a POST of a group with members by bulkId."""
    return post(bulk_id, "/Groups", members=[{"value": f"bulkId:{member}"} for member in members])


def statuses(response: dict[str, Any]) -> list[str]:
    """Return the statuses in order."""
    return [entry["status"] for entry in response["Operations"]]


def test_a_reference_is_filled_in_whichever_comes_first() -> None:
    """A group that names a user created later in the request gets that user's id (§3.7.2)."""
    world = World()
    response = world.run(group("g", "u"), post("u"))
    assert statuses(response) == ["201", "201"]
    assert [entry["bulkId"] for entry in response["Operations"]] == ["g", "u"]
    assert world.log == ["POST /Users", "POST /Groups"]
    assert world.resources["Groups/2"]["members"] == [{"value": "1"}]


def test_two_groups_may_contain_each_other() -> None:
    """A circle is cut: one group is created without its member, which a PATCH adds then (§3.7.1)."""
    world = World()
    response = world.run(group("a", "b"), group("b", "a"))
    assert statuses(response) == ["201", "201"]
    assert {entry["location"] for entry in response["Operations"]} == {f"{BASE}/Groups/1", f"{BASE}/Groups/2"}
    assert world.log == ["POST /Groups", "POST /Groups", "PATCH /Groups/1"]
    assert {key: value["members"] for key, value in world.resources.items()} == {
        "Groups/1": [{"value": "2"}],
        "Groups/2": [{"value": "1"}],
    }


def test_managers_in_a_circle_keep_what_waits_for_nobody() -> None:
    """Only the manager is set later; the department beside it is written at once, and one may manage oneself."""
    world = World()
    manager = {"manager": {"value": "bulkId:u"}, "department": "x"}
    assert statuses(world.run(post("u", **{urns.ENTERPRISE_USER: manager}))) == ["201"]
    assert world.log == ["POST /Users", "PATCH /Users/1"]
    assert world.resources["Users/1"][urns.ENTERPRISE_USER] == {"manager": {"value": "1"}, "department": "x"}


def test_references_stand_in_paths_and_filters_too() -> None:
    """`/Groups/bulkId:g` and `members[value eq "bulkId:u"]` are references; the same letters in a text are none."""
    world = World()
    patch = {"schemas": [urns.PATCH_OP], "Operations": [{"op": "remove", "path": 'members[value eq "bulkId:u"]'}]}
    response = world.run(
        {"method": "PATCH", "path": "/Groups/bulkId:g", "data": patch},
        group("g", "u", "v"),
        post("u", title="see bulkId:nobody"),
        post("v"),
        {"method": "DELETE", "path": "/Users/bulkId:v"},
    )
    assert statuses(response) == ["200", "201", "201", "201", "204"]
    assert response["Operations"][4]["location"] == f"{BASE}/Users/2"
    assert world.resources["Groups/3"]["members"] == [{"value": "2"}]
    assert world.resources["Users/1"]["title"] == "see bulkId:nobody"


def test_a_reference_to_nothing_is_a_conflict() -> None:
    """Unknown bulkIds, and those whose creation failed, fail who refers to them with 409 (§3.7.1)."""
    world = World(refuse="u")
    response = world.run(group("g", "nobody"), post("u"), group("h", "u"))
    assert statuses(response) == ["409", "400", "409"]
    assert world.resources == {}
    assert "location" not in response["Operations"][0]


def test_a_broken_circle_tells_where_the_half_is() -> None:
    """When the other half cannot be created, the first one fails too, but the client learns that it exists."""
    response = World(refuse="b").run(group("a", "b"), group("b", "a"), group("c", "a"))
    assert statuses(response)[1] == "400"
    world = World(refuse="a")
    response = world.run(group("a", "b"), group("b", "a"))
    assert statuses(response) == ["400", "409"]
    assert response["Operations"][1]["location"] == f"{BASE}/Groups/1"
    assert "Groups/1" in world.resources


def test_after_enough_errors_the_rest_is_left_undone() -> None:
    """failOnErrors ends the course; what was not tried is not in the response (§3.7.3)."""
    world = World()
    nowhere = {"method": "DELETE", "path": "/Users/404"}
    response = world.run(post("a"), nowhere, nowhere, post("b"), failOnErrors=2)
    assert statuses(response) == ["201", "404", "404"]
    assert statuses(World().run(nowhere, post("b"), failOnErrors=1)) == ["404"]
    assert statuses(World().run(nowhere, post("b"))) == ["404", "201"]


@pytest.mark.parametrize(
    "operation",
    [
        "POST",
        {"method": "post", "path": "/Users", "bulkId": "x", "data": {}},
        {"method": "GET", "path": "/Users/1"},
        {"method": "POST", "path": "/Users", "data": {}},
        {"method": "POST", "path": "/Users", "bulkId": "x"},
        {"method": "POST", "path": "/Users/1", "bulkId": "x", "data": {}},
        {"method": "PUT", "path": "/Users", "data": {}},
        {"method": "PATCH", "path": "/Users/1", "data": []},
        {"method": "DELETE", "path": "https://else.where/Users/1"},
        {"method": "POST", "path": "/Users", "bulkId": "u", "data": {}},
    ],
)
def test_a_faulty_operation_fails_alone(operation: Any) -> None:
    """The others are carried out, and the response says in its place what was wrong."""
    response = World().run(post("u"), operation, post("v"))
    assert statuses(response) == ["201", "400", "201"]
    assert response["Operations"][1]["response"]["scimType"] == "invalidSyntax"


@pytest.mark.parametrize(
    ("payload", "status"),
    [
        ([], 400),
        ({"Operations": []}, 400),
        ({"schemas": [urns.BULK_REQUEST], "Operations": {}}, 400),
        ({"schemas": [urns.BULK_REQUEST], "Operations": [], "failOnErrors": 0}, 400),
        ({"schemas": [urns.BULK_REQUEST], "Operations": [{}] * 3}, 413),
    ],
)
def test_a_request_that_is_none_is_refused_as_a_whole(payload: Any, status: int) -> None:
    """Syntax is 400, too many operations 413 (§3.7.4)."""
    with pytest.raises(ScimError) as caught:
        parse_bulk(payload, BulkLimits(max_operations=2))
    assert caught.value.status == status


def test_a_body_that_is_too_large_is_refused() -> None:
    """maxPayloadSize is announced and answered with 413 (§3.7.4)."""
    limits = BulkLimits(max_payload=10)
    limits.check_payload(10)
    with pytest.raises(ScimError) as caught:
        limits.check_payload(11)
    assert caught.value.status == 413
    assert limits.render() == {"supported": True, "maxOperations": 1000, "maxPayloadSize": 10}


def test_a_long_chain_costs_no_stack() -> None:
    """A thousand groups, each in the next, are created from the far end."""
    world = World()
    chain = [group(f"g{n}", f"g{n + 1}") for n in range(999)]
    assert set(statuses(world.run(*chain, post("g999")))) == {"201"}
    assert "PATCH" not in " ".join(world.log)


@given(st.lists(st.sets(st.integers(0, 5)), min_size=1, max_size=6))
def test_any_web_of_groups_comes_out_as_written(web: list[set[int]]) -> None:
    """Whatever groups refer to each other, afterwards each has exactly the members it named."""
    members = [{n for n in targets if n < len(web)} for targets in web]
    world = World()
    response = world.run(*[group(f"g{at}", *(f"g{n}" for n in sorted(ns))) for at, ns in enumerate(members)])
    ids = [entry["location"].rpartition("/")[2] for entry in response["Operations"]]
    for at, expected in enumerate(members):
        resource = world.resources[f"Groups/{ids[at]}"]
        assert {member["value"] for member in resource.get("members", ())} == {ids[n] for n in expected}

"""RFC 7644 §3.7: the bulk examples, planned and answered as the RFC prints them."""

from typing import Any

import pytest

from provisor.scim import urns
from provisor.scim.bulk import BulkLimits, Method, Outcome, Run, parse_bulk
from provisor.scim.errors import NotFound, ScimError

BASE = "https://example.com/v2"


def batch(*operations: dict[str, Any], **more: Any) -> Run:
    """Begin the course of a bulk request."""
    return Run(parse_bulk({"schemas": [urns.BULK_REQUEST], **more, "Operations": list(operations)}), BASE)


def test_circular_references_between_two_groups() -> None:
    """§3.7.1: Group A contains Group B and Group B contains Group A; both are created, the circle is closed after."""
    run = batch(
        {
            "method": "POST",
            "path": "/Groups",
            "bulkId": "qwerty",
            "data": {
                "schemas": [urns.GROUP],
                "displayName": "Group A",
                "members": [{"type": "Group", "value": "bulkId:ytrewq"}],
            },
        },
        {
            "method": "POST",
            "path": "/Groups",
            "bulkId": "ytrewq",
            "data": {
                "schemas": [urns.GROUP],
                "displayName": "Group B",
                "members": [{"type": "Group", "value": "bulkId:qwerty"}],
            },
        },
    )
    first = run.next()
    assert first is not None
    run.settle(first, Outcome(201, f"{BASE}/Groups/b", 'W/"1"'), "b")
    second = run.next()
    assert second is not None
    assert {first.data["displayName"], second.data["displayName"]} == {"Group A", "Group B"}
    assert "members" not in first.data
    assert second.data["members"] == [{"type": "Group", "value": "b"}]
    run.settle(second, Outcome(201, f"{BASE}/Groups/a", 'W/"1"'), "a")
    closing = run.next()
    assert closing is not None
    assert (closing.method, closing.path) == (Method.PATCH, "/Groups/b")
    assert closing.data["Operations"] == [{"op": "add", "value": {"members": [{"type": "Group", "value": "a"}]}}]
    run.settle(closing, Outcome(200, f"{BASE}/Groups/b", 'W/"2"'))
    assert run.next() is None
    shown = {entry["bulkId"]: entry for entry in run.render()["Operations"]}
    assert {entry["status"] for entry in shown.values()} == {"201"}
    assert shown[run.batch.requests[closing.index].bulk_id]["version"] == 'W/"2"'


def test_a_user_and_the_group_that_contains_her() -> None:
    """§3.7.2: "Alice" is created under a bulkId, which "Tour Guides" refers to."""
    run = batch(
        {"method": "POST", "path": "/Users", "bulkId": "qwerty", "data": {"schemas": [urns.USER], "userName": "Alice"}},
        {
            "method": "POST",
            "path": "/Groups",
            "bulkId": "ytrewq",
            "data": {
                "schemas": [urns.GROUP],
                "displayName": "Tour Guides",
                "members": [{"type": "User", "value": "bulkId:qwerty"}],
            },
        },
    )
    alice = "92b725cd-9465-4e7d-8c16-01f8e146b87a"
    user = run.next()
    assert user is not None
    run.settle(user, Outcome(201, f"{BASE}/Users/{alice}", 'W/"4weymrEsh5O6cAEK"'), alice)
    guides = run.next()
    assert guides is not None
    assert guides.data["members"] == [{"type": "User", "value": alice}]
    run.settle(guides, Outcome(201, f"{BASE}/Groups/e9e30dba", 'W/"lha5bbazU3fNvfe5"'), "e9e30dba")
    assert run.next() is None
    assert run.render() == {
        "schemas": [urns.BULK_RESPONSE],
        "Operations": [
            {
                "method": "POST",
                "bulkId": "qwerty",
                "version": 'W/"4weymrEsh5O6cAEK"',
                "location": f"{BASE}/Users/{alice}",
                "status": "201",
            },
            {
                "method": "POST",
                "bulkId": "ytrewq",
                "version": 'W/"lha5bbazU3fNvfe5"',
                "location": f"{BASE}/Groups/e9e30dba",
                "status": "201",
            },
        ],
    }


FOUR: list[dict[str, Any]] = [
    {"method": "POST", "path": "/Users", "bulkId": "qwerty", "data": {"schemas": [urns.USER], "userName": "Alice"}},
    {"method": "PUT", "path": "/Users/b7c14771", "version": 'W/"3694e05e9dff591"', "data": {"userName": "Bob"}},
    {
        "method": "PATCH",
        "path": "/Users/5d8d29d3",
        "version": 'W/"edac3253e2c0ef2"',
        "data": {"schemas": [urns.PATCH_OP], "Operations": [{"op": "remove", "path": "nickName"}]},
    },
    {"method": "DELETE", "path": "/Users/e9025315", "version": 'W/"0ee8add0a938e1a"'},
]


def test_four_operations_in_one_request() -> None:
    """§3.7.3: POST, PUT, PATCH and DELETE with their versions; each is answered with status and location."""
    run = batch(*FOUR, failOnErrors=1)
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        step = run.next()
        assert step is not None
        assert step.method == method
        assert step.version == FOUR[step.index].get("version")
        created = method == "POST"
        status = {"POST": 201, "DELETE": 204}.get(method, 200)
        run.settle(
            step, Outcome(status, f"{BASE}/Users/92b725cd" if created else None), "92b725cd" if created else None
        )
    assert run.next() is None
    assert [(e["status"], e["location"].rpartition("/")[2]) for e in run.render()["Operations"]] == [
        ("201", "92b725cd"),
        ("200", "b7c14771"),
        ("200", "5d8d29d3"),
        ("204", "e9025315"),
    ]


def test_the_first_failure_ends_a_request_that_says_so() -> None:
    """§3.7.3: with failOnErrors 1 a failed POST is the only thing in the response, and it has no location."""
    run = batch(*FOUR, failOnErrors=1)
    step = run.next()
    assert step is not None
    run.settle(step, Outcome.of(NotFound("Request is unparsable")))
    assert run.next() is None
    (entry,) = run.render()["Operations"]
    assert (entry["status"], entry["response"]["detail"]) == ("404", "Request is unparsable")
    assert "location" not in entry


def test_limits_are_answered_with_413() -> None:
    """§3.7.4: more than maxOperations or maxPayloadSize is "413 Payload Too Large"."""
    limits = BulkLimits(max_operations=3, max_payload=1_048_576)
    with pytest.raises(ScimError) as caught:
        parse_bulk({"schemas": [urns.BULK_REQUEST], "Operations": FOUR}, limits)
    assert caught.value.status == 413
    with pytest.raises(ScimError, match="1048576") as caught:
        limits.check_payload(4_294_967)
    assert caught.value.status == 413

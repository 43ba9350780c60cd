"""Servers that are broken in one way each fail at exactly the steps that ask for it, and nowhere else."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from tests.conformance.crooked import Defect, Passing, crooked, untouched

from provisor.conformance import Verdict
from provisor.scimserver.testing import Peer


@dataclass(frozen=True)
class Broken:
    """A way to be broken, and the steps that fail because of it."""

    name: str
    fails: set[str]
    answer: Defect = untouched
    request: Defect = untouched
    deviates: set[str] = field(default_factory=set)


def each_resource(change: Callable[[dict[str, Any]], None]) -> Defect:
    """Spoil every resource in every answer."""

    def defect(passing: Passing) -> None:
        for resource in passing.resources:
            change(resource)

    return defect


def lower_case_names(user: dict[str, Any]) -> None:
    if "userName" in user:
        user["userName"] = user["userName"].lower()


def quoted_counts(passing: Passing) -> None:
    for name in ("totalResults", "startIndex", "itemsPerPage"):
        if isinstance(passing.answer, dict) and name in passing.answer:
            passing.answer[name] = str(passing.answer[name])


def conflict_accepted(passing: Passing) -> None:
    if passing.method == "POST" and passing.status == 409:
        passing.status, passing.answer = 201, {**passing.sent, "id": "made-up"}


def ignores_filters(passing: Passing) -> None:
    passing.query.pop("filter", None)


def nobody_is_404(passing: Passing) -> None:
    searched = passing.path == "/Users" and "filter" in passing.query and passing.status == 200
    if searched and not passing.answer["totalResults"]:
        error = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": "404", "detail": "nobody"}
        passing.status, passing.answer = 404, error


def errors_in_html(passing: Passing) -> None:
    if passing.status >= 400:
        passing.answer, passing.answer_headers = b"<html>no</html>", {"Content-Type": "text/html"}


def errors_without_detail(passing: Passing) -> None:
    if passing.status >= 400 and isinstance(passing.answer, dict):
        passing.answer.pop("detail", None)


def shows_passwords(passing: Passing) -> None:
    if isinstance(passing.sent, dict) and passing.method == "POST" and "password" in passing.sent:
        passing.answer["password"] = passing.sent["password"]


def hides_inactive(passing: Passing) -> None:
    resources = passing.resources
    if passing.method != "GET" or not any(each.get("active") is False for each in resources):
        return
    if "Resources" in passing.answer:
        kept = [each for each in resources if each.get("active") is not False]
        passing.answer |= {"Resources": kept, "totalResults": len(kept), "itemsPerPage": len(kept)}
    else:
        error = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": "404", "detail": "gone"}
        passing.status, passing.answer = 404, error


def no_patch(passing: Passing) -> None:
    if passing.method == "PATCH":
        error = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": "501", "detail": "no PATCH"}
        passing.status, passing.answer = 501, error


def no_patch_and_says_so(passing: Passing) -> None:
    if passing.path == "/ServiceProviderConfig" and isinstance(passing.answer, dict):
        passing.answer["patch"] = {"supported": False}


def asked_page_size(passing: Passing) -> None:
    if isinstance(passing.answer, dict) and "itemsPerPage" in passing.answer and "count" in passing.query:
        passing.answer["itemsPerPage"] = max(0, int(passing.query["count"]))


def lets_everybody_in(token: str) -> Defect:
    def defect(passing: Passing) -> None:
        passing.headers["Authorization"] = f"Bearer {token}"

    return defect


def loses_plus(passing: Passing) -> None:
    passing.raw_query = (passing.raw_query or "").replace("+", "%2B")


def remove_clears_all_members(passing: Passing) -> None:
    for operation in passing.sent.get("Operations", []) if isinstance(passing.sent, dict) else []:
        if operation.get("op") == "remove" and str(operation.get("path", "")).startswith("members["):
            operation["path"] = "members"


def no_location(passing: Passing) -> None:
    passing.answer_headers.pop("Location", None)


def no_deletes(passing: Passing) -> None:
    if passing.method == "DELETE":
        error = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": "405", "detail": "no DELETE"}
        passing.status, passing.answer = 405, error


def fails_on_empty(passing: Passing) -> None:
    if isinstance(passing.sent, dict) and "nickName" in passing.sent and passing.sent["nickName"] is None:
        passing.status, passing.answer = 500, b"Traceback (most recent call last)"


def new_ids_on_put(passing: Passing) -> None:
    if passing.method == "PUT" and passing.status == 200 and isinstance(passing.answer, dict):
        passing.answer["id"] = "another-" + passing.answer["id"]


def unstable_order(passing: Passing) -> None:
    if passing.query.get("startIndex") == "2" and passing.query.get("count") == "1":
        passing.query["startIndex"] = "1"


def single_email(user: dict[str, Any]) -> None:
    if user.get("emails"):
        user["emails"] = user["emails"][0]


def ignores_versions(passing: Passing) -> None:
    passing.headers.pop("If-Match", None)


BROKEN = [
    Broken("ignores versions", {"searching/stale"}, request=ignores_versions),
    Broken(
        "lower-cases userName",
        {
            "scim2-spec/create-user",
            "scim2-spec/get-new-user",
            "users/create",
            "users/read",
            "users/rename",
            "patch/deactivate-shown",
            "patch/still-the-same",
            "searching/search-everything",
        },
        each_resource(lower_case_names),
        deviates={"users/attributes"},
    ),
    Broken(
        "quotes the counts of lists",
        {
            "scim2-spec/list-users",
            "discovery/resource-types-content",
            "discovery/schemas-content",
            "groups/list",
            "paging/first",
            "paging/second",
            "paging/beyond",
            "paging/count-zero",
            "paging/no-count",
            "searching/search-users",
            "searching/search-everything",
        },
        quoted_counts,
    ),
    Broken(
        "accepts a userName twice", {"scim2-spec/create-user-again", "users/duplicate-in-capitals"}, conflict_accepted
    ),
    Broken(
        "ignores filters",
        {
            "scim2-spec/look-up-nobody",
            "scim2-spec/look-up-new-user",
            "users/inactive-by-filter",
            "groups/look-up",
            "groups/look-up-awkward",
            "filters/eq",
            "filters/eq-upper",
            "filters/plus",
            "filters/other-order",
            "filters/word",
            "filters/unquoted",
            "filters/unclosed",
            "filters/unknown-operator",
        },
        request=ignores_filters,
        deviates={
            "scim2-spec/look-up-upper-case",
            "discovery/filtered-schemas",
            "filters/attribute-case",
            "filters/urn",
            "filters/external-id",
            "filters/complex",
            "filters/emails",
            "filters/value-path",
            "filters/sw",
            "filters/co",
            "filters/ew",
            "filters/pr",
            "filters/pr-absent",
            "filters/ne",
            "filters/active",
            "filters/gt-date",
            "filters/or",
            "filters/not",
            "entra/probe",
            "entra/by-external-id",
            "entra/by-work-email",
        },
    ),
    Broken(
        "answers 404 when nobody is found",
        {"scim2-spec/look-up-nobody", "scim2-spec/look-up-new-user"},
        nobody_is_404,
        deviates={"filters/pr-absent", "entra/probe"},
    ),
    Broken(
        "answers errors in HTML",
        {
            "scim2-spec/get-nobody",
            "scim2-spec/wrong-credentials",
            "scim2-spec/get-nobody-again",
            "discovery/unknown-schema",
            "users/duplicate-in-capitals",
            "users/replace-nobody",
            "users/read-deleted",
            "groups/read-deleted",
            "filters/word",
            "filters/unquoted",
            "filters/unclosed",
            "filters/unknown-operator",
            "patch/unknown-operation",
            "patch/remove-nothing",
            "patch/malformed-path",
            "patch/nobody",
            "errors/not-found",
            "errors/no-credentials",
            "errors/not-json",
            "errors/not-an-object",
            "errors/no-user-name",
            "errors/wrong-type",
            "errors/unknown-path",
            "searching/stale",
        },
        errors_in_html,
        deviates={"users/rename-taken", "errors/wrong-method"},
    ),
    Broken(
        "gives no reason for errors",
        {
            "scim2-spec/get-nobody",
            "scim2-spec/wrong-credentials",
            "scim2-spec/get-nobody-again",
            "discovery/unknown-schema",
            "users/duplicate-in-capitals",
            "users/replace-nobody",
            "users/read-deleted",
            "groups/read-deleted",
            "filters/word",
            "filters/unquoted",
            "filters/unclosed",
            "filters/unknown-operator",
            "patch/unknown-operation",
            "patch/remove-nothing",
            "patch/malformed-path",
            "patch/nobody",
            "errors/not-found",
            "errors/not-json",
            "errors/not-an-object",
            "errors/no-user-name",
            "errors/wrong-type",
            "searching/stale",
        },
        errors_without_detail,
        deviates={"errors/no-credentials"},
    ),
    Broken("returns passwords", {"users/create"}, shows_passwords),
    Broken(
        "hides inactive users",
        {"users/inactive-by-id", "users/inactive-by-filter", "patch/deactivate-shown"},
        hides_inactive,
        deviates={"entra/disable-shown"},
    ),
    Broken(
        "has no PATCH",
        {
            "groups/rename",
            "groups/add-members",
            "groups/add-member-again",
            "groups/remove-member",
            "groups/remove-and-add",
            "groups/replace-members",
            "groups/empty",
            "patch/deactivate",
            "patch/activate",
            "patch/sub-attribute",
            "patch/complex-merge",
            "patch/add",
            "patch/remove",
            "patch/value-path",
            "patch/several",
            "patch/activate-again",
            "patch/unknown-operation",
            "patch/remove-nothing",
            "patch/malformed-path",
            "patch/nobody",
        },
        request=no_patch,
        deviates={
            "groups/rename-with-id",
            "patch/extension",
            "patch/capitalised",
            "entra/create-by-path",
            "entra/replace-by-path",
            "entra/disable",
            "entra/add-members",
            "entra/remove-member",
        },
    ),
    Broken("has no PATCH and says so", set(), no_patch_and_says_so, no_patch),
    Broken("tells the page size that was asked for", {"paging/beyond"}, asked_page_size),
    Broken("wants + to be a plus", {"filters/plus"}, request=loses_plus),
    Broken("empties a group when one member goes", {"groups/remove-member-shown"}, request=remove_clears_all_members),
    Broken("gives no Location", {"users/create"}, no_location),
    Broken("cannot delete", {"groups/delete"}, request=no_deletes),
    Broken("fails on null", set(), request=fails_on_empty, deviates={"users/replace-with-empty"}),
    Broken("changes ids", {"users/replace", "users/rename", "users/reactivate"}, new_ids_on_put),
    Broken("repeats people on the next page", {"paging/second"}, request=unstable_order),
    Broken(
        "drops emails",
        {"scim2-spec/list-users", "scim2-spec/get-user", "users/replace", "patch/value-path-shown"},
        each_resource(lambda user: user.pop("emails", None)),
        deviates={"entra/replace-by-path-shown"},
    ),
    Broken(
        "sends one email as an object",
        {"scim2-spec/list-users", "scim2-spec/get-user", "users/replace", "patch/value-path-shown"},
        each_resource(single_email),
        deviates={"entra/replace-by-path-shown"},
    ),
]


@pytest.mark.parametrize("broken", BROKEN, ids=lambda each: each.name)
async def test_a_defect_fails_exactly_the_steps_that_ask_for_it(checking: Any, peer: Peer, broken: Broken) -> None:
    """What fails and what deviates names the defect; every other step is judged as if it were not there."""
    with crooked(peer.url, broken.answer, broken.request) as url:
        report = await checking.run(url, peer.token)
    assert set(checking.found(report, Verdict.FAILED)) == broken.fails
    assert set(checking.found(report, Verdict.DEVIATION)) - {"patch/read-only"} == broken.deviates
    assert checking.found(report, Verdict.CHECKER_ERROR) == []
    assert report.conformant == (not broken.fails)


async def test_a_server_that_lets_everybody_in_fails_where_credentials_are_wrong(checking: Any, peer: Peer) -> None:
    """Wrong credentials and none at all are both tried."""
    with crooked(peer.url, request=lets_everybody_in(peer.token)) as url:
        report = await checking.run(url, peer.token)
    assert checking.found(report, Verdict.FAILED) == ["scim2-spec/wrong-credentials", "errors/no-credentials"]


async def test_what_cannot_be_deleted_is_switched_off_or_named(checking: Any, peer: Peer) -> None:
    """Users become inactive; a group that stays is named with its place."""
    with crooked(peer.url, request=no_deletes) as url:
        report = await checking.run(url, peer.token)
    assert peer.users()
    assert {each["active"] for each in peer.users()} == {False}
    assert sum(each.switched_off for each in report.suites) == len(peer.users())
    left = {each.where for suite in report.suites for each in suite.left_behind}
    assert left == {f"/Groups/{each['id']}" for each in peer.groups()}


async def test_a_user_whose_creation_was_answered_without_an_id_is_found_and_deleted(checking: Any, peer: Peer) -> None:
    """A 201 with an empty body is a failure of the step, and no reason to leave somebody behind."""

    def no_body(passing: Passing) -> None:
        if passing.method == "POST":
            passing.answer = None

    with crooked(peer.url, no_body) as url:
        report = await checking.run(url, peer.token, "scim2-spec")
    assert checking.found(report, Verdict.FAILED) == ["scim2-spec/create-user"]
    assert peer.users() == []


async def test_what_can_be_neither_named_nor_found_is_told(checking: Any, peer: Peer) -> None:
    """A group whose creation and whose look-up are unreadable stays, and its name is in the report."""

    def unreadable(passing: Passing) -> None:
        if passing.path == "/Groups":
            passing.answer = b"<html>"

    with crooked(peer.url, unreadable) as url:
        report = await checking.run(url, peer.token, "groups")
    (left,) = report.suites[0].left_behind
    assert [each["displayName"] for each in peer.groups()] == [left.what]
    assert left.why == "its id is not known, and it was not found by its name"

"""The suite for SCIM 1.1 against a server of that version: the reference server, translated at the wire."""

from typing import Any

from tests.conformance.crooked import Passing, crooked

from provisor.conformance import Verdict
from provisor.scim import urns
from provisor.scimserver.testing import Peer

CORE = "urn:scim:schemas:core:1.0"
CONFIG = {
    "schemas": [CORE],
    "patch": {"supported": True},
    "bulk": {"supported": False, "maxOperations": 100, "maxPayloadSize": 1000},
    "filter": {"supported": True, "maxResults": 100},
    "changePassword": {"supported": True},
    "sort": {"supported": False},
    "etag": {"supported": True},
    "authenticationSchemes": [{"type": "oauthbearertoken", "name": "Token", "description": "A bearer token."}],
}


def to_2(passing: Passing) -> None:
    """What a 1.1 client asks, as a 2.0 client would."""
    if passing.path == "/ServiceProviderConfigs":
        passing.status, passing.answer = (200, CONFIG) if passing.method == "GET" else (405, _errors(405, "Read it."))
    elif isinstance(passing.sent, dict):
        passing.headers["Content-Type"] = "application/json"
        if passing.method == "PATCH":
            value = {name: each for name, each in passing.sent.items() if name != "schemas"}
            passing.sent = {"schemas": [urns.PATCH_OP], "Operations": [{"op": "replace", "value": value}]}
        else:
            passing.sent["schemas"] = [urns.GROUP if passing.path == "/Groups" else urns.USER]


def to_1(passing: Passing) -> None:
    """What the 2.0 server answers, as a 1.1 server would."""
    answer = passing.answer
    if not isinstance(answer, dict):
        return
    if urns.ERROR in answer["schemas"]:
        passing.answer = _errors(passing.status, answer["detail"])
        return
    answer["schemas"] = [CORE, f"{CORE}:ListResponse"] if "Resources" in answer else [CORE]
    for each in passing.resources:
        each["schemas"] = [CORE]


def _errors(status: int, words: str) -> dict[str, Any]:
    return {"Errors": [{"description": words, "code": status}], "detail": words}


async def test_a_server_of_the_older_version_is_conformant(checking: Any, peer: Peer) -> None:
    """All sixteen steps pass, and nothing is left behind."""
    with crooked(peer.url, to_1, to_2) as url:
        report = await checking.run(url, peer.token, "scim1-spec")
    assert checking.found(report, Verdict.FAILED, Verdict.DEVIATION, Verdict.SKIPPED, Verdict.CHECKER_ERROR) == []
    assert report.counts()[Verdict.PASSED] == 16
    assert (peer.users(), peer.groups()) == ([], [])


async def test_an_error_without_detail_fails_where_the_suite_asks_for_it(checking: Any, peer: Peer) -> None:
    """SCIM 1.1 itself has no `detail`; the step says so."""

    def as_the_standard_has_it(passing: Passing) -> None:
        to_1(passing)
        if isinstance(passing.answer, dict):
            passing.answer.pop("detail", None)

    with crooked(peer.url, as_the_standard_has_it, to_2) as url:
        report = await checking.run(url, peer.token, "scim1-spec")
    assert checking.found(report, Verdict.FAILED) == ["scim1-spec/get-nobody"]


async def test_what_need_not_be_offered_is_skipped(checking: Any, peer: Peer) -> None:
    """Discovery is optional, and so is what depends on it."""

    def without_discovery(passing: Passing) -> None:
        to_2(passing)
        if passing.path in ("/ServiceProviderConfigs", "/ResourceTypes", "/Schemas"):
            passing.status, passing.answer = 404, _errors(404, "no such thing")

    with crooked(peer.url, to_1, without_discovery) as url:
        report = await checking.run(url, peer.token, "scim1-spec")
    assert report.conformant
    assert report.counts()[Verdict.SKIPPED] == 6


async def test_a_server_of_the_newer_version_fails_the_older_suite(checking: Any, peer: Peer) -> None:
    """Schemas are told apart."""
    report = await checking.run(peer.url, peer.token, "scim1-spec")
    assert "scim1-spec/list-users" in checking.found(report, Verdict.FAILED)


async def test_users_of_the_older_version_are_switched_off_in_its_words(checking: Any, peer: Peer) -> None:
    """Where nothing can be deleted, the PATCH is a partial resource, as SCIM 1.1 has it."""

    def no_deletes(passing: Passing) -> None:
        to_2(passing)
        if passing.method == "DELETE":
            passing.status, passing.answer = 405, _errors(405, "never")

    with crooked(peer.url, to_1, no_deletes) as url:
        report = await checking.run(url, peer.token, "scim1-spec")
    assert {each["active"] for each in peer.users()} == {False}
    assert report.suites[0].switched_off == 2

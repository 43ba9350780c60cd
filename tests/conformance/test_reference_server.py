"""Our own server under our own suites: it passes what it should, and nothing of the run is left in it."""

from importlib.resources import files
from typing import Any

import aiohttp
import orjson

from provisor.conformance import SUITES, Verdict
from provisor.conformance.suites.entitlements import ENTITLEMENT, ROLE
from provisor.scim.policy import STRICT
from provisor.scim.schemas import USER, parse_resource_types
from provisor.scimserver.testing import Peer, running

WANTING = (Verdict.FAILED, Verdict.CHECKER_ERROR, Verdict.DEVIATION, Verdict.ACCEPTABLE)
TWO = [each.id for each in SUITES if each.protocol == "2.0"]
TYPES = [
    {"name": "Role", "endpoint": "/Roles", "schema": ROLE},
    {"name": "Profile", "endpoint": "/Profiles", "schema": ENTITLEMENT},
]
GOVERNANCE = orjson.loads((files("provisor.scim.schemas") / "governance.json").read_bytes())


async def create(peer: Peer, endpoint: str, body: dict[str, Any]) -> None:
    """Put a resource into a server, as its people would."""
    headers = {**peer.headers, "Content-Type": "application/scim+json"}
    async with aiohttp.ClientSession() as session:
        answer = await session.post(peer.url + endpoint, data=orjson.dumps(body), headers=headers)
        assert answer.status == 201, await answer.text()


async def test_the_reference_server_is_conformant(checking: Any, peer: Peer) -> None:
    """Every suite of SCIM 2.0 passes; the tolerant policy's one deviation is that it overlooks a written id."""
    report = await checking.run(peer.url, peer.token, *TWO)
    assert checking.found(report, *WANTING) == ["patch/read-only"]
    assert report.conformant
    assert report.note == ""


async def test_the_strict_policy_refuses_what_clients_send_beside_the_rfcs(checking: Any) -> None:
    """An id inside a value (Okta), capitals in `op` and the like (Entra ID) are deviations then; nothing else is."""
    with running(policy=STRICT) as strict:
        report = await checking.run(strict.url, strict.token, *TWO)
    wanting = checking.found(report, Verdict.FAILED, Verdict.CHECKER_ERROR, Verdict.DEVIATION)
    assert [each for each in wanting if not each.startswith("entra/")] == ["groups/rename-with-id", "patch/capitalised"]
    assert {"entra/add-members", "entra/disable", "entra/remove-member", "entra/create-user"} <= set(wanting)


async def test_nothing_is_left_behind(checking: Any, peer: Peer) -> None:
    """What the suites created is deleted again."""
    report = await checking.run(peer.url, peer.token, *TWO)
    assert (peer.users(), peer.groups()) == ([], [])
    assert sum(each.removed for each in report.suites) >= 15
    assert not any(each.left_behind for each in report.suites)


async def test_who_was_there_before_is_not_written_to(checking: Any, peer: Peer) -> None:
    """The suites may read a stranger; they write only to what they created."""
    person = {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": "ann@example.com",
        "name": {"givenName": "Ann", "familyName": "Ives"},
        "emails": [{"value": "ann@example.com", "primary": True}],
        "active": True,
    }
    await create(peer, "/Users", person)
    before = peer.users()
    await checking.run(peer.url, peer.token, *TWO)
    assert peer.users() == before
    writes = [each.target for each in peer.journal if each.method in ("PUT", "PATCH", "DELETE")]
    assert writes
    assert not [target for target in writes if before[0]["id"] in target]


async def test_steps_about_what_is_not_offered_are_skipped(checking: Any) -> None:
    """A server that keeps only users is not held to groups."""
    with running(resource_types=(USER,)) as peer:
        report = await checking.run(peer.url, peer.token)
    assert report.conformant
    groups = next(each for each in report.suites if each.suite.id == "groups")
    assert {each.verdict for each in groups.steps if not each.prepares} == {Verdict.SKIPPED}


async def test_entitlements_are_found_by_their_schema(checking: Any) -> None:
    """Each resource type with one of the two schemas is a step of its own; having none of them fails it."""
    kinds = parse_resource_types({"schemas": GOVERNANCE["schemas"], "resourceTypes": TYPES})
    endpoints = [each.endpoint for each in kinds if each.name not in ("User", "Group")]
    assert "/Roles" in endpoints
    with running(resource_types=kinds) as peer:
        empty = await checking.run(peer.url, peer.token, "entitlements")
        for each in TYPES:
            typed = {"type": each["name"]} if each["schema"] == ENTITLEMENT else {}
            await create(peer, each["endpoint"], {"schemas": [each["schema"]], "displayName": "First", **typed})
        report = await checking.run(peer.url, peer.token, "entitlements")
        named = await checking.run(peer.url, peer.token, "entitlements", given={"entitlement_endpoints": ["/Users"]})
    steps = [f"entitlements/list-entitlements-{nth}" for nth in range(1, len(endpoints) + 1)]
    assert checking.found(empty, Verdict.FAILED) == steps
    assert checking.found(report, Verdict.PASSED)[1:] == steps
    assert [each.name for each in report.steps()][1:] == [f"List {each}, one a page" for each in endpoints]
    assert [each.name for each in named.steps()][1:] == ["List /Users, one a page"]

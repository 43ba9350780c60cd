"""The probe with a scratch account: what it tries, what it proposes, what it leaves behind."""

from typing import Any

import pytest

from provisor.connector import Finding, Probed
from provisor.connectors.egress import EgressPolicy, parse_allow_list
from provisor.connectors.http import AiohttpTransport
from provisor.connectors.scim import AuthScheme, Dialect, ScimConnector, ScimSettings, authorization
from provisor.scimserver.testing import running

from .odd_app import odd_app

TOKEN = "token-of-the-trial"


async def tried(url: str, token: str = TOKEN, *, delete: bool = False) -> Probed:
    transport = AiohttpTransport(EgressPolicy(parse_allow_list("127.0.0.0/8")), timeout=10)
    header = authorization(AuthScheme.TOKEN, token=token)
    connector = ScimConnector(transport, ScimSettings(url, header, Dialect.MINIMAL))
    try:
        return await connector.probe(scratch=True, delete=delete)
    finally:
        await connector.close()


def changes(probed: Probed) -> dict[str, Any]:
    """The fields that were proposed, each with a reason."""
    assert all(each.reason.endswith(".") for each in probed.findings)
    return {each.field: each.change for each in probed.findings if each.change is not None}


def told(probed: Probed, field: str) -> Finding:
    (found,) = [each for each in probed.findings if each.field == field]
    return found


async def test_our_own_server_needs_nothing_of_what_was_tried() -> None:
    """Every way works; one account with a telling name is left, switched off, and nobody else is there."""
    async with running(token=TOKEN) as peer:
        probed = await tried(peer.url)
        (left,) = peer.users()
    assert left["userName"].startswith("provisor-probe-delete-me-")
    assert (left["active"], left["id"] in probed.left) == (False, True)
    assert "deactivated" in probed.left
    found = changes(probed)
    assert (found["profile_by"], found["lists"], found["clear_as"]) == ("patch", "element", "null")
    assert (found["switch_by"], found["switch_apart"], found["if_match"]) == ("patch", False, True)
    assert not any(each.needed for each in probed.findings)


async def test_the_account_is_deleted_only_when_that_is_asked_for() -> None:
    """Then nothing is left."""
    async with running(token=TOKEN) as peer:
        probed = await tried(peer.url, delete=True)
        assert peer.users() == []
    assert "deleted again" in probed.left


@pytest.mark.parametrize(
    ("defects", "expected"),
    [
        ({"patch": 501}, {"profile_by": "put", "switch_by": "put", "clear_as": "null"}),
        ({"no_elements": True}, {"profile_by": "patch", "lists": "whole", "switch_by": "patch"}),
        ({"keeps": True}, {"profile_by": "patch", "clear_as": "keep"}),
    ],
)
async def test_a_defect_is_a_field_that_makes_up_for_it(defects: dict[str, Any], expected: dict[str, Any]) -> None:
    """What the app does, not what it says of itself, decides."""
    async with odd_app(**defects) as app:
        found = changes(await tried(app.url))
        (left,) = app.users.values()
    assert {name: found[name] for name in expected} == expected
    assert left["active"] is False


async def test_what_an_app_loses_or_alters_is_named() -> None:
    """Attributes that it takes and forgets, values that come back changed, people it hides."""
    async with odd_app(ignores=frozenset({"title"}), shouts=frozenset({"nickName"}), hides=True) as app:
        probed = await tried(app.url)
    assert told(probed, "attributes").value == "title"
    assert "'Probe' became 'PROBE'" in told(probed, "attributes changed").reason
    assert told(probed, "inactive accounts").value == "are hidden"
    assert changes(probed)["profile_by"] == "patch"


async def test_an_account_that_may_not_be_deleted_is_switched_off_and_both_are_said() -> None:
    """Nothing is left active because of a refusal."""
    async with odd_app(deletes=False) as app:
        probed = await tried(app.url, delete=True)
        (left,) = app.users.values()
    assert left["active"] is False
    assert "could not be deleted" in probed.left
    assert "deactivated" in probed.left


async def test_without_a_scratch_account_nothing_is_written() -> None:
    """The probe of every test of credentials only reads."""
    async with odd_app() as app:
        transport = AiohttpTransport(EgressPolicy(parse_allow_list("127.0.0.0/8")), timeout=10)
        header = authorization(AuthScheme.TOKEN, token=TOKEN)
        connector = ScimConnector(transport, ScimSettings(app.url, header, Dialect.MINIMAL))
        probed = await connector.probe(scratch=False, delete=False)
        await connector.close()
        assert {each.partition(" ")[0] for each in app.asked} == {"GET"}
    assert probed.left == ""

"""The probe: what it proposes for our server, for one we did not write, for one of SCIM 1.1, and for odd ones."""

import socket
import subprocess
import sys
from typing import Any

import aiohttp
import pytest
from tests.peers.raw_server import Reply, raw_server, reply

from provisor.connector import ConfigError, PeerNonconformant
from provisor.connectors.egress import EgressPolicy, parse_allow_list
from provisor.connectors.http import AiohttpTransport
from provisor.connectors.scim import (
    ENTERPRISE,
    AuthScheme,
    Dialect,
    Lists,
    Proposal,
    ScimConnector,
    ScimSettings,
    Version,
    Write,
    authorization,
    load_policy,
    probe,
)
from provisor.scimserver.testing import running

from .scim11_app import scim11_app

TOKEN = "token-of-the-probe"
MANAGER = f"{ENTERPRISE}:manager.displayName"
ADA = {
    "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
    "userName": "Ada@example.com",
    "emails": [{"value": "ada@example.com", "primary": True}],
}


async def probed(url: str, token: str = TOKEN) -> Proposal:
    transport = AiohttpTransport(EgressPolicy(parse_allow_list("127.0.0.0/8")), timeout=10)
    try:
        return await probe(transport, ScimSettings(url, authorization(AuthScheme.TOKEN, token=token)))
    finally:
        await transport.close()


def values(proposal: Proposal) -> dict[str, str]:
    """Each finding's value; every one has a reason."""
    assert all(finding.reason.endswith(".") for finding in proposal.findings)
    return {finding.field: finding.value for finding in proposal.findings}


async def test_our_own_server_is_proposed_the_minimal_dialect() -> None:
    """It offers everything and says so; nothing is changed there."""
    async with running(token=TOKEN) as peer:
        proposal = await probed(peer.url)
        assert {exchange.method for exchange in peer.journal} == {"GET"}
        assert len(peer.journal) == 5
    minimal = load_policy(Dialect.MINIMAL)
    policy = proposal.policy
    assert (policy.version, policy.profile_by, policy.switch_by) == (Version.V2, Write.PATCH, Write.PATCH)
    assert (policy.if_match, policy.bulk, policy.page, policy.lists) == (True, True, 100, minimal.lists)
    assert proposal.unknown == ()
    assert values(proposal)["filter"] == "works"


async def test_another_server_is_told_apart_by_what_it_declares() -> None:
    """`scim2-server` declares a manager's displayName read-only; a user there is found by name."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "scim2_server.testserver.cli", "--port", str(port), "--bearer-token", TOKEN]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        assert server.stdout is not None
        assert "Serving SCIM" in server.stdout.readline()
        url = f"http://127.0.0.1:{port}/v2"
        try:
            headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/scim+json"}
            async with (
                aiohttp.ClientSession(headers=headers) as session,
                session.post(f"{url}/Users", json=ADA) as answer,
            ):
                assert answer.status == 201
            proposal = await probed(url)
        finally:
            server.terminate()
    assert proposal.policy.server_only == (MANAGER,)
    assert (proposal.policy.profile_by, proposal.policy.if_match, proposal.policy.bulk) == (Write.PATCH, True, True)
    assert (values(proposal)["filter"], proposal.unknown) == ("works", ())


async def test_an_app_of_the_older_version_is_recognised() -> None:
    """By its `ServiceProviderConfigs`; the templates' dialect is proposed, and what it does not declare is named."""
    async with scim11_app() as app:
        proposal = await probed(app.url, app.token)
        assert {each.method for each in app.asked} == {"GET"}
    policy = proposal.policy
    assert (policy.version, policy.profile_by, policy.switch_by) == (Version.V1, Write.PUT, Write.PATCH)
    assert (policy.if_match, policy.bulk) == (True, False)
    assert {"givenName", "department"} <= set(proposal.unknown)
    assert not {"userName", "title"} & set(proposal.unknown)


async def test_wrong_credentials_are_a_matter_of_settings() -> None:
    """There is nothing to propose for an app that lets nobody in."""
    async with running(token=TOKEN) as peer:
        with pytest.raises(ConfigError):
            await probed(peer.url, "wrong")


LIST: dict[str, Any] = {
    "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
    "totalResults": 1,
    "startIndex": 1,
    "itemsPerPage": 1,
    "Resources": [{"id": "7", "userName": "ada", "meta": {}, "emails": [{"value": "a@x"}]}],
}
CONFIG = {
    "patch": {"supported": False},
    "etag": {"supported": True},
    "bulk": {"supported": False},
    "filter": {"supported": True, "maxResults": 20},
}


async def odd(users: Any, found: Reply | None = None, config: Any = None) -> Proposal:
    """A server that describes itself by `config` alone."""
    described = [reply(200, config)] if config else [reply(404), reply(404)]
    async with raw_server(
        [*described, reply(200, users), found or reply(200, users), reply(404), reply(404)]
    ) as server:
        return await probed(server.url)


async def test_each_lack_is_a_field_with_its_reason() -> None:
    """No PATCH, no versions though it says so, no Bulk, short pages, elements that cannot be selected."""
    proposal = await odd(LIST, config=CONFIG)
    policy = proposal.policy
    assert (policy.profile_by, policy.switch_by, policy.switch_apart) == (Write.PUT, Write.PUT, False)
    assert (policy.if_match, policy.bulk, policy.page, policy.lists) == (False, False, 20, Lists.WHOLE)
    shown = values(proposal)
    assert (shown["page"], shown["lists"], shown["if_match"]) == ("20", "whole", "false")


async def test_what_an_app_does_not_say_is_learned_as_it_goes() -> None:
    """Without a description PATCH is tried, and PUT takes its place."""
    proposal = await odd(LIST)
    assert (proposal.policy.profile_by, proposal.policy.put_when_refused) == (Write.PATCH, True)
    assert (proposal.policy.version, proposal.policy.bulk) == (Version.V2, True)


async def test_an_older_app_without_a_description_is_recognised_by_its_lists() -> None:
    """By the URN that its lists name."""
    proposal = await odd(LIST | {"schemas": ["urn:scim:schemas:core:1.0"]})
    assert proposal.policy.version is Version.V1


async def test_what_the_app_gets_wrong_is_tolerated_by_name() -> None:
    """Quoted numbers, a missing URN, quoted booleans, numbers as ids: one field each."""
    users = {
        "totalResults": "1",
        "startIndex": "1",
        "itemsPerPage": "1",
        "Resources": [{"id": 7, "userName": "ada", "active": "True"}],
    }
    proposal = await odd(users)
    policy = proposal.policy
    assert (policy.quoted_integers, policy.optional_list_schemas) == (True, True)
    assert (policy.integer_ids, policy.quoted_booleans) == (True, True)
    assert {"quoted_integers", "optional_list_schemas", "integer_ids", "quoted_booleans"} <= values(proposal).keys()


async def test_what_cannot_be_tolerated_is_told() -> None:
    """A list that is none."""
    with pytest.raises(PeerNonconformant, match="cannot be read"):
        await odd({"users": []})


@pytest.mark.parametrize(
    ("found", "verdict"),
    [
        (reply(200, LIST | {"Resources": [{"id": "8", "userName": "bob"}]}), "ignored"),
        (reply(200, LIST | {"totalResults": 0, "Resources": []}), "finds nobody"),
        (reply(400, {"detail": "no filters here"}), "refused"),
    ],
)
async def test_a_look_up_that_cannot_be_relied_on_is_named(found: Reply, verdict: str) -> None:
    """Linking depends on it."""
    assert values(await odd(LIST, found))["filter"] == verdict


async def test_the_connection_test_tells_what_the_policy_in_force_lacks() -> None:
    """Short pages and users without `primary`; what the connector adapts to by itself is not repeated."""
    script = [reply(200, LIST), reply(404), reply(200, CONFIG), reply(200, CONFIG), *[reply(200, LIST)] * 2]
    async with raw_server([*script, reply(404), reply(404)]) as server:
        transport = AiohttpTransport(EgressPolicy(parse_allow_list("127.0.0.0/8")), timeout=10)
        header = authorization(AuthScheme.TOKEN, token=TOKEN)
        connector = ScimConnector(transport, ScimSettings(server.url, header, Dialect.MINIMAL))
        survey = await connector.survey()
        await connector.close()
    assert [(each.setting, each.value) for each in survey.suggestions] == [("page", "20"), ("lists", "whole")]
    assert {each.method for each in server.received} == {"GET"}


async def test_the_connection_test_has_nothing_to_suggest_for_our_own_server() -> None:
    """In every dialect of its version."""
    async with running(token=TOKEN) as peer:
        for dialect in (Dialect.MINIMAL, Dialect.PATCH, Dialect.PUT):
            transport = AiohttpTransport(EgressPolicy(parse_allow_list("127.0.0.0/8")), timeout=10)
            header = authorization(AuthScheme.TOKEN, token=TOKEN)
            connector = ScimConnector(transport, ScimSettings(peer.url, header, dialect))
            found = (await connector.survey()).suggestions
            await connector.close()
            assert found == ()

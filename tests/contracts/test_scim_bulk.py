"""Bulk: writes that wait together go together, and each caller gets the answer to its own."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from tests.peers.raw_server import DROP, RawServer, Reply, raw_server, reply

from provisor.connector import (
    ConfigError,
    Desired,
    PeerConflict,
    PeerError,
    PeerMissing,
    PeerThrottled,
    PeerUnavailable,
    Request,
    Response,
)
from provisor.connectors.egress import EgressPolicy, parse_allow_list
from provisor.connectors.http import AiohttpTransport
from provisor.connectors.scim import AuthScheme, Dialect, ScimConnector, ScimSettings, authorization
from provisor.connectors.scim.bulk import BulkTransport
from provisor.scimserver.options import Limits
from provisor.scimserver.testing import Peer, Rule, running

LOOPBACK = EgressPolicy(parse_allow_list("127.0.0.0/8"))
TOGETHER = 30


def person(number: int, **values: str) -> Desired:
    return Desired(f"00u{number}", f"p{number}@x", {"givenName": f"P{number}", "familyName": "T", **values})


@asynccontextmanager
async def connected(url: str, token: str = "token") -> AsyncIterator[ScimConnector]:
    header = authorization(AuthScheme.TOKEN, token=token)
    connector = ScimConnector(AiohttpTransport(LOOPBACK), ScimSettings(url, header, Dialect.MINIMAL))
    yield connector
    await connector.close()


@asynccontextmanager
async def peer_and_connector(**options: Any) -> AsyncIterator[tuple[Peer, ScimConnector]]:
    async with running(**options) as peer, connected(peer.url, peer.token) as connector:
        yield peer, connector


def seen(peer: Peer) -> list[str]:
    """Methods and last parts of the paths, in order."""
    return [f"{each.method} {each.target.rpartition('/')[2]}" for each in peer.journal]


async def create(connector: ScimConnector, count: int = TOGETHER) -> list[Any]:
    return await asyncio.gather(
        *(connector.create_account(person(number), "secret-word") for number in range(count)), return_exceptions=True
    )


async def test_creates_and_updates_that_wait_together_go_together() -> None:
    """Everybody is made and changed as asked, by a handful of requests; each caller has its own account."""
    async with peer_and_connector() as (peer, connector):
        accounts = await create(connector)
        assert [account.username for account in accounts] == [f"p{number}@x" for number in range(TOGETHER)]
        assert all("password" not in account.resource for account in accounts)
        updates = [connector.update_account(a.id, person(n, title=f"T{n}")) for n, a in enumerate(accounts)]
        await asyncio.gather(*updates)
        held = {user["userName"]: user for user in peer.users()}
        for number, account in enumerate(accounts):
            assert (held[f"p{number}@x"]["id"], held[f"p{number}@x"]["title"]) == (account.id, f"T{number}")
        assert len(peer.journal) < TOGETHER
        assert seen(peer).count("GET ServiceProviderConfig") == 1


class Gate:
    """A transport whose answers all come at the same moment."""

    def __init__(self) -> None:
        self.opened = asyncio.Event()
        self.sent = 0

    async def send(self, request: Request) -> Response:
        self.sent += 1
        await self.opened.wait()
        return Response(200, {}, b"{}")

    async def close(self) -> None:
        pass


async def test_whoever_comes_when_the_last_answers_have_just_come_is_sent_too() -> None:
    """Both requests on the wire are answered at once, and one of those who waited sends again in the same breath."""
    gate = Gate()
    bulk = BulkTransport(gate, "http://app/v2", {})

    async def write(number: int, times: int) -> None:
        for _ in range(times):
            await bulk.send(Request("PATCH", f"http://app/v2/Users/{number}", {}, b"{}"))

    callers = []
    for number, times in enumerate((2, 1)):
        callers.append(asyncio.create_task(write(number, times)))
        while gate.sent <= number:
            await asyncio.sleep(0)
    gate.opened.set()
    async with asyncio.timeout(10):
        await asyncio.gather(*callers)
    assert gate.sent == 3
    await bulk.close()


async def test_one_alone_goes_alone() -> None:
    """Nobody is made to wait for company, and the app's limits are not asked for."""
    async with peer_and_connector() as (peer, connector):
        account = await connector.create_account(person(1), "pw")
        await connector.update_account(account.id, person(1))
        assert [each.method for each in peer.journal] == ["POST", "PATCH"]


async def test_each_refusal_reaches_its_own_caller() -> None:
    """A taken name, an unknown id and a good one in the same batch."""
    async with peer_and_connector() as (peer, connector):
        first = await connector.create_account(person(0), "pw")
        taken, missing, fine, made = await asyncio.gather(
            connector.create_account(person(0), "pw"),
            connector.update_account("nobody", person(5)),
            connector.update_account(first.id, person(0, title="Countess")),
            connector.create_account(person(1), "pw"),
            return_exceptions=True,
        )
        assert isinstance(taken, PeerConflict)
        assert isinstance(missing, PeerMissing)
        assert not isinstance(fine, BaseException)
        assert not isinstance(made, BaseException)
        assert peer.user("p0@x")["title"] == "Countess"
        assert peer.user("p1@x")["id"] == made.id


async def test_the_limits_of_the_app_are_kept() -> None:
    """No more operations at once than it takes."""
    async with peer_and_connector(limits=Limits(operations=4)) as (peer, connector):
        assert not [each for each in await create(connector) if isinstance(each, BaseException)]
        sizes = [len(json.loads(each.body)["Operations"]) for each in peer.journal if each.target.endswith("/Bulk")]
        assert max(sizes) == 4
        assert len(peer.users()) == TOGETHER


async def test_a_lost_answer_is_unknown_for_everybody_in_it() -> None:
    """The app carried the batch out unheard; nobody may be sure."""
    async with peer_and_connector() as (peer, connector):
        peer.faults.add(Rule(path="/Bulk", drop="after", count=1))
        outcomes = await create(connector, 5)
        lost = [each for each in outcomes if isinstance(each, PeerUnavailable)]
        assert lost
        assert all(each.unknown for each in lost)
        assert len(peer.users()) == 5


@pytest.mark.parametrize(
    ("status", "kind"), [(429, PeerThrottled), (503, PeerUnavailable), (401, ConfigError), (500, PeerUnavailable)]
)
async def test_what_concerns_everything_is_told_to_everybody(status: int, kind: type[PeerError]) -> None:
    """Throttling, outages and credentials; a repeat is the engine's affair."""
    async with peer_and_connector() as (peer, connector):
        peer.faults.add(Rule(path="/Bulk", status=status))
        refused = [each for each in await create(connector, 5) if isinstance(each, BaseException)]
        assert refused
        assert {type(each) for each in refused} == {kind}


@pytest.mark.parametrize("status", [400, 404, 413, 501])
async def test_an_app_that_refuses_bulk_itself_is_written_one_by_one(status: int) -> None:
    """Whatever it advertised; nobody notices, and it is not tried again."""
    async with peer_and_connector() as (peer, connector):
        peer.faults.add(Rule(path="/Bulk", status=status))
        assert not [each for each in await create(connector) if isinstance(each, BaseException)]
        assert len(peer.users()) == TOGETHER
        assert {type(each) for each in await create(connector)} == {PeerConflict}
        assert seen(peer).count("POST Bulk") <= 2


@pytest.mark.parametrize(
    "config", [reply(404), reply(200, b"<html>"), reply(200, {"bulk": {"supported": False}}), reply(200, {"bulk": 7})]
)
async def test_an_app_that_does_not_offer_bulk_gets_none(config: Reply) -> None:
    """Its limits are asked for once, when two writes wait for the first time."""
    async with raw_server([config, *[reply(204)] * 6]) as server, connected(server.url) as connector:
        for _ in range(2):
            await asyncio.gather(*(connector.update_account("7", person(n)) for n in range(3)))
    assert sorted(each.method for each in server.received) == ["GET", *["PATCH"] * 6]


OFFER = reply(200, {"bulk": {"supported": True, "maxOperations": 10, "maxPayloadSize": 100000}})


def bulk_response(*operations: dict[str, Any]) -> Reply:
    return reply(200, {"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkResponse"], "Operations": operations})


async def two_patches(*script: Reply) -> tuple[list[Any], RawServer]:
    async with raw_server([OFFER, *script]) as server, connected(server.url) as connector:
        patches = [connector.update_account(key, person(1)) for key in ("a", "b")]
        return await asyncio.gather(*patches, return_exceptions=True), server


async def test_answers_without_resources_are_enough() -> None:
    """A success says where it is (RFC 7644 §3.7.3), in whatever order and with the status as a number or text."""
    here = "https://app.example/scim/v2/Users/"
    outcomes, server = await two_patches(
        bulk_response(
            {"method": "PATCH", "location": here + "b", "status": 412, "response": {"detail": "changed"}},
            {"method": "PATCH", "location": here + "a", "status": "200", "version": 'W/"9"'},
        ),
        reply(200, {"id": "b", "userName": "p1@x"}),
        reply(204),
    )
    assert [outcome.id for outcome in outcomes] == ["a", "b"]
    assert [each.method for each in server.received] == ["GET", "POST", "GET", "PATCH"]


@pytest.mark.parametrize("answer", [bulk_response(), reply(200, b"<html>"), reply(200, b"[]"), DROP])
async def test_an_answer_that_says_nothing_leaves_everybody_unknown(answer: Reply) -> None:
    """The writes may have been carried out."""
    outcomes, _ = await two_patches(answer)
    assert [type(outcome) for outcome in outcomes] == [PeerUnavailable, PeerUnavailable]
    assert all(outcome.unknown for outcome in outcomes)

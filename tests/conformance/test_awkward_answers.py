"""Servers that hang, hang up, redirect, answer HTML or megabytes, or ask for patience."""

import itertools
from typing import Any

import pytest
from tests.conformance.crooked import Passing, crooked
from tests.peers.raw_server import DROP, SILENCE, Reply, closed_port, raw_server, reply

from provisor.conformance import Unreachable, Verdict
from provisor.conformance.target import SILENCES
from provisor.scimserver.testing import Peer, Rule

MANY = 400


async def test_a_port_on_which_nobody_listens_cannot_be_checked(checking: Any) -> None:
    """Nothing is said about conformance; the address is in the sentence."""
    async with closed_port() as url:
        with pytest.raises(Unreachable, match=r"Connect to 127\.0\.0\.1:\d+ failed"):
            await checking.run(url)


@pytest.mark.parametrize("never", [SILENCE, DROP], ids=["hangs", "hangs up"])
async def test_a_server_that_never_answers_cannot_be_checked(checking: Any, never: Reply) -> None:
    """One request is enough to tell."""
    async with raw_server([never] * MANY) as server:
        with pytest.raises(Unreachable, match=r"no answer within|closed the connection"):
            await checking.run(server.url, timeout=0.2)
    assert len(server.received) <= 2


@pytest.mark.parametrize("status", [401, 403])
async def test_refused_credentials_are_not_a_fault_of_the_server(checking: Any, peer: Peer, status: int) -> None:
    """They are told as what they are, before the first step."""
    peer.faults.add(Rule(status=status))
    with pytest.raises(Unreachable, match=f"answers {status} to the credentials"):
        await checking.run(peer.url, peer.token)
    with pytest.raises(Unreachable, match=f"answers {status}, and no credentials were given"):
        await checking.run(peer.url)


async def test_a_server_that_stops_answering_is_not_asked_on_and_on(checking: Any, peer: Peer) -> None:
    """After a few silences the rest is skipped, and what could not be taken away is named."""
    peer.faults.add(Rule(skip=10, drop="before"))
    report = await checking.run(peer.url, peer.token, "scim2-spec", "users")
    reasons = {each.reason for each in report.steps() if each.verdict is Verdict.SKIPPED}
    assert "the server has stopped answering" in reasons
    assert len(checking.found(report, Verdict.FAILED, Verdict.DEVIATION)) <= SILENCES + 1
    assert not report.conformant
    left = [each for suite in report.suites for each in suite.left_behind]
    assert {each.why for each in left} == {"the server has stopped answering"}
    assert {each.what for each in left} == {each["userName"] for each in peer.users()}


async def test_one_dropped_connection_fails_one_step(checking: Any, peer: Peer) -> None:
    """The step says that there was no answer; what it may have created is found and deleted."""
    peer.faults.add(Rule(method="POST", path="/Users", skip=1, count=1, drop="after"))
    report = await checking.run(peer.url, peer.token, "scim2-spec")
    assert checking.found(report, Verdict.FAILED) == ["scim2-spec/create-user"]
    (failed,) = [each for each in report.steps() if each.verdict is Verdict.FAILED]
    assert "closed the connection" in failed.reason
    assert failed.exchanges[0].status is None
    assert peer.users() == []


async def test_a_page_for_people_instead_of_scim(checking: Any) -> None:
    """HTML with a 200 fails every step that has to be JSON, and the report asks whether the address is complete."""
    page = reply(200, b"<!doctype html><title>Welcome</title>", Content_Type="text/html")
    async with raw_server([page] * MANY) as server:
        report = await checking.run(server.url, "", "scim2-spec", "errors")
    assert "Is the base URL complete?" in report.note
    assert set(checking.found(report, Verdict.PASSED)) <= {"scim2-spec/look-for-somebody"}
    assert checking.found(report, Verdict.CHECKER_ERROR) == []


async def test_a_redirect_is_named_and_not_followed(checking: Any) -> None:
    """The note says where it leads."""
    elsewhere = reply(308, b"", Location="https://scim.example.com/v2/Users")
    async with raw_server([elsewhere] * MANY) as server:
        report = await checking.run(server.url, "", "scim2-spec")
    assert "redirects to https://scim.example.com/v2/Users" in report.note
    assert not report.conformant


@pytest.mark.parametrize("filler", [b" ", b"\x00", b"["], ids=["blanks", "zeros", "brackets"])
async def test_ten_megabytes_are_read_and_not_shown(checking: Any, filler: bytes) -> None:
    """A large answer is judged like any other, and the report keeps its beginning."""
    large = reply(200, b'{"a":1}' + filler * 10_000_000, Content_Type="application/json")
    last = reply(404, b"{}", Content_Type="application/json")
    async with raw_server([large] * 3 + [last] * MANY) as server:
        report = await checking.run(server.url, "", "scim2-spec")
    exchange = next(each for each in report.steps() if each.id == "look-for-somebody").exchanges[0]
    assert exchange.answer_bytes > 10_000_000
    assert len(exchange.answer_body) < 20_000
    assert checking.found(report, Verdict.CHECKER_ERROR) == []


async def test_more_than_is_read_is_a_failure_of_its_step(checking: Any, peer: Peer) -> None:
    """Beyond the limit there is no answer to judge, but the server goes on being asked."""
    endless = b" " * (17 << 20)

    def everything(passing: Passing) -> None:
        if passing.path == "/Groups":
            passing.answer = endless

    with crooked(peer.url, everything) as url:
        report = await checking.run(url, peer.token, "scim2-spec")
    assert checking.found(report, Verdict.DEVIATION) == ["scim2-spec/list-groups"]
    assert report.counts()[Verdict.PASSED] == 11


@pytest.mark.parametrize(
    "answer",
    [b"", b"null", b"[]", b'"text"', b"17", b'{"Resources": 3}', b'{"Resources": [null, 7]}', b"\xff\xfe", b"[" * 5000],
    ids=repr,
)
async def test_whatever_is_answered_is_never_a_bug_of_the_checker(checking: Any, answer: bytes) -> None:
    """Bodies of every kind, under statuses of every kind, are judged."""
    statuses = itertools.cycle([200, 201, 404, 500, 299])
    script = [Reply(_raw(next(statuses), answer)) for _ in range(MANY)]
    async with raw_server(script) as server:
        report = await checking.run(server.url)
    assert checking.found(report, Verdict.CHECKER_ERROR) == []
    assert not report.conformant


def _raw(status: int, body: bytes) -> bytes:
    return f"HTTP/1.1 {status} Whatever\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


async def test_429_is_waited_for(checking: Any, peer: Peer) -> None:
    """A server that limits its rate is not judged by it; every attempt is in the report."""
    peer.faults.add(Rule(status=429, headers={"Retry-After": "0"}, skip=5, count=3))
    report = await checking.run(peer.url, peer.token, "scim2-spec")
    assert report.conformant
    assert [each.status for step in report.steps() for each in step.exchanges].count(429) == 3


async def test_a_server_without_end_to_its_429_fails_the_step(checking: Any, peer: Peer) -> None:
    """Patience has an end, too."""
    peer.faults.add(Rule(method="POST", status=429, headers={"Retry-After": "0"}))
    report = await checking.run(peer.url, peer.token, "scim2-spec")
    assert "scim2-spec/create-user" in checking.found(report, Verdict.FAILED)


async def test_a_slow_answer_is_a_deviation_and_not_a_failure(checking: Any, peer: Peer) -> None:
    """The time on the way counts too, so it is no MUST."""
    peer.faults.add(Rule(path="/Groups$", delay_after=0.7))
    report = await checking.run(peer.url, peer.token, "scim2-spec")
    (slow,) = [each for each in report.steps() if each.id == "list-groups"]
    assert slow.verdict is Verdict.DEVIATION
    assert [each.text for each in slow.broken] == ["the answer takes less than 600 ms"]
    assert report.conformant

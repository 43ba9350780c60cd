"""Misbehaviour on request, in process and over HTTP, and the journal of what was sent."""

import http.client
import time
from typing import Any

import pytest

from provisor.scimserver.faults import Faults
from provisor.scimserver.testing import Peer, Rule, running


def test_a_rule_answers_instead_of_the_server_as_often_as_it_says(peer: Peer, call: Any, kit: Any) -> None:
    """429 twice for creates, with its header; other requests and the third create are untouched."""
    peer.faults.add(Rule(method="POST", path="/Users$", status=429, headers={"Retry-After": "1"}, count=2))
    for _ in range(2):
        throttled = call("POST", "/Users", kit.user())
        assert (throttled.status, throttled.headers["retry-after"]) == (429, "1")
        assert call("GET", "/Users").status == 200
    assert peer.users() == []
    assert call("POST", "/Users", kit.user()).status == 201
    assert peer.faults.hits() == [2]


def test_html_from_a_proxy(peer: Peer, call: Any) -> None:
    """Status, content type and body are what the rule says."""
    peer.faults.add(Rule(status=502, body="<html>Bad Gateway</html>", headers={"Content-Type": "text/html"}))
    answer = call("GET", "/Users")
    assert (answer.status, answer.headers["content-type"], answer.raw) == (
        502,
        "text/html",
        b"<html>Bad Gateway</html>",
    )


def test_a_write_whose_answer_is_replaced_can_still_happen(peer: Peer, call: Any, kit: Any) -> None:
    """`execute` makes the 500 a lie."""
    peer.faults.add(Rule(method="POST", status=500, execute=True, count=1))
    assert call("POST", "/Users", kit.user()).status == 500
    assert len(peer.users()) == 1


@pytest.mark.parametrize(("when", "users"), [("before", 0), ("after", 1)])
def test_a_connection_can_be_dropped_around_the_write(when: str, users: int, peer: Peer, call: Any, kit: Any) -> None:
    """The client gets no answer either way; whether the write happened depends on when."""
    peer.faults.add(Rule(method="POST", drop=when, count=1))
    with pytest.raises((http.client.HTTPException, ConnectionError)):
        call("POST", "/Users", kit.user())
    assert len(peer.users()) == users
    last = peer.journal[-1]
    assert (last.status, last.executed) == (None, when == "after")


def test_a_write_can_be_executed_and_then_time_out(peer: Peer, call: Any, kit: Any) -> None:
    """The user exists long before the client would have got its answer."""
    peer.faults.add(Rule(method="POST", delay_after=30, count=1))
    with pytest.raises(TimeoutError):
        kit.send(peer.url, "POST", "/Users", kit.user(), peer.headers, timeout=0.3)
    assert len(peer.users()) == 1


def test_a_delay_before_executing(peer: Peer, call: Any) -> None:
    """The answer comes late, and complete."""
    peer.faults.add(Rule(delay_before=0.2, count=1))
    started = time.monotonic()
    assert call("GET", "/Users").status == 200
    assert time.monotonic() - started >= 0.2


def test_an_empty_body_after_a_create(peer: Peer, call: Any, kit: Any) -> None:
    """201 and nothing else, though the user exists."""
    peer.faults.add(Rule(method="POST", empty_body=True))
    answer = call("POST", "/Users", kit.user())
    assert (answer.status, answer.raw) == (201, b"")
    assert len(peer.users()) == 1


def test_quoted_list_numbers(peer: Peer, call: Any) -> None:
    """The mistake that makes Okta's import fail silently."""
    peer.faults.add(Rule(quoted_start_index=True))
    assert call("GET", "/Users").body["startIndex"] == "1"


def test_rules_are_given_and_taken_back_over_http(peer: Peer, call: Any, kit: Any) -> None:
    """POST adds one or several, GET shows hits, DELETE restores good behaviour."""
    rules = [{"path": "/Groups", "status": 503}, {"method": "get", "path": "userName%20eq", "status": 404, "skip": 1}]
    assert call("POST", "!/_faults", rules).status == 200
    assert call("GET", "/Groups").status == 503
    lookup = '/Users?filter=userName eq "x"'
    assert [call("GET", lookup).status for _ in range(2)] == [200, 404]
    assert [rule["hits"] for rule in call("GET", "!/_faults").body] == [1, 1]
    assert call("DELETE", "!/_faults").body == []
    assert call("GET", "/Groups").status == 200


@pytest.mark.parametrize(
    "rules", [b"{", b"7", b'[{"stauts": 500}]', b'{"path": "("}', b'{"drop": "sometimes"}', b'{"status": "500"}']
)
def test_a_rule_that_makes_no_sense_is_refused(rules: bytes, peer: Peer, call: Any) -> None:
    """A typing error in a rule would make a test pass for the wrong reason."""
    assert call("POST", "!/_faults", rules).status == 400
    assert call("GET", "!/_faults").body == []


def test_probability_is_repeatable() -> None:
    """The same seed gives the same sequence of hits; clearing starts it again."""

    def sequence(faults: Faults) -> list[bool]:
        faults.add(Rule(probability=0.5, status=500))
        return [faults.choose("GET", "/Users") is not None for _ in range(50)]

    faults = Faults(seed=7)
    first = sequence(faults)
    faults.clear()
    assert first == sequence(faults) == sequence(Faults(seed=7))
    assert first != sequence(Faults(seed=8))
    assert 10 < sum(first) < 40


def test_the_journal_shows_what_was_on_the_wire(peer: Peer, call: Any, kit: Any) -> None:
    """Raw target, headers and body bytes in order; the credential is redacted; asking is not recorded."""
    call("GET", '/Users?filter=userName eq "a"&startIndex=1', Accept_Charset="utf-8")
    call("POST", "/Users", kit.user())
    got, posted = peer.journal
    assert got.target == "/scim/v2/Users?filter=userName%20eq%20%22a%22&startIndex=1"
    assert got.header("accept-charset") == "utf-8"
    assert got.header("authorization") == "Bearer [redacted]"
    assert (posted.method, posted.status, posted.executed) == ("POST", 201, True)
    assert b'"userName": "babs@example.com"' in posted.body
    shown = call("GET", "!/_requests").body
    assert [entry["method"] for entry in shown] == ["GET", "POST"]
    assert shown[1]["body"] == posted.body.decode()
    assert peer.token not in str(shown)
    call("DELETE", "!/_requests")
    assert peer.journal == []


def test_without_the_flag_there_are_no_faults(kit: Any) -> None:
    """The paths do not exist on a server that was not started for tests."""
    with running(faults=False) as peer:
        for path in ("!/_faults", "!/_requests"):
            assert kit.caller(peer)("GET", path).status == 404

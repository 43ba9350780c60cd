"""Faults in words (`--fault`): each does to a client what it says."""

import email.utils
import http.client
import time
from typing import Any

import pytest

from provisor.scimserver.fault_words import WORDS, parse_fault
from provisor.scimserver.faults import Rule


@pytest.mark.parametrize(
    ("words", "header"),
    [("429 retry-after=7", "7"), ("429 retry-after=soon", "soon"), ("429 retry-after=-1", "-1"), ("429", None)],
)
def test_throttling_has_each_form_of_retry_after(words: str, header: str | None, peer: Any, call: Any) -> None:
    """A number, text that is none, a negative number, nothing at all."""
    peer.faults.add(parse_fault(words))
    answer = call("GET", "/Users")
    assert answer.status == 429
    assert answer.headers.get("retry-after") == header
    assert answer.body["status"] == "429"


def test_retry_after_can_be_a_date(peer: Any, call: Any) -> None:
    """RFC 9110 §10.2.3: the other form that HTTP has."""
    peer.faults.add(parse_fault("429 retry-after=date+90"))
    at = email.utils.parsedate_to_datetime(call("GET", "/Users").headers["retry-after"]).timestamp()
    assert 60 < at - time.time() < 100


@pytest.mark.parametrize(("words", "kept"), [("500 before", 0), ("500 after", 1), ("500", 0), ("drop after", 1)])
def test_an_error_comes_before_or_after_the_commit(words: str, kept: int, peer: Any, call: Any, kit: Any) -> None:
    """What the client cannot know, the storage knows."""
    peer.faults.add(parse_fault(f"{words} method=POST count=1"))
    try:
        assert call("POST", "/Users", kit.user()).status == 500
    except http.client.HTTPException:
        assert words.startswith("drop")
    assert len(peer.users()) == kept


def test_versions_pages_totals_and_names_are_wrong_as_asked(peer: Any, call: Any, kit: Any) -> None:
    """What lies is the answer, not the storage."""
    for n in range(4):
        call("POST", "/Users", kit.user(f"User{n}@example.com"))
    ids = [user["id"] for user in peer.users()]
    call("PATCH", f"/Users/{ids[0]}", kit.patch({"op": "add", "path": "title", "value": "x"}))

    def with_fault(words: str, path: str) -> Any:
        peer.faults.clear()
        peer.faults.add(parse_fault(words))
        return call("GET", path)

    stale = with_fault("stale-etag", f"/Users/{ids[0]}")
    assert (stale.headers["etag"], stale.body["meta"]["version"]) == ('W/"1"', 'W/"1"')
    short = with_fault("truncated-page", "/Users").body
    assert ([user["id"] for user in short["Resources"]], short["totalResults"]) == (ids[:2], 4)
    twice = with_fault("duplicated-page", "/Users").body
    assert [user["id"] for user in twice["Resources"]] == [ids[0], *ids[:3]]
    assert with_fault("total=-3", "/Users").body["totalResults"] == 1
    assert with_fault("user-names=upper", f"/Users/{ids[1]}").body["userName"] == "USER1@EXAMPLE.COM"
    assert with_fault("user-names", "/Users").body["Resources"][1]["userName"] == "user1@example.com"
    assert with_fault("quoted-numbers", "/Users").raw.count(b'"totalResults":"4"') == 1
    assert with_fault("empty-body", "/Users").raw == b""
    html = with_fault("html 503", "/Users")
    assert (html.status, html.headers["content-type"], html.raw[:6]) == (503, "text/html", b"<html>")


def test_patch_can_be_missing(peer: Any, call: Any, kit: Any) -> None:
    """501 for PATCH alone."""
    peer.faults.add(parse_fault("no-patch"))
    made = call("POST", "/Users", kit.user()).body
    assert call("PATCH", f"/Users/{made['id']}", kit.patch({"op": "remove", "path": "title"})).status == 501
    assert call("PUT", f"/Users/{made['id']}", kit.user()).status == 200


def test_when_is_said_in_words_too() -> None:
    """Method, path, number, what is let pass, chance; times in two units."""
    assert parse_fault("latency 250ms after method=post path=/Users count=3 skip=1 chance=0.5") == Rule(
        delay_after=0.25, method="POST", path="/Users", count=3, skip=1, probability=0.5
    )
    assert parse_fault("latency 2s") == Rule(delay_before=2.0)
    assert parse_fault("drop") == Rule(drop="before")


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("", "needs a word"),
        ("explode", WORDS.splitlines()[0]),
        ("429 tomorrow", "'tomorrow'"),
        ("latency", "250ms"),
        ("total=much", "not a number"),
        ("user-names=odd", "lower, upper, swapped"),
        ("500 path=[", "regular expression"),
        ("500 count=x", "count"),
    ],
)
def test_what_cannot_be_read_is_a_sentence(words: str, why: str) -> None:
    """It names the word at fault, or lists the known ones."""
    with pytest.raises(ValueError) as refusal:
        parse_fault(words)
    assert why in str(refusal.value)

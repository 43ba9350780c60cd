"""Cursor paging (RFC 9865): what a cursor is bound to, how it fails, and how a page is asked for."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisor.scim.cursors import Method, PageLimits, Sealer, fingerprint
from provisor.scim.errors import BadRequest
from provisor.scim.messages import cursor_response, parse_search

KEY = b"0123456789abcdef"
SEALER = Sealer(KEY, timeout=60)


def seal(position: Any = 7, query: str = "q", count: int = 10, now: float = 100) -> str:
    """Seal under the test's key."""
    return SEALER.seal(position, query=query, count=count, now=now)


def refusal(cursor: str, query: str = "q", count: int | None = 10, now: float = 100) -> str | None:
    """Return the scimType with which a cursor is refused."""
    with pytest.raises(BadRequest) as caught:
        SEALER.open(cursor, query=query, count=count, now=now)
    return caught.value.scim_type


@given(st.recursive(st.none() | st.integers(-(2**53), 2**53) | st.text(max_size=20), st.lists, max_leaves=4))
def test_opening_gives_what_was_sealed(position: Any) -> None:
    """Any JSON position survives, in characters that a URL carries unquoted (RFC 9865 §2)."""
    cursor = seal(position)
    assert re.fullmatch(r"[A-Za-z0-9\-._~]+", cursor)
    opened = SEALER.open(cursor, query="q", count=10, now=150)
    assert (opened.value, opened.count) == (position, 10)


def test_a_cursor_says_nothing_to_the_client() -> None:
    """The position is not readable in the cursor, for it may be somebody's name."""
    import base64

    cursor = seal("babs.jensen@example.com")
    assert b"babs" not in base64.urlsafe_b64decode(cursor + "==")


@given(st.integers(0, 200), st.characters(codec="ascii"))
def test_a_changed_cursor_is_refused(place: int, character: str) -> None:
    """Whatever single character is changed, the cursor is invalid."""
    cursor = seal()
    place %= len(cursor)
    changed = cursor[:place] + character + cursor[place + 1 :]
    if changed != cursor:
        assert refusal(changed) == "invalidCursor"


@pytest.mark.parametrize("cursor", ["x", "-", "a" * 5000, "ä", "a b", "A" * 22, "A" * 40])
def test_what_is_no_cursor_is_refused(cursor: str) -> None:
    """Garbage is invalidCursor, never an exception of another kind."""
    assert refusal(cursor) == "invalidCursor"


def test_a_cursor_serves_only_its_query_its_count_and_its_time() -> None:
    """Another query is invalidCursor, another count invalidCount, too late expiredCursor (RFC 9865 §2.1)."""
    assert refusal(seal(), query="other") == "invalidCursor"
    assert refusal(seal(), count=11) == "invalidCount"
    assert refusal(seal(), now=161) == "expiredCursor"
    assert SEALER.open(seal(), query="q", count=None, now=160).count == 10
    assert Sealer(b"another key, as long").seal(7, query="q", count=10, now=100) != seal()


def test_a_key_must_be_long_enough() -> None:
    """A guessable key would make cursors forgeable; the key stays out of the repr."""
    with pytest.raises(ValueError, match="16 bytes"):
        Sealer(b"short")
    assert "0123" not in repr(SEALER)


def test_the_fingerprint_is_the_query_without_its_page() -> None:
    """Order and case of the names, cursor and count do not matter; filter, attributes and place do."""
    one = fingerprint({"filter": "title pr", "count": "5", "attributes": "id"}, "Users")
    assert one == fingerprint({"Attributes": "id", "FILTER": "title pr", "cursor": "x"}, "Users")
    assert one != fingerprint({"filter": "title pr"}, "Users")
    assert one != fingerprint({"filter": "title pr", "attributes": "id"}, "Groups")


def test_a_query_pages_by_cursor_when_it_names_one() -> None:
    """`?cursor` asks for the first page by cursor; without it, the server's default method holds."""
    assert parse_search({"cursor": "", "count": "5"}).cursor == ""
    assert parse_search({"count": "5"}).cursor is None
    by_cursor = PageLimits(default_method=Method.CURSOR)
    assert parse_search({}, by_cursor).cursor == ""
    assert parse_search({"startIndex": 3}, by_cursor).cursor is None


@pytest.mark.parametrize(
    ("parameters", "limits", "scim_type"),
    [
        ({"cursor": "x", "startIndex": 1}, PageLimits(), "invalidCursor"),
        ({"cursor": 7}, PageLimits(), "invalidCursor"),
        ({"cursor": ""}, PageLimits(cursor=False), "invalidCursor"),
        ({"startIndex": 1}, PageLimits(index=False), "invalidValue"),
        ({"cursor": "", "count": -1}, PageLimits(), "invalidCount"),
        ({"cursor": "", "count": "many"}, PageLimits(), "invalidCount"),
        ({"count": "many"}, PageLimits(), "invalidValue"),
    ],
)
def test_a_faulty_page_request_names_its_fault(parameters: dict[str, Any], limits: PageLimits, scim_type: str) -> None:
    """Each way to ask for no page has its scimType."""
    with pytest.raises(BadRequest) as caught:
        parse_search(parameters, limits)
    assert caught.value.scim_type == scim_type


def test_page_sizes_are_limited() -> None:
    """The default and the largest page are parameters, and the configuration announces them (RFC 9865 §4)."""
    limits = PageLimits(default_count=20, max_count=50, cursor_timeout=60)
    assert parse_search({}, limits).count == 20
    assert parse_search({"count": "500"}, limits).count == 50
    assert parse_search({"count": "-3"}, limits).count == 0
    assert limits.render() == {
        "cursor": True,
        "index": True,
        "defaultPaginationMethod": "index",
        "defaultPageSize": 20,
        "maxPageSize": 50,
        "cursorTimeout": 60,
    }


def test_a_page_by_cursor_has_no_start_index() -> None:
    """totalResults may be left out, and the last page has no nextCursor (RFC 9865 §2)."""
    page = cursor_response([{"id": "1"}], None, "n")
    assert (page["nextCursor"], page["itemsPerPage"]) == ("n", 1)
    assert {"startIndex", "totalResults", "previousCursor"}.isdisjoint(page)
    assert "nextCursor" not in cursor_response([], 0)

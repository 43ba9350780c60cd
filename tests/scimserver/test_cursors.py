"""Cursor paging at the server (RFC 9865): pages, what happens between them, and which cursors are refused."""

from typing import Any
from urllib.parse import quote

import pytest

from provisor.scim import urns
from provisor.scimserver.testing import running


def fill(call: Any, kit: Any, number: int) -> list[str]:
    """Create users; returns their ids."""
    return [call("POST", "/Users", kit.user(f"u{n}@example.com")).body["id"] for n in range(number)]


def walk(call: Any, query: str) -> list[list[str]]:
    """Follow the cursors to the end; returns the ids of each page."""
    pages, cursor = [], ""
    while cursor is not None:
        page = call("GET", f"/Users?cursor={cursor}&{query}").body
        assert "startIndex" not in page
        assert page["itemsPerPage"] == len(page["Resources"])
        pages.append([user["id"] for user in page["Resources"]])
        cursor = page.get("nextCursor")
    return pages


@pytest.mark.parametrize(
    "query",
    ["", 'filter=userName sw "u"', "sortBy=userName", "filter=active eq true&sortBy=userName&sortOrder=descending"],
)
def test_cursors_lead_through_everything_once(query: str, call: Any, kit: Any) -> None:
    """Plain, filtered and sorted; the last page has no nextCursor."""
    ids = fill(call, kit, 7)
    pages = walk(call, f"count=3&{query}")
    assert [len(page) for page in pages] == [3, 3, 1]
    assert sorted(id for page in pages for id in page) == sorted(ids)


def test_what_is_deleted_between_two_pages_moves_nothing(call: Any, kit: Any) -> None:
    """By index the fourth user would be skipped; by cursor it is not."""
    ids = fill(call, kit, 5)
    first = call("GET", "/Users?cursor=&count=2").body
    call("DELETE", f"/Users/{ids[0]}")
    second = call("GET", f"/Users?cursor={first['nextCursor']}").body
    assert [user["id"] for user in second["Resources"]] == ids[2:4]
    assert second["totalResults"] == 4


def test_a_cursor_is_for_its_query_only(call: Any, kit: Any) -> None:
    """Another filter, another count, a changed character, or a startIndex beside it are refused by their own type."""
    fill(call, kit, 5)
    cursor = call("GET", "/Users?cursor=&count=2").body["nextCursor"]
    refusals = {
        f"/Users?cursor={cursor}&filter={quote('active eq true')}": "invalidCursor",
        f"/Groups?cursor={cursor}": "invalidCursor",
        f"/Users?cursor=x{cursor}": "invalidCursor",
        f"/Users?cursor={cursor}&count=3": "invalidCount",
    }
    for target, wanted in refusals.items():
        answer = call("GET", target)
        assert (answer.status, answer.body["scimType"]) == (400, wanted), target


def test_a_search_request_pages_by_cursor_too(call: Any, kit: Any) -> None:
    """RFC 9865 §2: the cursor of a POSTed query, over all resource types."""
    fill(call, kit, 3)
    call("POST", "/Groups", {"schemas": [urns.GROUP], "displayName": "Guides"})
    body = {"schemas": [urns.SEARCH_REQUEST], "cursor": "", "count": 2}
    first = call("POST", "/.search", body).body
    second = call("POST", "/.search", {**body, "cursor": first["nextCursor"]}).body
    assert [len(page["Resources"]) for page in (first, second)] == [2, 2]
    assert second["Resources"][1]["displayName"] == "Guides"
    assert "nextCursor" not in second


def test_cursors_expire_where_that_is_asked_for(kit: Any) -> None:
    """The configuration announces for how long they live."""
    with running(cursor_timeout=0) as peer:
        call = kit.caller(peer)
        assert call("GET", "/ServiceProviderConfig").body["pagination"]["cursorTimeout"] == 0

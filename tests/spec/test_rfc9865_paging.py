"""RFC 9865: paging by cursor as §2 walks through it, its errors, and what the configuration says of it."""

from typing import Any

import pytest

from provisor.scim import urns
from provisor.scim.cursors import Method, PageLimits, Sealer, fingerprint
from provisor.scim.errors import BadRequest
from provisor.scim.messages import cursor_response, error_response, parse_list_response, parse_search

LIMITS = PageLimits(default_count=100, max_count=250, cursor_timeout=3600)
SEALER = Sealer(b"the key of this provider", timeout=LIMITS.cursor_timeout)
USERS = [{"id": str(number)} for number in range(100)]


def answer(parameters: dict[str, Any], now: float = 0) -> dict[str, Any]:
    """Answer a query as a provider of 100 users does."""
    search = parse_search(parameters, LIMITS)
    query = fingerprint(parameters, "Users")
    start, count = 0, search.count
    if search.cursor:
        given = search.count if search.count_given else None
        position = SEALER.open(search.cursor, query=query, count=given, now=now)
        start, count = position.value, position.count
    end = start + count
    following = SEALER.seal(end, query=query, count=count, now=now) if end < len(USERS) else None
    return cursor_response(USERS[start:end], len(USERS), following)


def test_a_client_follows_next_cursor_to_the_last_page() -> None:
    """§2: the first request has an empty cursor; each answer but the last has nextCursor; startIndex is not there."""
    page = answer({"cursor": "", "count": "10"})
    assert (page["totalResults"], page["itemsPerPage"]) == (100, 10)
    assert "startIndex" not in page
    seen = [user["id"] for user in page["Resources"]]
    while "nextCursor" in page:
        page = answer({"cursor": page["nextCursor"], "count": "10"})
        seen += [user["id"] for user in page["Resources"]]
    assert seen == [user["id"] for user in USERS]
    assert parse_list_response(page).total == 100


def test_a_search_by_post_pages_the_same_way() -> None:
    """§3: the body of a SearchRequest has cursor and count; the filter is the same on every page."""
    body = {"schemas": [urns.SEARCH_REQUEST], "filter": 'displayName sw "smith"', "cursor": "", "count": 10}
    page = answer(body)
    assert len(answer({**body, "cursor": page["nextCursor"]})["Resources"]) == 10
    with pytest.raises(BadRequest) as caught:
        answer({**body, "filter": 'displayName sw "jones"', "cursor": page["nextCursor"]})
    assert caught.value.scim_type == "invalidCursor"


@pytest.mark.parametrize(
    ("change", "now", "scim_type"),
    [
        ({"cursor": "VZUTiyhEQJ94IR"}, 0, "invalidCursor"),
        ({}, 3601, "expiredCursor"),
        ({"count": "20"}, 0, "invalidCount"),
        ({"count": "-1"}, 0, "invalidCount"),
    ],
)
def test_each_fault_has_its_scim_type(change: dict[str, str], now: float, scim_type: str) -> None:
    """§2.1: invalidCursor, expiredCursor and invalidCount, each with status 400."""
    first = answer({"cursor": "", "count": "10"})
    with pytest.raises(BadRequest) as caught:
        answer({"cursor": first["nextCursor"], "count": "10", **change}, now)
    assert caught.value.scim_type == scim_type
    assert error_response(caught.value)["status"] == "400"


def test_the_configuration_announces_it() -> None:
    """§4: the pagination attribute of ServiceProviderConfig."""
    assert LIMITS.render() == {
        "cursor": True,
        "index": True,
        "defaultPaginationMethod": Method.INDEX,
        "defaultPageSize": 100,
        "maxPageSize": 250,
        "cursorTimeout": 3600,
    }

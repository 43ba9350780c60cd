"""Lists, errors and searches as messages."""

from typing import Any

import pytest

from provisor.scim import urns
from provisor.scim.errors import BadRequest, Conflict, NotFound
from provisor.scim.messages import (
    ListPage,
    error_response,
    list_response,
    parse_error,
    parse_list_response,
    parse_patch,
    parse_search,
)
from provisor.scim.policy import STRICT, TOLERANT


def test_a_list_says_how_much_it_holds() -> None:
    """itemsPerPage is what this page returns, also on an empty page beyond the end."""
    assert list_response([], 7, 101) == {
        "schemas": [urns.LIST_RESPONSE],
        "totalResults": 7,
        "startIndex": 101,
        "itemsPerPage": 0,
        "Resources": [],
    }


def test_an_error_has_its_status_as_text() -> None:
    """RFC 7644 §3.12: status is a string, scimType appears only where one is defined."""
    assert error_response(NotFound("gone")) == {"schemas": [urns.ERROR], "status": "404", "detail": "gone"}
    assert error_response(Conflict("twice"))["scimType"] == "uniqueness"


@pytest.mark.parametrize(
    ("given", "start", "count"),
    [
        ({}, 1, 100),
        ({"startIndex": "0", "count": "-1"}, 1, 0),
        ({"startIndex": "-5", "count": "5000"}, 1, 1000),
        ({"STARTINDEX": 3, "Count": 7}, 3, 7),
        ({"startIndex": "", "count": None}, 1, 100),
    ],
)
def test_paging_parameters_are_bounded(given: dict[str, Any], start: int, count: int) -> None:
    """§3.4.2.4: below one is one, negative is none, and pages have a largest size."""
    search = parse_search(given)
    assert (search.start_index, search.count) == (start, count)


@pytest.mark.parametrize(
    "given",
    [
        {"count": "ten"},
        {"count": "1.5"},
        {"count": "²"},
        {"count": "9" * 5000},
        {"startIndex": True},
        {"startIndex": [1]},
        {"sortOrder": "sideways"},
        {"filter": 7},
        {"filter": "nonsense"},
        {"attributes": "userName", "excludedAttributes": "name"},
    ],
)
def test_a_search_that_makes_no_sense_is_refused(given: dict[str, Any]) -> None:
    """A bad parameter is a 400, never ignored: a client would take the wrong page for the right one."""
    with pytest.raises(BadRequest):
        parse_search(given)


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        {},
        {"schemas": [urns.PATCH_OP]},
        {"schemas": [urns.PATCH_OP], "Operations": []},
        {"schemas": [urns.PATCH_OP], "Operations": {}},
        {"schemas": [urns.PATCH_OP], "Operations": ["x"]},
        {"schemas": [urns.PATCH_OP], "Operations": [{"op": 1}]},
        {"schemas": [urns.PATCH_OP], "Operations": [{"op": "add", "path": 7, "value": 1}]},
    ],
)
def test_a_patch_body_that_is_none_is_refused_under_every_policy(body: Any) -> None:
    """Tolerance covers shapes clients send, not bodies without operations."""
    for policy in (STRICT, TOLERANT):
        with pytest.raises(BadRequest):
            parse_patch(body, policy)


def test_missing_schemas_in_a_patch_need_the_policy() -> None:
    """Some clients leave out `schemas`."""
    body = {"Operations": [{"op": "add", "path": "title", "value": "x"}]}
    assert len(parse_patch(body, TOLERANT)) == 1
    with pytest.raises(BadRequest):
        parse_patch(body, STRICT)


def test_a_list_is_read_as_it_was_built() -> None:
    """Reading is the inverse of building, in any case of the names and without what the RFC lets out."""
    page = ListPage([{"id": "1"}], 7, 3, 1)
    built = list_response([{"id": "1"}], 7, 3)
    assert parse_list_response(built) == page
    assert parse_list_response({name.lower(): value for name, value in built.items()}) == page
    assert parse_list_response({"totalResults": 0}) == ListPage([], 0, 1, 0)


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        {},
        {"totalResults": "1"},
        {"totalResults": True},
        {"totalResults": 1, "startIndex": "1"},
        {"totalResults": 1, "Resources": {}},
        {"totalResults": 1, "Resources": ["x"]},
    ],
)
def test_what_is_no_list_is_noticed(document: Any) -> None:
    """A quoted startIndex above all: it makes imports fail silently elsewhere."""
    with pytest.raises(BadRequest):
        parse_list_response(document)


def test_an_error_is_read_however_complete_it_is() -> None:
    """Status as text or number, anything missing as None, and no document breaks the reader."""
    assert parse_error(error_response(Conflict("twice"))) == (409, "uniqueness", "twice")
    assert parse_error({"status": 404, "Detail": "gone"}) == (404, None, "gone")
    for odd in (None, [], "x", {}, {"status": [], "detail": 7, "scimType": {}}):
        assert parse_error(odd) == (None, None, None)

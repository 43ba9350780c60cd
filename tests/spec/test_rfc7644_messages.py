"""RFC 7644: the messages beside resources, as the examples of their sections have them."""

from typing import Any

import pytest

from provisor.scim import urns
from provisor.scim.errors import BadRequest, NotFound, ScimType, VersionMismatch
from provisor.scim.filters import render
from provisor.scim.messages import error_response, list_response, parse_error, parse_list_response, parse_search
from provisor.scim.projection import parse_projection, project
from provisor.scim.schemas import USER
from provisor.scim.sort import sort_key
from provisor.scim.versions import check_if_match, is_not_modified


def test_a_list_response() -> None:
    """§3.4.2: two users of two."""
    users = [{"id": "2819c223", "userName": "bjensen"}, {"id": "c75ad752", "userName": "jsmith"}]
    body = list_response(users, 2)
    assert body == {
        "schemas": [urns.LIST_RESPONSE],
        "totalResults": 2,
        "startIndex": 1,
        "itemsPerPage": 2,
        "Resources": users,
    }
    assert parse_list_response(body).resources == users


def test_an_empty_answer_has_no_resources() -> None:
    """§3.4.2: totalResults 0 may come without Resources."""
    assert parse_list_response({"schemas": [urns.LIST_RESPONSE], "totalResults": 0}).resources == []


def test_paging_beyond_the_ends() -> None:
    """§3.4.2.4: a startIndex below 1 is 1, a negative count is 0."""
    search = parse_search({"startIndex": "0", "count": "-5"})
    assert (search.start_index, search.count) == (1, 0)


def test_sorting_by_the_primary_value(full_user: dict[str, Any]) -> None:
    """§3.4.2.3: of several values the primary one counts, case is ignored, nothing to sort by comes last."""
    key = sort_key("emails", USER)
    other = {"emails": [{"value": "a@b.io"}, {"value": "Z@b.io", "primary": True}]}
    assert key(full_user) == (False, "bjensen@example.com")
    assert sorted([{"id": "none"}, other, full_user], key=key) == [full_user, other, {"id": "none"}]
    by_name = sort_key("name.familyName", USER)
    assert by_name(full_user) == (False, "jensen")


def test_a_search_request() -> None:
    """§3.4.3: the example's attributes, filter, startIndex and count."""
    search = parse_search(
        {
            "schemas": [urns.SEARCH_REQUEST],
            "attributes": ["displayName", "userName"],
            "filter": 'displayName sw "smith"',
            "startIndex": 1,
            "count": 10,
        }
    )
    assert search.filter is not None
    assert render(search.filter) == 'displayName sw "smith"'
    assert (search.start_index, search.count) == (1, 10)
    assert search.projection == parse_projection("displayName,userName", None)


def test_attributes_and_always(full_user: dict[str, Any]) -> None:
    """§3.9: GET with attributes=userName shows that and what is returned always."""
    shown = project(full_user, USER, parse_projection("userName", None))
    assert shown == {"schemas": full_user["schemas"], "id": full_user["id"], "userName": "bjensen@example.com"}


def test_attributes_and_excluded_attributes_exclude_each_other() -> None:
    """§3.9: either what is to be shown or what is not."""
    with pytest.raises(BadRequest):
        parse_projection("userName", "emails")


def test_an_error_of_a_missing_resource() -> None:
    """§3.12: status as text, detail for people."""
    body = error_response(NotFound("Resource 2819c223-7f76-453a-919d-413861904646 not found"))
    assert body == {
        "schemas": [urns.ERROR],
        "detail": "Resource 2819c223-7f76-453a-919d-413861904646 not found",
        "status": "404",
    }


def test_an_error_with_a_scim_type() -> None:
    """§3.12: mutability, as for an attempt to change a read-only attribute."""
    body = error_response(BadRequest(ScimType.MUTABILITY, "Attribute 'id' is readOnly"))
    assert (body["scimType"], body["status"]) == ("mutability", "400")
    assert parse_error(body) == (400, "mutability", "Attribute 'id' is readOnly")


def test_versions() -> None:
    """§3.14: the example's tag is found in If-None-Match, and another in If-Match is a 412."""
    assert is_not_modified('W/"e180ee84f0671b1"', 'W/"e180ee84f0671b1"')
    with pytest.raises(VersionMismatch):
        check_if_match('W/"e180ee84f0671b1"', 'W/"a330bc54f0671c9"')

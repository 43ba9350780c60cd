"""Searches by POST, sorting and versions (RFC 7644 §3.4.3, §3.4.2.3, §3.14): optional features, right when offered."""

from __future__ import annotations

from provisor.conformance.answers import View
from provisor.conformance.expect import (
    equals,
    has_length,
    header,
    holds,
    is_error,
    is_exactly,
    is_list,
    no_body,
    not_empty,
    status,
)
from provisor.conformance.suite import Assertion, Level, Source, Step, Suite, Template
from provisor.conformance.suites.material import OURS, features, listing, prepared_user, user
from provisor.scim import urns

NAMED = 'userName eq "{user_name}"'
BOTH = 'userName eq "{user_name}" or userName eq "{second_user_name}"'


def in_order(*, descending: bool) -> Assertion:
    """The userNames on the page are sorted, whatever their case."""

    def judge(view: View) -> str | None:
        names = view.find("Resources[*].userName")
        listed = [each.casefold() for each in names if isinstance(each, str)] if isinstance(names, list) else []
        return None if listed == sorted(listed, reverse=descending) else f"they come as {', '.join(listed)}"

    return holds(f"userNames {'fall' if descending else 'rise'}", judge)


def searched(**more: object) -> dict[str, object]:
    """A SearchRequest."""
    return {"schemas": [urns.SEARCH_REQUEST], "filter": NAMED, **more}


SUITE = Suite(
    "searching",
    "Searching, sorting, versions",
    "Optional features, which have to be right where they are offered.",
    OURS,
    (
        features(),
        prepared_user(),
        prepared_user("second_"),
        Step(
            "search-users",
            "Search users by POST",
            Template("POST", "/Users/.search", body=searched(startIndex=1, count=10)),
            (status(200), *is_list(), equals("totalResults", 1), is_exactly("Resources[0].id", "{user_id}")),
            Source("RFC 7644 §3.4.3", "A POST to a resource type's .search is the same query, out of logs and URLs."),
            needs=("user_id",),
            feature="filter_supported",
            offered="searching by POST",
        ),
        Step(
            "search-everything",
            "Search all resource types",
            Template("POST", "/.search", body=searched(attributes=["userName"])),
            (status(200), *is_list(), equals("totalResults", 1), is_exactly("Resources[0].userName", "{user_name}")),
            Source("RFC 7644 §3.4.3", "A POST to .search at the root goes over all resource types."),
            needs=("user_id",),
            feature="filter_supported",
            offered="searching at the root",
        ),
        Step(
            "ascending",
            "Sort by userName",
            listing("/Users", BOTH, sortBy="userName"),
            (status(200), has_length("Resources", 2, 2), in_order(descending=False)),
            Source("RFC 7644 §3.4.2.3", "Without sortOrder the order is ascending; case matters only where caseExact."),
            needs=("user_id", "second_user_id"),
            feature="sort_supported",
        ),
        Step(
            "descending",
            "Sort by userName, the other way",
            listing("/Users", BOTH, sortBy="userName", sortOrder="descending"),
            (status(200), has_length("Resources", 2, 2), in_order(descending=True)),
            Source("RFC 7644 §3.4.2.3", "sortOrder descending turns the order round."),
            needs=("user_id", "second_user_id"),
            feature="sort_supported",
        ),
        Step(
            "version",
            "Read a user's version",
            Template("GET", "/Users/{user_id}"),
            (status(200), header("ETag", "is there", bool), not_empty("meta.version")),
            Source("RFC 7644 §3.14", "A server with versions gives them in the ETag header and in meta.version."),
            feature="etag_supported",
            captures={"version": "meta.version"},
        ),
        Step(
            "not-modified",
            "Read it again, if it has changed",
            Template("GET", "/Users/{user_id}", headers={**OURS, "If-None-Match": "{version}"}),
            (status(304), no_body()),
            Source("RFC 7644 §3.14", "If-None-Match with the current version is answered with 304 and no body."),
            level=Level.SHOULD,
            feature="etag_supported",
            needs=("version",),
        ),
        Step(
            "stale",
            "Change it, if it is what it never was",
            Template(
                "PUT",
                "/Users/{user_id}",
                body=user(displayName="Stale"),
                headers={**OURS, "If-Match": 'W/"never"'},
            ),
            is_error(412),
            Source("RFC 7644 §3.14", "If-Match with another version fails with 412, and changes nothing."),
            feature="etag_supported",
            needs=("version",),
        ),
    ),
)

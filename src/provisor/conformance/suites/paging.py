"""Pages by index (RFC 7644 §3.4.2.4)."""

from __future__ import annotations

from provisor.conformance.answers import View
from provisor.conformance.expect import (
    differs,
    equals,
    has_length,
    holds,
    is_array,
    is_exactly,
    is_list,
    is_number,
    is_text,
    should,
    status,
)
from provisor.conformance.suite import Assertion, Level, Source, Step, Suite, Template
from provisor.conformance.suites.material import OURS, listing, prepared_user

PAGING = "RFC 7644 §3.4.2.4"


def page(start: str, count: str) -> Template:
    """A page of users."""
    return listing("/Users", startIndex=start, count=count)


def counts_what_is_there() -> Assertion:
    """itemsPerPage is the length of this page, not the size that was asked for."""

    def judge(view: View) -> str | None:
        listed, said = view.find("Resources"), view.find("itemsPerPage")
        length = len(listed) if isinstance(listed, list) else 0
        return None if said == length else f"itemsPerPage is {said}, and there are {length}"

    return holds("itemsPerPage is the number of resources on this page", judge)


SUITE = Suite(
    "paging",
    "Paging",
    "Pages of the first, last and impossible kind.",
    OURS,
    (
        prepared_user(),
        prepared_user("second_"),
        Step(
            "first",
            "The first user alone",
            page("1", "1"),
            (status(200), *is_list(), equals("startIndex", 1), has_length("Resources", 1, 1), counts_what_is_there()),
            Source(PAGING, "No more than `count` resources are returned."),
            captures={"first_listed": "Resources[0].id", "total": "totalResults"},
        ),
        Step(
            "second",
            "The second user alone",
            page("2", "1"),
            (
                status(200),
                equals("startIndex", 2),
                has_length("Resources", 1, 1),
                differs("Resources[0].id", "{first_listed}"),
                counts_what_is_there(),
            ),
            Source(PAGING, "startIndex is the 1-based index of the first result; pages do not overlap."),
            needs=("user_id", "second_user_id"),
            advice="Sort by something that does not change between requests, such as the id.",
        ),
        Step(
            "first-again",
            "The first user again",
            page("1", "1"),
            (status(200), is_exactly("Resources[0].id", "{first_listed}")),
            Source(PAGING, "The same question has the same answer: without a stable order pages lose people."),
        ),
        Step(
            "beyond",
            "A page beyond the end",
            page("1000000", "100"),
            (status(200), *is_list(), has_length("Resources", 0, 0), counts_what_is_there()),
            Source("RFC 7644 §3.4.2", "itemsPerPage is the number of resources returned in a page: here none."),
            advice="Answer a page beyond the end with an empty list and itemsPerPage 0.",
        ),
        Step(
            "start-below-one",
            "startIndex=0",
            page("0", "1"),
            (status(200), equals("startIndex", 1), is_exactly("Resources[0].id", "{first_listed}")),
            Source(PAGING, "A value less than 1 SHALL be interpreted as 1."),
        ),
        Step(
            "count-zero",
            "count=0",
            page("1", "0"),
            (
                status(200),
                is_number("totalResults"),
                has_length("Resources", 0, 0),
                *should(differs("totalResults", 0)),
            ),
            Source(PAGING, "A value of 0 indicates that no results are to be returned except for totalResults."),
        ),
        Step(
            "count-negative",
            "count=-1",
            page("1", "-1"),
            (status(200), has_length("Resources", 0, 0)),
            Source(PAGING, "A negative value SHALL be interpreted as 0."),
            level=Level.SHOULD,
        ),
        Step(
            "no-count",
            "Without count",
            Template("GET", "/Users"),
            (status(200), *is_list(), is_array("Resources"), is_text("Resources[0].id"), counts_what_is_there()),
            Source(PAGING, "Without `count` the server sets the maximum."),
        ),
    ),
)

"""Filters (RFC 7644 §3.4.2.2). What every client needs is a MUST; operators that few servers offer are a SHOULD."""

from __future__ import annotations

from provisor.conformance.expect import (
    equals,
    is_error,
    is_exactly,
    scim_type,
    should,
    status,
)
from provisor.conformance.suite import Level, Source, Step, Suite, Template
from provisor.conformance.suites.material import OURS, features, listing, prepared_user
from provisor.scim import urns

GRAMMAR = "RFC 7644 §3.4.2.2"
ENCODINGS = Source("RFC 3986 §2.1 and the form encoding", "Blanks come as %20 or as +, depending on the client.")


def finds(id_: str, name: str, filter_: str, says: str, level: Level = Level.SHOULD, number: int = 1) -> Step:
    """A filter that finds exactly the made-up people it should; one that finds them all besides is not asked for."""
    first = () if number != 1 else (is_exactly("Resources[0].id", "{user_id}"),)
    return Step(
        id_,
        name,
        listing("/Users", filter_),
        (status(200), equals("totalResults", number), *first),
        Source(GRAMMAR, says),
        level=level,
        needs=("user_id", "second_user_id"),
        feature="filter_supported",
        advice="Evaluate the filter; answer 400 with scimType invalidFilter what you do not support, never everybody.",
    )


def refused(id_: str, name: str, filter_: str) -> Step:
    """A filter that is none."""
    return Step(
        id_,
        name,
        listing("/Users", filter_),
        (*is_error(400), *should(scim_type("invalidFilter"))),
        Source("RFC 7644 §3.12", "400 invalidFilter: the filter's syntax is invalid, or the comparison not supported."),
        needs=("user_id",),
        feature="filter_supported",
        advice="Answer a filter that you cannot parse with 400 and scimType invalidFilter, not with everybody.",
    )


NAMED = 'userName eq "{user_name}"'

SUITE = Suite(
    "filters",
    "Filters",
    "The filter grammar, from the look-up by name that everybody needs to value paths.",
    OURS,
    (
        features(),
        prepared_user(title="Checker", externalId="{external_id}"),
        prepared_user("second_"),
        finds("eq", "userName eq", NAMED, "eq compares values.", Level.MUST),
        finds(
            "eq-upper",
            "userName eq, in capitals",
            'userName eq "{user_name_upper}"',
            "Strings are compared without regard to case unless the attribute is caseExact; userName is not.",
            Level.MUST,
        ),
        finds(
            "attribute-case",
            "USERNAME eq",
            'USERNAME EQ "{user_name}"',
            "Attribute names and operators are case-insensitive.",
        ),
        finds(
            "urn",
            "The URN in front of the name",
            f'{urns.USER}:userName eq "{{user_name}}"',
            "Names may carry their schema's URN.",
        ),
        finds("external-id", "externalId eq", 'externalId eq "{external_id}"', "eq compares values."),
        finds(
            "complex",
            "A sub-attribute",
            'name.familyName eq "{family_name}" and userName sw "Check"',
            "A sub-attribute is named after a dot.",
        ),
        finds(
            "emails", "A multi-valued attribute", 'emails.value eq "{user_name}"', "It matches if any value matches."
        ),
        finds(
            "value-path",
            "A value path",
            'emails[type eq "work" and value eq "{user_name}"]',
            "The conditions in brackets hold for one and the same value.",
        ),
        finds("sw", "sw", 'userName sw "{given_name}{family_name}"', "sw: the value starts with it."),
        finds("co", "co", 'userName co "{family_name}"', "co: the value contains it."),
        finds("ew", "ew", 'userName ew "{family_name}@example.com"', "ew: the value ends with it."),
        finds("pr", "pr", f"{NAMED} and title pr", "pr: there is a value."),
        finds(
            "pr-absent", "pr, where there is no value", f"{NAMED} and nickName pr", "pr: there is a value.", number=0
        ),
        finds("ne", "ne", f"{NAMED} and active ne false", "ne: the values differ."),
        finds("active", "A boolean", f"{NAMED} and active eq true", "true and false are written without quotes."),
        finds(
            "gt-date",
            "gt, with a date",
            f'{NAMED} and meta.created gt "2011-05-13T04:42:34Z"',
            "Dates are compared as points in time.",
        ),
        finds(
            "or",
            "or, and, brackets",
            '(userName eq "{user_name}" or userName eq "{second_user_name}") and title pr',
            "and binds stronger than or; brackets group.",
        ),
        finds(
            "or-both", "or", 'userName eq "{user_name}" or userName eq "{second_user_name}"', "Either holds.", number=2
        ),
        finds("not", "not", f"{NAMED} and not (active eq false)", "not in front of brackets negates."),
        Step(
            "plus",
            "Blanks as +",
            Template("GET", "/Users", raw_query="filter=userName+eq+%22{user_name}%22&startIndex=1&count=100"),
            (status(200), equals("totalResults", 1)),
            ENCODINGS,
            needs=("user_id",),
            feature="filter_supported",
            advice="Decode the query as forms are decoded: + is a blank.",
        ),
        Step(
            "other-order",
            "Paging before the filter",
            Template("GET", "/Users", raw_query="startIndex=1&count=100&filter=userName%20eq%20%22{user_name}%22"),
            (status(200), equals("totalResults", 1)),
            Source("RFC 7644 §3.4.2", "Parameters are named; their order says nothing."),
            needs=("user_id",),
            feature="filter_supported",
        ),
        refused("word", "A word instead of a filter", "{user_name_upper}"),
        refused("unquoted", "A string without quotes", "userName eq {user_name}"),
        refused("unclosed", "A bracket that is not closed", '(userName eq "{user_name}"'),
        refused("unknown-operator", "An operator that does not exist", 'userName like "{user_name}"'),
    ),
)

"""Okta's beta suite of 2016, restated: the requests of a first connection, a create, a deactivation. Runs when named.

Its random person is made up here instead of fetched from the internet. It sends a misspelt `Authentication` header
besides; servers must not mind. Every answer within 600 ms, which is a SHOULD here.
"""

from __future__ import annotations

from provisor.conformance.expect import (
    answers_within,
    equals,
    has_schema,
    is_exactly,
    is_number,
    not_empty,
    should,
    status,
)
from provisor.conformance.suite import Assertion, Source, Step, Suite, Template
from provisor.conformance.suites.material import OKTA, listing, operations, user
from provisor.scim import urns

HEADERS = {**OKTA, "Authentication": "Bearer Runscope"}
FAST = answers_within(600)


def source(number: int, says: str) -> Source:
    """A step of the suite that is restated."""
    return Source(f"Okta SCIM 2.0 beta suite of 2016, step {number}", says)


def page() -> tuple[Assertion, ...]:
    """A ListResponse with unquoted counts."""
    counts = tuple(is_number(name) for name in ("itemsPerPage", "startIndex", "totalResults"))
    return (status(200), FAST, has_schema(urns.LIST_RESPONSE), *counts)


SUITE = Suite(
    "beta-2016",
    "SCIM 2.0 beta of 2016",
    "What Okta's first suite asked: the requests of a connection test, a create and a deactivation.",
    HEADERS,
    (
        Step(
            "test-users",
            "Test the credentials: list users",
            Template("GET", "/Users", (("count", "2"), ("startIndex", "1"))),
            page(),
            source(1, "“Test API Credentials” asks for two users."),
        ),
        Step(
            "test-groups",
            "Test the credentials: list groups",
            Template("GET", "/Groups", (("count", "100"), ("startIndex", "1"))),
            page(),
            source(2, "“Please wait while we verify your credentials” asks for a hundred groups."),
            offered="groups",
        ),
        Step(
            "look-up-new-user",
            "Look up the user that is to be created",
            listing("/Users", 'userName eq "{user_name}"', count="100", startIndex="1"),
            (*page(), equals("totalResults", 0)),
            source(4, "Nobody has the name yet."),
        ),
        Step(
            "get-nobody",
            "Get an id that does not exist",
            Template("GET", "/Users/{unknown_id}"),
            (status(404), FAST, not_empty("detail"), has_schema(urns.ERROR)),
            source(5, "An unknown id is a 404 with a SCIM error."),
        ),
        Step(
            "create-user",
            "Create a user as the identity provider does",
            Template("POST", "/Users", body=user(externalId="{external_id}", groups=[])),
            (
                status(201),
                FAST,
                not_empty("id"),
                equals("userName", "{user_name}"),
                equals("name.givenName", "{given_name}"),
                equals("name.familyName", "{family_name}"),
                equals("active", True),
                has_schema(urns.USER),
            ),
            source(6, "A create with externalId and an empty, read-only `groups`."),
            captures={"user_id": "id"},
            advice="Ignore read-only attributes such as `groups` in what you are sent (RFC 7644 §3.3).",
        ),
        Step(
            "get-new-user",
            "Get the new user by id",
            Template("GET", "/Users/{user_id}"),
            (status(200), FAST, equals("id", "{user_id}"), equals("userName", "{user_name}")),
            source(7, "What was created can be read at once."),
        ),
        Step(
            "deactivate",
            "Deactivate the user by PATCH",
            Template("PATCH", "/Users/{user_id}", body=operations({"op": "replace", "value": {"active": False}})),
            (status(200), FAST, is_exactly("active", False)),
            source(8, "A replace without a path; 200 with the user, which is inactive now."),
            advice="Apply a replace without a path attribute by attribute (RFC 7644 §3.5.2.3); answer with the user.",
        ),
        Step(
            "get-inactive-user",
            "Get the inactive user by id",
            Template("GET", "/Users/{user_id}"),
            (status(200), *should(FAST), is_exactly("active", False)),
            Source("RFC 7644 §3.5.2", "Inactive users stay visible: who hides them is sent the same user again."),
        ),
    ),
    by_default=False,
)

"""The sixteen steps of Okta's published SCIM 1.1 SPEC suite, restated: each request, each assertion, in order.

Times are a SHOULD here. A few of its wishes are not in the standard (`detail` in a 404, 400 for a filter that is only a
word); whoever wants to pass it has to grant them, and the step says so.
"""

from __future__ import annotations

from provisor.conformance.expect import (
    answers_within,
    contains,
    equals,
    has_length,
    has_schema,
    is_array,
    is_number,
    not_empty,
    status,
)
from provisor.conformance.suite import Assertion, Level, Source, Step, Suite, Template
from provisor.conformance.suites.material import CORE_1, OKTA_1, PREPARATION, listing, somebody, user

READ = ("name.familyName", "name.givenName", "userName", "active", "emails[0].value")
FEATURES = ("patch", "bulk", "filter", "changePassword", "sort", "etag")


def source(number: int, says: str) -> Source:
    """A step of the suite that is restated."""
    return Source(f"Okta SCIM 1.1 SPEC suite, step {number}", says)


def refused(number: int, path: str, name: str) -> Step:
    """Discovery is read-only."""
    return Step(
        f"post-{name}",
        f"POST to {path}",
        Template("POST", path, raw=b"test"),
        (status(405),),
        source(number, "Optional: what can only be read answers a POST with 405."),
        level=Level.SHOULD,
        after=(name,),
        advice="Answer methods that a path does not have with 405 and an Allow header.",
    )


def empty_list() -> tuple[Assertion, ...]:
    """Nothing was found."""
    return (status(200), has_schema(CORE_1), equals("totalResults", 0))


CREATE = Template("POST", "/Users", body=user(core=CORE_1))

SUITE = Suite(
    "scim1-spec",
    "SCIM 1.1 SPEC",
    "Okta's published sixteen steps for servers of the older version.",
    OKTA_1,
    (
        *somebody(CORE_1),
        Step(
            "service-provider-configs",
            "Read the service provider's configuration",
            Template("GET", "/ServiceProviderConfigs"),
            (
                status(200),
                answers_within(400),
                has_schema(CORE_1),
                *(not_empty(name) for name in (*FEATURES, "authenticationSchemes")),
                *(not_empty(f"authenticationSchemes[0].{name}") for name in ("type", "description")),
                *(not_empty(f"{name}.supported") for name in FEATURES),
                *(not_empty(name) for name in ("filter.maxResults", "bulk.maxOperations", "bulk.maxPayloadSize")),
            ),
            source(1, "Optional: what the server supports, each feature with its limits (SCIM 1.1 Core §9)."),
            level=Level.SHOULD,
            offered="ServiceProviderConfigs",
        ),
        refused(2, "/ServiceProviderConfigs", "service-provider-configs"),
        Step(
            "resource-types",
            "List resource types",
            Template("GET", "/ResourceTypes"),
            (
                status(200),
                answers_within(400),
                *(not_empty(f"Resources[0].{name}") for name in ("name", "endpoint", "schema")),
            ),
            source(3, "Optional: the resource types, each with name, endpoint and schema."),
            level=Level.SHOULD,
            offered="ResourceTypes",
        ),
        refused(4, "/ResourceTypes", "resource-types"),
        Step(
            "schemas",
            "List schemas",
            Template("GET", "/Schemas"),
            (
                status(200),
                answers_within(400),
                has_schema(f"{CORE_1}:ListResponse"),
                *(not_empty(f"Resources[0].{name}") for name in ("id", "attributes")),
            ),
            source(5, "Optional: the schemas with their attributes, as a list."),
            level=Level.SHOULD,
            offered="Schemas",
        ),
        refused(6, "/Schemas", "schemas"),
        Step(
            "list-users",
            "List users, one a page",
            Template("GET", "/Users", (("count", "1"), ("startIndex", "1"))),
            (
                status(200),
                answers_within(600),
                not_empty("Resources"),
                has_schema(CORE_1),
                is_number("itemsPerPage"),
                is_number("startIndex"),
                is_number("totalResults"),
                *(not_empty(f"Resources[0].{each}") for each in ("id", *READ)),
            ),
            source(7, "A page of one user, with everything that is read of a user."),
            captures={"listed_id": "Resources[0].id"},
        ),
        Step(
            "get-user",
            "Get that user by id",
            Template("GET", "/Users/{listed_id}"),
            (status(200), answers_within(600), equals("id", "{listed_id}"), *(not_empty(each) for each in READ)),
            source(8, "The user of the list, alone, under its id."),
        ),
        Step(
            "look-up-nobody",
            "Look up a userName that nobody has",
            listing("/Users", 'userName eq "{unknown_user_name}"'),
            (*empty_list(), answers_within(400)),
            source(9, "A search without a hit is an empty list with status 200."),
        ),
        Step(
            "get-nobody",
            "Get an id that does not exist",
            Template("GET", "/Users/{unknown_id}"),
            (status(404), not_empty("detail"), answers_within(600)),
            source(10, "An unknown id is a 404 with a `detail`, which SCIM 1.1 itself does not have."),
            advice="Give `Errors` (SCIM 1.1 §3.9) and, beside it, `detail`: this suite asks for the latter.",
        ),
        Step(
            "look-up-new-user",
            "Look up the user that is to be created",
            listing("/Users", 'userName eq "{user_name}"'),
            empty_list(),
            source(11, "Nobody has the name yet."),
        ),
        Step(
            "create-user",
            "Create a user",
            CREATE,
            (
                status(201),
                equals("active", True),
                not_empty("id"),
                equals("name.familyName", "{family_name}"),
                equals("name.givenName", "{given_name}"),
                contains("schemas", CORE_1),
                equals("userName", "{user_name}"),
            ),
            source(12, "201 with the whole user."),
            captures={"user_id": "id"},
        ),
        Step(
            "get-new-user",
            "Get the new user by id",
            Template("GET", "/Users/{user_id}"),
            (
                status(200),
                equals("userName", "{user_name}"),
                equals("name.familyName", "{family_name}"),
                equals("name.givenName", "{given_name}"),
            ),
            source(13, "What was created can be read at once."),
        ),
        Step(
            "create-user-again",
            "Create the same user again",
            CREATE,
            (status(409),),
            source(14, "The same userName a second time is a conflict."),
            needs=("user_id",),
        ),
        Step(
            "malformed-filter",
            "Ask with a filter that is only a word",
            listing("/Users", "{user_name_upper}"),
            (status(400),),
            source(15, "A filter that cannot be parsed is a 400."),
            advice="Answer a filter that is no comparison with 400, not with everybody.",
        ),
        Step(
            "some-group",
            "Create a group, in case there is none",
            Template("POST", "/Groups", body={"schemas": [CORE_1], "displayName": "{group_name}"}),
            (status(201),),
            PREPARATION,
            offered="groups",
            prepares=True,
        ),
        Step(
            "list-groups",
            "List groups",
            Template("GET", "/Groups"),
            (
                status(200),
                answers_within(600),
                is_number("totalResults"),
                is_array("Resources"),
                has_length("Resources", 1),
            ),
            source(16, "Optional: a list of groups, of which there is at least one."),
            level=Level.SHOULD,
            offered="groups",
        ),
    ),
    protocol="1.1",
)

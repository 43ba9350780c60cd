"""The twelve steps of Okta's published SCIM 2.0 SPEC suite, restated: each request, each assertion, in order.

Passing it is a condition of Okta's integration network. Its pauses between steps are not: `--pause` brings them back.
What the suite compares as text is compared as text; the time that it allows is a SHOULD here, because it includes the
way to the server.
"""

from __future__ import annotations

from provisor.conformance.answers import MISSING, View
from provisor.conformance.expect import (
    answers_within,
    contains,
    equals,
    has_schema,
    holds,
    is_number,
    not_empty,
    should,
    status,
)
from provisor.conformance.suite import Assertion, Level, Source, Step, Suite, Template
from provisor.conformance.suites.material import OKTA, OKTA_POST, listing, somebody, user
from provisor.scim import urns

READ = ("name.familyName", "name.givenName", "userName", "active", "emails[0].value")
"""What Okta reads of a user; multi-valued attributes are arrays even when there is one value."""


def source(number: int, says: str) -> Source:
    """A step of the suite that is restated."""
    return Source(f"Okta SCIM 2.0 SPEC suite, step {number}", says)


def empty_list() -> tuple[Assertion, ...]:
    """Nothing was found: an empty ListResponse."""
    return (status(200), has_schema(urns.LIST_RESPONSE), equals("totalResults", 0))


def error(number: int) -> tuple[Assertion, ...]:
    """A SCIM error with a reason."""
    return (status(number), not_empty("detail"), has_schema(urns.ERROR))


def groups_or_none() -> Assertion:
    """No groups, or an array of them."""

    def judge(view: View) -> str | None:
        if str(view.find("totalResults")) == "0" or isinstance(view.find("Resources"), list):
            return None
        return "Resources is missing" if view.find("Resources") is MISSING else "Resources is not an array"

    return holds("totalResults is 0, or Resources is an array", judge)


def list_keys_as_written() -> Assertion:
    """The names of the list's attributes in the case of RFC 7644: Okta's parser tolerates others, many do not."""

    def judge(view: View) -> str | None:
        names = view.document.keys() if isinstance(view.document, dict) else ()
        right = {"schemas", "totalResults", "startIndex", "itemsPerPage", "Resources"}
        wrong = [name for name in names if name not in right and name.lower() in {each.lower() for each in right}]
        return f"it has {', '.join(wrong)}" if wrong else None

    return holds("the list's attributes are spelt as in RFC 7644 §3.4.2", judge)


CREATE = Template("POST", "/Users", body=user(), headers=OKTA_POST)
CASE_ADVICE = (
    "Keep the case of userName as it was sent, and ignore it when comparing: a server that changes it loses its "
    "look-ups by name."
)

SUITE = Suite(
    "scim2-spec",
    "SCIM 2.0 SPEC",
    "Okta's published twelve steps: what every integration is held against.",
    OKTA,
    (
        *somebody(headers=OKTA_POST),
        Step(
            "list-users",
            "List users, one a page",
            Template("GET", "/Users", (("count", "1"), ("startIndex", "1"))),
            (
                status(200),
                not_empty("Resources"),
                has_schema(urns.LIST_RESPONSE),
                is_number("itemsPerPage"),
                is_number("startIndex"),
                is_number("totalResults"),
                *(not_empty(f"Resources[0].{each}") for each in ("id", *READ)),
                *should(list_keys_as_written()),
            ),
            source(1, "A page of one user, as a ListResponse, with everything that is read of a user."),
            captures={"listed_id": "Resources[0].id"},
            advice="Answer GET /Users with a ListResponse (RFC 7644 §3.4.2), each user with id, userName, both names, "
            "active and an array of emails.",
        ),
        Step(
            "get-user",
            "Get that user by id",
            Template("GET", "/Users/{listed_id}"),
            (status(200), equals("id", "{listed_id}"), *(not_empty(each) for each in READ)),
            source(2, "The user of the list, alone, under its id."),
            advice="Answer GET /Users/{id} with the same user that the list shows.",
        ),
        Step(
            "look-up-nobody",
            "Look up a userName that nobody has",
            listing("/Users", 'userName eq "{unknown_user_name}"'),
            empty_list(),
            source(3, "A search without a hit is an empty list with status 200."),
            advice="Answer a filter that finds nobody with 200 and totalResults 0, not with 404 or with everybody.",
        ),
        Step(
            "get-nobody",
            "Get an id that does not exist",
            Template("GET", "/Users/{unknown_id}"),
            error(404),
            source(4, "An unknown id is a 404 with a SCIM error and its detail."),
            advice="Answer unknown ids with 404 and an Error message (RFC 7644 §3.12): schemas, status, detail.",
        ),
        Step(
            "look-up-new-user",
            "Look up the user that is to be created",
            listing("/Users", 'userName eq "{user_name}"'),
            empty_list(),
            source(5, "Nobody has the name yet."),
            advice="Answer a filter that finds nobody with 200 and totalResults 0.",
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
                contains("schemas", urns.USER),
                equals("userName", "{user_name}"),
            ),
            source(6, "201 with the whole user: id, names, userName as it was sent, active."),
            captures={"user_id": "id"},
            advice="Answer POST /Users with 201 and the whole user, its id included. " + CASE_ADVICE,
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
            source(7, "What was created can be read at once."),
            advice="Make what was written readable before the answer is sent (read your writes).",
        ),
        Step(
            "create-user-again",
            "Create the same user again",
            CREATE,
            (status(409),),
            source(8, "The same userName a second time is a conflict."),
            needs=("user_id",),
            advice="Answer 409 with scimType uniqueness when the userName is taken, whatever its case (RFC 7644 §3.3).",
        ),
        Step(
            "look-up-upper-case",
            "Look the user up in capitals",
            listing("/Users", 'userName eq "{user_name_upper}"'),
            (status(200), *should(equals("totalResults", 1))),
            source(9, "The search does not fail for a userName in another case (RFC 7643 §4.1.1: not case-exact)."),
            needs=("user_id",),
            advice=CASE_ADVICE,
        ),
        Step(
            "list-groups",
            "List groups",
            Template("GET", "/Groups"),
            (status(200), answers_within(600), groups_or_none()),
            source(10, "Optional: a list of groups, which may be empty."),
            level=Level.SHOULD,
            offered="groups",
            advice="Answer GET /Groups with a ListResponse; an empty one when there are no groups.",
        ),
        Step(
            "wrong-credentials",
            "Ask with wrong credentials",
            Template("GET", "/Users", (("filter", 'userName eq "{user_name}"'),), authorization="non-token"),
            (status(401), not_empty("detail"), equals("status", 401), has_schema(urns.ERROR)),
            source(11, "Wrong credentials are a 401 with a SCIM error."),
            advice="Check the Authorization header before anything else, and answer 401 with an Error message "
            "(RFC 7644 §3.12), also where a gateway does the checking.",
        ),
        Step(
            "get-nobody-again",
            "Get another id that does not exist",
            Template("GET", "/Users/{another_unknown_id}"),
            (status(404), not_empty("detail"), equals("status", 404), has_schema(urns.ERROR)),
            source(12, "An unknown id is a 404, and the error says its status."),
            advice="Put the status into the Error message too, as a string (RFC 7644 §3.12).",
        ),
    ),
)

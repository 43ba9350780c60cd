"""Users by POST, GET, PUT and DELETE (RFC 7644 §3.3 to §3.6), and what their answers must show or hide."""

from __future__ import annotations

from provisor.conformance.answers import MISSING, View
from provisor.conformance.expect import (
    absent,
    equals,
    has_schema,
    header,
    holds,
    is_array,
    is_error,
    is_exactly,
    is_text,
    media_type,
    no_body,
    not_empty,
    scim_type,
    should,
    status,
)
from provisor.conformance.suite import Assertion, Level, Source, Step, Suite, Template
from provisor.conformance.suites.material import OURS, listing, user
from provisor.scim import urns

ENTERPRISE = {"employeeNumber": "{employee_number}", "department": "Quality"}
FULL = user(externalId="{external_id}", groups=[], password="{password}", title="Checker") | {
    "schemas": [urns.USER, urns.ENTERPRISE_USER],
    urns.ENTERPRISE_USER: ENTERPRISE,
}
READ_ONLY = Source(
    "RFC 7644 §3.3", "A readOnly attribute in the body of a POST is ignored: the server alone assigns it."
)
RETURNED_NEVER = Source("RFC 7643 §4.1.1", "A password is never returned, whatever was asked for (returned: never).")


def no_password() -> Assertion:
    """The password that was set is nowhere in the answer, under whatever name."""

    def judge(view: View) -> str | None:
        if view.find("password") not in (MISSING, None):
            return "there is a password"
        return "its text is" if str(view.variables["password"]).encode() in view.answer.body else None

    return holds("the password is not in the answer", judge, "Never return a password, not even as a hash.")


def location_is_meta_location() -> Assertion:
    """The header and the attribute say the same."""

    def judge(view: View) -> str | None:
        found = view.answer.headers.get("location")
        return None if found == view.find("meta.location") else f"the header is {found!r}"

    return holds("the header Location is meta.location", judge)


def only(*names: str) -> Assertion:
    """The resource has these attributes and the ones that are always returned."""
    allowed = {name.lower() for name in (*names, "id", "schemas", "meta")}

    def judge(view: View) -> str | None:
        found = view.document if isinstance(view.document, dict) else {}
        more = sorted(name for name in found if name.lower() not in allowed)
        return f"it has {', '.join(more)} too" if more else None

    return holds(f"there is nothing besides {', '.join(names)} and what is always returned", judge)


def replacement(display_name: str) -> dict[str, object]:
    """What an identity provider PUTs: the representation it read, read-only attributes included."""
    body = user(externalId="{external_id}", groups=[], title="Judge", displayName=display_name)
    return body | {"id": "{user_id}", "meta": {"resourceType": "User", "location": "https://example.com/elsewhere"}}


SUITE = Suite(
    "users",
    "Users",
    "Create, read, replace and delete users, with the enterprise extension, as identity providers do it.",
    OURS,
    (
        Step(
            "create",
            "Create a user with the enterprise extension",
            Template("POST", "/Users", body=FULL),
            (
                status(201),
                *should(media_type("application/scim+json")),
                is_text("id"),
                has_schema(urns.USER),
                is_exactly("userName", "{user_name}"),
                is_exactly("active", True),
                is_exactly("externalId", "{external_id}"),
                no_password(),
                is_exactly("meta.resourceType", "User"),
                *should(not_empty("meta.created"), not_empty("meta.lastModified")),
                header("Location", "is the new user's URL", lambda found: "/Users/" in found),
                *should(location_is_meta_location()),
            ),
            Source(
                "RFC 7644 §3.3",
                "A created resource is answered with 201, its URL in the Location header, and its representation.",
            ),
            captures={"user_id": "id", "extension": (urns.ENTERPRISE_USER,)},
            advice="Answer 201 with the resource, `id`, `meta` and the Location header.",
        ),
        Step(
            "extension",
            "Read what was sent in the enterprise extension",
            Template("GET", "/Users/{user_id}"),
            (
                status(200),
                has_schema(urns.ENTERPRISE_USER),
                equals((urns.ENTERPRISE_USER, "employeeNumber"), "{employee_number}"),
            ),
            Source("RFC 7643 §3.3", "An extension's attributes are under its URN, which `schemas` names."),
            needs=("extension",),
            advice="Nest the extension's attributes under its URN, and name the URN in `schemas`.",
        ),
        Step(
            "read",
            "Read the user",
            Template("GET", "/Users/{user_id}"),
            (status(200), is_exactly("id", "{user_id}"), is_exactly("userName", "{user_name}"), no_password()),
            RETURNED_NEVER,
        ),
        Step(
            "ask-for-password",
            "Ask for the password by name",
            Template("GET", "/Users/{user_id}", (("attributes", "userName,password"),)),
            (status(200, 400), no_password()),
            RETURNED_NEVER,
        ),
        Step(
            "client-assigned-id",
            "Create a user with an id of one's own",
            Template("POST", "/Users", body=user("second_", id="mine", meta={"version": 'W/"mine"'})),
            (
                status(201),
                holds("id is not the client's", lambda view: "it is" if view.find("id") == "mine" else None),
            ),
            READ_ONLY,
            captures={"second_user_id": "id"},
            advice="Ignore `id` and `meta` in what clients send, and assign them.",
        ),
        Step(
            "duplicate-in-capitals",
            "Create the same userName in capitals",
            Template("POST", "/Users", body=user() | {"userName": "{user_name_upper}"}),
            (*is_error(409), *should(scim_type("uniqueness"))),
            Source("RFC 7643 §4.1.1", "userName is unique, and its case does not matter."),
            needs=("user_id",),
            advice="Compare userName without regard to case, and answer 409 with scimType uniqueness.",
        ),
        Step(
            "attributes",
            "Ask for one attribute",
            Template("GET", "/Users/{user_id}", (("attributes", "userName"),)),
            (status(200), is_exactly("userName", "{user_name}"), is_exactly("id", "{user_id}"), only("userName")),
            Source("RFC 7644 §3.9", "`attributes` names what is returned beside what is always returned."),
            level=Level.SHOULD,
        ),
        Step(
            "excluded-attributes",
            "Leave attributes out",
            Template("GET", "/Users/{user_id}", (("excludedAttributes", "emails,name"),)),
            (status(200), is_exactly("id", "{user_id}"), absent("emails"), absent("name")),
            Source("RFC 7644 §3.9", "`excludedAttributes` names what is left out of what is returned by default."),
            level=Level.SHOULD,
        ),
        Step(
            "replace",
            "Replace the user with the representation that was read",
            Template("PUT", "/Users/{user_id}", body=replacement("Replaced")),
            (
                status(200),
                is_exactly("id", "{user_id}"),
                is_exactly("displayName", "Replaced"),
                is_exactly("title", "Judge"),
                is_array("emails"),
                no_password(),
            ),
            Source("RFC 7644 §3.5.1", "A PUT replaces; readOnly attributes in it, such as id and meta, are ignored."),
            advice="Ignore read-only attributes in a PUT: identity providers send back the whole of what they read.",
        ),
        Step(
            "replace-emptied",
            "Replace with an attribute left out",
            Template("PUT", "/Users/{user_id}", body=user(externalId="{external_id}")),
            (status(200), absent("title")),
            Source(
                "RFC 7644 §3.5.1, a MAY there; Okta's profile push",
                "What a PUT leaves out may be cleared; a client that emptied an attribute leaves it out.",
            ),
            level=Level.SHOULD,
            advice="Clear what a PUT leaves out; otherwise an emptied attribute stays for ever.",
        ),
        Step(
            "replace-with-empty",
            "Replace with empty values",
            Template("PUT", "/Users/{user_id}", body=user(externalId="{external_id}", title="", nickName=None)),
            (status(200),),
            Source(
                "RFC 7643 §2.5",
                "An attribute that is null or an empty array is unassigned; identity providers send both.",
            ),
            level=Level.SHOULD,
            advice='Take null and "" as “no value” rather than as an error.',
        ),
        Step(
            "rename",
            "Change the userName",
            Template("PUT", "/Users/{user_id}", body=user() | {"userName": "{third_user_name}"}),
            (status(200), is_exactly("userName", "{third_user_name}"), is_exactly("id", "{user_id}")),
            Source("RFC 7643 §4.1.1", "userName is readWrite: people change their names, and keep their id."),
            captures={"renamed": "id"},
        ),
        Step(
            "rename-taken",
            "Change the userName to one that is taken",
            Template("PUT", "/Users/{user_id}", body=user() | {"userName": "{second_user_name}"}),
            (status(409), *should(scim_type("uniqueness"))),
            Source("RFC 7644 §3.12", "409 uniqueness: a value is in use already or reserved."),
            needs=("second_user_id",),
        ),
        Step(
            "deactivate",
            "Deactivate by PUT",
            Template("PUT", "/Users/{user_id}", body=user() | {"userName": "{third_user_name}", "active": False}),
            (status(200), is_exactly("active", False)),
            Source("RFC 7643 §4.1.1", "active says whether the user can sign in; false locks the account."),
            captures={"deactivated": "id"},
        ),
        Step(
            "inactive-by-id",
            "Read the inactive user",
            Template("GET", "/Users/{user_id}"),
            (status(200), is_exactly("active", False)),
            Source("RFC 7644 §3.4.1", "A resource that exists is answered with 200; an inactive user exists."),
            needs=("deactivated",),
            advice="Keep inactive users visible by id and by filter; who hides them is sent the same person again.",
        ),
        Step(
            "inactive-by-filter",
            "Look the inactive user up",
            listing("/Users", 'userName eq "{third_user_name}"'),
            (status(200), equals("totalResults", 1), is_exactly("Resources[0].id", "{user_id}")),
            Source("RFC 7644 §3.4.2", "A search returns what matches; being inactive is no reason to be left out."),
            needs=("deactivated",),
            advice="Keep inactive users visible by id and by filter; who hides them is sent the same person again.",
        ),
        Step(
            "reactivate",
            "Activate again by PUT",
            Template("PUT", "/Users/{user_id}", body=user() | {"userName": "{third_user_name}", "active": True}),
            (status(200), is_exactly("active", True), is_exactly("id", "{user_id}")),
            Source("RFC 7643 §3.1", "An id is stable: a user who returns has the one from before."),
            needs=("deactivated",),
        ),
        Step(
            "replace-nobody",
            "Replace a user that does not exist",
            Template("PUT", "/Users/{unknown_id}", body=user()),
            is_error(404),
            Source("RFC 7644 §3.5.1", "PUT does not create: what is not there is a 404."),
        ),
        Step(
            "delete",
            "Delete a user",
            Template("DELETE", "/Users/{second_user_id}"),
            (status(204), no_body()),
            Source("RFC 7644 §3.6", "A delete is answered with 204 and no body."),
            offered="DELETE of users",
        ),
        Step(
            "read-deleted",
            "Read the deleted user",
            Template("GET", "/Users/{second_user_id}"),
            is_error(404),
            Source("RFC 7644 §3.6", "A deleted resource is a 404 for every later operation on it."),
            after=("delete",),
        ),
    ),
)

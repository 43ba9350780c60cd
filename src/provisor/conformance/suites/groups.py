"""Groups and their members (RFC 7643 §4.2), in the requests by which identity providers push groups."""

from __future__ import annotations

from provisor.conformance.expect import (
    contains,
    equals,
    has_length,
    has_schema,
    is_array,
    is_error,
    is_exactly,
    is_list,
    is_text,
    lacks,
    no_body,
    should,
    status,
)
from provisor.conformance.suite import Assertion, Level, Source, Step, Suite, Template
from provisor.conformance.suites.material import (
    OURS,
    features,
    group,
    listing,
    operations,
    prepared_user,
)
from provisor.scim import urns

MEMBERS = "members[*].value"
PATCHED = status(200, 204)
MEMBER = {"value": "{user_id}", "display": "{user_name}"}
SECOND = {"value": "{second_user_id}", "display": "{second_user_name}"}
PATCH_ADVICE = "Apply each operation by itself and in order (RFC 7644 §3.5.2), then answer 200 with the group or 204."


def patched(id_: str, name: str, says: str, *each: dict[str, object], level: Level = Level.MUST) -> Step:
    """A PATCH of the group that must be accepted; what it did is looked at by the step after it."""
    return Step(
        id_,
        name,
        Template("PATCH", "/Groups/{group_id}", body=operations(*each)),
        (PATCHED,),
        Source("RFC 7644 §3.5.2", says),
        level=level,
        feature="patch_supported",
        advice=PATCH_ADVICE,
    )


def then(id_: str, name: str, *expected: Assertion) -> Step:
    """What the group looks like afterwards."""
    return Step(
        f"{id_}-shown",
        name,
        Template("GET", "/Groups/{group_id}"),
        (status(200), *expected),
        Source("RFC 7644 §3.4.1", "What was written is what is read."),
        after=(id_,),
        advice=PATCH_ADVICE,
    )


SUITE = Suite(
    "groups",
    "Groups",
    "Create, rename, fill, empty and delete groups, as identity providers push them.",
    OURS,
    (
        features(),
        prepared_user(),
        prepared_user("second_"),
        Step(
            "create",
            "Create an empty group",
            Template("POST", "/Groups", body=group(members=[])),
            (status(201), is_text("id"), has_schema(urns.GROUP), is_exactly("displayName", "{group_name}")),
            Source("RFC 7644 §3.3", "A created resource is answered with 201 and its representation."),
            captures={"group_id": "id"},
            offered="groups",
        ),
        Step(
            "list",
            "List groups",
            Template("GET", "/Groups", (("startIndex", "1"), ("count", "100"))),
            (status(200), *is_list(), is_array("Resources"), is_text("Resources[0].displayName")),
            Source("RFC 7644 §3.4.2", "A list is a ListResponse with totalResults, startIndex and itemsPerPage."),
            needs=("group_id",),
        ),
        Step(
            "create-awkward",
            "Create a group with quotes in its name",
            Template("POST", "/Groups", body=group("{second_group_name}")),
            (status(201), is_exactly("displayName", "{second_group_name}")),
            Source("RFC 7643 §4.2", "displayName is a string, of whatever characters."),
            captures={"second_group_id": "id"},
            needs=("group_id",),
        ),
        Step(
            "look-up",
            "Look the group up by name",
            listing("/Groups", 'displayName eq "{group_name}"', startIndex="1", count="100"),
            (status(200), equals("totalResults", 1), is_exactly("Resources[0].id", "{group_id}")),
            Source("RFC 7644 §3.4.2.2", "A search by displayName returns the group of that name."),
            needs=("group_id",),
            advice="Filter /Groups by displayName; identity providers look a group up before they create it.",
        ),
        Step(
            "look-up-awkward",
            "Look up a name with quotes and an ampersand",
            listing("/Groups", 'displayName eq "{second_group_name_quoted}"'),
            (status(200), equals("totalResults", 1), is_exactly("Resources[0].id", "{second_group_id}")),
            Source("RFC 7644 §3.4.2.2", "A string in a filter is a JSON string: quotes in it are escaped."),
            advice="Parse strings in filters as JSON strings, with their escapes.",
        ),
        patched(
            "rename",
            "Rename the group",
            "A replace without a path sets the attributes of its value.",
            {"op": "replace", "value": {"displayName": "{group_name} first"}},
        ),
        then("rename", "The group has its new name", is_exactly("displayName", "{group_name} first")),
        patched(
            "rename-with-id",
            "Rename the group, with the id in the value",
            "Okta's client sends the id beside the new name; that it is as it was is no modification.",
            {"op": "replace", "value": {"id": "{group_id}", "displayName": "{group_name} second"}},
            level=Level.SHOULD,
        ),
        then("rename-with-id", "The group has its newer name", is_exactly("displayName", "{group_name} second")),
        patched(
            "add-members",
            "Add two members",
            "An add to a multi-valued attribute adds the values.",
            {"op": "add", "path": "members", "value": [MEMBER, SECOND]},
        ),
        then(
            "add-members",
            "Both are members",
            contains(MEMBERS, "{user_id}"),
            contains(MEMBERS, "{second_user_id}"),
            has_length("members", 2, 2),
        ),
        patched(
            "add-member-again",
            "Add a member who is one",
            "Adding a value that is there already changes nothing.",
            {"op": "add", "path": "members", "value": [MEMBER]},
        ),
        then("add-member-again", "There are still two members", has_length("members", 2, 2)),
        patched(
            "remove-member",
            "Remove one member by a filter in the path",
            "A remove with a value filter removes what matches, and nothing else.",
            {"op": "remove", "path": 'members[value eq "{second_user_id}"]'},
        ),
        then(
            "remove-member",
            "Only the other one is left",
            contains(MEMBERS, "{user_id}"),
            lacks(MEMBERS, "{second_user_id}"),
        ),
        patched(
            "remove-and-add",
            "Remove one and add one in one request",
            "Operations are applied in the order in which they are given.",
            {"op": "remove", "path": 'members[value eq "{user_id}"]'},
            {"op": "add", "path": "members", "value": [SECOND]},
        ),
        then(
            "remove-and-add",
            "The one is out, the other is in",
            lacks(MEMBERS, "{user_id}"),
            contains(MEMBERS, "{second_user_id}"),
        ),
        patched(
            "replace-members",
            "Replace all members",
            "A replace of a multi-valued attribute puts the new values in place of the old ones.",
            {"op": "replace", "path": "members", "value": [MEMBER]},
        ),
        then("replace-members", "Exactly one is a member", has_length("members", 1, 1), contains(MEMBERS, "{user_id}")),
        patched(
            "empty",
            "Replace all members by none",
            "A replace by an empty array leaves no values.",
            {"op": "replace", "path": "members", "value": []},
        ),
        then("empty", "Nobody is a member", has_length("members", 0, 0)),
        Step(
            "put",
            "Replace the group by PUT, with a member",
            Template("PUT", "/Groups/{group_id}", body=group(id="{group_id}", members=[MEMBER])),
            (status(200), is_exactly("displayName", "{group_name}"), *should(contains(MEMBERS, "{user_id}"))),
            Source("RFC 7644 §3.5.1", "A PUT replaces the resource, its members included."),
        ),
        Step(
            "excluded-members",
            "Read the group without its members",
            Template("GET", "/Groups/{group_id}", (("excludedAttributes", "members"),)),
            (status(200), has_length("members", 0, 0)),
            Source("RFC 7644 §3.9", "`excludedAttributes` names what is left out; Microsoft's client reads groups so."),
            level=Level.SHOULD,
        ),
        Step(
            "delete",
            "Delete the group",
            Template("DELETE", "/Groups/{group_id}"),
            (status(204), no_body()),
            Source("RFC 7644 §3.6", "A delete is answered with 204 and no body."),
        ),
        Step(
            "read-deleted",
            "Read the deleted group",
            Template("GET", "/Groups/{group_id}"),
            is_error(404),
            Source("RFC 7644 §3.6", "A deleted resource is a 404 for every later operation on it."),
            after=("delete",),
        ),
    ),
)

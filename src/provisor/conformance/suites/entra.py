"""What Microsoft Entra ID's client sends, where it differs from the RFCs or uses what other clients do not.

None of it is a MUST: a server that refuses these forms keeps to the RFCs, and cannot be used with Entra ID.
"""

from __future__ import annotations

from typing import Any

from provisor.conformance.expect import (
    contains,
    equals,
    has_length,
    is_exactly,
    lacks,
    status,
)
from provisor.conformance.suite import Assertion, Level, Source, Step, Suite, Template
from provisor.conformance.suites.material import (
    OURS,
    features,
    group,
    listing,
    operations,
    prepared_group,
    prepared_user,
    user,
)
from provisor.scim import urns

ADVICE = "Accept this form if Microsoft Entra ID is to provision to the app; the RFCs do not ask for it."
MEMBERS = "members[*].value"
GROUP_EXTENSION = "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"


def source(says: str) -> Source:
    """What the client was seen to send."""
    return Source("Microsoft Entra ID's client", says)


def sent(
    id_: str,
    name: str,
    says: str,
    path: str,
    each: list[dict[str, Any]],
    *shown: Assertion,
    level: Level = Level.SHOULD,
) -> tuple[Step, Step]:
    """A PATCH that this client sends, and what the resource is afterwards."""
    change = Step(
        id_,
        name,
        Template("PATCH", path, body=operations(*each)),
        (status(200, 204),),
        source(says),
        level=level,
        feature="patch_supported",
        advice=ADVICE,
    )
    look = Step(
        f"{id_}-shown",
        f"{name}: what it is afterwards",
        Template("GET", path),
        (status(200), *shown),
        source(says),
        level=level,
        after=(id_,),
        advice=ADVICE,
    )
    return change, look


def found(id_: str, name: str, path: str, filter_: str, says: str, wanted: str, after: tuple[str, ...] = ()) -> Step:
    """A search that this client makes."""
    return Step(
        id_,
        name,
        listing(path, filter_),
        (status(200), equals("totalResults", 1), is_exactly("Resources[0].id", wanted)),
        source(says),
        level=Level.SHOULD,
        feature="filter_supported",
        after=after,
        advice=ADVICE,
    )


USER, GROUP = "/Users/{user_id}", "/Groups/{group_id}"
WORK = 'emails[type eq "work"].value'
MOBILE = 'phoneNumbers[type eq "mobile"].value'

SUITE = Suite(
    "entra",
    "Microsoft Entra ID",
    "The forms of PATCH and filter that Microsoft Entra ID's client sends beside the RFCs.",
    OURS,
    (
        features(),
        prepared_user(externalId="{external_id}"),
        prepared_user("second_"),
        prepared_group(externalId="{employee_number}"),
        Step(
            "probe",
            "The connection test: somebody who does not exist",
            listing("/Users", 'userName eq "{unknown_user_name}"'),
            (status(200), equals("totalResults", 0)),
            source("A search for a random userName is answered with 200 and an empty list."),
            level=Level.SHOULD,
        ),
        found(
            "by-external-id",
            "Search by externalId",
            "/Users",
            'externalId eq "{external_id}"',
            "The matching attribute is configurable; externalId is a common one.",
            "{user_id}",
        ),
        found(
            "by-work-email",
            "Search by work email",
            "/Users",
            'emails[type eq "work"].value eq "{user_name}"',
            "A value path with a sub-attribute behind it, compared with a value.",
            "{user_id}",
        ),
        found(
            "by-group-name",
            "Search a group, the attribute in odd case",
            "/Groups",
            'DisplayName eq "{group_name}"',
            "Attribute names come in odd case.",
            "{group_id}",
        ),
        *sent(
            "create-by-path",
            "Set a value that is not there yet",
            "A value filter that matches nothing creates the value.",
            USER,
            [{"op": "Add", "path": MOBILE, "value": "+47 22 22 22 22"}],
            contains("phoneNumbers[*].value", "+47 22 22 22 22"),
            contains("phoneNumbers[*].type", "mobile"),
        ),
        *sent(
            "replace-by-path",
            "Replace the work email",
            "A value filter that matches chooses the value.",
            USER,
            [{"op": "Replace", "path": WORK, "value": "entra-{user_name}"}],
            contains("emails[*].value", "entra-{user_name}"),
            has_length("emails", 1, 1),
        ),
        *sent(
            "manager",
            "Set the manager by its id alone",
            "The value of a complex attribute comes as its `value` alone.",
            USER,
            [{"op": "Add", "path": f"{urns.ENTERPRISE_USER}:manager", "value": "{second_user_id}"}],
            equals((urns.ENTERPRISE_USER, "manager", "value"), "{second_user_id}"),
            level=Level.MAY,
        ),
        *sent(
            "dotted",
            "Names with dots and URNs inside a value",
            "With the flag for RFC-conforming PATCH, paths stand inside a value that has no path of its own.",
            USER,
            [
                {
                    "op": "replace",
                    "value": {
                        "displayName": "Entra",
                        "name.givenName": "Dotted",
                        f"{urns.ENTERPRISE_USER}:employeeNumber": "{employee_number}",
                    },
                }
            ],
            is_exactly("displayName", "Entra"),
            is_exactly("name.givenName", "Dotted"),
            equals((urns.ENTERPRISE_USER, "employeeNumber"), "{employee_number}"),
            level=Level.MAY,
        ),
        *sent(
            "disable",
            "Disable with a boolean as text",
            'Without that flag booleans come as "False" and "True".',
            USER,
            [{"op": "Replace", "path": "active", "value": "False"}],
            is_exactly("active", False),
        ),
        *sent(
            "add-members",
            "Add members, each with an empty $ref",
            "Members come with `$ref` null.",
            GROUP,
            [
                {"op": "Add", "path": "members", "value": [{"$ref": None, "value": "{user_id}"}]},
                {"op": "Add", "path": "members", "value": [{"$ref": None, "value": "{second_user_id}"}]},
            ],
            contains(MEMBERS, "{user_id}"),
            contains(MEMBERS, "{second_user_id}"),
        ),
        found(
            "membership",
            "Ask whether somebody is a member",
            "/Groups",
            'id eq "{group_id}" and members eq "{user_id}"',
            "Membership is asked by a filter on the group's id and its members.",
            "{group_id}",
            ("add-members",),
        ),
        *sent(
            "remove-member",
            "Remove a member by a value instead of a filter",
            "A remove names the members in its value; it must not empty the group.",
            GROUP,
            [{"op": "Remove", "path": "members", "value": [{"$ref": None, "value": "{user_id}"}]}],
            lacks(MEMBERS, "{user_id}"),
            contains(MEMBERS, "{second_user_id}"),
        ),
        Step(
            "group-without-members",
            "Read the group without its members",
            Template("GET", GROUP, (("excludedAttributes", "members"),)),
            (status(200), has_length("members", 0, 0)),
            source("Groups are always read without their members, which may be many."),
            level=Level.SHOULD,
        ),
        Step(
            "create-user",
            "Create a user, `active` as text",
            Template("POST", "/Users", body=user("third_", roles=[]) | {"active": "True"}),
            (status(201), is_exactly("active", True)),
            source('Without the flag `active` comes as "True" in a POST too.'),
            level=Level.SHOULD,
            advice=ADVICE,
        ),
        Step(
            "create-group",
            "Create a group with a schema of Microsoft's",
            Template(
                "POST",
                "/Groups",
                body=group("{second_group_name}", externalId="{external_id}")
                | {"schemas": [urns.GROUP, GROUP_EXTENSION], "meta": {"resourceType": "Group"}},
            ),
            (status(201), is_exactly("displayName", "{second_group_name}")),
            source("`schemas` names one that no server knows, and that has no attributes."),
            level=Level.SHOULD,
            needs=("group_id",),
            advice=ADVICE,
        ),
    ),
)

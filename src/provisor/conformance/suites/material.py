"""What several suites send: header sets, people, groups, and the steps that prepare them. No expectation of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from provisor.conformance.expect import status
from provisor.conformance.suite import Source, Step, Template
from provisor.scim import urns

CORE_1: Final = "urn:scim:schemas:core:1.0"

OURS: Final[Mapping[str, str]] = {
    "Accept": "application/scim+json",
    "Content-Type": "application/scim+json",
    "User-Agent": "Provisor-Check/1",
}
"""What our own suites send."""

OKTA: Final[Mapping[str, str]] = {
    "Accept": "application/scim+json",
    "Accept-Charset": "utf-8",
    "Content-Type": "application/scim+json; charset=utf-8",
    "User-Agent": "OKTA SCIM Integration",
}
"""What Okta's published 2.0 suites send; the Content-Type is there on GET too."""

OKTA_POST: Final[Mapping[str, str]] = {
    "Accept": "application/scim+json; charset=utf-8",
    "Content-Type": "application/json",
}
"""Their POSTs: the other media type, and no User-Agent."""

OKTA_1: Final[Mapping[str, str]] = {
    "Accept": "application/json",
    "Accept-Charset": "utf-8",
    "Content-Type": "application/json; charset=utf-8",
    "User-Agent": "OKTA SCIM Integration",
}
"""What Okta's published 1.1 suite sends."""

PREPARATION: Final = Source("Preparation", "Later steps need it; it is not judged.")


def user(prefix: str = "", core: str = urns.USER, **more: Any) -> dict[str, Any]:
    """A user as Okta's suites create one; `prefix` chooses among the made-up people."""
    return {
        "schemas": [core],
        "userName": f"{{{prefix}user_name}}",
        "name": {"givenName": f"{{{prefix}given_name}}", "familyName": f"{{{prefix}family_name}}"},
        "emails": [{"primary": True, "value": f"{{{prefix}user_name}}", "type": "work"}],
        "displayName": f"{{{prefix}display_name}}",
        "active": True,
    } | more


def group(name: str = "{group_name}", **more: Any) -> dict[str, Any]:
    """A group."""
    return {"schemas": [urns.GROUP], "displayName": name, **more}


def operations(*each: dict[str, Any]) -> dict[str, Any]:
    """A PATCH body."""
    return {"schemas": [urns.PATCH_OP], "Operations": list(each)}


def listing(path: str, filter_: str = "", **query: str) -> Template:
    """A GET of a list, in the order filter, then the rest."""
    given = (("filter", filter_),) if filter_ else ()
    return Template("GET", path, (*given, *query.items()))


def prepared_user(prefix: str = "", **more: Any) -> Step:
    """Create one of the made-up people; later steps know it as `{prefix}user_id`."""
    return Step(
        f"prepare-{prefix.replace('_', '-')}user",
        f"Prepare {'a' if not prefix else 'another'} user",
        Template("POST", "/Users", body=user(prefix, **more)),
        (status(201),),
        PREPARATION,
        captures={f"{prefix}user_id": "id"},
        prepares=True,
    )


def prepared_group(**more: Any) -> Step:
    """Create the made-up group; later steps know it as `group_id`."""
    return Step(
        "prepare-group",
        "Prepare a group",
        Template("POST", "/Groups", body=group(**more)),
        (status(201),),
        PREPARATION,
        captures={"group_id": "id"},
        offered="groups",
        prepares=True,
    )


def features() -> Step:
    """Ask what the server supports, so that what it says it lacks is skipped."""
    names = ("patch", "filter", "sort", "etag", "bulk")
    return Step(
        "features",
        "Ask what the server supports",
        Template("GET", "/ServiceProviderConfig"),
        (),
        PREPARATION,
        captures={f"{name}_supported": (name, "supported") for name in names},
        offered="a ServiceProviderConfig",
        prepares=True,
    )


def somebody(core: str = urns.USER, headers: Mapping[str, str] | None = None) -> tuple[Step, ...]:
    """Make sure that there is somebody: an empty server is given a user."""
    return (
        Step(
            "look-for-somebody",
            "Look whether there is a user",
            Template("GET", "/Users", (("count", "1"), ("startIndex", "1"))),
            (),
            PREPARATION,
            captures={"somebody": ("Resources", 0, "id")},
            prepares=True,
        ),
        Step(
            "create-somebody",
            "Create a user, because there is none",
            Template("POST", "/Users", body=user("third_", core), headers=headers),
            (status(201),),
            PREPARATION,
            unless="somebody",
            prepares=True,
        ),
    )

"""Okta's published entitlements suite, for every resource type with one of its two schemas.

The suite is one request that its users are told to repeat per resource type; here the server's own ResourceTypes say
which. A server without such types is not judged.
"""

from __future__ import annotations

from typing import Any

from provisor.conformance.answers import View
from provisor.conformance.expect import equals, has_schema, holds, is_number, is_text, not_empty, should, status
from provisor.conformance.suite import Assertion, Source, Step, Suite, Template
from provisor.conformance.suites.material import OKTA, PREPARATION
from provisor.scim import urns

ROLE = "urn:okta:scim:schemas:core:1.0:Role"
ENTITLEMENT = "urn:okta:scim:schemas:core:1.0:Entitlement"

PAGE = (
    status(200),
    not_empty("Resources"),
    has_schema(urns.LIST_RESPONSE),
    is_number("startIndex"),
    equals("itemsPerPage", 1),
    is_number("totalResults"),
)


def endpoints(document: Any) -> list[str]:
    """The endpoints of the resource types that have one of the two schemas, at the type or as an extension."""
    listed = document.get("Resources") if isinstance(document, dict) else None
    types = [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    found = [each.get("endpoint") for each in types if each.get("schema") in (ROLE, ENTITLEMENT)]
    return ["/" + each.strip("/") for each in found if isinstance(each, str)]


def short_description() -> Assertion:
    """Descriptions longer than this are cut by who reads them."""

    def judge(view: View) -> str | None:
        found = view.find("Resources[0].description")
        return f"it has {len(found)}" if isinstance(found, str) and len(found) > 1000 else None

    return holds("the description has at most 1,000 characters", judge)


SUITE = Suite(
    "entitlements",
    "Entitlements",
    "Roles, licences and other entitlements that Okta's governance reads.",
    OKTA,
    (
        Step(
            "resource-types",
            "Ask which resource types there are",
            Template("GET", "/ResourceTypes"),
            (),
            PREPARATION,
            captures={"entitlement_endpoints": endpoints},
            unless="entitlement_endpoints",
            offered="a list of resource types",
            prepares=True,
        ),
        Step(
            "list-entitlements",
            "List {item}, one a page",
            Template("GET", "{item}", (("count", "1"), ("startIndex", "1"))),
            (
                *PAGE,
                *should(is_text("Resources[0].id"), is_text("Resources[0].displayName"), short_description()),
            ),
            Source(
                "Okta SCIM 2.0 entitlements suite",
                "Each endpoint of entitlements lists them a page at a time, and itemsPerPage is what is on the page.",
            ),
            each="entitlement_endpoints",
            advice="Create at least one of them, answer with a ListResponse, and say in itemsPerPage how many "
            "resources this page holds.",
        ),
    ),
)

"""Discovery: what a server says about itself (RFC 7644 §4, RFC 7643 §5 to §7)."""

from __future__ import annotations

from typing import Any

from provisor.conformance.answers import View
from provisor.conformance.expect import (
    contains,
    has_schema,
    holds,
    is_array,
    is_boolean,
    is_error,
    is_exactly,
    is_list,
    is_number,
    is_text,
    media_type,
    not_empty,
    should,
    status,
)
from provisor.conformance.suite import Assertion, Level, Source, Step, Suite, Template
from provisor.conformance.suites.material import OURS, listing
from provisor.scim import urns

SWITCHES = ("patch", "bulk", "filter", "changePassword", "sort", "etag")
CONFIG = Source(
    "RFC 7643 §5",
    "A service provider's configuration says for patch, bulk, filter, changePassword, sort and etag whether they are "
    "supported, and which authentication schemes there are.",
)
READ_ONLY = Source("RFC 7644 §4", "The discovery endpoints are read: GET is the only method for them.")


def names_user(path: str) -> Assertion:
    """One of the resource types is that of users."""

    def judge(view: View) -> str | None:
        found = view.find(path)
        return None if isinstance(found, list) and urns.USER in found else f"it is {found if found else 'empty'}"

    return holds(f"one of {path} is {urns.USER}", judge)


def has_attribute(name: str) -> Assertion:
    """A schema describes an attribute of this name."""

    def judge(view: View) -> str | None:
        listed: Any = view.find("attributes[*].name")
        return None if isinstance(listed, list) and name in listed else "it is not among them"

    return holds(f"attributes describe {name}", judge)


def served(id_: str, name: str, path: str, advice: str) -> Step:
    """Whether there is such an endpoint; clients can do without, so it is a SHOULD. What it says must be right."""
    return Step(
        id_,
        name,
        Template("GET", path),
        (status(200),),
        Source("RFC 7644 §4", "Three endpoints let clients discover features, resource types and schemas."),
        level=Level.SHOULD,
        captures={f"{id_.replace('-', '_')}_served": "schemas"},
        advice=advice,
    )


SUITE = Suite(
    "discovery",
    "Discovery",
    "What the server says about itself.",
    OURS,
    (
        served(
            "config",
            "Ask for the ServiceProviderConfig",
            "/ServiceProviderConfig",
            "Serve /ServiceProviderConfig: clients learn there what they may ask for.",
        ),
        Step(
            "config-content",
            "What the ServiceProviderConfig says",
            Template("GET", "/ServiceProviderConfig"),
            (
                status(200),
                *should(media_type("application/scim+json")),
                has_schema(urns.SERVICE_PROVIDER_CONFIG),
                *(is_boolean(f"{name}.supported") for name in SWITCHES),
                is_number("filter.maxResults"),
                is_number("bulk.maxOperations"),
                is_number("bulk.maxPayloadSize"),
                is_array("authenticationSchemes"),
            ),
            CONFIG,
            needs=("config_served",),
        ),
        served(
            "resource-types",
            "Ask for the resource types",
            "/ResourceTypes",
            "Serve /ResourceTypes as a ListResponse that has the type User.",
        ),
        Step(
            "resource-types-content",
            "What the list of resource types says",
            Template("GET", "/ResourceTypes"),
            (status(200), *is_list(), names_user("Resources[*].schema"), is_text("Resources[0].endpoint")),
            Source("RFC 7644 §4", "GET /ResourceTypes discovers the types of resources available on the server."),
            needs=("resource_types_served",),
        ),
        Step(
            "resource-type-user",
            "Read the resource type User",
            Template("GET", "/ResourceTypes/User"),
            (
                status(200),
                has_schema(urns.RESOURCE_TYPE),
                is_exactly("name", "User"),
                is_exactly("endpoint", "/Users"),
                is_exactly("schema", urns.USER),
            ),
            Source("RFC 7643 §6", "A resource type has a name, an endpoint and a schema."),
            needs=("resource_types_served",),
        ),
        served(
            "schemas",
            "Ask for the schemas",
            "/Schemas",
            "Serve /Schemas as a ListResponse that has the User schema.",
        ),
        Step(
            "schemas-content",
            "What the list of schemas says",
            Template("GET", "/Schemas"),
            (status(200), *is_list(), names_user("Resources[*].id")),
            Source("RFC 7644 §4", "GET /Schemas retrieves the schemas that the server's resources have."),
            needs=("schemas_served",),
        ),
        Step(
            "schema-user",
            "Read the User schema",
            Template("GET", f"/Schemas/{urns.USER}"),
            (
                status(200),
                is_exactly("id", urns.USER),
                not_empty("attributes"),
                has_attribute("userName"),
                *should(contains("schemas", urns.SCHEMA)),
            ),
            Source("RFC 7643 §7", "A schema has an id, its URN, and describes its attributes."),
            needs=("schemas_served",),
        ),
        Step(
            "unknown-schema",
            "Read a schema that does not exist",
            Template("GET", "/Schemas/urn:example:no:such:Schema"),
            is_error(404),
            Source("RFC 7644 §3.12", "What is not there is a 404 with an Error message."),
            needs=("schemas_served",),
        ),
        Step(
            "filtered-schemas",
            "Filter the schemas",
            listing("/Schemas", 'id eq "urn:example:no:such:Schema"'),
            (status(403),),
            Source(
                "RFC 7644 §4", "A filter on a discovery endpoint is refused with 403: who reads it needs all of it."
            ),
            level=Level.SHOULD,
            needs=("schemas_served",),
        ),
        Step(
            "post-to-config",
            "POST to the ServiceProviderConfig",
            Template("POST", "/ServiceProviderConfig", body={"schemas": [urns.SERVICE_PROVIDER_CONFIG]}),
            (status(405, 404, 501),),
            READ_ONLY,
            level=Level.SHOULD,
            needs=("config_served",),
            advice="Answer methods that a path does not have with 405 and an Allow header.",
        ),
    ),
)

"""Errors (RFC 7644 §3.12): the right status, as JSON, with a reason. Clients show `detail` to whoever must act."""

from __future__ import annotations

from collections.abc import Mapping

from provisor.conformance.expect import (
    has_schema,
    is_error,
    is_json,
    is_text,
    media_type,
    not_empty,
    scim_type,
    should,
    status,
)
from provisor.conformance.suite import Assertion, Level, Source, Step, Suite, Template
from provisor.conformance.suites.material import OURS, operations, prepared_user, user
from provisor.scim import urns

ERRORS = "RFC 7644 §3.12"
MEDIA = Source("RFC 7644 §3.1", "Clients send application/scim+json; many send application/json or add a charset.")


def typed(content_type: str, accept: str = "application/scim+json") -> Mapping[str, str]:
    """Headers with another media type."""
    return {**OURS, "Content-Type": content_type, "Accept": accept}


def rejected(*reasons: str) -> tuple[Assertion, ...]:
    """A 400 with one of these reasons."""
    return (*is_error(400), *should(scim_type(*reasons)))


SUITE = Suite(
    "errors",
    "Errors",
    "Every refusal is a SCIM error in JSON, with a reason that somebody can act on.",
    OURS,
    (
        prepared_user("second_"),
        Step(
            "not-found",
            "Get an id that does not exist",
            Template("GET", "/Users/{unknown_id}"),
            (*is_error(404), *should(is_text("status"), media_type("application/scim+json"))),
            Source(ERRORS, "An error is a JSON body with schemas, the status as a string, and a detail for people."),
        ),
        Step(
            "no-credentials",
            "Ask without credentials",
            Template("GET", "/Users", (("count", "1"),), authorization=""),
            (status(401), is_json(), *should(has_schema(urns.ERROR), not_empty("detail"))),
            Source("RFC 7644 §2", "Requests are authenticated; without valid credentials they are refused with 401."),
            advice="Ask for credentials on every path, and answer 401 in JSON.",
        ),
        Step(
            "not-json",
            "Create from a body that is not JSON",
            Template("POST", "/Users", raw=b'{"schemas": ['),
            rejected("invalidSyntax"),
            Source(ERRORS, "400 invalidSyntax: the body is not well-formed or does not follow the schema."),
            advice="Answer a body that cannot be parsed with 400, not with 500.",
        ),
        Step(
            "not-an-object",
            "Create from a JSON array",
            Template("POST", "/Users", body=[]),
            rejected("invalidSyntax", "invalidValue"),
            Source(ERRORS, "400 invalidSyntax: the body does not follow the request schema."),
        ),
        Step(
            "no-user-name",
            "Create without a userName",
            Template("POST", "/Users", body={"schemas": [urns.USER], "displayName": "Nobody"}),
            rejected("invalidValue", "invalidSyntax"),
            Source(ERRORS, "400 invalidValue: a required value is missing."),
            advice="Check required attributes (userName) and answer 400 that names the missing one.",
        ),
        Step(
            "wrong-type",
            "Create with a boolean that is none",
            Template("POST", "/Users", body=user() | {"userName": "x-{unknown_user_name}", "active": "perhaps"}),
            rejected("invalidValue", "invalidSyntax"),
            Source(ERRORS, "400 invalidValue: the value does not suit the attribute's type."),
        ),
        Step(
            "unknown-path",
            "Ask for a resource type that does not exist",
            Template("GET", "/NoSuchThings"),
            (status(404), is_json(), *should(has_schema(urns.ERROR))),
            Source(ERRORS, "What is not there is a 404; errors are JSON on every path."),
        ),
        Step(
            "wrong-method",
            "PATCH of the whole list",
            # Without operations, because somebody's server may take it seriously; a DELETE would be worse.
            Template("PATCH", "/Users", body=operations()),
            (status(405, 404, 501, 400), is_json()),
            Source("RFC 9110 §15.5.6", "A method that the resource does not have is a 405."),
            level=Level.SHOULD,
        ),
        Step(
            "media-type-json",
            "Create as application/json",
            Template("POST", "/Users", body=user(), headers=typed("application/json", "application/json")),
            (status(201),),
            MEDIA,
            captures={"user_id": "id"},
            advice="Accept application/json beside application/scim+json: the identity providers' own tests send it.",
        ),
        Step(
            "media-type-charset",
            "Read with a charset in Accept",
            Template(
                "GET",
                "/Users/{user_id}",
                headers={**OURS, "Accept": "application/scim+json; charset=utf-8", "Accept-Charset": "utf-8"},
            ),
            (status(200),),
            MEDIA,
        ),
        Step(
            "unknown-attribute",
            "Create with an attribute that nobody knows",
            Template("POST", "/Users", body=user("third_", checkerUnknown="x")),
            (status(201),),
            Source("RFC 7643 §2.1", "Clients of another schema send more; what is unknown is best ignored."),
            level=Level.MAY,
        ),
        Step(
            "schema-missing",
            "Create without `schemas`",
            Template("POST", "/Users", body={"userName": "{unknown_user_name}", "active": True}),
            (status(400, 201),),
            Source("RFC 7643 §3", "`schemas` is required in every resource; a server may be more patient."),
            level=Level.MAY,
        ),
    ),
)

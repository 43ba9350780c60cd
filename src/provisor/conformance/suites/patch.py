"""PATCH of users (RFC 7644 §3.5.2), in every form that identity providers send. `groups` has the groups'."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from provisor.conformance.expect import (
    absent,
    equals,
    is_error,
    is_exactly,
    scim_type,
    should,
    status,
)
from provisor.conformance.suite import Assertion, Level, Source, Step, Suite, Template
from provisor.conformance.suites.material import OURS, features, operations, prepared_user
from provisor.scim import urns

ADVICE = "Apply each operation by itself and in order (RFC 7644 §3.5.2), then answer 200 with the user or 204."
WORK = 'emails[type eq "work"].value'


def patched(
    id_: str,
    name: str,
    says: str,
    sent: Mapping[str, Any] | list[Mapping[str, Any]],
    *shown: Assertion,
    level: Level = Level.MUST,
    reference: str = "RFC 7644 §3.5.2",
) -> tuple[Step, Step]:
    """A PATCH, and what the user is afterwards; a 204 is as good as a 200."""
    body = operations(*([sent] if isinstance(sent, Mapping) else sent))  # type: ignore[arg-type]
    source = Source(reference, says)
    change = Step(
        id_,
        name,
        Template("PATCH", "/Users/{user_id}", body=body),
        (status(200, 204),),
        source,
        level=level,
        feature="patch_supported",
        advice=ADVICE,
    )
    look = Step(
        f"{id_}-shown",
        f"{name}: what the user is afterwards",
        Template("GET", "/Users/{user_id}"),
        (status(200), *shown),
        source,
        level=level,
        after=(id_,),
        advice=ADVICE,
    )
    return change, look


def refused(id_: str, name: str, sent: Mapping[str, Any], reason: str, says: str, level: Level = Level.MUST) -> Step:
    """A PATCH that must not be accepted."""
    return Step(
        id_,
        name,
        Template("PATCH", "/Users/{user_id}", body=operations(dict(sent))),
        (*is_error(400), *should(scim_type(*reason.split()))),
        Source("RFC 7644 §3.5.2 and §3.12", says),
        level=level,
        feature="patch_supported",
        advice="Refuse what cannot be done with 400 and a scimType, and leave the user as it was.",
    )


SUITE = Suite(
    "patch",
    "PATCH",
    "Every form of a user's PATCH that identity providers send, and what has to be refused.",
    OURS,
    (
        features(),
        prepared_user(nickName="Nick", title="Checker"),
        *patched(
            "deactivate",
            "Deactivate without a path",
            "A replace without a path sets the attributes of its value.",
            {"op": "replace", "value": {"active": False}},
            is_exactly("active", False),
            is_exactly("userName", "{user_name}"),
        ),
        *patched(
            "activate",
            "Activate with a path",
            "A replace with a path sets that attribute.",
            {"op": "replace", "path": "active", "value": True},
            is_exactly("active", True),
        ),
        *patched(
            "sub-attribute",
            "Replace a sub-attribute",
            "A path may name a sub-attribute; the others stay.",
            {"op": "replace", "path": "name.familyName", "value": "Changed"},
            is_exactly("name.familyName", "Changed"),
            is_exactly("name.givenName", "{given_name}"),
        ),
        *patched(
            "complex-merge",
            "Replace a part of a complex attribute without a path",
            "A replace of a complex attribute replaces the sub-attributes that its value has; the others stay.",
            {"op": "replace", "value": {"name": {"familyName": "{family_name}"}}},
            is_exactly("name.familyName", "{family_name}"),
            is_exactly("name.givenName", "{given_name}"),
        ),
        *patched(
            "add",
            "Add an attribute",
            "An add to an attribute without a value sets it.",
            {"op": "add", "path": "displayName", "value": "Added"},
            is_exactly("displayName", "Added"),
        ),
        *patched(
            "remove",
            "Remove an attribute",
            "A remove of a single-valued attribute leaves it without a value.",
            {"op": "remove", "path": "nickName"},
            absent("nickName"),
        ),
        *patched(
            "value-path",
            "Replace one value of a multi-valued attribute",
            "A value filter chooses the value, what comes after it the sub-attribute.",
            {"op": "replace", "path": WORK, "value": "changed-{user_name}"},
            is_exactly("emails[0].value", "changed-{user_name}"),
        ),
        *patched(
            "several",
            "Several operations in one request",
            "Operations are applied in the order in which they are given.",
            [
                {"op": "replace", "path": "title", "value": "First"},
                {"op": "replace", "path": "title", "value": "Second"},
                {"op": "add", "path": "nickName", "value": "Both"},
            ],
            is_exactly("title", "Second"),
            is_exactly("nickName", "Both"),
        ),
        *patched(
            "extension",
            "An attribute of the enterprise extension",
            "A path may carry a schema's URN.",
            {"op": "add", "path": f"{urns.ENTERPRISE_USER}:department", "value": "Quality"},
            equals((urns.ENTERPRISE_USER, "department"), "Quality"),
            level=Level.SHOULD,
        ),
        *patched(
            "capitalised",
            "Operations with capitals",
            "Microsoft Entra ID writes Replace, Add and Remove; values of `op` are compared without regard to case.",
            {"op": "Replace", "path": "title", "value": "Capital"},
            is_exactly("title", "Capital"),
            level=Level.SHOULD,
            reference="Microsoft Entra ID's client; RFC 7643 §7",
        ),
        *patched(
            "boolean-as-text",
            "A boolean as text",
            'Microsoft Entra ID writes "False" and "True" unless it is told otherwise.',
            {"op": "Replace", "path": "active", "value": "False"},
            is_exactly("active", False),
            level=Level.MAY,
            reference="Microsoft Entra ID's client",
        ),
        *patched(
            "activate-again",
            "Activate without a path",
            "A replace without a path sets the attributes of its value.",
            {"op": "replace", "value": {"active": True}},
            is_exactly("active", True),
        ),
        refused(
            "unknown-operation",
            "An operation that does not exist",
            {"op": "increase", "path": "title", "value": "x"},
            "invalidSyntax invalidValue",
            "op is one of add, remove and replace.",
        ),
        refused(
            "remove-nothing",
            "Remove without a path",
            {"op": "remove"},
            "noTarget invalidPath invalidSyntax",
            "A remove without a path fails with 400 and noTarget.",
        ),
        refused(
            "malformed-path",
            "A path that is none",
            {"op": "replace", "path": "emails[type eq", "value": "x"},
            "invalidPath invalidFilter",
            "400 invalidPath: the path is invalid or malformed.",
        ),
        refused(
            "read-only",
            "Replace the id",
            {"op": "replace", "path": "id", "value": "mine"},
            "mutability",
            # §3.5.2 says SHALL; but Okta sends the id inside a value, and who therefore ignores it does no harm.
            "400 mutability: the modification is not compatible with the attribute's mutability.",
            level=Level.SHOULD,
        ),
        Step(
            "still-the-same",
            "Refused operations changed nothing",
            Template("GET", "/Users/{user_id}"),
            (status(200), is_exactly("id", "{user_id}"), is_exactly("userName", "{user_name}")),
            Source("RFC 7644 §3.5.2", "A request that fails leaves the resource as it was."),
            feature="patch_supported",
        ),
        Step(
            "nobody",
            "PATCH of a user that does not exist",
            Template(
                "PATCH",
                "/Users/{unknown_id}",
                body=operations({"op": "replace", "path": "active", "value": False}),
            ),
            is_error(404),
            Source("RFC 7644 §3.12", "What is not there is a 404 with an Error message."),
            feature="patch_supported",
        ),
    ),
)

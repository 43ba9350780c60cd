"""Normalising payloads: what is dropped, what is corrected under a policy, what is refused and how."""

from dataclasses import replace
from typing import Any

import pytest

from provisor.scim import urns
from provisor.scim.errors import BadRequest
from provisor.scim.policy import STRICT, TOLERANT
from provisor.scim.resources import normalise, require
from provisor.scim.schemas import GROUP, USER

MINIMAL: dict[str, Any] = {"schemas": [urns.USER], "userName": "babs"}


def test_read_only_attributes_are_dropped() -> None:
    """`id`, `meta` and `groups` in a POST have no effect (RFC 7644 §3.3)."""
    noise = {"id": "x", "meta": {"resourceType": "User"}, "groups": [{"value": "g"}]}
    assert normalise(MINIMAL | noise, USER, STRICT) == MINIMAL


def test_schemas_follow_the_content() -> None:
    """An announced extension without values disappears; one with values appears."""
    announced = MINIMAL | {"schemas": [urns.USER, urns.ENTERPRISE_USER]}
    assert normalise(announced, USER)["schemas"] == [urns.USER]
    used = normalise(MINIMAL | {urns.ENTERPRISE_USER.upper(): {"Department": "x"}}, USER)
    assert used["schemas"] == [urns.USER, urns.ENTERPRISE_USER]
    assert used[urns.ENTERPRISE_USER] == {"department": "x"}


STRICT_REFUSALS: list[tuple[str, dict[str, Any]]] = [
    ("coerce_booleans", {"active": "False"}),
    ("coerce_strings", {"title": 7}),
    ("wrap_single_value", {"emails": {"value": "a@b.io"}}),
    ("unwrap_single_value", {"displayName": [{"value": "Babs"}]}),
    ("wrap_plain_value", {urns.ENTERPRISE_USER: {"manager": "m1"}}),
    ("wrap_plain_value", {"emails": ["a@b.io"]}),
    ("unwrap_single_value", {urns.ENTERPRISE_USER: {"manager": [{"value": "m1"}]}}),
    ("loose_references", {"photos": [{"value": "my photo.png"}]}),
    ("ignore_unknown_schemas", {"schemas": [urns.USER, "urn:else:where"]}),
    ("ignore_unknown", {"favouriteColour": "blue"}),
    ("ignore_unknown", {"name": {"nick": "x"}}),
    ("assume_schemas", {"schemas": []}),
    ("assume_schemas", {"schemas": None}),
    ("keep_unknown_extensions", {"urn:acme:1.0:User": {"badge": 7}}),
]


@pytest.mark.parametrize(("tolerance", "extra"), STRICT_REFUSALS)
def test_each_deviation_needs_its_own_tolerance(tolerance: str, extra: dict[str, Any]) -> None:
    """The strict policy refuses the shape, and the one field that names it lets it in."""
    with pytest.raises(BadRequest):
        normalise(MINIMAL | extra, USER, STRICT)
    normalise(MINIMAL | extra, USER, replace(STRICT, **{tolerance: True}))


def test_tolerated_shapes_become_canonical() -> None:
    """What the tolerant policy lets in is stored in the schema's own shape."""
    payload = MINIMAL | {
        "active": "False",
        "title": 7,
        "emails": {"value": "a@b.io"},
        "displayName": [{"value": "Babs"}],
        "nickName": "",
        urns.ENTERPRISE_USER: {"manager": "m1", "costCenter": 42},
        "urn:acme:1.0:User": {"badge": 7},
    }
    assert normalise(payload, USER, TOLERANT) == {
        "schemas": [urns.USER, urns.ENTERPRISE_USER, "urn:acme:1.0:User"],
        "userName": "babs",
        "active": False,
        "title": "7",
        "emails": [{"value": "a@b.io"}],
        "displayName": "Babs",
        urns.ENTERPRISE_USER: {"manager": {"value": "m1"}, "costCenter": "42"},
        "urn:acme:1.0:User": {"badge": 7},
    }


@pytest.mark.parametrize(
    "extra",
    [
        {"active": "maybe"},
        {"emails": ["x"] * 2, "name": "Babs"},
        {"emails": [{"value": "a", "primary": True}, {"value": "b", "primary": True}]},
        {"x509Certificates": [{"value": "not base64!"}]},
        {"name": {"givenName": ["a", "b"]}},
        {"userName": {"a": 1}},
        {urns.ENTERPRISE_USER: []},
    ],
)
def test_what_no_tolerance_covers_is_refused(extra: dict[str, Any]) -> None:
    """A value that cannot be what the attribute is stays an invalidValue under every policy."""
    with pytest.raises(BadRequest) as caught:
        normalise(MINIMAL | extra, USER, TOLERANT)
    assert caught.value.scim_type == "invalidValue"


def test_a_refusal_does_not_repeat_the_value() -> None:
    """The value may be a password, and error texts end up in logs."""
    with pytest.raises(BadRequest) as caught:
        normalise(MINIMAL | {"password": ["hunter2", "hunter3"]}, USER, TOLERANT)
    assert "hunter" not in caught.value.detail
    assert "password" in caught.value.detail


def test_a_required_attribute_must_have_a_value() -> None:
    """userName and a group's displayName may be neither missing nor empty."""
    for payload, kind in (({"schemas": [urns.USER]}, USER), ({"schemas": [urns.GROUP], "displayName": ""}, GROUP)):
        with pytest.raises(BadRequest, match="is required"):
            require(normalise(payload, kind, STRICT), kind)


@pytest.mark.parametrize("payload", [None, [], "x", 7, True])
def test_a_body_that_is_no_object_is_a_syntax_error(payload: Any) -> None:
    """Only JSON objects describe resources."""
    with pytest.raises(BadRequest) as caught:
        normalise(payload, USER, TOLERANT)
    assert caught.value.scim_type == "invalidSyntax"

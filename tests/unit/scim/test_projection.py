"""Which attributes a response shows."""

from typing import Any

import pytest

from provisor.scim import urns
from provisor.scim.projection import Projection, parse_projection, project
from provisor.scim.schemas import USER, USER_SCHEMA, Attribute, ResourceType, Returned, Schema, Type

BABS: dict[str, Any] = {
    "id": "u1",
    "schemas": [urns.USER, urns.ENTERPRISE_USER],
    "userName": "babs",
    "name": {"givenName": "Barbara", "familyName": "Jensen"},
    "emails": [{"value": "b@work.io", "type": "work"}],
    urns.ENTERPRISE_USER: {"department": "R&D", "manager": {"value": "m1", "displayName": "Max"}},
    "meta": {"resourceType": "User"},
}
ALWAYS = {"id": "u1", "schemas": BABS["schemas"]}


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ("userName", {"userName": "babs"}),
        ("USERNAME", {"userName": "babs"}),
        ("name.givenName", {"name": {"givenName": "Barbara"}}),
        ("name.givenName,name", {"name": BABS["name"]}),
        ("emails.value", {"emails": [{"value": "b@work.io"}]}),
        (f"{urns.ENTERPRISE_USER}:department", {urns.ENTERPRISE_USER: {"department": "R&D"}}),
        (urns.ENTERPRISE_USER, {urns.ENTERPRISE_USER: BABS[urns.ENTERPRISE_USER]}),
        (
            f"{urns.ENTERPRISE_USER}:manager.displayName",
            {urns.ENTERPRISE_USER: {"manager": {"displayName": "Max"}}},
        ),
        (f"{urns.USER}:userName", {"userName": "babs"}),
        ("nope", {}),
        ("meta", {"meta": {"resourceType": "User"}}),
    ],
)
def test_only_what_is_asked_for_is_shown(attributes: str, expected: dict[str, Any]) -> None:
    """`id` and `schemas` come always, the rest when named (RFC 7644 §3.9)."""
    assert project(BABS, USER, parse_projection(attributes, None)) == ALWAYS | expected


@pytest.mark.parametrize(
    ("excluded", "gone"),
    [
        ("userName", {"userName"}),
        ("id,schemas", set()),
        ("nope", set()),
        (urns.ENTERPRISE_USER, {urns.ENTERPRISE_USER}),
        (f"{urns.ENTERPRISE_USER}:department,{urns.ENTERPRISE_USER}:manager", {urns.ENTERPRISE_USER}),
    ],
)
def test_what_is_excluded_is_not_shown(excluded: str, gone: set[str]) -> None:
    """Attributes that are returned always cannot be excluded."""
    shown = project(BABS, USER, parse_projection(None, excluded))
    assert shown == {key: value for key, value in BABS.items() if key not in gone}


def test_a_sub_attribute_can_be_excluded() -> None:
    """The rest of the attribute stays."""
    shown = project(BABS, USER, Projection(excluded=("name.givenName", "emails.type")))
    assert shown["name"] == {"familyName": "Jensen"}
    assert shown["emails"] == [{"value": "b@work.io"}]


def test_a_projection_knows_what_it_leaves_out() -> None:
    """The server asks before it computes what nobody will see."""
    assert Projection(attributes=("userName",)).leaves_out(USER, "groups")
    assert not Projection(attributes=("groups.value",)).leaves_out(USER, "groups")
    assert Projection(excluded=("groups",)).leaves_out(USER, "groups")
    assert not Projection(excluded=("groups.value",)).leaves_out(USER, "groups")
    assert not Projection().leaves_out(USER, "groups")


SECRETS = Schema(
    "urn:example:secrets:1.0:User",
    "Secrets",
    "What is shown to whom asks, or never.",
    (
        Attribute("pin", returned=Returned.NEVER),
        Attribute("hint", returned=Returned.REQUEST),
        Attribute("serial", returned=Returned.ALWAYS),
        Attribute(
            "keys",
            Type.COMPLEX,
            multi_valued=True,
            sub_attributes=(
                Attribute("value", returned=Returned.ALWAYS),
                Attribute("name"),
                Attribute("secret", returned=Returned.NEVER),
                Attribute("log", returned=Returned.REQUEST),
            ),
        ),
    ),
)
SECRET = SECRETS.id
KIND = ResourceType("User", "/Users", "", USER_SCHEMA, (SECRETS,))
KEY = {"value": "k", "name": "n", "secret": "s", "log": "l"}
HOLDER: dict[str, Any] = {"id": "u1", SECRET: {"pin": "1", "hint": "h", "serial": "7", "keys": [KEY]}}


@pytest.mark.parametrize(
    ("attributes", "excluded", "shown"),
    [
        (None, None, {"serial": "7", "keys": [{"value": "k", "name": "n"}]}),
        ("userName", None, {"serial": "7"}),
        (f"{SECRET}:pin,{SECRET}:hint", None, {"hint": "h", "serial": "7"}),
        (f"{SECRET}:keys.log", None, {"serial": "7", "keys": [{"value": "k", "log": "l"}]}),
        (f"{SECRET}:keys.secret", None, {"serial": "7", "keys": [{"value": "k"}]}),
        (None, f"{SECRET}:keys.value,{SECRET}:keys.name", {"serial": "7", "keys": [{"value": "k"}]}),
        (None, SECRET, {"serial": "7"}),
    ],
)
def test_returned_holds_in_extensions_and_parts_too(
    attributes: str | None, excluded: str | None, shown: dict[str, Any]
) -> None:
    """`never` is never shown, `request` when named, `always` always, wherever the attribute stands (RFC 7643 §7)."""
    assert project(HOLDER, KIND, parse_projection(attributes, excluded)) == {"id": "u1", SECRET: shown}

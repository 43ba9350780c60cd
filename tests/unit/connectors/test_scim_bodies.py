"""What is rendered for a create and what is left of a representation after our values were written over it."""

from typing import Any

import orjson
import pytest

from provisor.connector import AccountAttribute, Desired
from provisor.connectors.scim import CORE, DEFAULT_USER_ATTRIBUTES, ENTERPRISE, ClearAs, ExternalId, PeerPolicy
from provisor.connectors.scim.overlay import overlay
from provisor.connectors.scim.render import compile_create
from provisor.connectors.scim.shape import shape_of

SHAPE = shape_of(DEFAULT_USER_ATTRIBUTES)
RENDER = compile_create(SHAPE)
BADGE = "urn:example:badge"


def person(**attributes: Any) -> Desired:
    return Desired("00u1", "ada@example.com", attributes)


def created(**attributes: Any) -> dict[str, Any]:
    return RENDER(person(**attributes), "pw")


def put(current: dict[str, Any], policy: PeerPolicy | None = None, **attributes: Any) -> dict[str, Any]:
    overlay(SHAPE, policy or PeerPolicy(), current, person(**attributes), activate=False)
    return current


def test_the_least_create_has_what_okta_always_sends() -> None:
    """Attributes without a value are absent; externalId, groups, password and active are not."""
    assert orjson.dumps(RENDER(person(), "pw")) == (
        b'{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"ada@example.com",'
        b'"externalId":"00u1","groups":[],"password":"pw","active":true}'
    )


@pytest.mark.parametrize("nothing", [None, "", [], {}])
def test_an_empty_value_is_no_value(nothing: Any) -> None:
    """Whatever kind of emptiness the mapping produced."""
    assert created(title=nothing, givenName=nothing, email=nothing, department=nothing) == created()


@pytest.mark.parametrize("value", [False, 0, "0", ["a"], {"a": 1}, 1.5])
def test_false_and_zero_are_values(value: Any) -> None:
    """Only emptiness is left out."""
    assert created(title=value)["title"] == value


def test_a_type_alone_makes_no_element() -> None:
    """The template maps `work` for everybody; a phone without a number is not sent."""
    assert created(emailType="work", primaryPhoneType="mobile", addressType="home") == created()


def test_an_extension_is_named_in_schemas_only_when_it_has_values() -> None:
    """RFC 7643 §3.3."""
    assert created()["schemas"] == [CORE]
    body = created(department="Engines", managerValue="26118915")
    assert body["schemas"] == [CORE, ENTERPRISE]
    assert body[ENTERPRISE] == {"department": "Engines", "manager": {"value": "26118915"}}


def test_custom_namespaces_and_several_elements_have_their_place() -> None:
    """Two e-mail addresses, a role by type, and an extension of one's own."""
    shape = shape_of(
        [
            AccountAttribute("mail", "emails.^[primary==true].value", CORE),
            AccountAttribute("home", "emails.^[primary==false].value", CORE),
            AccountAttribute("role", "roles.^[type=='base'].value", CORE),
            AccountAttribute("colour", "card.colour", BADGE),
        ]
    )
    body: dict[str, Any] = compile_create(shape)(person(mail="a@x", home="b@x", role="r", colour="blue"), "pw")
    assert body["emails"] == [{"primary": True, "value": "a@x"}, {"primary": False, "value": "b@x"}]
    assert body["roles"] == [{"type": "base", "value": "r"}]
    assert body[BADGE] == {"card": {"colour": "blue"}}
    assert body["schemas"] == [CORE, BADGE]


def test_what_was_created_is_left_as_it_is_by_the_next_update() -> None:
    """Writing the same values over a representation changes nothing."""
    values: dict[str, Any] = {
        "givenName": "Ada",
        "email": "a@x",
        "emailType": "work",
        "streetAddress": "1 Way",
        "managerValue": "m1",
    }
    body = created(**values)
    assert put(orjson.loads(orjson.dumps(body)), **values) == body


def test_what_is_not_mapped_goes_back_as_it_came() -> None:
    """Server-only attributes, other elements and other extensions."""
    current = {
        "schemas": [CORE, BADGE],
        "id": "7",
        "userName": "ada@example.com",
        "name": {"formatted": "Ada King"},
        "emails": [{"value": "home@x", "type": "home"}, {"value": "a@x", "primary": True, "display": "Ada"}],
        "groups": [{"value": "g1"}],
        "photos": [{"value": "https://x/1.png"}],
        "externalId": "00u1",
        BADGE: {"colour": "blue"},
        "meta": {"version": "1"},
    }
    assert put(orjson.loads(orjson.dumps(current)), email="a@x") == current


@pytest.mark.parametrize("kept", [{"type": "work"}, {}, {"type": None}])
def test_an_element_that_lost_its_primary_flag_is_still_ours(kept: dict[str, Any]) -> None:
    """Otherwise every update would add one more address to servers that forget `primary`."""
    body = put({"emails": [{"value": "old@x", **kept}]}, email="new@x", emailType="work")
    assert body["emails"] == [{"value": "new@x", "type": "work", "primary": True}]


def test_an_element_of_another_type_is_not_ours() -> None:
    """A private address stays what it is."""
    body = put({"emails": [{"value": "private@x", "type": "home"}]}, email="new@x", emailType="work")
    assert body["emails"] == [
        {"value": "private@x", "type": "home"},
        {"primary": True, "value": "new@x", "type": "work"},
    ]


def test_a_changed_reference_loses_the_link_to_the_old_one() -> None:
    """`$ref` belongs to the value."""
    manager = {"value": "m1", "$ref": "https://app.example/Users/m1"}
    assert put({ENTERPRISE: {"manager": dict(manager)}}, managerValue="m1")[ENTERPRISE]["manager"] == manager
    assert put({ENTERPRISE: {"manager": dict(manager)}}, managerValue="m2")[ENTERPRISE]["manager"] == {"value": "m2"}


@pytest.mark.parametrize(
    ("clear_as", "left"),
    [
        (ClearAs.OMIT, {"name": {"formatted": "x"}}),
        (ClearAs.NULL, {"title": None, "name": {"formatted": "x", "givenName": None}, "phoneNumbers": None}),
        (ClearAs.EMPTY, {"title": "", "name": {"formatted": "x", "givenName": ""}, "phoneNumbers": []}),
    ],
)
def test_emptied_attributes_are_cleared_as_the_policy_says(clear_as: ClearAs, left: dict[str, Any]) -> None:
    """What was there goes in the app's manner, what was never there is not mentioned."""
    current = {
        "title": "Countess",
        "name": {"givenName": "Ada", "formatted": "x"},
        "phoneNumbers": [{"primary": True, "value": "1"}],
    }
    body = put(current, PeerPolicy(clear_as=clear_as))
    for written in ("schemas", "userName", "externalId"):
        del body[written]
    assert body == left


def test_an_extension_that_is_emptied_is_left_out() -> None:
    """The URN in `schemas` stays as the server wrote it."""
    body = put({"schemas": [CORE, ENTERPRISE], ENTERPRISE: {"department": "Engines"}})
    assert ENTERPRISE not in body
    assert body["schemas"] == [CORE, ENTERPRISE]


def test_shapes_that_make_no_sense_are_replaced() -> None:
    """A manager given as text, addresses given as an object, schemas forgotten."""
    current = {ENTERPRISE: {"manager": "m1"}, "emails": {"value": "x"}, "name": None, "schemas": None}
    body = put(current, managerValue="m2", email="a@x", givenName="Ada")
    assert body[ENTERPRISE] == {"manager": {"value": "m2"}}
    assert body["emails"] == [{"primary": True, "value": "a@x"}]
    assert body["name"] == {"givenName": "Ada"}
    assert body["schemas"] == [CORE, ENTERPRISE]


@pytest.mark.parametrize(
    ("rule", "had", "sent"),
    [
        (ExternalId.KEEP, "theirs", "theirs"),
        (ExternalId.KEEP, None, "00u1"),
        (ExternalId.KEEP, "", "00u1"),
        (ExternalId.CLAIM, "theirs", "00u1"),
    ],
)
def test_the_external_id_is_restored_or_claimed(rule: ExternalId, had: str | None, sent: str) -> None:
    """Kept when the server has one, unless the policy claims it."""
    assert put({"externalId": had}, PeerPolicy(external_id=rule))["externalId"] == sent


def test_the_state_is_echoed_unless_activation_is_asked_for() -> None:
    """A profile push does not manage `active`."""
    assert put({"active": False})["active"] is False
    assert "active" not in put({})
    current: dict[str, Any] = {"active": False}
    overlay(SHAPE, PeerPolicy(), current, person(), activate=True)
    assert current["active"] is True

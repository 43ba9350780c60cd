"""External names and the tree they make, and the attributes of the template."""

import pytest

from provisor.connector import AccountAttribute, ConfigError
from provisor.connectors.scim import CORE, DEFAULT_USER_ATTRIBUTES, ENTERPRISE
from provisor.connectors.scim.paths import Step, Where, parse_external_name
from provisor.connectors.scim.shape import shape_of


def attribute(external_name: str, name: str = "x", namespace: str = CORE) -> AccountAttribute:
    return AccountAttribute(name, external_name, namespace)


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("title", [Step("title")]),
        ("name.givenName", [Step("name"), Step("givenName")]),
        ("manager.$ref", [Step("manager"), Step("$ref")]),
        ("emails.^[primary==true].value", [Step("emails", Where("primary", True)), Step("value")]),
        ("emails.^[primary==false].value", [Step("emails", Where("primary", False)), Step("value")]),
        ("roles.^[type=='base'].value", [Step("roles", Where("type", "base")), Step("value")]),
        ('roles.^[type == "a b"].value', [Step("roles", Where("type", "a b")), Step("value")]),
        ("badge.colours.^[primary==true].name.de", None),
    ],
)
def test_an_external_name_is_read_step_by_step(text: str, steps: list[Step] | None) -> None:
    """Plain, dotted and filtered names, at any depth."""
    deep = [Step("badge"), Step("colours", Where("primary", True)), Step("name"), Step("de")]
    assert list(parse_external_name(attribute(text))) == (steps or deep)


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "name.",
        ".name",
        "a b",
        "emails[primary eq true].value",
        "emails.^[primary==true]",
        "emails.^[x].v",
        "a..b",
    ],
)
def test_an_external_name_that_is_none_is_refused_with_examples(text: str) -> None:
    """The sentence names the attribute and shows how it is written."""
    with pytest.raises(ConfigError, match=r"'x' has the external name .*name\.givenName"):
        parse_external_name(attribute(text))


@pytest.mark.parametrize("text", ["schemas", "id", "meta.created", "externalId", "groups", "password", "active"])
def test_what_the_connector_writes_itself_cannot_be_mapped(text: str) -> None:
    """The reserved names."""
    with pytest.raises(ConfigError, match="is reserved"):
        shape_of([attribute(text)])


def test_reserved_names_are_free_in_an_extension() -> None:
    """Another namespace, another meaning."""
    (extension,) = shape_of([attribute("active", namespace="urn:example:badge")]).extensions
    assert extension.key == "urn:example:badge"


@pytest.mark.parametrize(
    ("first", "second"),
    [("title", "title"), ("name", "name.givenName"), ("emails.value", "emails.^[primary==true].value")],
)
def test_two_attributes_cannot_claim_one_place(first: str, second: str) -> None:
    """The sentence names both."""
    with pytest.raises(ConfigError, match="'a' and 'b' both claim"):
        shape_of([attribute(first, "a"), attribute(second, "b")])


def test_bodies_begin_with_the_name_and_the_addresses() -> None:
    """Okta's order: userName, name, emails, then the profile's own."""
    shape = shape_of([attribute("title"), attribute("emails.^[primary==true].value"), attribute("name.givenName")])
    assert [node.key for node in shape.core] == ["name", "emails", "title"]


def test_the_template_has_the_attributes_of_oktas_profile() -> None:
    """Thirty-two, each once, in two namespaces; the four required ones are marked."""
    names = [a.name for a in DEFAULT_USER_ATTRIBUTES]
    assert len(names) == len(set(names)) == 32
    assert {a.external_namespace for a in DEFAULT_USER_ATTRIBUTES} == {CORE, ENTERPRISE}
    assert [a.name for a in DEFAULT_USER_ATTRIBUTES if a.required] == ["userName", "givenName", "familyName", "email"]
    shape_of(DEFAULT_USER_ATTRIBUTES)

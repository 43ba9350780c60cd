"""RFC 7643: the sample resources and the characteristics of the core schemas."""

from typing import Any

from provisor.scim import urns
from provisor.scim.policy import STRICT
from provisor.scim.projection import Projection, project
from provisor.scim.resources import normalise
from provisor.scim.schemas import GROUP, USER, USER_SCHEMA, render_attribute


def test_the_full_user_is_canonical_already(full_user: dict[str, Any]) -> None:
    """The sample of §8.2 comes out of normalising as it went in, but for what only the server may write."""
    cleaned = normalise(full_user, USER, STRICT)
    expected = {key: value for key, value in full_user.items() if key not in ("id", "meta", "groups")}
    expected["schemas"] = [urns.USER, urns.ENTERPRISE_USER]
    assert cleaned == expected


def test_the_group_is_canonical_already(group: dict[str, Any]) -> None:
    """The sample of §8.4 comes out of normalising as it went in, but for `id` and `meta`."""
    cleaned = normalise(group, GROUP, STRICT)
    assert cleaned == {key: value for key, value in group.items() if key not in ("id", "meta")}


def test_each_user_attribute_has_the_characteristics_of_the_rfc(characteristics: dict[str, Any]) -> None:
    """§8.7.1: type, plurality, mutability, returned and uniqueness of every user attribute."""
    rendered = {attribute.name: render_attribute(attribute) for attribute in USER_SCHEMA.attributes}
    assert rendered.keys() == characteristics.keys()
    for name, expected in characteristics.items():
        expected = {"multiValued": False, **expected}
        subs = expected.pop("subAttributes", None)
        assert {key: rendered[name][key] for key in expected} == expected, name
        if subs is not None:
            assert [sub["name"] for sub in rendered[name]["subAttributes"]] == subs


def test_a_password_is_never_shown(full_user: dict[str, Any]) -> None:
    """§4.1.1: `returned: never` wins even when the client asks for the attribute."""
    assert "password" not in project(full_user, USER, Projection())
    assert "password" not in project(full_user, USER, Projection(attributes=("password", "userName")))


def test_attribute_names_ignore_case(full_user: dict[str, Any]) -> None:
    """§2.1: attribute names are case-insensitive, so any case is stored under the declared name."""
    shouted = {key.upper() if not key.startswith("urn:") else key: value for key, value in full_user.items()}
    assert normalise(shouted, USER, STRICT) == normalise(full_user, USER, STRICT)


def test_null_and_an_empty_list_are_unassigned(full_user: dict[str, Any]) -> None:
    """§2.5: null, an empty array and absence are the same state."""
    bare = {key: value for key, value in full_user.items() if key not in ("title", "emails")}
    assert normalise(full_user | {"title": None, "emails": []}, USER, STRICT) == normalise(bare, USER, STRICT)

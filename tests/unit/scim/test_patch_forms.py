"""PATCH on what custom schemas may have: simple lists, immutable and required parts, required extensions."""

from typing import Any

import pytest

from provisor.scim import urns
from provisor.scim.errors import BadRequest, ScimError
from provisor.scim.messages import parse_patch
from provisor.scim.patch import apply
from provisor.scim.policy import STRICT, TOLERANT
from provisor.scim.schemas import GROUP, Attribute, Mutability, ResourceType, Schema, Type

_IMMUTABLE = Mutability.IMMUTABLE
THING = Schema(
    "urn:example:thing:1.0:Thing",
    "Thing",
    "Every shape that users and groups leave out.",
    (
        Attribute("name", required=True),
        Attribute("serial", mutability=_IMMUTABLE),
        Attribute("tags", multi_valued=True),
        Attribute("levels", Type.INTEGER, multi_valued=True),
        Attribute("origins", multi_valued=True, mutability=_IMMUTABLE),
        Attribute(
            "price",
            Type.COMPLEX,
            sub_attributes=(
                Attribute("amount", Type.DECIMAL, required=True),
                Attribute("currency", mutability=_IMMUTABLE),
                Attribute("note"),
            ),
        ),
        Attribute("parts", Type.COMPLEX, multi_valued=True, sub_attributes=(Attribute("value", required=True),)),
    ),
)
EXTRA = Schema("urn:example:extra:1.0:Thing", "Extra", "", (Attribute("level", Type.INTEGER),))
KIND = ResourceType("Thing", "/Things", "", THING, (EXTRA,), frozenset({EXTRA.id}))
LAMP: dict[str, Any] = {
    "schemas": [THING.id, EXTRA.id],
    "name": "lamp",
    "serial": "1",
    "tags": ["red", "Blue"],
    "levels": [1, 2],
    "price": {"amount": 9.5, "currency": "EUR"},
    EXTRA.id: {"level": 1},
}


def patched(*operations: dict[str, Any], resource: dict[str, Any] = LAMP, kind: ResourceType = KIND) -> dict[str, Any]:
    """Apply operations under the strict policy."""
    return apply(resource, parse_patch({"schemas": [urns.PATCH_OP], "Operations": list(operations)}), kind, STRICT)


@pytest.mark.parametrize(
    ("operation", "tags"),
    [
        ({"op": "add", "path": "tags", "value": ["green", "red"]}, ["red", "Blue", "green"]),
        ({"op": "replace", "path": "tags", "value": ["green"]}, ["green"]),
        ({"op": "remove", "path": 'tags[value eq "RED"]'}, ["Blue"]),
        ({"op": "replace", "path": 'tags[value sw "b"]', "value": "green"}, ["red", "green"]),
        ({"op": "add", "value": {"tags": ["x"]}}, ["red", "Blue", "x"]),
        ({"op": "remove", "path": "tags[value pr]"}, None),
    ],
)
def test_simple_lists_are_lists_too(operation: dict[str, Any], tags: list[str] | None) -> None:
    """Elements of a simple attribute are added, replaced and removed; in filters they are called `value`."""
    assert patched(operation).get("tags") == tags


def test_numbers_are_selected_as_numbers() -> None:
    """A filter compares the elements in their type, zero included."""
    assert patched({"op": "remove", "path": "levels[value gt 1]"})["levels"] == [1]
    zero = patched({"op": "replace", "path": "levels[value eq 1]", "value": 0})
    assert zero["levels"] == [0, 2]


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "replace", "path": "serial", "value": "2"},
        {"op": "remove", "path": "serial"},
        {"op": "add", "value": {"serial": "2"}},
        {"op": "replace", "path": "price.currency", "value": "USD"},
        {"op": "replace", "path": "price", "value": {"currency": "USD"}},
        {"op": "remove", "path": "price"},
        {"op": "remove", "path": "price.amount"},
        {"op": "remove", "path": "name"},
        {"op": "remove", "path": EXTRA.id},
        {"op": "remove", "path": f"{EXTRA.id}:level"},
    ],
)
def test_what_must_stay_stays(operation: dict[str, Any]) -> None:
    """Immutable values, required attributes and parts, and required extensions cannot go: mutability (§3.5.2)."""
    with pytest.raises(BadRequest) as caught:
        patched(operation)
    assert caught.value.scim_type == "mutability"


def test_an_immutable_attribute_can_be_set_once_and_said_again() -> None:
    """Setting it for the first time, and to what it is, are no changes (RFC 7643 §7)."""
    assert patched({"op": "add", "path": "origins", "value": ["no"]})["origins"] == ["no"]
    assert patched({"op": "replace", "path": "serial", "value": "1"}) == LAMP
    with pytest.raises(BadRequest) as caught:
        once = LAMP | {"origins": ["no"]}
        patched({"op": "add", "path": "origins", "value": ["se"]}, resource=once)
    assert caught.value.scim_type == "mutability"


def test_a_value_without_a_required_part_is_refused() -> None:
    """Parts need their `value`, whichever operation brings them."""
    with pytest.raises(BadRequest):
        patched({"op": "add", "path": "parts", "value": [{}, {"value": ""}]})
    assert patched({"op": "add", "path": "parts", "value": [{"value": "a"}]})["parts"] == [{"value": "a"}]


def test_adding_parts_to_a_member_cannot_make_it_another() -> None:
    """`members.value` is immutable: a filter and `add` change the rest of a member only (RFC 7643 §8.7.1)."""
    team = {"schemas": [urns.GROUP], "displayName": "t", "members": [{"value": "u1"}]}
    path = 'members[value eq "u1"]'
    out = patched({"op": "add", "path": path, "value": {"value": "u1", "display": "One"}}, resource=team, kind=GROUP)
    assert out["members"] == [{"value": "u1", "display": "One"}]
    with pytest.raises(BadRequest) as caught:
        patched({"op": "add", "path": path, "value": {"value": "u2"}}, resource=team, kind=GROUP)
    assert caught.value.scim_type == "mutability"


def test_too_deep_a_value_for_an_unknown_extension_is_refused() -> None:
    """What no schema describes is kept as it came, within the limit of depth."""
    deep: Any = "x"
    for _ in range(40):
        deep = {"a": deep}
    body = {"Operations": [{"op": "add", "path": "urn:acme:1.0:Thing:x", "value": deep}]}
    with pytest.raises(ScimError):
        apply(LAMP, parse_patch(body, TOLERANT), KIND, TOLERANT)

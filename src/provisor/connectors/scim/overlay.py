"""Writes our values over the representation that an app has just returned, which is what Okta's client PUTs.

Everything that is not mapped goes back as it came.
"""

from __future__ import annotations

from collections.abc import Sequence

from provisor.connector import Desired, Json
from provisor.connectors.scim.attributes import CORE
from provisor.connectors.scim.policy import ClearAs, ExternalId, PeerPolicy
from provisor.connectors.scim.render import Values, has_value
from provisor.connectors.scim.shape import Branch, Element, Elements, Leaf, Node, Shape


def overlay(shape: Shape, policy: PeerPolicy, current: dict[str, Json], desired: Desired, *, activate: bool) -> None:
    """Turn `current` into the body of the PUT (RFC 7644 §3.5.1), in place."""
    clear = policy.clear_as
    current["userName"] = desired.username
    _object(shape.core, current, desired.attributes, clear)
    listed = current.get("schemas")
    schemas: list[Json] = listed if isinstance(listed, list) else [CORE]
    for extension in shape.extensions:
        _branch(extension, current, desired.attributes, clear)
        if extension.key in current and extension.key not in schemas:
            schemas.append(extension.key)
    current["schemas"] = schemas
    if policy.external_id is ExternalId.CLAIM or not has_value(current.get("externalId")):
        current["externalId"] = desired.subject
    if activate:
        current["active"] = True


def _object(nodes: Sequence[Node], into: dict[str, Json], values: Values, clear: ClearAs) -> None:
    for node in nodes:
        match node:
            case Leaf(key, source):
                value = values.get(source)
                if has_value(value):
                    into[key] = value
                else:
                    _clear(into, key, "", clear)
            case Branch():
                _branch(node, into, values, clear)
            case Elements():
                _array(node, into, values, clear)


def _branch(node: Branch, into: dict[str, Json], values: Values, clear: ClearAs) -> None:
    found = into.get(node.key)
    part: dict[str, Json] = found if isinstance(found, dict) else {}
    _complex(node.children, part, values, clear)
    if part:
        into[node.key] = part
    else:
        into.pop(node.key, None)


def _complex(nodes: Sequence[Node], part: dict[str, Json], values: Values, clear: ClearAs) -> None:
    """Overlay an object; a reference whose value changes loses the `$ref` that belonged to the old one."""
    before = part.get("value")
    _object(nodes, part, values, clear)
    if part.get("value") != before:
        part.pop("$ref", None)


def _array(node: Elements, into: dict[str, Json], values: Values, clear: ClearAs) -> None:
    found = into.get(node.key)
    elements: list[Json] = found if isinstance(found, list) else []
    for wanted in node.elements:
        ours = _find(elements, wanted, values)
        if says_something(wanted.children, values):
            if ours is None:
                ours = {}
                elements.append(ours)
            ours[wanted.where.key] = wanted.where.value
            _complex(wanted.children, ours, values, clear)
        elif ours is not None and clear is not ClearAs.KEEP:
            elements[:] = [element for element in elements if element is not ours]
    if elements:
        into[node.key] = elements
    else:
        _clear(into, node.key, [], clear)


def _find(elements: Sequence[Json], wanted: Element, values: Values) -> dict[str, Json] | None:
    """Return the element that is ours.

    Some servers forget `primary`. Without the second look every PUT to them would add one more element.
    """
    where = wanted.where
    objects = [element for element in elements if isinstance(element, dict)]
    for element in objects:
        if element.get(where.key) == where.value:
            return element
    if where.key == "primary" and where.value is True:
        kind = next((values.get(n.source) for n in wanted.children if isinstance(n, Leaf) and n.key == "type"), None)
        for element in objects:
            if "primary" not in element and element.get("type") in (kind, None):
                return element
    return None


def says_something(nodes: Sequence[Node], values: Values, *, but_type: bool = True) -> bool:
    """Tell whether any mapped value is there; a `type` alone says nothing of an element."""
    for node in nodes:
        match node:
            case Leaf(key, source):
                if not (but_type and key == "type") and has_value(values.get(source)):
                    return True
            case Branch(_, children):
                if says_something(children, values, but_type=but_type):
                    return True
            case Elements(_, elements):
                if any(says_something(element.children, values) for element in elements):
                    return True
    return False


def _clear(into: dict[str, Json], key: str, empty: Json, clear: ClearAs) -> None:
    """Take a value away in the app's manner; what was never there needs no clearing."""
    if key not in into:
        return
    match clear:
        case ClearAs.OMIT:
            del into[key]
        case ClearAs.NULL:
            into[key] = None
        case ClearAs.EMPTY:
            into[key] = empty
        case ClearAs.KEEP:
            pass

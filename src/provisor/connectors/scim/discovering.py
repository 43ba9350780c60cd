"""Turns what a server declares of its users (RFC 7643 §6, §7) into attributes that could be written there, one by one.

Of a multi-valued attribute with parts only single elements can be written: the primary one, and one for each type that
the server names. What only the server writes, and what the connector writes itself, is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from provisor.connector import AccountAttribute, DataType, Discovered, Writing
from provisor.connectors.scim.attributes import CORE
from provisor.connectors.scim.shape import RESERVED
from provisor.scim.schemas import USER
from provisor.scim.template import TEMPLATE
from provisor.scim.v1_names import new_urn

TYPES = {"boolean": DataType.BOOLEAN, "decimal": DataType.NUMBER, "integer": DataType.INTEGER}
WRITING = {"immutable": Writing.ONCE, "writeOnly": Writing.UNSEEN}
NOT_OF_USERS = re.compile(r":(?:Group|ServiceProviderConfigs?|ResourceType|Schema)\Z", re.IGNORECASE)
NAMED = {(urn, place): name for urn, places in TEMPLATE.items() for name, place in places.items()}
"""Places that have a name already."""
MOST_TYPES = 6
"""Of the types that a server names for one attribute; some name dozens."""
PART = re.compile(r"[^A-Za-z0-9]+")
PLACE_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*\Z", re.ASCII)


def discovered(schemas: Sequence[Mapping[str, Any]], kinds: Sequence[Mapping[str, Any]]) -> list[Discovered]:
    """What a user can have; `schemas` and `kinds` are the resources of `/Schemas` and `/ResourceTypes`."""
    wanted = _of_users(kinds)
    found: dict[tuple[str, str], Discovered] = {}
    names: set[str] = set()
    for schema in schemas:
        urn = new_urn(str(schema.get("id", "")), USER)
        if (wanted and urn.lower() not in wanted) or NOT_OF_USERS.search(urn):
            continue
        for attribute in _objects(schema.get("attributes")):
            # SCIM 1.1 keeps extensions in the user's own schema and says of each attribute where it belongs.
            own = attribute.get("schema")
            namespace = new_urn(own, USER) if isinstance(own, str) else _own(urn)
            for place, leaf in _places(attribute):
                if (namespace == CORE and place.split(".", 1)[0] in RESERVED) or (namespace, place) in found:
                    continue
                found[namespace, place] = _made(namespace, place, leaf, names)
    return list(found.values())


def _own(urn: str) -> str:
    return CORE if urn.lower() == CORE.lower() else urn


def _of_users(kinds: Sequence[Mapping[str, Any]]) -> set[str]:
    """The schemas of the resource type that users are, folded; empty when the server does not tell."""
    for kind in kinds:
        if kind.get("endpoint") == "/Users" or kind.get("name") == "User":
            extensions = _objects(kind.get("schemaExtensions"))
            urns = [kind.get("schema"), *(each.get("schema") for each in extensions)]
            return {new_urn(urn, USER).lower() for urn in urns if isinstance(urn, str)}
    return set()


def _places(attribute: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Where a value can be written below an attribute, and what is declared of it."""
    name = attribute.get("name")
    if not _writable(attribute) or not isinstance(name, str):
        return
    parts = [each for each in _objects(attribute.get("subAttributes")) if _writable(each)]
    if not parts and attribute.get("type") != "complex":
        yield name, attribute
    elif not attribute.get("multiValued"):
        yield from ((f"{name}.{part['name']}", part) for part in parts)
    else:
        yield from _elements(name, parts)


def _elements(name: str, parts: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    known = {str(part["name"]): part for part in parts}
    if "primary" in known:
        rest = [part for part in parts if part["name"] != "primary"]
        yield from ((f"{name}.^[primary==true].{part['name']}", part) for part in rest)
    listed = known.get("type", {}).get("canonicalValues")
    types = [each for each in listed if isinstance(each, str) and "'" not in each] if isinstance(listed, list) else []
    for each in types[:MOST_TYPES]:
        rest = [part for part in parts if part["name"] not in ("primary", "type")]
        yield from ((f"{name}.^[type=='{each}'].{part['name']}", part) for part in rest)


def _writable(attribute: Mapping[str, Any]) -> bool:
    """Whether a client may write it, and it is something that can be mapped."""
    if attribute.get("mutability") == "readOnly" or attribute.get("readOnly") is True:
        return False
    name = attribute.get("name")
    return isinstance(name, str) and bool(PLACE_NAME.match(name)) and attribute.get("type") != "binary"


def _made(namespace: str, place: str, leaf: Mapping[str, Any], names: set[str]) -> Discovered:
    name = _name(namespace, place, names)
    names.add(name.lower())
    kind, description = leaf.get("type"), leaf.get("description")
    required = leaf.get("required") is True and "." not in place
    return Discovered(
        AccountAttribute(name, place, namespace, required),
        TYPES.get(kind, DataType.STRING) if isinstance(kind, str) else DataType.STRING,
        leaf.get("multiValued") is True,
        description.strip() if isinstance(description, str) else "",
        WRITING.get(str(leaf.get("mutability")), Writing.ALWAYS),
    )


def _name(namespace: str, place: str, taken: set[str]) -> str:
    """A name for the place that nobody has: `nickname`, `manager.displayName` is managerDisplayName."""
    if (known := NAMED.get((namespace, place))) is not None and known.lower() not in taken:
        return known
    words = [each for each in PART.split(place.replace("primary==true", "primary")) if each]
    if len(words) > 1 and words[-1] == "value":
        words.pop()
    if "type" in words[1:-1]:
        words.remove("type")
    name = words[0] + "".join(each[:1].upper() + each[1:] for each in words[1:])
    number, found = 1, name
    while found.lower() in taken:
        number += 1
        found = f"{name}{number}"
    return found


def _objects(listed: Any) -> list[Mapping[str, Any]]:
    return [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []


def place_of(attribute: AccountAttribute) -> tuple[str, str]:
    """The attribute's place, the same however it is written."""
    place = attribute.external_name.replace('"', "'")
    return attribute.external_namespace.lower(), re.sub(r"\s*==\s*", "==", place)

"""Arranges an app's attributes as the tree that its SCIM resource is. Holds no values and writes nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from provisor.connector import AccountAttribute, ConfigError
from provisor.connectors.scim.attributes import CORE
from provisor.connectors.scim.paths import Step, Where, parse_external_name


@dataclass(frozen=True, slots=True)
class Leaf:
    """A value: `key` in the resource, `source` among the flat attributes."""

    key: str
    source: str


@dataclass(frozen=True, slots=True)
class Branch:
    """A complex attribute, or an extension under its URN."""

    key: str
    children: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Element:
    """The one element of a multi-valued attribute that `where` points at."""

    where: Where
    children: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Elements:
    """A multi-valued attribute."""

    key: str
    elements: tuple[Element, ...]


Node: TypeAlias = Leaf | Branch | Elements
Path: TypeAlias = tuple[tuple[Step, ...], AccountAttribute]


@dataclass(frozen=True, slots=True)
class Shape:
    core: tuple[Node, ...]
    """Everything but `userName`, which is the account's name and not a mapped value."""
    extensions: tuple[Branch, ...]


# What the connector itself writes, or the server alone may write.
RESERVED = {"schemas", "id", "meta", "externalId", "groups", "password", "active"}
_URN = re.compile(r"urn:[A-Za-z0-9][A-Za-z0-9-]{0,31}:[^\s\"]+\Z", re.IGNORECASE)  # RFC 8141 §2, roughly
_FIRST = ("name", "emails")  # the order in which Okta's bodies begin, after userName


def shape_of(attributes: Iterable[AccountAttribute]) -> Shape:
    """Return the tree; `ConfigError` when two attributes cannot both have their place."""
    by_namespace: dict[str, list[Path]] = {CORE: []}
    for attribute in attributes:
        steps = parse_external_name(attribute)
        if attribute.external_namespace == CORE:
            if steps[0].name in RESERVED:
                raise ConfigError(f"The attribute {attribute.name!r} cannot be mapped: {steps[0].name!r} is reserved.")
            if attribute.external_name == "userName":
                continue
        by_namespace.setdefault(attribute.external_namespace, []).append((steps, attribute))
    core = sorted(_grow(by_namespace.pop(CORE)), key=_rank)
    return Shape(tuple(core), tuple(Branch(urn, _grow(paths)) for urn, paths in by_namespace.items()))


def check_places(attributes: Sequence[AccountAttribute]) -> None:
    """Raise `ConfigError` unless each attribute has a place of its own in a resource."""
    for each in attributes:
        if not _URN.match(each.external_namespace):
            raise ConfigError(
                f"The attribute {each.name!r} has the external namespace {each.external_namespace!r}, "
                f"which is not the URN of a schema. Write for example {CORE}."
            )
    shape_of(attributes)


def _rank(node: Node) -> int:
    return _FIRST.index(node.key) if node.key in _FIRST else len(_FIRST)


def _grow(paths: Sequence[Path]) -> tuple[Node, ...]:
    groups: dict[str, list[Path]] = {}
    for steps, attribute in paths:
        groups.setdefault(steps[0].name, []).append((steps, attribute))
    return tuple(_node(key, members) for key, members in groups.items())


def _node(key: str, members: Sequence[Path]) -> Node:
    if len(members) == 1 and len(members[0][0]) == 1:
        return Leaf(key, members[0][1].name)
    filtered = {steps[0].where is not None for steps, _ in members}
    if any(len(steps) == 1 for steps, _ in members) or len(filtered) > 1:
        names = " and ".join(repr(attribute.name) for _, attribute in members)
        raise ConfigError(f"The attributes {names} both claim {key!r} in the app's schema. Remove one.")
    below = [(steps[0].where, (steps[1:], attribute)) for steps, attribute in members]
    elements: dict[Where, list[Path]] = {}
    for where, path in below:
        if where is not None:
            elements.setdefault(where, []).append(path)
    if not elements:
        return Branch(key, _grow([path for _, path in below]))
    return Elements(key, tuple(Element(where, _grow(paths)) for where, paths in elements.items()))

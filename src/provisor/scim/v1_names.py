"""The names that SCIM 1.1 gives to what SCIM 2.0 calls otherwise: URNs and `managerId`; also inside filters and paths.

An extension that both versions know under the same URN keeps it.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from . import urns
from .filters import And, AttrPath, Compare, Filter, Not, Or, Present, ValuePath
from .schemas import ResourceType

CORE: Final = "urn:scim:schemas:core:1.0"
ENTERPRISE: Final = "urn:scim:schemas:extension:enterprise:1.0"

OLD_NAMES: Final[Mapping[tuple[str, str], str]] = {("manager", "value"): "managerId"}
_NEW_NAMES: Final = {(name, old.lower()): new for (name, new), old in OLD_NAMES.items()}


def new_name(attribute: str, part: str) -> str:
    """Return what 2.0 calls a part of a complex attribute."""
    return _NEW_NAMES.get((attribute.lower(), part.lower()), part)


def is_core(urn: str, kind: ResourceType) -> bool:
    """Whether 2.0's URN is that of the resource type itself."""
    return urn.lower() == kind.schema.id.lower()


def old_urn(urn: str) -> str:
    """Return the URN of 1.1 for one of 2.0."""
    return ENTERPRISE if urn.lower() == urns.ENTERPRISE_USER.lower() else urn


def new_urn(urn: str, kind: ResourceType) -> str:
    """Return the URN of 2.0 for one of 1.1."""
    folded = urn.lower()
    if folded == CORE:
        return kind.schema.id
    return urns.ENTERPRISE_USER if folded == ENTERPRISE else urn


def new_path(path: AttrPath, kind: ResourceType) -> AttrPath:
    """Return an attribute path of 1.1 as 2.0 writes it."""
    names = path.names if len(path.names) != 2 else (path.names[0], new_name(*path.names))
    return AttrPath(names, new_urn(path.urn, kind) if path.urn else None)


def old_path(path: AttrPath, kind: ResourceType) -> AttrPath:
    """Return an attribute path of 2.0 as 1.1 writes it."""
    names = path.names
    if len(names) == 2:
        names = (names[0], OLD_NAMES.get((names[0], names[1]), names[1]))
    if path.urn is None or is_core(path.urn, kind):
        return AttrPath(names)
    return AttrPath(names, old_urn(path.urn))


def parse_filter_names(node: Filter, kind: ResourceType) -> Filter:
    """Return a filter of 1.1 with the names of 2.0; the grammar is the same but for value paths, which are new."""
    match node:
        case And(terms):
            return And(tuple(parse_filter_names(term, kind) for term in terms))
        case Or(terms):
            return Or(tuple(parse_filter_names(term, kind) for term in terms))
        case Not(term):
            return Not(parse_filter_names(term, kind))
        case ValuePath(path, term):
            return ValuePath(new_path(path, kind), term)
        case Compare(path) | Present(path):
            return replace(node, path=new_path(path, kind))

"""Which resource types a server offers, and what of each it keeps apart or finds by key. It stores nothing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from provisor.scim.filters import fold
from provisor.scim.schemas import GROUP, USER, ResourceType, Type, Uniqueness

KINDS: Final = (USER, GROUP)
_SEARCHED: Final = ("userName", "displayName", "externalId")
"""What clients look resources up by; anything declared unique is found by key as well."""


class Catalogue:
    """The resource types of one server, by name and by endpoint."""

    def __init__(self, kinds: Iterable[ResourceType] = KINDS) -> None:
        self.kinds = tuple(kinds)
        self.by_name: Mapping[str, ResourceType] = {kind.name: kind for kind in self.kinds}
        self.by_endpoint: Mapping[str, ResourceType] = {kind.endpoint.lower(): kind for kind in self.kinds}
        if len(self.by_name) < len(self.kinds) or len(self.by_endpoint) < len(self.kinds):
            raise ValueError("two resource types have the same name or the same endpoint")


@dataclass(frozen=True, slots=True)
class Keyed:
    """An attribute that a storage finds records by."""

    name: str
    exact: bool
    """Whether case matters."""
    unique: bool

    def key(self, value: str) -> str:
        """Return the form in which values are compared."""
        return value if self.exact else fold(value)


@lru_cache(maxsize=256)
def keyed(kind: ResourceType) -> Mapping[str, Keyed]:
    """Return the indexed attributes of a resource type by their name."""
    found: dict[str, Keyed] = {}
    for attribute in kind.by_name.values():
        unique = attribute.uniqueness is not Uniqueness.NONE
        text = attribute.type in (Type.STRING, Type.REFERENCE) and not attribute.multi_valued
        if text and attribute.name != "id" and (unique or attribute.name in _SEARCHED):
            found[attribute.name] = Keyed(attribute.name, attribute.case_exact, unique)
    return found


def keys_of(resource: Mapping[str, Any], kind: ResourceType) -> tuple[tuple[str, str], ...]:
    """Return what the storage indexes of a resource: attribute and folded value."""
    found = []
    for name, entry in keyed(kind).items():
        value = resource.get(name)
        if value:
            found.append((name, entry.key(value)))
    return tuple(found)


def name_of(resource: Mapping[str, Any]) -> str:
    """Return the name to show for a resource."""
    return str(resource.get("displayName") or resource.get("userName") or "")


def computed_part(kind: ResourceType) -> str | None:
    """Return the attribute that is kept apart from the body: a user's `groups`, a group's `members`."""
    return {USER.name: "groups", GROUP.name: "members"}.get(kind.name)


def is_user(kind: ResourceType) -> bool:
    """Whether this is the resource type for users, whatever its extensions."""
    return kind.name == USER.name


def is_group(kind: ResourceType) -> bool:
    """Whether this is the resource type for groups, whatever its extensions."""
    return kind.name == GROUP.name

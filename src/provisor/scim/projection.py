"""Which attributes a response shows: `attributes`, `excludedAttributes` and `returned` (RFC 7644 §3.9).

It works on complete resources and never adds anything.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from .errors import BadRequest, ScimType
from .filters.parser import parse_attr_path
from .schemas import Attribute, ResourceType, Returned


@dataclass(frozen=True, slots=True)
class Projection:
    """What the client asked to see; both empty = the default set."""

    attributes: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.attributes or self.excluded)

    def mentions(self, kind: ResourceType, name: str) -> bool:
        """Whether `attributes` asks for this core attribute or a part of it."""
        return any(key == (None, name) for key in _resolve(self.attributes, kind))

    def leaves_out(self, kind: ResourceType, name: str) -> bool:
        """Whether the response does not show this core attribute."""
        if self.attributes:
            return not self.mentions(kind, name)
        return _resolve(self.excluded, kind).get((None, name), set()) is None


def parse_projection(attributes: object, excluded: object) -> Projection:
    """Read both parameters, from a query (comma-separated) or from a SearchRequest (lists)."""
    projection = Projection(_names(attributes), _names(excluded))
    if projection.attributes and projection.excluded:
        raise BadRequest(ScimType.INVALID_VALUE, "attributes and excludedAttributes exclude each other (RFC 7644 §3.9)")
    return projection


def project(resource: Mapping[str, Any], kind: ResourceType, projection: Projection) -> dict[str, Any]:
    """Return the attributes to show, in the resource's order."""
    if projection.attributes:
        return _only(resource, kind, _resolve(projection.attributes, kind), _kept(projection.attributes, kind))
    return _without(resource, kind, _resolve(projection.excluded, kind))


_Wanted = dict[tuple[str | None, str | None], set[str] | None]
"""(extension URN or None, attribute or None = the whole extension) to the sub-attributes, None = all of them."""


def _names(given: object) -> tuple[str, ...]:
    if given is None:
        return ()
    names = given.split(",") if isinstance(given, str) else given
    if not isinstance(names, list | tuple) or not all(isinstance(name, str) for name in names):
        raise BadRequest(ScimType.INVALID_VALUE, "attributes and excludedAttributes must be lists of attribute names")
    return tuple(name.strip() for name in names if name.strip())


@lru_cache(maxsize=256)
def _resolve(names: tuple[str, ...], kind: ResourceType) -> _Wanted:
    """Return what the names mean; asked for each resource of a page, so kept. Read-only."""
    wanted: _Wanted = {}
    for name in names:
        whole = kind.extension(name)
        if whole is not None:
            wanted[whole.id, None] = None
            continue
        path = parse_attr_path(name)
        extension, attribute = kind.locate(path.urn, path.names[0])
        if attribute is None:
            continue
        key = (extension.id if extension else None, attribute.name)
        if len(path.names) == 1 or wanted.get(key, set()) is None:
            wanted[key] = None
            continue
        sub = attribute.find(path.names[1])
        subs = wanted.setdefault(key, set())
        if sub is not None and subs is not None:
            subs.add(sub.name)
    return wanted


_WHOLE: Final[frozenset[str]] = frozenset()


@lru_cache(maxsize=256)
def _kept(names: tuple[str, ...], kind: ResourceType) -> Mapping[str, set[str] | frozenset[str] | None]:
    """Return the core attributes that `attributes` shows, with their sub-attributes; None = not shown."""
    wanted = _resolve(names, kind)
    kept: dict[str, set[str] | frozenset[str] | None] = {}
    for attribute in kind.by_name.values():
        if attribute.returned is Returned.ALWAYS:
            kept[attribute.name] = _WHOLE
        elif (None, attribute.name) in wanted and attribute.returned is not Returned.NEVER:
            subs = wanted[None, attribute.name]
            kept[attribute.name] = _WHOLE if subs is None else subs
        else:
            kept[attribute.name] = None
    return kept


def _only(
    resource: Mapping[str, Any],
    kind: ResourceType,
    wanted: _Wanted,
    kept: Mapping[str, set[str] | frozenset[str] | None],
) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    for name, value in resource.items():
        if name in kept:
            subs = kept[name]
            if subs is not None:
                shown[name] = value if subs is _WHOLE else _subs_only(value, set(subs))
        elif isinstance(value, dict) and kind.find(name) is None:
            part = _extension_only(name, value, wanted)
            if part:
                shown[name] = part
    return shown


def _extension_only(urn: str, value: dict[str, Any], wanted: _Wanted) -> dict[str, Any]:
    if (urn, None) in wanted:
        return value
    return {name: _subs_only(item, wanted[urn, name]) for name, item in value.items() if (urn, name) in wanted}


def _subs_only(value: Any, subs: set[str] | None) -> Any:
    if subs is None:
        return value
    if isinstance(value, list):
        return [_subs_only(item, subs) for item in value]
    return {name: item for name, item in value.items() if name in subs} if isinstance(value, dict) else value


def _without(resource: Mapping[str, Any], kind: ResourceType, unwanted: _Wanted) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    for name, value in resource.items():
        attribute = kind.find(name)
        if attribute is None:
            part = _extension_without(name, value, unwanted)
            if part:
                shown[name] = part
        elif _shown_by_default(attribute):
            subs = unwanted.get((None, attribute.name), set())
            if attribute.returned is Returned.ALWAYS or subs == set():
                shown[name] = value
            elif subs is not None:
                shown[name] = _drop_subs(value, subs)
    return shown


def _shown_by_default(attribute: Attribute) -> bool:
    return attribute.returned in (Returned.ALWAYS, Returned.DEFAULT)


def _extension_without(urn: str, value: Any, unwanted: _Wanted) -> Any:
    if (urn, None) in unwanted:
        return None
    if not isinstance(value, dict):
        return value
    kept: dict[str, Any] = {}
    for name, item in value.items():
        subs = unwanted.get((urn, name), set())
        if subs is not None:
            kept[name] = _drop_subs(item, subs) if subs else item
    return kept


def _drop_subs(value: Any, subs: set[str]) -> Any:
    if isinstance(value, list):
        return [_drop_subs(item, subs) for item in value]
    return {name: item for name, item in value.items() if name not in subs} if isinstance(value, dict) else value

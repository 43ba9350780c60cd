"""Which attributes a response shows: `attributes`, `excludedAttributes` and `returned` (RFC 7644 §3.9).

It works on complete resources and never adds anything.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, TypeAlias

from .errors import BadRequest, ScimType
from .filters.parser import parse_attr_path
from .schemas import COMMON, Attribute, ResourceType, Returned

MAX_LENGTH: Final = 10_000
"""Characters of all names together; every attribute of a user takes a tenth of it."""


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
    core, extensions, others = _plan(projection, kind)
    shown: dict[str, Any] = {}
    for name, value in resource.items():
        if name in core:
            show = core[name]
            if show is not None:
                value = show(value)
                if value is not None:
                    shown[name] = value
        elif name in extensions:
            part = _extension(value, extensions[name])
            if part:
                shown[name] = part
        elif others:
            shown[name] = value
    return shown


_Wanted = dict[tuple[str | None, str | None], set[str] | None]
"""(extension URN or None, attribute or None = the whole extension) to the sub-attributes, None = all of them."""


def _names(given: object) -> tuple[str, ...]:
    if given is None:
        return ()
    names = given.split(",") if isinstance(given, str) else given
    if not isinstance(names, list | tuple) or not all(isinstance(name, str) for name in names):
        raise BadRequest(ScimType.INVALID_VALUE, "attributes and excludedAttributes must be lists of attribute names")
    if sum(map(len, names)) > MAX_LENGTH:
        raise BadRequest(ScimType.INVALID_VALUE, f"the attribute names have more than {MAX_LENGTH} characters")
    return tuple(name.strip() for name in names if name.strip())


def _resolve(names: tuple[str, ...], kind: ResourceType) -> _Wanted:
    """Return what the names mean."""
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


_Show: TypeAlias = Callable[[Any], Any] | None
"""What is shown of an attribute's value; None = nothing."""
_Shows: TypeAlias = Mapping[str, _Show]


@lru_cache(maxsize=256)
def _plan(projection: Projection, kind: ResourceType) -> tuple[_Shows, Mapping[str, _Shows], bool]:
    """Return what is shown of the core, of each extension, and whether of what no schema declares.

    Worked out once and asked for each resource of a page.
    """
    wanted, unwanted = _resolve(projection.attributes, kind), _resolve(projection.excluded, kind)
    by_name = bool(projection.attributes)

    def show(attribute: Attribute, urn: str | None) -> _Show:
        if by_name:
            return _wanted(attribute, wanted, urn)
        return _not_excluded(attribute, unwanted, urn)

    core = {attribute.name: show(attribute, None) for attribute in (*COMMON, *kind.schema.attributes)}
    extensions = {each.id: {a.name: show(a, each.id) for a in each.attributes} for each in kind.extensions}
    return core, extensions, not by_name


def _wanted(attribute: Attribute, wanted: _Wanted, urn: str | None) -> _Show:
    key = (urn, attribute.name)
    asked = key in wanted or (urn, None) in wanted
    if attribute.returned is Returned.NEVER or not (asked or attribute.returned is Returned.ALWAYS):
        return None
    subs = wanted.get(key)
    return _parts(attribute, lambda sub: subs is None or sub.name in subs, explicit=subs or set())


def _not_excluded(attribute: Attribute, unwanted: _Wanted, urn: str | None) -> _Show:
    if attribute.returned in (Returned.NEVER, Returned.REQUEST):
        return None
    subs = None if (urn, None) in unwanted else unwanted.get((urn, attribute.name), set())
    if subs is None:
        return _whole if attribute.returned is Returned.ALWAYS else None
    return _parts(attribute, lambda sub: sub.name not in subs)


def _parts(attribute: Attribute, chosen: Callable[[Attribute], bool], explicit: Collection[str] = ()) -> _Show:
    """Show the chosen sub-attributes, as far as their own `returned` lets them be seen (RFC 7643 §7)."""
    hidden = frozenset(
        sub.name
        for sub in attribute.sub_attributes
        if sub.returned is Returned.NEVER
        or (sub.returned is Returned.REQUEST and sub.name not in explicit)
        or (sub.returned is not Returned.ALWAYS and not chosen(sub))
    )
    return (lambda value: _drop(value, hidden)) if hidden else _whole


def _whole(value: Any) -> Any:
    return value


def _drop(value: Any, hidden: Collection[str]) -> Any:
    """Return the value without some sub-attributes; None when nothing is left."""
    if isinstance(value, list):
        return [part for part in (_drop(item, hidden) for item in value) if part is not None] or None
    if isinstance(value, dict):
        return {name: item for name, item in value.items() if name not in hidden} or None
    return value


def _extension(value: Any, shows: _Shows) -> dict[str, Any]:
    if not isinstance(value, dict):
        return {}
    shown: dict[str, Any] = {}
    for name, item in value.items():
        show = shows.get(name)
        part = show(item) if show is not None else None
        if part is not None:
            shown[name] = part
    return shown

"""Which index answers a filter, wholly or in part, and which records cannot match it. It reads no storage."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from provisor.scim.filters import And, AttrPath, Compare, Filter, Not, Op, Or, Present, ValuePath, parse_instant
from provisor.scim.schemas import ResourceType

from .catalogue import is_group, keyed

_PLAIN: Final = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789 !#$%&'()*+,-./:;<=>?@[]^_`{|}~")
"""Bytes that JSON writes as themselves and that case folding leaves alone, in lower case."""


@dataclass(frozen=True, slots=True)
class Shortcut:
    """An index that holds every match of a filter."""

    attribute: str
    key: str
    exact: bool
    """Whether it holds nothing else."""


def shortcut(node: Filter, kind: ResourceType) -> Shortcut | None:
    """Find the index that answers a filter or at least one of its `and` terms."""
    match node:
        case Compare(path, Op.EQ, str(value)):
            return _indexed(path, value, kind)
        case ValuePath(path, Compare(inner, Op.EQ, str(value))) if _lowered(inner) == "value":
            return _indexed(path, value, kind) if _lowered(path) == "members" else None
        case And(terms):
            for term in terms:
                found = shortcut(term, kind)
                if found is not None:
                    return Shortcut(found.attribute, found.key, exact=False)
    return None


def _indexed(path: AttrPath, value: str, kind: ResourceType) -> Shortcut | None:
    if path.urn is not None and path.urn.lower() != kind.schema.id.lower():
        return None
    name = _lowered(path)
    if name == "id":
        return Shortcut("id", value, exact=True)
    if name in ("members", "members.value"):
        return Shortcut("members", value, exact=True) if is_group(kind) else None
    entry = key_of(path, kind)
    return Shortcut(entry, keyed(kind)[entry].key(value), exact=True) if entry and value else None


def key_of(path: AttrPath, kind: ResourceType) -> str | None:
    """Return the indexed attribute that a path names, or None."""
    if len(path.names) > 1 or (path.urn is not None and path.urn.lower() != kind.schema.id.lower()):
        return None
    attribute = kind.find(path.names[0])
    return attribute.name if attribute is not None and attribute.name in keyed(kind) else None


def covered(node: Filter | None, kind: ResourceType) -> bool:
    """Whether the indexed keys of a record alone decide a filter."""
    match node:
        case Compare(path) | Present(path):
            return key_of(path, kind) is not None
        case And(terms) | Or(terms):
            return all(covered(term, kind) for term in terms)
        case Not(term):
            return covered(term, kind)
    return node is None


def paths(node: Filter | None, inside: str = "") -> Iterator[str]:
    """Go through the attributes that a filter reads, as lower-case dotted paths without URNs."""
    match node:
        case Compare(path) | Present(path):
            yield inside + _lowered(path)
        case ValuePath(path, term):
            yield inside + _lowered(path)
            yield from paths(term, f"{inside}{_lowered(path)}.")
        case And(terms) | Or(terms):
            for term in terms:
                yield from paths(term, inside)
        case Not(term):
            yield from paths(term, inside)


def mentions(node: Filter | None, name: str) -> bool:
    """Whether a filter reads this attribute (lower case) or a part of it, which the body does not hold."""
    return any(path.partition(".")[0] == name for path in paths(node))


def needle(node: Filter | None) -> bytes | None:
    """Return lower-case bytes that the body of every ASCII match contains; None = nothing can be said.

    A quarter of a microsecond spent on looking for them saves the ten of decoding a record that cannot match.
    """
    match node:
        case Compare(path, Op.EQ | Op.CO | Op.SW | Op.EW, str(value)) if path.names[0].lower() not in _APART:
            # Instants are compared as such, in whatever zone they are written.
            text = b"" if parse_instant(value) else value.lower().encode(errors="surrogatepass")
            return text if text and _PLAIN.issuperset(text) else None
        case ValuePath(path, term) if path.names[0].lower() not in _APART:
            return needle(term)
        case And(terms):
            found = [candidate for candidate in map(needle, terms) if candidate is not None]
            return max(found, key=len, default=None)
    return None


_APART: Final = frozenset({"id", "meta", "groups", "members"})


def _lowered(path: AttrPath) -> str:
    return ".".join(path.names).lower()

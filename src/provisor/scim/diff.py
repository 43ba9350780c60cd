"""The smallest PATCH that turns one resource into another: `apply(a, diff(a, b))` is the same resource as `b`.

Multi-valued attributes are sets (RFC 7643 §2.4), so two orders of the same values are the same. What clients cannot
write (`id`, `meta`, `schemas`, read-only attributes) is left out of account. It sends nothing and knows no peer.

>>> from provisor.scim.schemas import USER
>>> [(o.verb.value, str(o.path), o.value) for o in diff({"title": "Guide"}, {"title": "Lead"}, USER)]
[('replace', 'title', 'Lead')]
"""

from collections.abc import Mapping
from typing import Any

from .filters import AttrPath, Compare, Op, fold
from .messages import Operation, Verb
from .paths import Path
from .schemas import COMMON, Attribute, ResourceType, Schema, Type


def diff(old: Mapping[str, Any], new: Mapping[str, Any], kind: ResourceType) -> list[Operation]:
    """Return operations with paths, in the schema's order; empty when the resources are the same."""
    operations: list[Operation] = []
    for attribute in (*COMMON, *kind.schema.attributes):
        if attribute.name != "schemas":
            operations += _attribute(attribute, None, old.get(attribute.name), new.get(attribute.name))
    for extension in kind.extensions:
        operations += _extension(extension, old.get(extension.id) or {}, new.get(extension.id) or {})
    return operations


def same(one: Mapping[str, Any], other: Mapping[str, Any], kind: ResourceType) -> bool:
    """Whether two resources hold the same, as far as clients can write it."""
    return not diff(one, other, kind)


def _extension(schema: Schema, old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Operation]:
    operations: list[Operation] = []
    for attribute in schema.attributes:
        operations += _attribute(attribute, schema.id, old.get(attribute.name), new.get(attribute.name))
    return operations


def _attribute(attribute: Attribute, urn: str | None, old: Any, new: Any) -> list[Operation]:
    if attribute.read_only or _canonical(old) == _canonical(new):
        return []
    path = Path(AttrPath((attribute.name,), urn))
    if new in (None, [], {}):
        return [Operation(Verb.REMOVE, path)]
    if old in (None, [], {}):
        return [Operation(Verb.REPLACE, path, new)]
    if attribute.multi_valued:
        return _values(attribute, path, old, new)
    if attribute.type is Type.COMPLEX:
        return _parts(attribute, urn, old, new)
    return [Operation(Verb.REPLACE, path, new)]


def _parts(attribute: Attribute, urn: str | None, old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Operation]:
    """Sub-attribute by sub-attribute: replacing a complex attribute leaves what it does not name (§3.5.2.3)."""
    gone = [name for name in old if name not in new]
    operations = [Operation(Verb.REMOVE, Path(AttrPath((attribute.name, name), urn))) for name in gone]
    changed = {name: value for name, value in new.items() if old.get(name) != value}
    if attribute.find("$ref") is not None and changed:
        # A new `value` discards the old $ref and name, so whatever stays has to be said again.
        return [*operations, Operation(Verb.REPLACE, Path(AttrPath((attribute.name,), urn)), dict(new))]
    return [
        *operations,
        *(Operation(Verb.REPLACE, Path(AttrPath((attribute.name, name), urn)), v) for name, v in changed.items()),
    ]


def _values(attribute: Attribute, path: Path, old: list[Any], new: list[Any]) -> list[Operation]:
    """Remove and add single elements where `value` tells them apart and that is shorter than saying it all again."""
    whole = [Operation(Verb.REPLACE, path, new)]
    before, after = _by_value(old), _by_value(new)
    if before is None or after is None or any(item != after.get(key, item) for key, item in before.items()):
        return whole
    gone = [key for key in before if key not in after]
    fresh = [item for key, item in after.items() if key not in before]
    if len(gone) + len(fresh) >= len(new) or any(item.get("primary") for item in fresh):
        return whole
    operations = [Operation(Verb.REMOVE, Path(path.attr, Compare(AttrPath(("value",)), Op.EQ, key))) for key in gone]
    return [*operations, Operation(Verb.ADD, path, fresh)] if fresh else operations


def _by_value(values: list[Any]) -> dict[str, dict[str, Any]] | None:
    """Return the elements by `value`, or None if that does not identify them, ignoring case as filters do."""
    found: dict[str, dict[str, Any]] = {}
    folded: set[str] = set()
    for item in values:
        value = item.get("value") if isinstance(item, dict) else None
        if not isinstance(value, str) or fold(value) in folded:
            return None
        folded.add(fold(value))
        found[value] = item
    return found


def _canonical(value: Any) -> Any:
    """Return a form in which equal sets are equal and unassigned is None."""
    if isinstance(value, list):
        return sorted(repr(_canonical(item)) for item in value) or None
    if isinstance(value, dict):
        return sorted((name, repr(item)) for name, item in value.items() if item is not None) or None
    return value

"""The smallest PATCH that turns one resource into another: `apply(a, diff(a, b))` is the same resource as `b`.

Multi-valued attributes are sets (RFC 7643 §2.4), so two orders of the same values are the same. What clients cannot
write (`id`, `meta`, `schemas`, read-only attributes) is left out of account. It sends nothing and knows no peer.

>>> from provisor.scim.schemas import USER
>>> [(o.verb.value, str(o.path), o.value) for o in diff({"title": "Guide"}, {"title": "Lead"}, USER)]
[('replace', 'title', 'Lead')]
"""

from collections.abc import Mapping
from typing import Any

import orjson

from .filters import AttrPath, Compare, Op, fold
from .messages import Operation, Verb, render_patch
from .paths import Path
from .schemas import COMMON, Attribute, Mutability, ResourceType, Schema, Type


def diff(old: Mapping[str, Any], new: Mapping[str, Any], kind: ResourceType, *, parts: bool = True) -> list[Operation]:
    """Return operations with paths, in the schema's order; empty when the resources are the same.

    Without `parts`, an element of a list is said anew and never changed in its parts, which SCIM 1.1 cannot say.
    """
    operations: list[Operation] = []
    for attribute in (*COMMON, *kind.schema.attributes):
        if attribute.name != "schemas":
            operations += _attribute(attribute, None, old.get(attribute.name), new.get(attribute.name), parts)
    for extension in kind.extensions:
        operations += _extension(extension, old.get(extension.id) or {}, new.get(extension.id) or {}, parts)
    return operations


def same(one: Mapping[str, Any], other: Mapping[str, Any], kind: ResourceType) -> bool:
    """Whether two resources hold the same, as far as clients can write it."""
    return not diff(one, other, kind)


def _extension(schema: Schema, old: Mapping[str, Any], new: Mapping[str, Any], parts: bool) -> list[Operation]:
    operations: list[Operation] = []
    for attribute in schema.attributes:
        operations += _attribute(attribute, schema.id, old.get(attribute.name), new.get(attribute.name), parts)
    return operations


def _attribute(attribute: Attribute, urn: str | None, old: Any, new: Any, parts: bool) -> list[Operation]:
    if attribute.read_only or old == new or _canonical(old) == _canonical(new):
        return []
    path = Path(AttrPath((attribute.name,), urn))
    if new in (None, [], {}):
        return [Operation(Verb.REMOVE, path)]
    if old in (None, [], {}):
        return [Operation(Verb.REPLACE, path, new)]
    if attribute.multi_valued:
        return _values(attribute, path, old, new, parts)
    if attribute.type is Type.COMPLEX:
        return _parts(attribute, urn, old, new)
    return [Operation(Verb.REPLACE, path, new)]


def _parts(attribute: Attribute, urn: str | None, old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Operation]:
    """Sub-attribute by sub-attribute: replacing a complex attribute leaves what it does not name (§3.5.2.3)."""
    gone = [name for name in old if name not in new]
    operations = [Operation(Verb.REMOVE, Path(AttrPath((attribute.name, name), urn))) for name in gone]
    changed = {name: value for name, value in new.items() if old.get(name) != value}
    if attribute.find("$ref") is not None and (changed or "value" in gone):
        # Without its `value`, or with a new one, the old $ref and name are discarded: what stays is said again.
        return [*operations, Operation(Verb.REPLACE, Path(AttrPath((attribute.name,), urn)), dict(new))]
    return [
        *operations,
        *(Operation(Verb.REPLACE, Path(AttrPath((attribute.name, name), urn)), v) for name, v in changed.items()),
    ]


def _values(attribute: Attribute, path: Path, old: list[Any], new: list[Any], parts: bool) -> list[Operation]:
    """Change single elements where `value` tells them apart and that is shorter than saying it all again."""
    whole = [Operation(Verb.REPLACE, path, new)]
    single = _elements(attribute, path, old, new, parts)
    if single is None or len(single) > len(new):
        return whole
    # Where few of many elements change, there is no need to write them all down to see which is shorter.
    return single if len(single) * 8 < len(new) or _length(single) <= _length(whole) else whole


def _length(operations: list[Operation]) -> int:
    return len(orjson.dumps(render_patch(operations)))


def _elements(attribute: Attribute, path: Path, old: list[Any], new: list[Any], parts: bool) -> list[Operation] | None:
    """Return the operations on single elements, or None where they would not give the same."""
    before, after = _by_value(old), _by_value(new)
    if before is None or after is None:
        return None
    gone = [key for key in before if key not in after]
    fresh = [element for key, element in after.items() if key not in before]
    operations: list[Operation] = []
    for key, element in before.items():
        if key in after and after[key] != element:
            changes = _element(attribute, _selected(path, key), element, after[key]) if parts else None
            if changes is not None:
                operations += changes
            else:
                gone.append(key)
                fresh.append(after[key])
    if any(element.get("primary") for element in fresh):
        # A new primary value takes the flag from the old one, in ways that depend on what is there.
        return None
    operations += [Operation(Verb.REMOVE, _selected(path, key)) for key in gone]
    return [*operations, Operation(Verb.ADD, path, fresh)] if fresh else operations


def _element(
    attribute: Attribute, path: Path, old: Mapping[str, Any], new: Mapping[str, Any]
) -> list[Operation] | None:
    """Return what changes the parts of one element; None = it has to be said anew."""
    operations: list[Operation] = []
    for sub in attribute.sub_attributes:
        before, after = old.get(sub.name), new.get(sub.name)
        if before == after:
            continue
        if sub.name in ("primary", "$ref") or sub.mutability is Mutability.IMMUTABLE:
            return None
        verb = Verb.REMOVE if after is None else Verb.REPLACE
        operations.append(Operation(verb, Path(path.attr, path.term, sub.name), after))
    return operations


def _selected(path: Path, value: str) -> Path:
    return Path(path.attr, Compare(AttrPath(("value",)), Op.EQ, value))


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

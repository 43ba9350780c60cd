"""PATCH of SCIM 1.1, a partial resource, to and from the operations of SCIM 2.0.

`meta.attributes` names what is cleared first; `operation: delete` takes values out of a list; what else is listed is
added; single values replace, complex ones are merged (SCIM 1.1 API §3.3.2). Deleting a value that is not there
changes nothing, so apply the operations under a policy with `ignore_unmatched_remove`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .errors import BadRequest, ScimType
from .filters import And, AttrPath, Compare, Filter, Op, parse_attr_path
from .messages import Operation, Verb
from .paths import Path
from .schemas import Attribute, ResourceType, Type
from .v1_names import CORE, OLD_NAMES, is_core, new_name, new_path, new_urn, old_path, old_urn


def parse_patch(document: Any, kind: ResourceType) -> tuple[Operation, ...]:
    """Read a partial resource; what clients cannot write (`id`, read-only attributes) is passed over."""
    if not isinstance(document, dict):
        raise BadRequest(ScimType.INVALID_SYNTAX, "a PATCH body must be a JSON object")
    cleared = _cleared(document, kind)
    operations: list[Operation] = []
    given: set[Path] = set()
    for name, value in document.items():
        if ":" not in name:
            operations += _written(name, None, value, cleared, given, kind)
        elif isinstance(value, dict):
            urn = new_urn(name, kind)
            for part, item in value.items():
                operations += _written(part, None if is_core(urn, kind) else urn, item, cleared, given, kind)
    removals = [Operation(Verb.REMOVE, path) for path in cleared if path not in given]
    return (*removals, *operations)


def _cleared(document: Mapping[str, Any], kind: ResourceType) -> list[Path]:
    metas = [value for name, value in document.items() if name.lower() == "meta" and isinstance(value, dict)]
    names = [value for meta in metas for name, value in meta.items() if name.lower() == "attributes"]
    listed = names[0] if names else []
    if not isinstance(listed, list) or not all(isinstance(name, str) for name in listed):
        raise BadRequest(ScimType.INVALID_SYNTAX, "meta.attributes must be a list of attribute names")
    paths = [_cleared_path(name, kind) for name in listed]
    return list(dict.fromkeys(path for path in paths if not _is_read_only(path, kind)))


def _cleared_path(name: str, kind: ResourceType) -> Path:
    whole = kind.extension(new_urn(name, kind))
    if whole is not None:
        urn, _, last = whole.id.rpartition(":")
        return Path(AttrPath((last,), urn))
    path = new_path(parse_attr_path(name), kind)
    extension, attribute = kind.locate(path.urn, path.names[0])
    if attribute is None:
        return Path(path)
    # Names ignore case; the declared ones make equal what means the same.
    sub = attribute.find(path.names[1]) if len(path.names) == 2 else None
    names = (attribute.name, *((sub.name,) if sub else path.names[1:]))
    return Path(AttrPath(names, extension.id if extension else None))


def _is_read_only(path: Path, kind: ResourceType) -> bool:
    attribute = kind.locate(path.attr.urn, path.attr.names[0])[1]
    return attribute is not None and (attribute.read_only or attribute.name == "schemas")


def _written(
    name: str, urn: str | None, value: Any, cleared: list[Path], given: set[Path], kind: ResourceType
) -> list[Operation]:
    """Return what one attribute of the body asks for."""
    attribute = kind.locate(urn, name)[1]
    path = Path(AttrPath((attribute.name if attribute else name,), urn))
    if _is_read_only(path, kind):
        return []
    if attribute is not None and attribute.multi_valued and isinstance(value, list):
        return _values(attribute, path, value, path in cleared, given)
    if attribute is not None and attribute.type is Type.COMPLEX and isinstance(value, dict):
        value = {new_name(attribute.name, part): item for part, item in value.items()}
        return [Operation(Verb.ADD if path in cleared else Verb.REPLACE, path, value)]
    if path in cleared:
        given.add(path)
    return [Operation(Verb.REPLACE, path, value)]


def _values(attribute: Attribute, path: Path, values: list[Any], clear: bool, given: set[Path]) -> list[Operation]:
    deleted = [value for value in values if isinstance(value, dict) and _is_deletion(value)]
    added = [value for value in values if not (isinstance(value, dict) and _is_deletion(value))]
    if clear:
        # Clearing and listing is SCIM 1.1's way to say: exactly these.
        given.add(path)
        return [Operation(Verb.REPLACE, path, added)]
    operations = [Operation(Verb.REMOVE, Path(path.attr, _selects(attribute, value))) for value in deleted]
    return [*operations, Operation(Verb.ADD, path, added)] if added else operations


def _is_deletion(value: Mapping[str, Any]) -> bool:
    return any(name.lower() == "operation" and item == "delete" for name, item in value.items())


def _selects(attribute: Attribute, value: Mapping[str, Any]) -> Filter:
    """Return the filter that finds a value to delete: by its `value`, or by all that is said of it."""
    parts = {name.lower(): item for name, item in value.items() if isinstance(item, str | bool | int | float)}
    parts.pop("operation")
    if "value" in parts:
        parts = {"value": parts["value"]}
    terms = [Compare(AttrPath((name,)), Op.EQ, item) for name, item in parts.items() if attribute.find(name)]
    if not terms:
        raise BadRequest(ScimType.INVALID_VALUE, f"{attribute.name}: a value to delete must be described")
    return terms[0] if len(terms) == 1 else And(tuple(terms))


@dataclass(slots=True)
class _Partial:
    """A partial resource while operations are written into it."""

    kind: ResourceType
    body: dict[str, Any] = field(default_factory=dict)
    cleared: dict[str, None] = field(default_factory=dict)

    def holder(self, urn: str | None) -> dict[str, Any]:
        """Return the object that attributes of this schema go into."""
        return self.body if urn is None else self.body.setdefault(old_urn(urn), {})

    def clear(self, path: AttrPath) -> None:
        """Note an attribute that is to be emptied."""
        self.cleared[str(old_path(path, self.kind))] = None


def render_patch(operations: Iterable[Operation], kind: ResourceType) -> dict[str, Any]:
    """Return the partial resource that does what the operations do; the inverse of `parse_patch` in its effect.

    Raises `invalidPath` for what 1.1 cannot say: changes to parts of selected values.
    """
    partial = _Partial(kind)
    for operation in operations:
        if operation.path is not None:
            _write(partial, operation.path, operation.verb, operation.value)
        elif isinstance(operation.value, dict):
            for name, value in operation.value.items():
                _write_named(partial, name, operation.verb, value)
        else:
            raise BadRequest(ScimType.INVALID_VALUE, f"{operation.verb.value} without a path needs an object")
    body = {name: value for name, value in _pruned(partial.body).items() if value not in ({}, [])}
    schemas = [CORE, *(name for name in body if ":" in name)]
    meta = {"meta": {"attributes": list(partial.cleared)}} if partial.cleared else {}
    return {"schemas": schemas, **meta, **body}


def _pruned(body: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: {part: item for part, item in value.items() if item not in ({}, [])} if ":" in name else value
        for name, value in body.items()
    }


def _write_named(partial: _Partial, name: str, verb: Verb, value: Any) -> None:
    urn = name if ":" in name and isinstance(value, dict) else None
    if urn is None:
        _write(partial, Path(parse_attr_path(name)), verb, value)
    else:
        for part, item in value.items():
            _write(partial, Path(AttrPath((part,), urn)), verb, item)


def _write(partial: _Partial, path: Path, verb: Verb, value: Any) -> None:
    kind = partial.kind
    whole = kind.extension(str(path.attr)) if path.attr.urn and path.term is None else None
    if whole is not None:
        _write_extension(partial, whole.id, verb, value)
        return
    extension, attribute = kind.locate(path.attr.urn, path.attr.names[0])
    if attribute is None or path.sub is not None or (len(path.attr.names) > 1 and attribute.multi_valued):
        raise BadRequest(ScimType.INVALID_PATH, f"SCIM 1.1 has no way to write to {str(path)[:200]!r}")
    urn = extension.id if extension else None
    if attribute.multi_valued:
        _write_values(partial, attribute, urn, path, verb, value)
    elif len(path.attr.names) == 2:
        _merge(partial, urn, attribute, {path.attr.names[1]: None if verb is Verb.REMOVE else value})
    elif verb is Verb.REMOVE or value in (None, {}):
        partial.holder(urn).pop(attribute.name, None)
        partial.clear(AttrPath((attribute.name,), urn))
    elif isinstance(value, dict):
        _merge(partial, urn, attribute, value)
    else:
        partial.holder(urn)[attribute.name] = value


def _write_extension(partial: _Partial, urn: str, verb: Verb, value: Any) -> None:
    if verb is Verb.REMOVE or not isinstance(value, dict):
        partial.cleared[old_urn(urn)] = None
        return
    for part, item in value.items():
        _write(partial, Path(AttrPath((part,), urn)), verb, item)


def _merge(partial: _Partial, urn: str | None, attribute: Attribute, parts: Mapping[str, Any]) -> None:
    merged = partial.holder(urn).setdefault(attribute.name, {})
    for part, value in parts.items():
        sub = attribute.find(part)
        name = sub.name if sub else part
        old_name = OLD_NAMES.get((attribute.name, name), name)
        if value is None:
            merged.pop(old_name, None)
            partial.clear(AttrPath((attribute.name, name), urn))
        else:
            merged[old_name] = value


def _write_values(partial: _Partial, attribute: Attribute, urn: str | None, path: Path, verb: Verb, value: Any) -> None:
    values: list[Any] = partial.holder(urn).setdefault(attribute.name, [])
    if path.term is not None:
        if verb is not Verb.REMOVE:
            raise BadRequest(ScimType.INVALID_PATH, f"SCIM 1.1 has no way to write to {str(path)[:200]!r}")
        gone = _described(path)
        # In a partial resource what is deleted goes first, so what was added before must not be in it at all.
        values[:] = [item for item in values if not (isinstance(item, dict) and gone.items() <= item.items())]
        values.append({**gone, "operation": "delete"})
        return
    if verb is not Verb.ADD:
        values.clear()
        partial.clear(AttrPath((attribute.name,), urn))
    if verb is not Verb.REMOVE:
        values += value if isinstance(value, list) else [value]


def _described(path: Path) -> dict[str, Any]:
    """Return the value that a filter of equalities describes."""
    terms = path.term.terms if isinstance(path.term, And) else (path.term,)
    described: dict[str, Any] = {}
    for term in terms:
        if not isinstance(term, Compare) or term.op is not Op.EQ or len(term.path.names) != 1 or term.value is None:
            raise BadRequest(ScimType.INVALID_PATH, f"SCIM 1.1 has no way to remove {str(path)[:200]!r}")
        described[term.path.names[0]] = term.value
    return described

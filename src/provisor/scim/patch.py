"""Applies PATCH operations to a resource (RFC 7644 §3.5.2): all of them, on a copy, or none.

`apply` takes a canonical resource (see `resources`) and returns a new one; containers that no operation touches are
shared with the old one, so treat both as read-only. Deviations from the RFC happen only where the policy names them.

Two readings to know: `replace` on a complex attribute leaves sub-attributes it does not name (§3.5.2.3), while
`replace` on `emails[filter]` puts the value in the place of the matching element; and a path into nothing
(`emails[type eq "work"]` without such an e-mail) is `noTarget`.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .errors import BadRequest, ScimType
from .filters import And, AttrPath, Compare, Filter, Op, compile_filter
from .messages import Operation, Verb
from .paths import Path, parse_path
from .policy import STRICT, Policy
from .resources import clean, clean_one, require, schemas_of
from .schemas import Attribute, Mutability, ResourceType, Schema, Type


@dataclass(frozen=True, slots=True)
class Target:
    """A resolved path: the attribute, the extension that holds it, and the part of it that is meant."""

    attribute: Attribute
    urn: str | None = None
    term: Filter | None = None
    sub: Attribute | None = None

    @property
    def name(self) -> str:
        """The path for error messages."""
        return f"{self.attribute.name}.{self.sub.name}" if self.sub else self.attribute.name


def apply(
    resource: Mapping[str, Any], operations: Iterable[Operation], kind: ResourceType, policy: Policy = STRICT
) -> dict[str, Any]:
    """Return the patched resource, or raise `BadRequest`; the given resource is never changed."""
    out = dict(resource)
    for operation in operations:
        if operation.path is None:
            _apply_object(out, operation, kind, policy)
        else:
            _apply_path(out, operation.path, operation, kind, policy)
    # RFC 7644 §3.5.2.2: a required attribute that would become unassigned is a mutability error.
    require(out, kind, ScimType.MUTABILITY)
    out["schemas"] = schemas_of(out, kind)
    return out


def _apply_object(out: dict[str, Any], operation: Operation, kind: ResourceType, policy: Policy) -> None:
    """Without a path, each key of the value is one (§3.5.2.1, §3.5.2.3)."""
    if not isinstance(operation.value, dict):
        raise BadRequest(ScimType.INVALID_VALUE, f"{operation.verb.value} without a path needs an object as its value")
    for key, value in operation.value.items():
        dotted = "." in key or "[" in key or ":" in key
        if kind.find(key) is not None or kind.extension(key) is not None or key == kind.schema.id or not dotted:
            path = Path(_literal_path(key))
        elif policy.expand_keys:
            path = parse_path(key)
        elif policy.ignore_unknown and not policy.keep_unknown_extensions:
            continue
        else:
            path = Path(_literal_path(key))
        _apply_path(out, path, Operation(operation.verb, path, value), kind, policy)


def _literal_path(key: str) -> AttrPath:
    urn, _, name = key.rpartition(":")
    return AttrPath((name,), urn or None)


def _apply_path(out: dict[str, Any], path: Path, operation: Operation, kind: ResourceType, policy: Policy) -> None:
    whole = _whole_extension(path, kind)
    if whole is not None:
        _apply_extension(out, whole, operation, kind, policy)
        return
    if _is_unknown_extension(path, kind, policy):
        _apply_unknown_extension(out, path, operation)
        return
    target = resolve(path, kind, policy)
    if target is None:
        return
    if target.urn is None:
        _write(out, target, operation, policy)
        return
    holder = dict(out.get(target.urn, ()))
    _write(holder, target, operation, policy)
    if holder:
        out[target.urn] = holder
    else:
        out.pop(target.urn, None)


def resolve(path: Path, kind: ResourceType, policy: Policy = STRICT) -> Target | None:
    """Find what a path means in this resource type; None = the policy says to pass over it."""
    extension, attribute = kind.locate(path.attr.urn, path.attr.names[0])
    sub_name = path.sub or (path.attr.names[1] if len(path.attr.names) > 1 else None)
    sub = attribute.find(sub_name) if attribute and sub_name else None
    if attribute is None or (sub_name and sub is None) or len(path.attr.names) > 2:
        if policy.ignore_unknown:
            return None
        raise BadRequest(ScimType.INVALID_PATH, f"no schema of a {kind.name} declares {str(path)[:200]!r}")
    if attribute.name == "schemas":
        # The kernel derives `schemas` from the content, so writing it has no effect of its own.
        return None
    if attribute.read_only or (sub is not None and sub.read_only):
        if policy.ignore_read_only:
            return None
        raise BadRequest(ScimType.MUTABILITY, f"{path} is read-only")
    if path.term is not None and not attribute.multi_valued:
        raise BadRequest(ScimType.INVALID_PATH, f"{attribute.name} has a single value; a filter cannot select in it")
    return Target(attribute, extension.id if extension else None, path.term, sub)


def _whole_extension(path: Path, kind: ResourceType) -> Schema | None:
    """A URN that names an extension parses as `urn-prefix` + `last part`; put it together again."""
    if path.attr.urn is None or path.term is not None or len(path.attr.names) != 1:
        return None
    text = str(path.attr)
    return kind.schema if text.lower() == kind.schema.id.lower() else kind.extension(text)


def _apply_extension(
    out: dict[str, Any], schema: Schema, operation: Operation, kind: ResourceType, policy: Policy
) -> None:
    if operation.verb is Verb.REMOVE or operation.value is None:
        if schema is kind.schema:
            raise BadRequest(ScimType.MUTABILITY, f"{schema.id} is what the resource is; it cannot be removed")
        out.pop(schema.id, None)
        return
    if not isinstance(operation.value, dict):
        raise BadRequest(ScimType.INVALID_VALUE, f"{schema.id} must be an object")
    prefix = None if schema is kind.schema else schema.id
    for key, value in operation.value.items():
        path = Path(AttrPath(tuple(key.split(".")) if policy.expand_keys else (key,), prefix))
        _apply_path(out, path, Operation(operation.verb, path, value), kind, policy)


def _is_unknown_extension(path: Path, kind: ResourceType, policy: Policy) -> bool:
    urn = path.attr.urn
    return (
        policy.keep_unknown_extensions
        and urn is not None
        and path.term is None
        and kind.extension(urn) is None
        and urn.lower() != kind.schema.id.lower()
    )


def _apply_unknown_extension(out: dict[str, Any], path: Path, operation: Operation) -> None:
    """Keep what no schema describes as it came: a whole object, or one key of an object already held."""
    text = str(path.attr)
    urn, name = (text, None) if isinstance(operation.value, dict) or text in out else (path.attr.urn, path.attr.names)
    assert urn is not None
    holder = dict(out.get(urn, ()))
    if operation.verb is Verb.REMOVE or operation.value is None:
        holder = {} if name is None else {key: value for key, value in holder.items() if key != ".".join(name)}
    elif name is None:
        holder.update(operation.value)
    else:
        holder[".".join(name)] = operation.value
    if holder:
        out[urn] = holder
    else:
        out.pop(urn, None)


def _write(holder: dict[str, Any], target: Target, operation: Operation, policy: Policy) -> None:
    if target.term is not None:
        _write_selected(holder, target, operation, policy)
    elif target.attribute.multi_valued and target.sub is None:
        _write_list(holder, target.attribute, operation, policy)
    elif target.attribute.multi_valued:
        # `emails.type` without a filter means that sub-attribute of every value.
        _write_selected(holder, target, operation, policy)
    else:
        _write_single(holder, target, operation, policy)


def _write_single(holder: dict[str, Any], target: Target, operation: Operation, policy: Policy) -> None:
    attribute, sub = target.attribute, target.sub
    old = holder.get(attribute.name)
    _check_immutable(sub or attribute, old.get(sub.name) if sub and old else old, operation)
    if sub is not None:
        value = None if operation.verb is Verb.REMOVE else clean(sub, operation.value, policy)
        new = merge_complex(attribute, old or {}, {sub.name: value})
    elif operation.verb is Verb.REMOVE:
        new = None
    elif attribute.type is Type.COMPLEX and isinstance(operation.value, dict):
        new = merge_complex(attribute, old or {}, _clean_parts(attribute, operation.value, policy))
    else:
        new = clean(attribute, operation.value, policy)
        if attribute.type is Type.COMPLEX and new is not None:
            new = merge_complex(attribute, old or {}, new)
    if new is None or new == {}:
        holder.pop(attribute.name, None)
    else:
        holder[attribute.name] = new


def _clean_parts(attribute: Attribute, value: dict[str, Any], policy: Policy) -> dict[str, Any]:
    """Clean each sub-attribute but keep those that are to be unassigned, as None."""
    parts: dict[str, Any] = dict(clean(attribute, value, policy) or {})
    for key in value:
        sub = attribute.find(key)
        if sub is not None and not sub.read_only:
            parts.setdefault(sub.name, None)
    return parts


def merge_complex(attribute: Attribute, old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """Lay new sub-attributes over old ones; None unassigns."""
    merged = {**old, **new}
    if "$ref" in old and "$ref" not in new and new.get("value") != old.get("value") and "value" in new:
        # The old $ref and name describe the old target; keeping them would point the manager at two people.
        for name in ("$ref", "display", "displayName"):
            if name not in new:
                merged.pop(name, None)
    return {name: value for name, value in merged.items() if value is not None}


def _write_list(holder: dict[str, Any], attribute: Attribute, operation: Operation, policy: Policy) -> None:
    old: list[Any] = holder.get(attribute.name, [])
    if operation.verb is Verb.REMOVE:
        listed = operation.value if policy.remove_listed_values else None
        new = _without(old, clean(attribute, listed, policy) or []) if listed else []
    else:
        given = clean(attribute, operation.value, policy) or []
        new = add_values(attribute, old, given) if operation.verb is Verb.ADD else given
    if new:
        holder[attribute.name] = new
    else:
        holder.pop(attribute.name, None)


def _without(old: list[Any], listed: list[Any]) -> list[Any]:
    """Drop the listed values: by `value` where given, else by equality of what is given."""
    ids = {item["value"] for item in listed if isinstance(item, dict) and "value" in item}
    rest = [item for item in listed if not (isinstance(item, dict) and "value" in item)]
    return [
        element
        for element in old
        if not (isinstance(element, dict) and element.get("value") in ids)
        and not any(element == item or _covers(item, element) for item in rest)
    ]


def _covers(wanted: Any, element: Any) -> bool:
    return isinstance(wanted, dict) and isinstance(element, dict) and wanted.items() <= element.items()


def add_values(attribute: Attribute, old: list[Any], given: list[Any]) -> list[Any]:
    """Add what is not there yet (§3.5.2.1); a new primary value takes the flag from the old one (§3.5.2)."""
    if is_keyed(attribute):
        known = {item.get("value") for item in old}
        fresh = [item for item in given if item.get("value") not in known]
    else:
        fresh = [item for item in given if item not in old]
    if any(isinstance(item, dict) and item.get("primary") is True for item in fresh):
        old = [_demoted(item) for item in old]
    return [*old, *fresh]


def is_keyed(attribute: Attribute) -> bool:
    """Whether `value` alone identifies an element, as in group members: it can be given but never changed."""
    value = attribute.find("value")
    return value is not None and value.mutability is Mutability.IMMUTABLE


def _demoted(item: dict[str, Any]) -> dict[str, Any]:
    return {**item, "primary": False} if item.get("primary") is True else item


def _write_selected(holder: dict[str, Any], target: Target, operation: Operation, policy: Policy) -> None:
    """Change the elements that the filter selects (§3.5.2, valuePath)."""
    attribute = target.attribute
    old: list[Any] = holder.get(attribute.name, [])
    matches = (
        compile_filter(target.term, attribute, policy=policy) if target.term is not None else (lambda element: True)
    )
    hits = [isinstance(element, dict) and matches(element) for element in old]
    if not any(hits):
        new = _unmatched(old, target, operation, policy)
    else:
        change = _element_change(target, operation, policy)
        changed = [(change(e) if hit else e, hit) for e, hit in zip(old, hits, strict=True)]
        took_primary = any(hit and e and e.get("primary") is True for e, hit in changed)
        new = [_demoted(e) if took_primary and not hit else e for e, hit in changed if e]
        if sum(e.get("primary") is True for e in new if isinstance(e, dict)) > 1:
            raise BadRequest(ScimType.INVALID_VALUE, f"only one value of {attribute.name} can be primary")
    if new:
        holder[attribute.name] = new
    else:
        holder.pop(attribute.name, None)


def _element_change(
    target: Target, operation: Operation, policy: Policy
) -> Callable[[dict[str, Any]], dict[str, Any] | None]:
    """Return what happens to one selected element; None or {} = it disappears."""
    attribute, sub = target.attribute, target.sub
    if sub is not None:
        value = None if operation.verb is Verb.REMOVE else clean(sub, operation.value, policy)

        def change_sub(element: dict[str, Any]) -> dict[str, Any]:
            _check_immutable(sub, element.get(sub.name), operation, value)
            return merge_complex(attribute, element, {sub.name: value})

        return change_sub
    if operation.verb is Verb.REMOVE:
        return lambda element: None
    given = _one_element(attribute, operation.value, policy)
    if operation.verb is Verb.ADD:
        return lambda element: merge_complex(attribute, element, given)
    return lambda element: given


def _one_element(attribute: Attribute, value: Any, policy: Policy) -> dict[str, Any]:
    if isinstance(value, list) and len(value) == 1 and policy.unwrap_single_value:
        value = value[0]
    cleaned = clean_one(attribute, value, policy)
    if not isinstance(cleaned, dict):
        raise BadRequest(ScimType.INVALID_VALUE, f"a value of {attribute.name} must be an object with content")
    return cleaned


def _unmatched(old: list[Any], target: Target, operation: Operation, policy: Policy) -> list[Any]:
    """Decide about a selection that selects nothing: noTarget, unless the policy knows better."""
    if operation.verb is Verb.REMOVE:
        if policy.ignore_unmatched_remove:
            return old
    elif policy.create_unmatched:
        seed = _seed(target)
        if seed is not None:
            return _create(old, seed, target, operation, policy)
    raise BadRequest(ScimType.NO_TARGET, f"{target.name} has no value that the path selects")


def _create(old: list[Any], seed: dict[str, Any], target: Target, operation: Operation, policy: Policy) -> list[Any]:
    attribute = target.attribute
    if target.sub is not None:
        value = clean(target.sub, operation.value, policy)
        if value is None:
            return old
        element = {**seed, target.sub.name: value}
    else:
        element = {**seed, **_one_element(attribute, operation.value, policy)}
    return add_values(attribute, old, [element])


def _seed(target: Target) -> dict[str, Any] | None:
    """Return the element that a filter of equalities describes, or None if it describes no single element."""
    if target.term is None:
        return {}
    seed: dict[str, Any] = {}
    for term in target.term.terms if isinstance(target.term, And) else (target.term,):
        if not isinstance(term, Compare) or term.op is not Op.EQ or len(term.path.names) != 1:
            return None
        sub = target.attribute.find(term.path.names[0])
        if sub is None:
            return None
        seed[sub.name] = term.value
    cleaned = clean_one(target.attribute, seed, Policy(coerce_booleans=True))
    return cleaned if isinstance(cleaned, dict) else None


def _check_immutable(attribute: Attribute, old: Any, operation: Operation, new: Any = None) -> None:
    """RFC 7643 §7: an immutable attribute that has a value keeps it."""
    if attribute.mutability is Mutability.IMMUTABLE and old is not None:
        given = None if operation.verb is Verb.REMOVE else (new if new is not None else operation.value)
        if given != old:
            raise BadRequest(ScimType.MUTABILITY, f"{attribute.name} is immutable once it has a value")

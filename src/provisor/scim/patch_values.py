"""What one PATCH operation does to one attribute: single values, lists, and elements chosen by a filter.

Containers are replaced, never edited, so the resource that was there before stays as it was. Which attribute a path
means is decided in `patch`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from .errors import BadRequest, ScimType
from .filters import And, Compare, Filter, Op, Predicate, compile_filter
from .messages import Operation, Verb
from .policy import Policy
from .resources import clean, clean_one
from .schemas import Attribute, Mutability, Type


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


def write(holder: dict[str, Any], target: Target, operation: Operation, policy: Policy) -> None:
    """Carry out one operation on the object that holds the attribute; an attribute left empty disappears."""
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
    matches = _selector(target.term, attribute, policy) if target.term is not None else (lambda element: True)
    # The elements of a simple attribute are called `value` in filters (RFC 7643 §2.4).
    hits = [matches(element if isinstance(element, dict) else {"value": element}) for element in old]
    if not any(hits):
        new = _unmatched(old, target, operation, policy)
    else:
        change = _element_change(target, operation, policy)
        changed = [(change(e) if hit else e, hit) for e, hit in zip(old, hits, strict=True)]
        took_primary = any(hit and isinstance(e, dict) and e.get("primary") is True for e, hit in changed)
        new = [_demoted(e) if took_primary and not hit else e for e, hit in changed if e not in (None, {})]
        if sum(e.get("primary") is True for e in new if isinstance(e, dict)) > 1:
            raise BadRequest(ScimType.INVALID_VALUE, f"only one value of {attribute.name} can be primary")
    if new:
        holder[attribute.name] = new
    else:
        holder.pop(attribute.name, None)


def _selector(term: Filter, attribute: Attribute, policy: Policy) -> Predicate:
    """Return the compiled filter of a path; clients send the same few short ones again and again."""
    return (_compile_again if isinstance(term, Compare) else _compile)(term, attribute, policy)


def _compile(term: Filter, attribute: Attribute, policy: Policy) -> Predicate:
    return compile_filter(term, attribute, policy=policy)


_compile_again = lru_cache(maxsize=1024)(_compile)


def _element_change(target: Target, operation: Operation, policy: Policy) -> Callable[[Any], Any]:
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
    if attribute.type is not Type.COMPLEX:
        simple = clean_one(attribute, operation.value, policy)
        return lambda element: simple
    given = _one_element(attribute, operation.value, policy)
    if operation.verb is Verb.ADD:

        def add_parts(element: dict[str, Any]) -> dict[str, Any]:
            for each in attribute.sub_attributes:
                if each.name in given:
                    _check_immutable(each, element.get(each.name), operation, given[each.name])
            return merge_complex(attribute, element, given)

        return add_parts
    # A peer that expects `emails[type eq "work"]` to create such an element also expects it to stay one.
    seed = (_seed(target, policy) if policy.create_unmatched else None) or {}
    return lambda element: {**seed, **given}


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
        seed = _seed(target, policy)
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


def _seed(target: Target, policy: Policy) -> dict[str, Any] | None:
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
    cleaned = clean_one(target.attribute, seed, policy)
    return cleaned if isinstance(cleaned, dict) else None


def _check_immutable(attribute: Attribute, old: Any, operation: Operation, new: Any = None) -> None:
    """RFC 7643 §7: an immutable attribute that has a value keeps it."""
    if attribute.mutability is Mutability.IMMUTABLE and old is not None:
        given = None if operation.verb is Verb.REMOVE else (new if new is not None else operation.value)
        if given != old:
            raise BadRequest(ScimType.MUTABILITY, f"{attribute.name} is immutable once it has a value")

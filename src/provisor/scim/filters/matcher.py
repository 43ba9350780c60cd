"""Filter tree to predicate: each node becomes one closure, once; a call then costs a microsecond or less.

With a resource type, names are resolved and operand types checked when compiling, and resources are expected under
their canonical names. Without one, any JSON document can be matched, ignoring the case of names.

Readings where RFC 7644 §3.4.2.2 leaves room: an unknown attribute has no value (§3.4.2.1); a comparison on a
multi-valued attribute holds if one value satisfies it, except `ne`, which holds if no value equals.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from provisor.scim.policy import STRICT, Policy
from provisor.scim.schemas import Attribute, Type

from .comparisons import Test, comparison, fold, is_present, parse_instant
from .places import Place, Scope, find_place, is_schemaless, unfit
from .tree import And, AttrPath, Compare, Filter, Literal, Not, Op, Or, Present, ValuePath

__all__ = ["Predicate", "compile_filter", "fold", "parse_instant"]

Predicate: TypeAlias = Callable[[Mapping[str, Any]], bool]


def compile_filter(
    node: Filter, scope: Scope = None, *, policy: Policy = STRICT, case_exact: bool = False
) -> Predicate:
    """Compile to a predicate; `case_exact` rules strings whose schema is unknown. Raises `invalidFilter`."""
    match node:
        case Compare(path, op, value):
            return _compare(path, op, value, scope, policy, case_exact)
        case Present(path):
            return _any(path, scope, is_present, whole=True)
        case Not(term):
            negated = compile_filter(term, scope, policy=policy, case_exact=case_exact)
            return lambda document: not negated(document)
        case And(terms):
            return _all_of([compile_filter(t, scope, policy=policy, case_exact=case_exact) for t in terms])
        case Or(terms):
            return _one_of([compile_filter(t, scope, policy=policy, case_exact=case_exact) for t in terms])
        case ValuePath(path, term):
            place = None if is_schemaless(path, scope) or scope is None else find_place(path, scope, whole=True)
            inner = compile_filter(term, place.leaf if place else None, policy=policy, case_exact=case_exact)
            return _any(path, scope, _of_value(inner), whole=True)


def _of_value(inner: Predicate) -> Test:
    """Return the test of a value by a filter in brackets; a simple value is its own `value` (RFC 7643 §2.4)."""

    def test(value: Any) -> bool:
        if value.__class__ is dict:
            return inner(value)
        return value is not None and inner({"value": value})

    return test


def _all_of(terms: list[Predicate]) -> Predicate:
    if len(terms) == 2:
        first, second = terms
        return lambda document: first(document) and second(document)

    def every(document: Mapping[str, Any]) -> bool:
        # A generator would cost as much as the terms do.
        for term in terms:  # noqa: SIM110
            if not term(document):
                return False
        return True

    return every


def _one_of(terms: list[Predicate]) -> Predicate:
    if len(terms) == 2:
        first, second = terms
        return lambda document: first(document) or second(document)

    def some(document: Mapping[str, Any]) -> bool:
        for term in terms:  # noqa: SIM110
            if term(document):
                return True
        return False

    return some


def _compare(path: AttrPath, op: Op, value: Literal, scope: Scope, policy: Policy, case_exact: bool) -> Predicate:
    if value is None:
        # `null` and unassigned are the same, but empty text is a value (RFC 7643 §2.5).
        if op not in (Op.EQ, Op.NE):
            raise unfit(f"operator {op.value} does not apply to null")
        assigned = _any(path, scope, lambda value: value is not None, whole=True)
        return assigned if op is Op.NE else lambda document: not assigned(document)
    attribute = _leaf(path, scope)
    if op is not Op.NE:
        return _any(path, scope, comparison(attribute, op, value, policy, case_exact))
    equal = _any(path, scope, comparison(attribute, Op.EQ, value, policy, case_exact))
    return lambda document: not equal(document)


def _leaf(path: AttrPath, scope: Scope) -> Attribute | None:
    if scope is None or is_schemaless(path, scope):
        return None
    place = find_place(path, scope)
    return place.leaf if place else None


def _any(path: AttrPath, scope: Scope, test: Test, *, whole: bool = False) -> Predicate:
    """Return whether one of the values that a path names passes the test."""
    if scope is None or is_schemaless(path, scope):
        steps = (path.urn, *path.names) if path.urn else path.names
        return lambda document: any(test(value) for value in _read(document, steps, whole))
    place = find_place(path, scope, whole=whole)
    if place is None:
        return lambda document: False
    if isinstance(scope, Attribute) and scope.type is not Type.COMPLEX:
        return lambda document: test(document.get("value"))
    inner = _in_holder(place, test)
    if place.urn is None:
        return inner
    urn = place.urn

    def in_extension(document: Mapping[str, Any]) -> bool:
        holder = document.get(urn)
        return holder is not None and inner(holder)

    return in_extension


def _in_holder(place: Place, test: Test) -> Predicate:
    """Return the test of an attribute in the object that holds it; one closure for each shape."""
    name = place.attribute.name
    if place.sub is not None:
        test = _in_element(place.sub, test)
    if not place.attribute.multi_valued:
        return lambda holder: test(holder.get(name))

    def one_of_many(holder: Mapping[str, Any]) -> bool:
        for element in holder.get(name) or ():  # noqa: SIM110
            if test(element):
                return True
        return False

    return one_of_many


def _in_element(sub: Attribute, test: Test) -> Test:
    name = sub.name
    if sub.multi_valued:
        return lambda element: element.__class__ is dict and any(test(value) for value in element.get(name) or ())
    return lambda element: element.__class__ is dict and test(element.get(name))


def _read(document: Any, steps: tuple[str, ...], whole: bool) -> list[Any]:
    """Return every value that a path names in a document without a schema."""
    values = [document]
    for step in steps:
        values = [found for value in values for found in _get(value, step)]
    if whole:
        return values
    return [v for value in values for v in (_get(value, "value") if isinstance(value, dict) else [value])]


def _get(value: Any, name: str) -> list[Any]:
    """Return what `name` holds, lists opened; exact name first, then ignoring case."""
    if not isinstance(value, Mapping):
        return []
    found = value.get(name)
    if found is None:
        folded = name.lower()
        found = next((v for key, v in value.items() if isinstance(key, str) and key.lower() == folded), None)
    if found is None:
        return []
    return found if isinstance(found, list) else [found]

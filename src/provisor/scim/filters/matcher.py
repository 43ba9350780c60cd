"""Filter tree to predicate: each node becomes one closure, once; a call then costs a microsecond or less.

With a resource type, names are resolved and operand types checked when compiling, and resources are expected under
their canonical names. Without one, any JSON document can be matched, ignoring the case of names.

Readings where RFC 7644 §3.4.2.2 leaves room: an unknown attribute has no value (§3.4.2.1); a comparison on a
multi-valued attribute holds if one value satisfies it, except `ne`, which holds if no value equals.
"""

import unicodedata
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from operator import eq, ge, gt, le, lt
from typing import Any, Final, TypeAlias

from provisor.scim.policy import STRICT, Policy
from provisor.scim.schemas import Attribute, Type

from .places import ORDERING, SUBSTRING, Scope, find_place, fitting_operand, is_schemaless, unfit
from .tree import And, AttrPath, Compare, Filter, Literal, Not, Op, Or, Present, ValuePath

Predicate: TypeAlias = Callable[[Mapping[str, Any]], bool]
Reader: TypeAlias = Callable[[Any], list[Any]]
"""Reads every value that a path names in one document."""

_ORDER: Final[dict[Op, Callable[[Any, Any], bool]]] = {Op.GT: gt, Op.GE: ge, Op.LT: lt, Op.LE: le}
_TEXT: Final[dict[Op, Callable[[str, str], bool]]] = {
    Op.CO: lambda value, part: part in value,
    Op.SW: str.startswith,
    Op.EW: str.endswith,
}


def fold(text: str) -> str:
    """Return the form in which `caseExact: false` strings are compared."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


def compile_filter(
    node: Filter, scope: Scope = None, *, policy: Policy = STRICT, case_exact: bool = False
) -> Predicate:
    """Compile to a predicate; `case_exact` rules strings whose schema is unknown. Raises `invalidFilter`."""
    match node:
        case Compare(path, op, value):
            reader, attribute = _reader(path, scope)
            return _comparison(reader, attribute, op, value, policy, case_exact)
        case Present(path):
            reader, _ = _reader(path, scope, whole=True)
            return lambda document: any(_present(value) for value in reader(document))
        case Not(term):
            negated = compile_filter(term, scope, policy=policy, case_exact=case_exact)
            return lambda document: not negated(document)
        case And(terms):
            every = [compile_filter(t, scope, policy=policy, case_exact=case_exact) for t in terms]
            return lambda document: all(predicate(document) for predicate in every)
        case Or(terms):
            some = [compile_filter(t, scope, policy=policy, case_exact=case_exact) for t in terms]
            return lambda document: any(predicate(document) for predicate in some)
        case ValuePath(path, term):
            reader, attribute = _reader(path, scope, whole=True)
            inner = compile_filter(term, attribute, policy=policy, case_exact=case_exact)
            return lambda document: any(
                inner(value if isinstance(value, dict) else {"value": value}) for value in reader(document)
            )


def _comparison(
    read: Reader, attribute: Attribute | None, op: Op, value: Literal, policy: Policy, case_exact: bool
) -> Predicate:
    if value is None:
        return _null_comparison(read, op)
    if op is Op.NE:
        equal = _test(attribute, Op.EQ, value, policy, case_exact)
        return lambda document: not any(equal(candidate) for candidate in read(document))
    test = _test(attribute, op, value, policy, case_exact)
    return lambda document: any(test(candidate) for candidate in read(document))


def _null_comparison(read: Reader, op: Op) -> Predicate:
    """`null` and unassigned are the same (RFC 7643 §2.5)."""
    if op is Op.EQ:
        return lambda document: not any(_present(value) for value in read(document))
    if op is Op.NE:
        return lambda document: any(_present(value) for value in read(document))
    raise unfit(f"operator {op.value} does not apply to null")


def _test(
    attribute: Attribute | None, op: Op, operand: Literal, policy: Policy, case_exact: bool
) -> Callable[[Any], bool]:
    """Return the test of one stored value against the operand."""
    kind = attribute.type if attribute else None
    operand = fitting_operand(attribute, op, operand, policy)
    if isinstance(operand, bool):
        return lambda value: value is operand
    if isinstance(operand, int | float):
        order: Callable[[Any, Any], bool] = _ORDER.get(op, eq)
        return lambda value: isinstance(value, int | float) and not isinstance(value, bool) and order(value, operand)
    assert isinstance(operand, str)
    if op not in SUBSTRING and (kind is Type.DATE_TIME or (kind is None and op in ORDERING)):
        instant = parse_instant(operand)
        if instant is not None:
            return _instant_test(instant, _ORDER.get(op, eq))
        if kind is Type.DATE_TIME:
            raise unfit(f"{operand[:80]!r} is not a date and time")
    exact = attribute.case_exact if attribute else case_exact
    return _string_test(operand, op, exact)


def _string_test(operand: str, op: Op, exact: bool) -> Callable[[Any], bool]:
    compare: Callable[[Any, Any], bool] = _TEXT.get(op) or _ORDER.get(op, eq)
    if exact:
        return lambda value: isinstance(value, str) and compare(value, operand)
    folded = fold(operand)
    return lambda value: isinstance(value, str) and compare(fold(value), folded)


def _instant_test(instant: datetime, compare: Callable[[Any, Any], bool]) -> Callable[[Any], bool]:
    def test(value: Any) -> bool:
        found = parse_instant(value) if isinstance(value, str) else None
        return found is not None and compare(found, instant)

    return test


def parse_instant(text: str) -> datetime | None:
    """Read an xsd:dateTime (RFC 7643 §2.3.5), taking UTC where no offset is given; None if it is none."""
    if len(text) < 10 or not text[0].isdigit():
        return None
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return None
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def _present(value: Any) -> bool:
    """RFC 7644, table 3: non-empty, or a complex value with a non-empty node."""
    if isinstance(value, dict):
        return any(_present(node) for node in value.values())
    return value is not None and value not in ("", [])


def _reader(path: AttrPath, scope: Scope, *, whole: bool = False) -> tuple[Reader, Attribute | None]:
    """Return a reader and the attribute it reads; `whole` keeps complex values instead of their `value`."""
    if is_schemaless(path, scope):
        steps = (path.urn, *path.names) if path.urn else path.names
        return _schemaless_reader(steps, whole), None
    assert scope is not None
    place = find_place(path, scope, whole=whole)
    if place is None:
        return (lambda document: []), None
    return _schema_reader(place.urn, place.attribute, place.sub), place.leaf


def _schema_reader(urn: str | None, attribute: Attribute, sub: Attribute | None) -> Reader:
    name, sub_name = attribute.name, sub.name if sub else None

    def read(document: Any) -> list[Any]:
        holder = document if urn is None else document.get(urn) or {}
        value = holder.get(name)
        if value is None:
            return []
        values = value if isinstance(value, list) else [value]
        if sub_name is None:
            return values
        return [e[sub_name] for e in values if isinstance(e, dict) and sub_name in e]

    def read_lists(document: Any) -> list[Any]:
        return [value for found in read(document) for value in (found if isinstance(found, list) else [found])]

    return read_lists if sub is not None and sub.multi_valued else read


def _schemaless_reader(steps: tuple[str, ...], whole: bool) -> Reader:
    def read(document: Any) -> list[Any]:
        values = [document]
        for step in steps:
            values = [found for value in values for found in _get(value, step)]
        if whole:
            return values
        return [v for value in values for v in (_get(value, "value") if isinstance(value, dict) else [value])]

    return read


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

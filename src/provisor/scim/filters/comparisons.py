"""Comparisons of single values: an operator and its operand become one test of a stored value.

A test is total: a value of another type, or none at all, does not pass it. Where values come from is `matcher`'s.
"""

import unicodedata
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from operator import eq, ge, gt, le, lt
from typing import Any, Final, TypeAlias

from provisor.scim.policy import Policy
from provisor.scim.schemas import Attribute, Type

from .places import ORDERING, SUBSTRING, fitting_operand, unfit
from .tree import Literal, Op

Test: TypeAlias = Callable[[Any], bool]

_ORDER: Final[Mapping[Op, Callable[[Any, Any], bool]]] = {Op.EQ: eq, Op.GT: gt, Op.GE: ge, Op.LT: lt, Op.LE: le}


def fold(text: str) -> str:
    """Return the form in which `caseExact: false` strings are compared."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


def parse_instant(text: str) -> datetime | None:
    """Read an xsd:dateTime (RFC 7643 §2.3.5), taking UTC where no offset is given; None if it is none."""
    if len(text) < 10 or not text[0].isdigit():
        return None
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return None
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def is_present(value: Any) -> bool:
    """RFC 7644, table 3: non-empty, or a complex value with a non-empty node."""
    if isinstance(value, dict):
        return any(is_present(node) for node in value.values())
    return value is not None and value not in ("", [])


def comparison(attribute: Attribute | None, op: Op, given: Literal, policy: Policy, case_exact: bool) -> Test:
    """Return the test; without an attribute the operand's own type rules. Raises `invalidFilter`."""
    operand = fitting_operand(attribute, op, given, policy)
    if isinstance(operand, bool):
        return lambda value: value is operand
    if isinstance(operand, int | float):
        order = _ORDER[op]
        return lambda value: (value.__class__ is int or value.__class__ is float) and order(value, operand)
    assert isinstance(operand, str)
    kind = attribute.type if attribute else None
    if op not in SUBSTRING and (kind is Type.DATE_TIME or (kind is None and op in ORDERING)):
        instant = parse_instant(operand)
        if instant is not None:
            return _instant_test(instant, _ORDER[op])
        if kind is Type.DATE_TIME:
            raise unfit(f"{operand[:80]!r} is not a date and time")
    exact = attribute.case_exact if attribute else case_exact
    return _exact_test(operand, op) if exact else _folded_test(fold(operand), op)


def _instant_test(instant: datetime, order: Callable[[Any, Any], bool]) -> Test:
    def test(value: Any) -> bool:
        found = parse_instant(value) if value.__class__ is str else None
        return found is not None and order(found, instant)

    return test


def _exact_test(operand: str, op: Op) -> Test:
    match op:
        case Op.EQ:
            return lambda value: value.__class__ is str and value == operand
        case Op.CO:
            return lambda value: value.__class__ is str and operand in value
        case Op.SW:
            return lambda value: value.__class__ is str and value.startswith(operand)
        case Op.EW:
            return lambda value: value.__class__ is str and value.endswith(operand)
    order = _ORDER[op]
    return lambda value: value.__class__ is str and order(value, operand)


def _folded_test(operand: str, op: Op) -> Test:
    """Fold the value in the test itself: for most of them `lower` is all it takes, and a call costs as much."""
    match op:
        case Op.EQ:

            def equal(value: Any) -> bool:
                return value.__class__ is str and (value.lower() if value.isascii() else fold(value)) == operand

            return equal
        case Op.CO:

            def contains(value: Any) -> bool:
                return value.__class__ is str and operand in (value.lower() if value.isascii() else fold(value))

            return contains
    exact = _exact_test(operand, op)
    return lambda value: value.__class__ is str and exact(value.lower() if value.isascii() else fold(value))

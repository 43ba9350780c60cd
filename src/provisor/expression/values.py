"""The values of the language: how one kind becomes another, and how large one may grow.

Choices where the language's documentation is silent (each has a test in tests/unit/expression/test_choices.py):

1. Null is the empty text wherever text is taken; no result ever holds the word “null”.
2. Numbers become text as Java writes them: 3 is "3", 3.0 is "3.0"; booleans are "true" and "false".
3. A comma-separated text is an array wherever an array is taken; blanks around its items are dropped, null is empty.
4. Null is no array's element: an index beyond the end gives null.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import Any, TypeAlias

from provisor.expression.errors import EvaluationError

LONGEST_TEXT = 65_536
"""Characters of any intermediate text; nothing in a directory is longer."""
MOST_ITEMS = 10_000
"""Elements of any intermediate array."""

Value: TypeAlias = Any
"""str, int, float, bool, None, or a tuple or list of these; groups and accounts only in passing."""


class Kind(Enum):
    """What a value is, as far as it can be told before evaluating."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    ARRAY = "array"
    GROUPS = "groups"
    ACCOUNT = "account"
    NULL = "null"
    ANY = "any value"


def as_text(value: Value) -> str:
    """The text of a value; raises `EvaluationError` for an array or an account."""
    if type(value) is str:
        return value
    if value is None:
        return ""
    if value is True:
        return "true"
    if value is False:
        return "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return repr(value)
    raise EvaluationError(f"{describe(value)} is not text; use Arrays.toCsvString or pick an element")


def as_array(value: Value) -> Sequence[Value]:
    """The elements of a value."""
    if value is None:
        return ()
    if isinstance(value, (list, tuple)):
        return value
    if isinstance(value, str):
        return tuple(item.strip() for item in value.split(",")) if value else ()
    return (value,)


def as_integer(value: Value, what: str) -> int:
    """A whole number; raises `EvaluationError`."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    raise EvaluationError(f"{what} must be a whole number, not {describe(value)}")


def as_condition(value: Value) -> bool:
    """A boolean; null counts as false, anything else is a mistake."""
    if value is True or value is False:
        return bool(value)
    if value is None:
        return False
    raise EvaluationError(f"A condition must be true or false, not {describe(value)}")


def bounded(text: str) -> str:
    """The text, unless it has grown beyond measure."""
    if len(text) > LONGEST_TEXT:
        raise EvaluationError(f"The text grew beyond {LONGEST_TEXT} characters")
    return text


def bounded_array(items: tuple[Value, ...]) -> tuple[Value, ...]:
    """The array, unless it has grown beyond measure."""
    if len(items) > MOST_ITEMS:
        raise EvaluationError(f"The array grew beyond {MOST_ITEMS} elements")
    return items


def is_number(value: Value) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def same(left: Value, right: Value) -> bool:
    """`==`: null only equals null, numbers equal by value, and no text equals a number or a boolean."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, (list, tuple)) and isinstance(right, (list, tuple)):
        return len(left) == len(right) and all(map(same, left, right))
    return bool(left == right)


def describe(value: Value) -> str:
    """A value's kind and beginning, for an error that a person reads; never a whole profile."""
    if value is None:
        return "null"
    if isinstance(value, str):
        return f"the text “{value[:40]}”"
    if isinstance(value, (list, tuple)):
        return f"an array of {len(value)}"
    if isinstance(value, (bool, int, float)):
        return as_text(value)
    return "an account or a group"

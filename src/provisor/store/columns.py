"""Hands columns of our own words to PostgreSQL as one text each.

asyncpg examines every element of an array it encodes, twice; at several columns a row that is a tenth of what a push
costs. Ids, numbers and enum values hold no blank, so `string_to_array($1, ' ', '')` takes them apart again; NULL is
the empty word. Text that comes from outside still travels as an array.
"""

from __future__ import annotations

from collections.abc import Iterable


def words(column: Iterable[str | None]) -> str:
    """One text for a column of words without blanks."""
    return " ".join(["" if word is None else word for word in column])


def numbers(column: Iterable[int | float]) -> str:
    """One text for a column of numbers."""
    return " ".join(map(str, column))


def flags(column: Iterable[bool]) -> str:
    """One text for a column of booleans."""
    return " ".join(["t" if flag else "f" for flag in column])

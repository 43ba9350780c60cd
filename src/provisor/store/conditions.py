"""Turns a filter tree into a parameterised SQL condition over the properties that a list allows.

Texts compare without regard to case, and with regard to diacritics. Times compare in milliseconds, as they are
shown: otherwise `lastUpdated gt` the last time shown would find the same row for ever.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeAlias

from provisor.scim.filters import And, Compare, Filter, Op, Or, Present


class Unsupported(Exception):
    """A filter that is well formed but asks for what this list cannot do."""


class Kind(StrEnum):
    TEXT = "text"
    INSTANT = "instant"
    NUMBER = "number"
    BOOLEAN = "boolean"
    TEXTS = "texts"
    """A list; a comparison holds if it holds of one of its elements."""
    NUMBERS = "numbers"


EQUAL = frozenset({Op.EQ})
ORDER = frozenset({Op.GT, Op.GE, Op.LT, Op.LE})
SYMBOLS = {Op.EQ: "=", Op.GT: ">", Op.GE: ">=", Op.LT: "<", Op.LE: "<="}


@dataclass(frozen=True, slots=True)
class Column:
    """What a property is in SQL, and which operators it takes."""

    sql: str
    kind: Kind = Kind.TEXT
    operators: frozenset[Op] = EQUAL
    present: bool = False
    """Whether `pr` is allowed."""
    index: tuple[str, Callable[[str], str]] | None = None
    """An indexed column and how a value looks there; equality here implies equality there."""


Columns: TypeAlias = Callable[[str], Column | None]
"""The column of a property name; None when the list has no such property."""


class Parameters:
    """The values of a statement, numbered as they are added."""

    def __init__(self) -> None:
        self.values: list[Any] = []

    def add(self, value: Any, kind: str = "text") -> str:
        self.values.append(value)
        return f"${len(self.values)}::{kind}"


def condition(node: Filter, columns: Columns, parameters: Parameters) -> str:
    """The SQL of a filter; raises `Unsupported`."""
    match node:
        case And(terms):
            return "(" + " AND ".join(condition(term, columns, parameters) for term in terms) + ")"
        case Or(terms):
            return "(" + " OR ".join(condition(term, columns, parameters) for term in terms) + ")"
        case Present(path):
            column = find_column(str(path), columns)
            if not column.present:
                raise Unsupported(f"{path}: pr is not supported here")
            return f"{column.sql} IS NOT NULL"
        case Compare(path, op, value):
            column = find_column(str(path), columns)
            if op not in column.operators:
                allowed = ", ".join(sorted(column.operators))
                raise Unsupported(f"{path}: {op} is not supported here; {allowed} is")
            return compared(str(path), column, op, value, parameters)
        case _:
            raise Unsupported("not and [] are not supported here")


def compared(path: str, column: Column, op: Op, value: Any, parameters: Parameters) -> str:
    """A comparison with a value of the type that the column holds."""
    if column.kind in (Kind.NUMBER, Kind.NUMBERS):
        if type(value) not in (int, float):
            raise Unsupported(f"{path}: compares with a number, without quotes")
        return compare_numbers(column, op, value, parameters)
    if column.kind is Kind.BOOLEAN:
        if not isinstance(value, bool):
            raise Unsupported(f"{path}: compares with true or false, without quotes")
        return f"{column.sql} = {parameters.add(value, 'boolean')}"
    if not isinstance(value, str) or "\x00" in value:
        raise Unsupported(f"{path}: compares with a text in double quotes")
    compare = compare_instants if column.kind is Kind.INSTANT else compare_texts
    if column.kind is Kind.TEXTS:
        one = compare_texts(path, replace(column, sql=ELEMENT), op, value, parameters)
        return any_element(column, one)
    return compare(path, column, op, value, parameters)


ELEMENT = "(element #>> '{}')"


def any_element(column: Column, one: str) -> str:
    return f"EXISTS (SELECT FROM jsonb_array_elements({column.sql}) AS element WHERE {one})"


def compare_numbers(column: Column, op: Op, value: float, parameters: Parameters) -> str:
    wanted = parameters.add(Decimal(str(value)), "numeric")
    if column.kind is Kind.NUMBERS:
        return any_element(column, f"{ELEMENT}::numeric {SYMBOLS[op]} {wanted}")
    return f"{column.sql}::numeric {SYMBOLS[op]} {wanted}"


def find_column(name: str, columns: Columns) -> Column:
    column = columns(name)
    if column is None:
        raise Unsupported(f"{name}: is not a property that can be asked for here")
    return column


def compare_texts(name: str, column: Column, op: Op, value: str, parameters: Parameters) -> str:
    if op in SYMBOLS:
        compared = f'lower({column.sql}) COLLATE "C" {SYMBOLS[op]} lower({parameters.add(value)})'
        if op is Op.EQ and column.index:
            name, shape = column.index
            compared = f"({name} = {parameters.add(shape(value))} AND {compared})"
        return compared
    pattern = {Op.SW: "{}%", Op.CO: "%{}%", Op.EW: "%{}"}[op].format(escape_pattern(value))
    return f"lower({column.sql}) LIKE lower({parameters.add(pattern)})"


def compare_instants(name: str, column: Column, op: Op, value: str, parameters: Parameters) -> str:
    instant = parse_instant(value)
    if instant is None:
        raise Unsupported(f"{name}: compares with a time such as 2026-11-21T10:00:00.000Z")
    moment = parameters.add(instant, "timestamptz")
    compared = f"date_trunc('milliseconds', {column.sql}) {SYMBOLS[op]} {moment}"
    # The bare column can use an index, and is never earlier than its milliseconds.
    return f"({column.sql} >= {moment} AND {compared})" if op in (Op.GT, Op.GE, Op.EQ) else compared


def escape_pattern(text: str) -> str:
    """Text that LIKE takes literally."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def parse_instant(text: str) -> datetime | None:
    """A time in ISO 8601; without an offset it is UTC. None for anything else."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return None
    try:
        return (instant if instant.tzinfo else instant.replace(tzinfo=UTC)).astimezone(UTC)
    except OverflowError:
        return None

"""Filters as parameterised SQL for PostgreSQL 15 and later, over a JSONB column of canonical resources.

It decides exactly as `filters.compile_filter` does, and refuses what that refuses. Operands become arguments, never
text. Attributes that have columns of their own (keys, times, memberships) are read from there, so that indexes serve
them. It runs nothing. Only names below extensions that no schema declares are found by their exact case alone.

>>> from provisor.scim.filters import parse_filter
>>> from provisor.scim.schemas import USER
>>> where = render_where(parse_filter('userName eq "Babs"'), USER, columns={"userName": Column("u.key", Form.FOLDED)})
>>> where.text, where.arguments
('u.key = $1::text', ('babs',))
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from .filters import (
    And,
    AttrPath,
    Compare,
    Filter,
    Not,
    Op,
    Or,
    Present,
    ValuePath,
    compile_filter,
    fold,
    parse_instant,
)
from .filters.places import ORDERING, SUBSTRING, Place, Scope, find_place, fitting_operand, is_schemaless, unfit
from .policy import STRICT, Policy
from .schemas import Attribute, ResourceType, Type
from .sort import sort_place
from .sql_values import Column, Form, Json, elements, exists, found, like_pattern, preferred

__all__ = ["FOLD", "FOLD_18", "Column", "Columns", "Form", "Rows", "Where", "render_order", "render_where"]

# Normalising costs ten times as much as the rest, and text of as many bytes as characters needs none.
_ASCII_OR: Final = "CASE WHEN octet_length({{0}}) = length({{0}}) THEN lower({{0}}) ELSE {} END"
FOLD: Final = _ASCII_OR.format("lower(normalize({0}, NFC))")
"""Ignores case as far as the database's locale knows it."""
FOLD_18: Final = _ASCII_OR.format("normalize(casefold(normalize({0}, NFC) COLLATE pg_unicode_fast), NFC)")
"""Ignores case as `filters.fold` does; PostgreSQL 18 and later."""


@dataclass(frozen=True, slots=True)
class Rows:
    """A table that holds the values of a multi-valued attribute, one a row."""

    source: str
    """What stands behind FROM, such as `member AS m`."""
    condition: str
    """What joins it to the resource, such as `m.group_id = r.id`."""
    columns: Mapping[str, Column]
    """By the sub-attribute's name; the values of a simple attribute are under `value`."""


Columns: TypeAlias = Mapping[str, Column | Rows]
"""By canonical path: `userName`, `meta.lastModified`, `members`, `urn:…:User:department`."""
NO_COLUMNS: Final[Columns] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Where:
    """A condition and what its placeholders stand for; NULL counts as false, as in any WHERE."""

    text: str
    arguments: tuple[Any, ...]


def render_where(
    node: Filter,
    kind: ResourceType,
    *,
    document: str = "body",
    columns: Columns = NO_COLUMNS,
    first: int = 1,
    fold_sql: str = FOLD,
    policy: Policy = STRICT,
) -> Where:
    """Render a filter; placeholders count from `$first`. Raises `invalidFilter` where the matcher does."""
    compile_filter(node, kind, policy=policy)
    writer = _Writer(fold_sql, policy, first)
    text = writer.condition(node, _Frame(kind, document, columns))
    return Where(text, tuple(writer.arguments))


def render_order(
    sort_by: str,
    kind: ResourceType,
    *,
    descending: bool = False,
    document: str = "body",
    columns: Columns = NO_COLUMNS,
    fold_sql: str = FOLD,
) -> str:
    """Render an ORDER BY expression: missing values last when ascending (RFC 7644 §3.4.2.3)."""
    place = sort_place(sort_by, kind)
    column = columns.get(place.path)
    if isinstance(column, Column):
        by_text = column.form in (Form.TEXT, Form.FOLDED)
        key = f'({column.expression} COLLATE "C")' if by_text else column.expression
    else:
        key = _sort_expression(place, document, fold_sql)
    return f"{key} {'DESC NULLS FIRST' if descending else 'ASC NULLS LAST'}"


def _sort_expression(place: Place, document: str, fold_sql: str) -> str:
    value = _holder(place, document).member(place.attribute.name)
    if place.attribute.multi_valued:
        value = preferred(value)
    if place.sub is not None:
        value = value.member(place.sub.name)
    match place.leaf.type:
        case Type.DATE_TIME:
            return value.instant
        case Type.INTEGER | Type.DECIMAL:
            return value.number
        case Type.BOOLEAN:
            return value.jsonb
    text = value.text if place.leaf.case_exact else fold_sql.format(value.text)
    return f'({text} COLLATE "C")'


def _holder(place: Place, document: str) -> Json:
    return Json(document) if place.urn is None else Json(document, place.urn)


_Test: TypeAlias = Callable[[Column | Json], str]
"""Writes the condition on one value."""


@dataclass(frozen=True, slots=True)
class _Frame:
    """What names mean at one place of the filter: in the resource, or in one value of an attribute."""

    scope: Scope
    document: str | None
    """The JSONB expression; None = there are columns only."""
    columns: Columns


@dataclass(slots=True)
class _Writer:
    """Writes conditions and collects their arguments."""

    fold_sql: str
    policy: Policy
    first: int
    arguments: list[Any] = field(default_factory=list)
    aliases: int = 0

    def condition(self, node: Filter, frame: _Frame) -> str:
        match node:
            case And(terms):
                return "(" + " AND ".join(self.condition(term, frame) for term in terms) + ")"
            case Or(terms):
                return "(" + " OR ".join(self.condition(term, frame) for term in terms) + ")"
            case Not(term):
                return self._none(self.condition(term, frame))
            case Present(path):
                return self._each(path, frame, self._present, whole=True)
            case ValuePath(path, term):
                return self._value_path(path, term, frame)
            case Compare(path, op, None):
                assigned = self._each(path, frame, _assigned, whole=True)
                return self._none(assigned) if op is Op.EQ else assigned
            case Compare(op=Op.NE):
                return self._none(self.condition(replace(node, op=Op.EQ), frame))
            case Compare(path, op, value):
                if op in SUBSTRING:
                    frame = replace(frame, columns=_textual(frame.columns))
                return self._each(path, frame, lambda place, found: self._compare(place, found, op, value))

    def _none(self, condition: str) -> str:
        """Negate: what is unknown in SQL is false in a filter, and its negation true."""
        return f"({condition}) IS NOT TRUE"

    def _alias(self) -> str:
        self.aliases += 1
        return f"e{self.aliases}"

    def _argument(self, value: Any, cast: str) -> str:
        if isinstance(value, str):
            _check_text(value)
        self.arguments.append(value)
        return f"${self.first + len(self.arguments) - 1}::{cast}"

    def _each(
        self, path: AttrPath, frame: _Frame, test: Callable[[Place | None, Column | Json], str], *, whole: bool = False
    ) -> str:
        """Write that one value the path leads to passes the test."""
        if is_schemaless(path, frame.scope):
            alias = self._alias()
            return exists(found(str(frame.document), path, alias), test(None, Json(f"{alias}.v")))
        place = _find(path, frame, whole=whole)
        return "false" if place is None else self._each_at(place, frame, lambda value: test(place, value))

    def _each_at(self, place: Place, frame: _Frame, test: _Test) -> str:
        column = frame.columns.get(place.path)
        if isinstance(column, Column):
            return test(column)
        rows = frame.columns.get(Place(place.urn, place.attribute).path)
        if isinstance(rows, Rows):
            return self._each_row(rows, place, test)
        if frame.document is None:
            return "false"
        if isinstance(frame.scope, Attribute) and frame.scope.type is not Type.COMPLEX:
            return test(Json(frame.document))
        value = _holder(place, frame.document).member(place.attribute.name)
        condition: _Test = test
        if place.sub is not None:
            sub = place.sub
            inner = self._in_list(test) if sub.multi_valued else test
            condition = lambda holder: inner(_json(holder).member(sub.name))  # noqa: E731
        return self._in_list(condition)(value) if place.attribute.multi_valued else condition(value)

    def _in_list(self, test: _Test) -> _Test:
        alias = self._alias()
        return lambda values: exists(elements(_json(values), alias), test(Json(f"{alias}.v")))

    def _each_row(self, rows: Rows, place: Place, test: _Test) -> str:
        if place.leaf.type is Type.COMPLEX:
            parts = " OR ".join(test(column) for column in rows.columns.values())
            return exists(rows.source, f"{rows.condition} AND ({parts})")
        column = rows.columns.get(place.sub.name if place.sub else "value")
        return exists(rows.source, f"{rows.condition} AND {test(column)}") if column else "false"

    def _value_path(self, path: AttrPath, term: Filter, frame: _Frame) -> str:
        place = _find(path, frame, whole=True)
        rows = frame.columns.get(place.path) if place else None
        if place and isinstance(rows, Rows):
            inner = self.condition(term, _Frame(place.leaf, None, rows.columns))
            return exists(rows.source, f"{rows.condition} AND {inner}")

        def test(place: Place | None, value: Column | Json) -> str:
            jsonb = _json(value).jsonb
            inner = self.condition(term, _Frame(place.leaf if place else None, jsonb, NO_COLUMNS))
            return f"({jsonb} IS NOT NULL AND {inner})"

        return self._each(path, frame, test, whole=True)

    def _present(self, place: Place | None, value: Column | Json) -> str:
        """RFC 7644, table 3: non-empty, or a complex value with a non-empty node."""
        if isinstance(value, Column):
            by_text = value.form in (Form.TEXT, Form.FOLDED)
            return f"{value.expression} <> ''" if by_text else f"{value.expression} IS NOT NULL"
        empty = """NOT IN ('null', '""', '[]', '{}')"""
        if place is not None and place.leaf.type is Type.COMPLEX:
            return exists(f"jsonb_each({value.jsonb}) AS {(alias := self._alias())}(k, v)", f"{alias}.v {empty}")
        return f"{value.jsonb} {empty}"

    def _compare(self, place: Place | None, value: Column | Json, op: Op, given: Any) -> str:
        leaf = place.leaf if place else None
        operand = fitting_operand(leaf, op, given, self.policy)
        if isinstance(operand, bool):
            return _compare_boolean(value, operand)
        if isinstance(operand, int | float):
            expression = value.expression if isinstance(value, Column) else value.number
            return f"{expression} {_OPERATORS[op]} {self._argument(str(operand), 'text')}::numeric"
        assert isinstance(operand, str)
        timely = leaf.type is Type.DATE_TIME if leaf else op in ORDERING
        instant = parse_instant(operand) if timely and op not in SUBSTRING else None
        if instant is not None:
            expression = value.expression if isinstance(value, Column) else value.instant
            return f"{expression} {_OPERATORS[op]} {self._argument(instant, 'timestamptz')}"
        condition = self._compare_text(value, op, operand, exact=leaf is not None and leaf.case_exact)
        # Where no schema says that it is text, it may be anything.
        return condition if leaf else f"(jsonb_typeof({_json(value).jsonb}) = 'string' AND {condition})"

    def _compare_text(self, value: Column | Json, op: Op, operand: str, *, exact: bool) -> str:
        text = value.expression if isinstance(value, Column) else value.text
        in_column = isinstance(value, Column) and value.form is Form.FOLDED
        if in_column:
            operand = fold(operand)
        if op in SUBSTRING:
            operand = like_pattern(operand, before=op is not Op.SW, after=op is not Op.EW)
        argument = self._argument(operand, "text")
        if not exact and not in_column:
            text, argument = self.fold_sql.format(text), self.fold_sql.format(argument)
        if op in ORDERING:
            return f'{text} COLLATE "C" {_OPERATORS[op]} {argument} COLLATE "C"'
        return f"{text} {'LIKE' if op in SUBSTRING else '='} {argument}"


def _assigned(place: Place | None, value: Column | Json) -> str:
    """Whether there is a value at all; empty text is one (RFC 7643 §2.5)."""
    if isinstance(value, Column):
        return f"{value.expression} IS NOT NULL"
    return f"{value.jsonb} <> 'null'"


_OPERATORS: Final = {Op.EQ: "=", Op.GT: ">", Op.GE: ">=", Op.LT: "<", Op.LE: "<="}


def _compare_boolean(value: Column | Json, operand: bool) -> str:
    literal = "true" if operand else "false"
    return f"{value.expression} IS {literal}" if isinstance(value, Column) else f"{value.jsonb} = '{literal}'::jsonb"


def _json(value: Column | Json) -> Json:
    assert isinstance(value, Json), "a single-valued column has no elements"
    return value


def _textual(columns: Columns) -> Columns:
    """Leave out what holds no text: whoever asks how a date begins is answered from the document."""
    return {
        path: column
        for path, column in columns.items()
        if isinstance(column, Rows) or column.form in (Form.TEXT, Form.FOLDED)
    }


def _find(path: AttrPath, frame: _Frame, *, whole: bool) -> Place | None:
    return find_place(path, frame.scope, whole=whole) if frame.scope is not None else None


def _check_text(text: str) -> None:
    """PostgreSQL has no U+0000 and no lone surrogates, so no stored value can be compared with one."""
    try:
        fits = "\x00" not in text and text.encode() is not None
    except UnicodeEncodeError:
        fits = False
    if not fits:
        raise unfit("its value holds a character that no stored text can hold")

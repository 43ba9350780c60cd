"""Which entries a query of the System Log means: the filter and the keywords, compiled once, and the part of a
filter that a database can answer. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from provisor.scim.errors import BadRequest
from provisor.scim.filters import (
    And,
    Compare,
    Filter,
    Not,
    Op,
    Or,
    Present,
    ValuePath,
    compile_filter,
    parse_filter,
)
from provisor.systemlog.rendering import LogEvent

MOST_TERMS = 10
LONGEST_TERM = 40

Narrow: TypeAlias = list[tuple[str, list[str]]]
"""Columns and the values of which an entry must have one; all of them must hold."""

COLUMNS = {
    "eventtype": "type",
    "outcome.result": "outcome",
    "actor.id": "actor_id",
    "transaction.id": "transaction_id",
}
TARGETS = {"00u": "user_id", "00g": "group_id", "0oa": "app_id"}


class BadFilter(Exception):
    """A filter that the System Log does not understand."""


class BadKeywords(Exception):
    """Too many keywords, or too long ones."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an event must be like."""

    narrow: Narrow
    """True of every event that matches; more than one value means any of them."""
    matches: Callable[[LogEvent], bool] | None
    """None when `narrow` says it all."""


def wanted(filter: str | None, q: str | None) -> Wanted:
    """Understand a query; raises `BadFilter` and `BadKeywords`."""
    node = parsed(filter) if filter else None
    terms = keywords(q) if q else []
    tests: list[Callable[[LogEvent], bool]] = []
    if node is not None and not is_narrow(node):
        try:
            tests.append(compile_filter(node))
        except BadRequest as problem:
            raise BadFilter(problem.detail) from None
    if terms:
        tests.append(lambda event: all(term in text_of(event) for term in terms))
    matches = (lambda event: all(test(event) for test in tests)) if tests else None
    return Wanted(narrowed(node) if node is not None else [], matches)


def parsed(text: str) -> Filter:
    try:
        node = parse_filter(text)
    except BadRequest as problem:
        raise BadFilter(problem.detail) from None
    refuse_unsupported(node)
    return node


def refuse_unsupported(node: Filter) -> None:
    match node:
        case ValuePath():
            raise BadFilter("[] is not supported in filters of the System Log")
        case Compare(path) | Present(path) if str(path).lower() == "published":
            raise BadFilter("published cannot be filtered; use since and until")
        case And(terms) | Or(terms):
            for term in terms:
                refuse_unsupported(term)
        case Not(term):
            refuse_unsupported(term)


def keywords(q: str) -> list[str]:
    terms = q.lower().split()
    if len(terms) > MOST_TERMS:
        raise BadKeywords(f"q: {len(terms)} keywords; at most {MOST_TERMS} are allowed")
    if any(len(term) > LONGEST_TERM for term in terms):
        raise BadKeywords(f"q: a keyword may have at most {LONGEST_TERM} characters")
    return terms


def narrowed(node: Filter) -> Narrow:
    """Conditions that hold for every event the filter matches."""
    if isinstance(node, And):
        return [condition for term in node.terms for condition in narrowed(term)]
    if isinstance(node, Or):
        return alternatives(node)
    column = column_of(node)
    return [(column, [value_of(node)])] if column is not None else []


def alternatives(node: Or) -> Narrow:
    """`a eq 1 or a eq 2` narrows one column to several values; anything more mixed does not narrow."""
    columns = {column_of(term) for term in node.terms}
    if len(columns) != 1 or None in columns:
        return []
    column = columns.pop()
    assert column is not None
    return [(column, [value_of(term) for term in node.terms])]


def is_narrow(node: Filter) -> bool:
    """Whether `narrowed` says all that the filter says."""
    if isinstance(node, And):
        return all(is_narrow(term) for term in node.terms)
    if isinstance(node, Or):
        return bool(alternatives(node))
    return column_of(node) is not None


def column_of(node: Filter) -> str | None:
    """The column that a comparison for equality is about; None when it is about something else."""
    if not isinstance(node, Compare) or node.op is not Op.EQ or not isinstance(node.value, str):
        return None
    name = str(node.path).lower()
    if name == "target.id":
        return TARGETS.get(node.value[:3])
    return COLUMNS.get(name)


def value_of(node: Filter) -> str:
    assert isinstance(node, Compare) and isinstance(node.value, str)
    match str(node.path).lower():
        case "eventtype":
            return node.value.lower()
        case "outcome.result":
            return node.value.upper()
    return node.value


def text_of(value: Any) -> str:
    """Every text in an event, in small letters, a line each."""
    found: list[str] = []
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, str):
            found.append(each)
        elif isinstance(each, dict):
            waiting.extend(each.values())
        elif isinstance(each, list):
            waiting.extend(each)
    return "\n".join(found).lower()

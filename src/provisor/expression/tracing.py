"""Shows how an expression came to its value for one subject: every term of it, with the value that it had.

The terms are evaluated by the closures that evaluate the whole, so a trace cannot tell another story. Costs a multiple
of an evaluation: for explanations, not for pushing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from provisor.expression.compiling import compile_tree, operands
from provisor.expression.errors import EvaluationError
from provisor.expression.reading import reads_of
from provisor.expression.subject import Group, Subject
from provisor.expression.tree import (
    Binary,
    Call,
    Choice,
    Elvis,
    Literal,
    MapOf,
    Member,
    Name,
    Node,
    Operator,
    children,
)
from provisor.expression.values import Value, as_condition
from provisor.expression.writing import written


@dataclass(frozen=True, slots=True)
class Term:
    """A part of an expression, and what it was worth."""

    text: str
    depth: int
    """How deep it stands in the whole, which is 0 deep."""
    value: Value
    """Plain JSON; None where there is none, and where there is a problem."""
    problem: str | None
    """Why it has no result for this subject."""
    used: bool
    """Whether the whole looked at it: the branch that was not taken is shown too."""
    reads: frozenset[str]
    """The person's attributes in it."""


def trace(tree: Node, bare: str, subject: Subject) -> list[Term]:
    """The whole and its terms, each before those that it is made of. Constants speak for themselves."""
    return list(_terms(tree, bare, subject, 0, used=True))


def _terms(node: Node, bare: str, subject: Subject, depth: int, *, used: bool) -> Iterator[Term]:
    value, problem = evaluated(node, bare, subject)
    yield Term(written(node), depth, value, problem, used, reads_of(node, bare).user)
    for child, looked_at in parts(node, bare, subject):
        if not isinstance(child, (Literal, MapOf)):
            yield from _terms(child, bare, subject, depth + 1, used=used and looked_at)


def evaluated(node: Node, bare: str, subject: Subject) -> tuple[Value, str | None]:
    """A term's value, or why it has none."""
    try:
        return plain(compile_tree(node, bare)(subject)), None
    except EvaluationError as problem:
        return None, str(problem)


def parts(node: Node, bare: str, subject: Subject) -> list[tuple[Node, bool]]:
    """What a term is made of, and whether each was looked at."""
    match node:
        case Member(Name()):
            return []
        case Binary(Operator.PLUS):
            return [(each, True) for each in operands(node)]
        case Binary(Operator.AND, left, right):
            return [(left, True), (right, _holds(left, bare, subject) is True)]
        case Binary(Operator.OR, left, right):
            return [(left, True), (right, _holds(left, bare, subject) is False)]
        case Choice(condition, then, otherwise):
            holds = _holds(condition, bare, subject)
            return [(condition, True), (then, holds is True), (otherwise, holds is False)]
        case Elvis(value, otherwise):
            found, problem = evaluated(value, bare, subject)
            return [(value, True), (otherwise, problem is None and (found is None or found == ""))]
        case Call("user.getGroups"):
            return []
    return [(each, True) for each in children(node)]


def _holds(condition: Node, bare: str, subject: Subject) -> bool | None:
    """None: it is no condition for this subject."""
    try:
        return as_condition(compile_tree(condition, bare)(subject))
    except EvaluationError:
        return None


def plain(value: Value) -> Value:
    """A value in passing as JSON: groups by their names."""
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    return value.name if isinstance(value, Group) else value

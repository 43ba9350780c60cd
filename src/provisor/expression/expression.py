"""An expression that is ready to be used: its text, its kind, what it reads, and its value for a subject.

Expressions are compiled once and kept by text and place: the same mapping is asked for again and again.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from provisor.expression.checking import check
from provisor.expression.compiling import Closure, compile_tree
from provisor.expression.parsing import parse
from provisor.expression.places import Place
from provisor.expression.reading import Reads, reads_of
from provisor.expression.subject import Subject
from provisor.expression.tree import Node
from provisor.expression.values import Kind, Value


@dataclass(frozen=True, slots=True)
class Expression:
    text: str
    kind: Kind
    reads: Reads
    tree: Node = field(repr=False)
    closure: Closure = field(repr=False)

    def evaluate(self, subject: Subject) -> Value:
        """The value for a subject, plain JSON; raises `EvaluationError`."""
        value = self.closure(subject)
        return list(value) if isinstance(value, tuple) else value


def compile_expression(text: str, place: Place) -> Expression:
    """Understand an expression; raises `ExpressionError` with line and column for what cannot be used at this place."""
    tree = parse(text)
    kind = check(tree, place)
    return Expression(text, kind, reads_of(tree, place.bare), tree, compile_tree(tree, place.bare))

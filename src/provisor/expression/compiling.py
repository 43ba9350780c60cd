"""Turns a checked tree into one Python closure; evaluating it costs a microsecond or two and reaches nothing but the
subject: no attribute of a Python object is ever looked up by a name from an expression.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from provisor.expression.errors import EvaluationError
from provisor.expression.functions import FUNCTIONS
from provisor.expression.functions.memberships import pattern
from provisor.expression.subject import EMPTY, Group, Subject
from provisor.expression.tree import (
    Binary,
    Call,
    Choice,
    Each,
    Elvis,
    Index,
    ListOf,
    Literal,
    MapOf,
    Member,
    Name,
    Node,
    Not,
    Operator,
)
from provisor.expression.values import (
    Value,
    as_array,
    as_condition,
    as_integer,
    as_text,
    bounded,
    describe,
    is_number,
    same,
)

Closure: TypeAlias = Callable[[Subject], Value]


def compile_tree(node: Node, bare: str | None) -> Closure:
    """The closure of a tree that `checking` has accepted; `bare` is the root of names that stand alone."""
    return Compiler(bare).closure(node)


class Compiler:
    def __init__(self, bare: str | None) -> None:
        self._bare = bare or "source"

    def closure(self, node: Node) -> Closure:
        match node:
            case Literal(value):
                return lambda _: value
            case ListOf(items):
                closures = [self.closure(item) for item in items]
                return lambda subject: tuple([each(subject) for each in closures])
            case MapOf(pairs):
                named = [(key, self.closure(value)) for key, value in pairs]
                return lambda subject: {key: each(subject) for key, each in named}
            case Name(name):
                return attribute(self._bare, name)
            case Member(Name(root), name):
                return attribute(root, name)
            case Member(base, name):
                return member(self.closure(base), name)
            case Call(name, arguments):
                return call(name, [self.closure(each) for each in arguments])
            case Index(base, index):
                return element(self.closure(base), self.closure(index))
            case Each(base, name):
                return projection(self.closure(base), name)
            case Not(operand):
                negated = self.closure(operand)
                return lambda subject: not as_condition(negated(subject))
            case Binary(Operator.PLUS):
                return self._plus(node)
            case Binary(operator, left, right):
                return binary(operator, self.closure(left), self.closure(right), right)
            case Choice(condition, then, otherwise):
                return choice(self.closure(condition), self.closure(then), self.closure(otherwise))
            case Elvis(value, otherwise):
                return elvis(self.closure(value), self.closure(otherwise))

    def _plus(self, node: Binary) -> Closure:
        parts = operands(node)
        closures = [self.closure(each) for each in parts]
        if any(isinstance(each, Literal) and isinstance(each.value, str) for each in parts[:2]):
            # From the second operand on it is a text, so nothing is ever added up.
            return concatenation(closures)
        return sum_of(closures)


def operands(node: Node) -> list[Node]:
    """The operands of a chain of +, left to right."""
    found: list[Node] = []
    while isinstance(node, Binary) and node.operator is Operator.PLUS:
        found.append(node.right)
        node = node.left
    return [node, *reversed(found)]


def attribute(root: str, name: str) -> Closure:
    if root == "user":
        return lambda subject: subject.user.get(name)
    if root == "source":
        return lambda subject: subject.source.get(name)
    return lambda subject: subject.accounts.get(root, EMPTY).get(name)


def member(base: Closure, name: str) -> Closure:
    def get(subject: Subject) -> Value:
        found = base(subject)
        if found is None:
            return None
        if isinstance(found, (str, int, float, list, tuple)):
            raise EvaluationError(f"{describe(found)} has no attribute “{name}”")
        return found.attribute(name) if isinstance(found, Group) else found.get(name)

    return get


def call(name: str, arguments: list[Closure]) -> Closure:
    function = FUNCTIONS[name]
    apply = function.apply
    if function.reads is not None:
        return lambda subject: apply(subject, *[each(subject) for each in arguments])
    match arguments:
        case [only]:
            return lambda subject: apply(only(subject))
        case [first, second]:
            return lambda subject: apply(first(subject), second(subject))
        case [first, second, third]:
            return lambda subject: apply(first(subject), second(subject), third(subject))
    return lambda subject: apply(*[each(subject) for each in arguments])


def element(base: Closure, index: Closure) -> Closure:
    def get(subject: Subject) -> Value:
        items, at = as_array(base(subject)), as_integer(index(subject), "The place in an array")
        return items[at] if 0 <= at < len(items) else None

    return get


def projection(base: Closure, name: str) -> Closure:
    def get(subject: Subject) -> Value:
        items = as_array(base(subject))
        return tuple([each.attribute(name) if isinstance(each, Group) else None for each in items])

    return get


def concatenation(closures: list[Closure]) -> Closure:
    match closures:
        case [first, second]:

            def two(subject: Subject) -> str:
                a, b = first(subject), second(subject)
                return bounded((a if type(a) is str else as_text(a)) + (b if type(b) is str else as_text(b)))

            return two

        case [first, second, third]:

            def three(subject: Subject) -> str:
                a, b, c = first(subject), second(subject), third(subject)
                start = (a if type(a) is str else as_text(a)) + (b if type(b) is str else as_text(b))
                return bounded(start + (c if type(c) is str else as_text(c)))

            return three

    def many(subject: Subject) -> str:
        values = [each(subject) for each in closures]
        return bounded("".join([value if type(value) is str else as_text(value) for value in values]))

    return many


def sum_of(closures: list[Closure]) -> Closure:
    first, *others = closures

    def get(subject: Subject) -> Value:
        total = first(subject)
        for each in others:
            value = each(subject)
            if is_number(total) and is_number(value):
                total += value
            else:
                total = bounded(as_text(total) + as_text(value))
        return total

    return get


def binary(operator: Operator, left: Closure, right: Closure, right_node: Node) -> Closure:
    match operator:
        case Operator.AND:
            return lambda subject: as_condition(left(subject)) and as_condition(right(subject))
        case Operator.OR:
            return lambda subject: as_condition(left(subject)) or as_condition(right(subject))
        case Operator.EQUAL:
            return lambda subject: same(left(subject), right(subject))
        case Operator.UNEQUAL:
            return lambda subject: not same(left(subject), right(subject))
        case Operator.MATCHES:
            if isinstance(right_node, Literal):
                full = pattern(as_text(right_node.value)).fullmatch
                return lambda subject: full(as_text(left(subject))) is not None
            return lambda subject: pattern(as_text(right(subject))).fullmatch(as_text(left(subject))) is not None
    return ordering(operator, left, right)


def ordering(operator: Operator, left: Closure, right: Closure) -> Closure:
    """`<` and its like: nothing is smaller or larger than null; a text and a number cannot be compared."""
    ask: dict[Operator, Callable[[Value, Value], bool]] = {
        Operator.LESS: lambda a, b: a < b,
        Operator.GREATER: lambda a, b: a > b,
        Operator.AT_MOST: lambda a, b: a <= b,
        Operator.AT_LEAST: lambda a, b: a >= b,
    }
    holds = ask[operator]

    def get(subject: Subject) -> bool:
        a, b = left(subject), right(subject)
        if a is None or b is None:
            return False
        if (isinstance(a, str) and isinstance(b, str)) or (is_number(a) and is_number(b)):
            return holds(a, b)
        raise EvaluationError(f"{describe(a)} and {describe(b)} cannot be compared by {operator.value}")

    return get


def choice(condition: Closure, then: Closure, otherwise: Closure) -> Closure:
    return lambda subject: then(subject) if as_condition(condition(subject)) else otherwise(subject)


def elvis(value: Closure, otherwise: Closure) -> Closure:
    def get(subject: Subject) -> Value:
        found = value(subject)
        return otherwise(subject) if found is None or found == "" else found

    return get

"""Finds what cannot work before anybody is evaluated: unknown names, wrong arguments, conditions that are none.

A kind that cannot be told beforehand is `Kind.ANY` and passes; the value is looked at when it is there.
"""

from __future__ import annotations

from difflib import get_close_matches

from provisor.expression.errors import EvaluationError, ExpressionError
from provisor.expression.functions import FUNCTIONS, Function
from provisor.expression.functions.memberships import CRITERIA, HOW, pattern
from provisor.expression.places import Place
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
from provisor.expression.values import Kind

BIG = frozenset({Kind.ARRAY, Kind.GROUPS, Kind.ACCOUNT})
COMPARABLE = frozenset({Kind.TEXT, Kind.INTEGER, Kind.NUMBER, Kind.ANY, Kind.NULL})
TAKEN: dict[Kind, frozenset[Kind]] = {
    Kind.ANY: frozenset(Kind),
    Kind.TEXT: frozenset(Kind) - BIG,
    Kind.INTEGER: frozenset({Kind.INTEGER, Kind.ANY}),
    Kind.NUMBER: frozenset({Kind.INTEGER, Kind.NUMBER, Kind.ANY}),
    Kind.BOOLEAN: frozenset({Kind.BOOLEAN, Kind.ANY}),
    Kind.ARRAY: frozenset({Kind.ARRAY, Kind.GROUPS, Kind.TEXT, Kind.ANY, Kind.NULL}),
}
"""Which kinds of argument pass where one is wanted."""


def check(node: Node, place: Place) -> Kind:
    """The kind of the whole expression; raises `ExpressionError` for what cannot be used at this place."""
    kind = Checker(place).kind(node)
    if kind is Kind.GROUPS:
        raise ExpressionError("The result is a list of groups; pick one of their attributes with .![name]", node.at)
    if kind is Kind.ACCOUNT:
        raise ExpressionError("The result is a whole account; pick one of its attributes with .name", node.at)
    if place.gives is not None and kind not in (place.gives, Kind.ANY):
        raise ExpressionError(f"{place.name.capitalize()} needs {place.gives.value}, this gives {kind.value}", node.at)
    return kind


class Checker:
    def __init__(self, place: Place) -> None:
        self._place = place

    def kind(self, node: Node) -> Kind:
        match node:
            case Literal(value):
                return literal_kind(value)
            case ListOf(items):
                for item in items:
                    self.kind(item)
                return Kind.ARRAY
            case MapOf():
                raise ExpressionError("{name: value} can only be an argument of user.getGroups", node.at)
            case Name(name):
                return self._bare(node, name)
            case Member(base, name):
                return self._member(node, base, name)
            case Call(name, arguments):
                return self._call(node, name, arguments)
            case Index(base, index):
                self._need(base, TAKEN[Kind.ARRAY], "[…] follows an array")
                self._need(index, TAKEN[Kind.INTEGER], "The place in an array is a whole number")
                return Kind.ANY
            case Each(base):
                self._need(base, frozenset({Kind.GROUPS, Kind.ARRAY, Kind.ANY}), ".![…] follows an array")
                return Kind.ARRAY
            case Not(operand):
                self._need(operand, TAKEN[Kind.BOOLEAN], "! needs true or false")
                return Kind.BOOLEAN
            case Binary():
                return self._binary(node)
            case Choice(condition, then, otherwise):
                self._need(condition, TAKEN[Kind.BOOLEAN], "What stands before ? must be true or false")
                return joined(self.kind(then), self.kind(otherwise))
            case Elvis(value, otherwise):
                return joined(self.kind(value), self.kind(otherwise))

    def _need(self, node: Node, kinds: frozenset[Kind], rule: str) -> Kind:
        found = self.kind(node)
        if found not in kinds:
            raise ExpressionError(f"{rule}; this is {found.value}", node.at)
        return found

    def _binary(self, node: Binary) -> Kind:
        left, right = node.left, node.right
        match node.operator:
            case Operator.AND | Operator.OR:
                for side in (left, right):
                    self._need(side, TAKEN[Kind.BOOLEAN], f"{node.operator.value} needs true or false on both sides")
                return Kind.BOOLEAN
            case Operator.PLUS:
                kinds = {self._need(side, TAKEN[Kind.TEXT], "+ joins texts or adds numbers") for side in (left, right)}
                return added(kinds)
            case Operator.MATCHES:
                self._need(left, TAKEN[Kind.TEXT], "matches needs a text on its left")
                self._need(right, TAKEN[Kind.TEXT], "matches needs a pattern on its right")
                if isinstance(right, Literal):
                    self._pattern(right)
                return Kind.BOOLEAN
            case Operator.EQUAL | Operator.UNEQUAL:
                self.kind(left)
                self.kind(right)
                return Kind.BOOLEAN
        for side in (left, right):
            self._need(side, COMPARABLE, f"{node.operator.value} compares numbers or texts")
        return Kind.BOOLEAN

    def _pattern(self, literal: Literal) -> None:
        try:
            pattern(str(literal.value))
        except EvaluationError as problem:
            raise ExpressionError(str(problem), literal.at) from None

    def _bare(self, node: Name, name: str) -> Kind:
        if name in self._place.roots:
            raise ExpressionError(f"“{name}” needs an attribute, such as {name}.login", node.at)
        if self._place.bare is None:
            raise ExpressionError(f"“{name}” needs to say of whom, such as user.{name}", node.at)
        return self._attribute(node, self._place.bare, name)

    def _member(self, node: Member, base: Node, name: str) -> Kind:
        if not isinstance(base, Name):
            self._need(base, frozenset({Kind.ACCOUNT, Kind.ANY}), f".{name} follows an account")
            return Kind.ANY
        if base.name not in self._place.roots:
            known = ", ".join(sorted(self._place.roots))
            raise ExpressionError(f"{self._place.name.capitalize()} has no “{base.name}”; it has {known}", base.at)
        return self._attribute(node, base.name, name)

    def _attribute(self, node: Node, root: str, name: str) -> Kind:
        attributes = self._place.roots.get(root)
        if attributes is None:
            return Kind.ANY
        if name not in attributes:
            close = get_close_matches(name, attributes, 1)
            hint = f"; did you mean {root}.{close[0]}?" if close else ""
            raise ExpressionError(f"There is no attribute “{name}”{hint}", node.at)
        return attributes[name]

    def _call(self, node: Call, name: str, arguments: tuple[Node, ...]) -> Kind:
        function = FUNCTIONS.get(name)
        if function is None:
            close = get_close_matches(name, FUNCTIONS, 1)
            raise ExpressionError(
                f"There is no function “{name}”" + (f"; did you mean {close[0]}?" if close else ""), node.at
            )
        self._allowed(node, function)
        if not function.accepts(len(arguments)):
            raise ExpressionError(f"{name} takes {function.parameters}, not {len(arguments)} arguments", node.at)
        for at, argument in enumerate(arguments):
            if name == "user.getGroups":
                self._criterion(argument)
            else:
                wanted = function.kind_of(at)
                self._need(argument, TAKEN[wanted], f"Argument {at + 1} of {name} is {wanted.value}")
        return function.gives

    def _allowed(self, node: Call, function: Function) -> None:
        refused = function.reads is not None and function.reads not in self._place.sources
        if refused or (function.name.startswith("Groups.") and not self._place.claims):
            raise ExpressionError(f"{function.name} cannot be used in {self._place.name}", node.at)

    def _criterion(self, node: Node) -> None:
        if not isinstance(node, MapOf):
            raise ExpressionError("user.getGroups takes criteria such as {'group.type': {'OKTA_GROUP'}}", node.at)
        for key, value in node.pairs:
            if key not in (*CRITERIA, HOW):
                raise ExpressionError(f"“{key}” is no criterion; there are {', '.join(CRITERIA)} and {HOW}", value.at)
            self.kind(value)


def literal_kind(value: object) -> Kind:
    if isinstance(value, bool):
        return Kind.BOOLEAN
    kinds = {str: Kind.TEXT, int: Kind.INTEGER, float: Kind.NUMBER}
    return kinds.get(type(value), Kind.NULL)


def joined(one: Kind, other: Kind) -> Kind:
    """The kind of a value that is one or the other."""
    if one is other or other is Kind.NULL:
        return one
    return other if one is Kind.NULL else Kind.ANY


def added(kinds: set[Kind]) -> Kind:
    """What + makes of these: a number only of numbers."""
    if Kind.TEXT in kinds or Kind.BOOLEAN in kinds or Kind.NULL in kinds:
        return Kind.TEXT
    if Kind.ANY in kinds:
        return Kind.ANY
    return Kind.NUMBER if Kind.NUMBER in kinds else Kind.INTEGER

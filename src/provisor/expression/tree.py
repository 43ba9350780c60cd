"""An expression as a tree: frozen nodes, each knowing where in the text it begins and how deep it is.

What a node means is decided elsewhere: `checking` its type, `compiling` its value, `reading` what it depends on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from provisor.expression.errors import Position

Scalar: TypeAlias = str | int | float | bool | None


class Operator(Enum):
    """Binary operators, loosest first."""

    OR = "OR"
    AND = "AND"
    EQUAL = "=="
    UNEQUAL = "!="
    LESS = "<"
    GREATER = ">"
    AT_MOST = "<="
    AT_LEAST = ">="
    MATCHES = "matches"
    PLUS = "+"


@dataclass(frozen=True, slots=True)
class Literal:
    value: Scalar
    at: Position


@dataclass(frozen=True, slots=True)
class ListOf:
    """`{1, 2, 3}`"""

    items: tuple[Node, ...]
    at: Position


@dataclass(frozen=True, slots=True)
class MapOf:
    """`{'group.type': {'OKTA_GROUP'}}`: only as a criterion of `user.getGroups`."""

    pairs: tuple[tuple[str, Node], ...]
    at: Position


@dataclass(frozen=True, slots=True)
class Name:
    """A word by itself: a root such as `user`, or an attribute of the source."""

    name: str
    at: Position


@dataclass(frozen=True, slots=True)
class Member:
    """`base.name`"""

    base: Node
    name: str
    at: Position


@dataclass(frozen=True, slots=True)
class Call:
    """`name(...)`, `Namespace.name(...)` or `user.name(...)`; `name` is written out in full."""

    name: str
    arguments: tuple[Node, ...]
    at: Position


@dataclass(frozen=True, slots=True)
class Index:
    """`base[at]`, from 0"""

    base: Node
    index: Node
    at: Position


@dataclass(frozen=True, slots=True)
class Each:
    """`base.![name]`: an attribute of every element"""

    base: Node
    name: str
    at: Position


@dataclass(frozen=True, slots=True)
class Not:
    operand: Node
    at: Position


@dataclass(frozen=True, slots=True)
class Binary:
    operator: Operator
    left: Node
    right: Node
    at: Position


@dataclass(frozen=True, slots=True)
class Choice:
    """`condition ? then : otherwise`"""

    condition: Node
    then: Node
    otherwise: Node
    at: Position


@dataclass(frozen=True, slots=True)
class Elvis:
    """`value ?: otherwise`: the value unless it is null or empty"""

    value: Node
    otherwise: Node
    at: Position


Node: TypeAlias = Literal | ListOf | MapOf | Name | Member | Call | Index | Each | Not | Binary | Choice | Elvis


def children(node: Node) -> tuple[Node, ...]:
    """The nodes directly below, in the order of the text."""
    match node:
        case ListOf(items):
            return items
        case MapOf(pairs):
            return tuple(value for _, value in pairs)
        case Member(base) | Each(base):
            return (base,)
        case Call(_, arguments):
            return arguments
        case Index(base, index):
            return base, index
        case Not(operand):
            return (operand,)
        case Binary(_, left, right):
            return left, right
        case Choice(condition, then, otherwise):
            return condition, then, otherwise
        case Elvis(value, otherwise):
            return value, otherwise
    return ()


def walk(node: Node) -> Iterator[Node]:
    """The node and everything below it, without recursion."""
    waiting = [node]
    while waiting:
        each = waiting.pop()
        yield each
        waiting.extend(children(each))

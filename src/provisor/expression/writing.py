"""Writes a tree as text again: what `parsing` reads, with the parentheses that it needs and no others.

It serves those who show a part of an expression; the text that somebody typed is kept beside the tree.
"""

from __future__ import annotations

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
    Scalar,
)

CHOICE, ELVIS, OR, AND, RELATION, SUM, NEGATION, PRIMARY = range(8)
"""How tightly a construct binds, the loosest first."""
LEVELS = {Operator.OR: OR, Operator.AND: AND, Operator.PLUS: SUM}


def written(node: Node, least: int = CHOICE) -> str:
    """The text of a tree; in parentheses where it binds less tightly than `least`."""
    text, level = _written(node)
    return f"({text})" if level < least else text


def _written(node: Node) -> tuple[str, int]:
    match node:
        case Literal(value):
            return scalar(value), PRIMARY
        case Name(name):
            return name, PRIMARY
        case ListOf(items):
            return f"{{{', '.join(map(written, items))}}}", PRIMARY
        case MapOf(pairs):
            return f"{{{', '.join(f'{scalar(key)}: {written(value)}' for key, value in pairs)}}}", PRIMARY
        case Call(name, arguments):
            return f"{name}({', '.join(map(written, arguments))})", PRIMARY
        case Member(base, name):
            return f"{written(base, PRIMARY)}.{name}", PRIMARY
        case Index(base, index):
            return f"{written(base, PRIMARY)}[{written(index)}]", PRIMARY
        case Each(base, name):
            return f"{written(base, PRIMARY)}.![{name}]", PRIMARY
        case Not(operand):
            return f"!{written(operand, PRIMARY)}", NEGATION
        case Binary(operator, left, right):
            level = LEVELS.get(operator, RELATION)
            # Chains lean to the left; a comparison is not compared again without parentheses.
            side = level + 1 if level == RELATION else level
            return f"{written(left, side)} {operator.value} {written(right, level + 1)}", level
        case Choice(condition, then, otherwise):
            return f"{written(condition, ELVIS)} ? {written(then)} : {written(otherwise)}", CHOICE
        case Elvis(value, otherwise):
            return f"{written(value, OR)} ?: {written(otherwise, ELVIS)}", ELVIS


def scalar(value: Scalar) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return repr(value)

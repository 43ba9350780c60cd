"""Reads the text of an expression into a tree: Okta's Classic expression language, a subset of Spring's.

The grammar follows the documented constructs and Spring's precedence. `\\` is an ordinary character; a quote within a
text is doubled. Assignment and arithmetic other than `+` are not part of the language.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from lark import Lark, Token, Transformer, v_args
from lark.exceptions import UnexpectedCharacters, UnexpectedEOF, UnexpectedInput, VisitError

from provisor.expression.errors import ExpressionError, Position
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
    children,
)

LONGEST = 10_000
"""Characters of an expression."""
DEEPEST = 200
"""Nesting of an expression: compiling and evaluating it is recursive."""

GRAMMAR = r"""
?start: choice
?choice: elvis "?" choice ":" choice -> choose
       | elvis
?elvis: either "?:" elvis -> elvis
      | either
?either: both | either _OR both -> either
?both: relation | both _AND relation -> both
?relation: sum
         | sum "==" sum -> equal
         | sum "!=" sum -> unequal
         | sum "<" sum -> less
         | sum ">" sum -> greater
         | sum "<=" sum -> at_most
         | sum ">=" sum -> at_least
         | sum _MATCHES sum -> matches
?sum: negation | sum "+" negation -> plus
?negation: "!" negation -> negate
         | postfix
?postfix: primary
        | postfix "." WORD -> member
        | postfix "." WORD "(" [arguments] ")" -> method
        | postfix "[" choice "]" -> index
        | postfix ".!" "[" path "]" -> each
path: WORD ("." WORD)*
?primary: "(" choice ")"
        | TEXT -> text
        | NUMBER -> number
        | "-" NUMBER -> negative
        | TRUE -> true
        | FALSE -> false
        | NULL -> null
        | WORD -> name
        | WORD "(" [arguments] ")" -> call
        | BRACE [arguments] "}" -> list
        | BRACE pair ("," pair)* "}" -> map
arguments: choice ("," choice)*
pair: TEXT ":" choice

_OR.2: /(or)(?![A-Za-z0-9_])/i | "||"
_AND.2: /(and)(?![A-Za-z0-9_])/i | "&&"
_MATCHES.2: /(matches)(?![A-Za-z0-9_])/i
TRUE.2: /(true)(?![A-Za-z0-9_])/i
FALSE.2: /(false)(?![A-Za-z0-9_])/i
NULL.2: /(null)(?![A-Za-z0-9_])/i
BRACE: "{"
WORD: /[A-Za-z_][A-Za-z0-9_]*/
TEXT: /'(?:[^']|'')*'|"(?:[^"]|"")*"/
NUMBER: /\d+\.\d+|\d+/
%ignore /\s+/
"""


def parse(text: str) -> Node:
    """The tree of an expression; raises `ExpressionError`."""
    if len(text) > LONGEST:
        raise ExpressionError(f"An expression has at most {LONGEST} characters, this one has {len(text)}")
    if not text.strip():
        raise ExpressionError("The expression is empty")
    try:
        tree: Node = _parser().parse(text)  # type: ignore[assignment]
    except UnexpectedEOF:
        raise ExpressionError("The expression ends too early", end_of(text)) from None
    except UnexpectedInput as problem:
        raise ExpressionError(_unexpected(problem, text), _position(problem, text)) from None
    except VisitError as problem:
        raise problem.orig_exc from None
    _check_depth(tree)
    return tree


@lru_cache(maxsize=1)
def _parser() -> Lark:
    return Lark(GRAMMAR, parser="lalr", lexer="contextual", transformer=Builder(), maybe_placeholders=True)


def _unexpected(problem: UnexpectedInput, text: str) -> str:
    if isinstance(problem, UnexpectedCharacters):
        found = problem.char
        if found in "'\"":
            return f"The text that begins with {found} does not end"
    else:
        found = str(getattr(problem, "token", ""))
    if not found:
        return "The expression ends too early"
    hints = {
        "=": "; to compare, write ==",
        "*": "; only + is known",
        "/": "; only + is known",
        "-": "; only + is known",
    }
    return f"“{found[:40]}” is not expected here{hints.get(found, '')}"


def _position(problem: UnexpectedInput, text: str) -> Position:
    line, column = problem.line, problem.column
    return Position(line, column) if isinstance(line, int) and line > 0 else end_of(text)


def end_of(text: str) -> Position:
    lines = text.split("\n")
    return Position(len(lines), len(lines[-1]) + 1)


def _check_depth(tree: Node) -> None:
    level, depth = [tree], 0
    while level:
        depth += 1
        if depth > DEEPEST:
            raise ExpressionError(f"The expression is nested more than {DEEPEST} deep", level[0].at)
        level = [below for node in level for below in children(node)]


def _at(token: Any) -> Position:
    return Position(token.line or 1, token.column or 1)


@v_args(inline=True)
class Builder(Transformer[Token, Node]):
    """Makes nodes while the text is read, so that no tree of lark's is built."""

    def choose(self, condition: Node, then: Node, otherwise: Node) -> Node:
        return Choice(condition, then, otherwise, condition.at)

    def elvis(self, value: Node, otherwise: Node) -> Node:
        return Elvis(value, otherwise, value.at)

    def negate(self, operand: Node) -> Node:
        return Not(operand, operand.at)

    def member(self, base: Node, name: Token) -> Node:
        return Member(base, str(name), base.at)

    def method(self, base: Node, name: Token, arguments: tuple[Node, ...] | None) -> Node:
        if not isinstance(base, Name):
            raise ExpressionError(f"“.{name}(…)” can only follow a name, such as String.{name}", _at(name))
        return Call(f"{base.name}.{name}", arguments or (), base.at)

    def index(self, base: Node, index: Node) -> Node:
        return Index(base, index, base.at)

    def each(self, base: Node, path: str) -> Node:
        return Each(base, path, base.at)

    def path(self, *words: Token) -> str:
        return ".".join(words)

    def text(self, token: Token) -> Node:
        return Literal(unquoted(token), _at(token))

    def number(self, token: Token) -> Node:
        return Literal(float(token) if "." in token else int(token), _at(token))

    def negative(self, token: Token) -> Node:
        return Literal(-float(token) if "." in token else -int(token), _at(token))

    def true(self, token: Token) -> Node:
        return Literal(True, _at(token))

    def false(self, token: Token) -> Node:
        return Literal(False, _at(token))

    def null(self, token: Token) -> Node:
        return Literal(None, _at(token))

    def name(self, token: Token) -> Node:
        return Name(str(token), _at(token))

    def call(self, token: Token, arguments: tuple[Node, ...] | None) -> Node:
        return Call(str(token), arguments or (), _at(token))

    def list(self, brace: Token, arguments: tuple[Node, ...] | None) -> Node:
        return ListOf(arguments or (), _at(brace))

    def map(self, brace: Token, *pairs: tuple[str, Node]) -> Node:
        return MapOf(pairs, _at(brace))

    def arguments(self, *nodes: Node) -> tuple[Node, ...]:
        return nodes

    def pair(self, key: Token, value: Node) -> tuple[str, Node]:
        return unquoted(key), value


def _binary(operator: Operator) -> Any:
    def build(_self: Builder, left: Node, right: Node) -> Node:
        return Binary(operator, left, right, left.at)

    return v_args(inline=True)(build)


for _rule, _operator in {
    "either": Operator.OR,
    "both": Operator.AND,
    "equal": Operator.EQUAL,
    "unequal": Operator.UNEQUAL,
    "less": Operator.LESS,
    "greater": Operator.GREATER,
    "at_most": Operator.AT_MOST,
    "at_least": Operator.AT_LEAST,
    "matches": Operator.MATCHES,
    "plus": Operator.PLUS,
}.items():
    setattr(Builder, _rule, _binary(_operator))


def unquoted(token: str) -> str:
    quote = token[0]
    return str(token[1:-1]).replace(quote * 2, quote)

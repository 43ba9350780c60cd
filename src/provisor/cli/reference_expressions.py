"""The reference page of the expression language, made from the table of functions and the list of choices."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson

from provisor.expression.choices import CHOICES
from provisor.expression.functions import FUNCTIONS, Function
from provisor.expression.parsing import DEEPEST, LONGEST
from provisor.expression.values import LONGEST_TEXT, MOST_ITEMS

OPERATORS = (
    ("`a + b`", "joins texts; adds numbers"),
    ("`a ? b : c`", "b if a is true, else c"),
    ("`a ?: b`", "a unless it is null or empty, else b"),
    ("`==` `!=`", "equality"),
    ("`<` `>` `<=` `>=`", "order, of numbers or of texts"),
    ("`AND` `OR` `!`, or `&&` `||`", "logic; words in any case"),
    ("`a matches 'pattern'`", "whether the whole text is of the pattern (RE2)"),
    ("`{1, 2, 3}`, `a[0]`, `a.![name]`", "an array, its element from 0, an attribute of every element"),
    ("`'text'`, `\"text\"`", "a text; a backslash is an ordinary character, a quote within is doubled"),
)


def expressions_page(made: str) -> Iterator[str]:
    yield from ("# Expressions", "", made, "")
    yield "Okta's Classic expression language: what fills an attribute, decides a group rule, forms a username."
    yield "An expression reads `user.attribute`, in mappings from an app `appuser.attribute`, and what the functions"
    yield "ask for; nothing else. It cannot loop, and it is checked when it is saved: names, arguments and conditions,"
    yield "with line and column."
    yield from ("", "| operator | what it gives |", "|---|---|")
    yield from (f"| {shown(name)} | {about} |" for name, about in OPERATORS)
    yield from ("", "## Functions", "", "| function | gives | what it is | example |", "|---|---|---|---|")
    yield from map(row, (each for each in FUNCTIONS.values() if each.deprecated is None))
    yield from ("", "Old names, still taken:")
    yield ", ".join(f"`{each.name}` for `{each.deprecated}`" for each in FUNCTIONS.values() if each.deprecated) + "."
    yield from ("", "## Choices", "", "Where the language's own documentation is silent:", "")
    yield from ("| question | what happens | example |", "|---|---|---|")
    for choice in CHOICES:
        examples = [f"{code(text)} → {result(value)}" for text, value in choice.examples]
        examples += [f"{code(text)} is refused" for text in choice.refused]
        yield f"| {choice.about} | {choice.chosen} | {'<br>'.join(examples)} |"
    yield from ("", "## Limits", "")
    yield f"{LONGEST} characters and {DEEPEST} levels an expression; {LONGEST_TEXT} characters and {MOST_ITEMS}"
    yield "elements a value on the way."


def row(function: Function) -> str:
    examples = "<br>".join(f"{code(text)} → {result(value)}" for text, value in function.examples)
    return f"| {code(function.name + function.parameters)} | {function.gives.value} | {function.about} | {examples} |"


def code(text: str) -> str:
    return f"`{shown(text)}`"


def shown(text: str) -> str:
    return text.replace("|", "\\|")


def result(value: Any) -> str:
    return f"`{shown(orjson.dumps(value).decode())}`"

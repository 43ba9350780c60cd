"""Renders what commands print for people: tables, short values, counts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import click
import orjson


def print_json(value: Any) -> None:
    """For programs: indented, in the order of the answer."""
    click.echo(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode())


def print_json_line(value: Any) -> None:
    """For programs that read a stream: one value, one line."""
    click.echo(orjson.dumps(value).decode())


def table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Columns as wide as their content; the last one is never padded."""
    cells = [list(heads), *([readable(each) for each in row] for row in rows)]
    widths = [max(len(row[index]) for row in cells) for index in range(len(heads))]
    widths[-1] = 0
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in cells)


def readable(value: object) -> str:
    """One value in one line, safe for a terminal: control characters from the world outside are made visible."""
    if value is None:
        return "-"
    text = value if isinstance(value, str) else orjson.dumps(value, default=str).decode()
    return "".join(each if each.isprintable() else repr(each)[1:-1] for each in text)


def counted(number: int, noun: str) -> str:
    """`1 person`, `2,000 rows`: the noun is given in the singular."""
    plural = {"person": "people"}.get(noun, noun + "s")
    return f"{number:,} {noun if number == 1 else plural}"

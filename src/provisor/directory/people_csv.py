"""Reads people from a CSV file (RFC 4180), a row at a time, and says which line cannot be read.

1. One bad row costs one row: after it, reading goes on at the next line.
2. Every value is text; an empty cell is no value (None), which clears what was there.
3. Which column fills which attribute is the caller's choice, and whether a value is good the profile's schema.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

MOST_LINES = 100
"""How many lines one row may run over; more means a quote that was never closed."""


NOT_DECODED = "It is not of the encoding that the file is read as (UTF-8 unless another one was named)."


class HeaderError(Exception):
    """The file's columns cannot be used as they are; the message lists them and says what to add."""


@dataclass(frozen=True, slots=True)
class Row:
    line: int
    """Where the row begins, counted from 1 with the header."""
    profile: Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Unreadable:
    line: int
    reason: str


Columns: TypeAlias = Mapping[str, int]
"""Attribute: the index of its column."""


class PeopleCsv:
    """A CSV file that is being read. The header is read at once."""

    def __init__(self, lines: Iterable[str], delimiter: str = ",") -> None:
        self._lines = iter(lines)
        self._delimiter = delimiter
        self._line = 0
        self._again: list[str] = []
        """Lines to be read once more, the next one last."""
        header = next(self._records(), None)
        if header is None:
            raise HeaderError("The file is empty: its first line has to name the columns.")
        if isinstance(header, Unreadable):
            raise HeaderError(f"The header cannot be read: {header.reason}")
        self.header: Sequence[str] = [name.strip() for name in header[1]]
        if not decoded(self.header):
            raise HeaderError(f"The header cannot be read: {NOT_DECODED}")
        twice = sorted({name for name in self.header if name and self.header.count(name) > 1})
        if twice:
            raise HeaderError(
                f"The header names {', '.join(twice)} more than once; each column needs a name of its own."
            )

    def rows(self, columns: Columns) -> Iterator[Row | Unreadable]:
        """Every row after the header. Blank lines are skipped."""
        width = len(self.header)
        for record in self._records():
            if isinstance(record, Unreadable):
                yield record
                continue
            line, cells = record
            if not cells:
                continue
            if len(cells) != width:
                yield Unreadable(line, f"It has {len(cells)} cells, and the header has {width}.")
            elif not decoded(cells):
                yield Unreadable(line, NOT_DECODED)
            else:
                yield Row(line, {name: cells[index].strip() or None for name, index in columns.items()})

    def _records(self) -> Iterator[tuple[int, list[str]] | Unreadable]:
        while True:
            taken: list[str] = []
            begins = self._line + 1
            try:
                cells = next(csv.reader(self._take(taken), delimiter=self._delimiter, strict=True), None)
            except csv.Error as problem:
                # Only the first line is lost: the ones after it were taken in search of a closing quote.
                self._again += reversed(taken[1:])
                self._line = begins
                if len(taken) > 1 or "unexpected end of data" in str(problem):
                    yield Unreadable(begins, "A quote is opened and never closed.")
                else:
                    yield Unreadable(begins, f"It is not CSV: {problem}.")
                continue
            if cells is None:
                return
            yield begins, cells

    def _take(self, taken: list[str]) -> Iterator[str]:
        while len(taken) < MOST_LINES:
            line = self._again.pop() if self._again else next(self._lines, None)
            if line is None:
                return
            taken.append(line)
            self._line += 1
            yield line


def decoded(cells: Sequence[str]) -> bool:
    """Whether every byte was of the file's encoding: those that were not are lone surrogates now."""
    text = "".join(cells)
    try:
        return text.isascii() or bool(text.encode())
    except UnicodeEncodeError:
        return False

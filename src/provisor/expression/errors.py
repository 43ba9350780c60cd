"""What can go wrong with an expression: it cannot be understood, or it cannot be worked out for one person.

`ExpressionError` is found when it is saved and names line and column; `EvaluationError` concerns one evaluation.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Position:
    """Where in the text something begins; both count from 1."""

    line: int
    column: int

    def __str__(self) -> str:
        return f"line {self.line}, column {self.column}"


START = Position(1, 1)


class ExpressionError(ValueError):
    """The text is not an expression that can be used here."""

    def __init__(self, message: str, position: Position = START) -> None:
        super().__init__(f"{message} ({position})")
        self.message = message
        self.position = position


class EvaluationError(ValueError):
    """For these values there is no result; the message says which function met what."""

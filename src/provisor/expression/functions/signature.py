"""What is known of a function: its name, what it takes and gives, what it reads beyond its arguments, and examples.

The examples are the reference page and tests at once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from provisor.expression.values import Kind

ANY, TEXT, INTEGER, NUMBER = Kind.ANY, Kind.TEXT, Kind.INTEGER, Kind.NUMBER
BOOLEAN, ARRAY, ACCOUNT, GROUPS = Kind.BOOLEAN, Kind.ARRAY, Kind.ACCOUNT, Kind.GROUPS


class Source(Enum):
    """What a function reads of the subject beyond its arguments."""

    GROUPS = "groups"
    TIME = "time"
    PEOPLE = "linked people"
    INTERNAL = "id and status"
    ACCOUNTS = "accounts in other apps"


@dataclass(frozen=True, slots=True)
class Function:
    name: str
    takes: tuple[Kind, ...]
    gives: Kind
    about: str
    apply: Callable[..., Any]
    """Called with the arguments' values; with the subject before them when `reads` is set."""
    examples: tuple[tuple[str, Any], ...] = ()
    rest: tuple[Kind, ...] = ()
    """Kinds of further arguments, repeated as a group as often as wanted."""
    optional: int = 0
    """How many of `takes`, from the end, may be left out."""
    reads: Source | None = None
    deprecated: str | None = None
    """The name to use instead."""

    @property
    def parameters(self) -> str:
        """`(text, integer, integer)`"""
        shown = [kind.value for kind in self.takes]
        for at in range(len(shown) - self.optional, len(shown)):
            shown[at] = f"[{shown[at]}]"
        return "(" + ", ".join([*shown, *(kind.value for kind in self.rest), *(["…"] if self.rest else [])]) + ")"

    def accepts(self, count: int) -> bool:
        """Whether it can be called with this many arguments."""
        least, most = len(self.takes) - self.optional, len(self.takes)
        if not self.rest:
            return least <= count <= most
        return count >= most and (count - most) % len(self.rest) == 0

    def kind_of(self, at: int) -> Kind:
        """The kind of the argument at this place."""
        return self.takes[at] if at < len(self.takes) else self.rest[(at - len(self.takes)) % len(self.rest)]

"""What is wrong with a value, as a value: the attribute's path and a sentence. Says nothing about how it is shown."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Diagnostic:
    path: str
    """The attribute concerned, for instance `profile.email` or `groupIds[3]`."""
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}"

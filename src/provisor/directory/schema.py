"""A profile's schema as a whole: of a type of people, of groups, or of an app's accounts. Holds no profile."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from provisor.directory.attributes import Attribute


@dataclass(frozen=True, slots=True)
class Schema:
    owner: str
    """A type of people's id, an app's id, or `group`."""
    name: str
    """For people: “User”, the app's label."""
    attributes: tuple[Attribute, ...]
    base: frozenset[str]
    """Names of the attributes that came with Provisor; the others were added."""
    version: int
    """0 while nothing was changed; rises with every change."""
    last_updated: datetime | None

    def find(self, name: str) -> Attribute | None:
        return next((each for each in self.attributes if each.name == name), None)

    @property
    def added(self) -> tuple[Attribute, ...]:
        return tuple(each for each in self.attributes if each.name not in self.base)

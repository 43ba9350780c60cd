"""Refusals that every service shares. A refusal that belongs to one thing is defined beside its service.

ServiceError
├── NotFound   nothing has this id
├── Invalid    the request's values cannot be used; names each one
├── Forbidden  the thing exists, and its state or kind does not allow this
├── ChangedMeanwhile  somebody saved the same thing since the caller read it
└── InUse      what is to be deleted is used elsewhere; names where
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from provisor.apps.mapping import Direction
from provisor.directory.diagnostics import Diagnostic


class ServiceError(Exception):
    """A service refuses; the message is for the person who must act."""


class NotFound(ServiceError):
    """Nothing of this kind has this id."""

    def __init__(self, kind: str, id: str) -> None:
        super().__init__(f"Resource not found: {id} ({kind})")
        self.kind = kind
        self.id = id


class Invalid(ServiceError):
    """Values that cannot be used. Nothing was changed."""

    def __init__(self, subject: str, diagnostics: Iterable[Diagnostic]) -> None:
        self.subject = subject
        self.diagnostics = tuple(diagnostics)
        super().__init__("; ".join(str(each) for each in self.diagnostics) or subject)

    @classmethod
    def one(cls, path: str, message: str) -> Invalid:
        """Exactly one value is wrong."""
        return cls(path, [Diagnostic(path, message)])


class Forbidden(ServiceError):
    """The thing is there, but of a kind that may not be changed this way."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One value that is no longer what the caller saw."""

    name: str
    seen: str
    now: str


class ChangedMeanwhile(ServiceError):
    """Somebody saved the same thing since the caller read it. Nothing was changed."""

    def __init__(self, subject: str, changes: Iterable[Difference]) -> None:
        self.changes = tuple(changes)
        names = ", ".join(each.name for each in self.changes)
        super().__init__(f"{subject} was changed since you opened it: {names}.")

    @classmethod
    def check(cls, subject: str, seen: Mapping[str, str], now: Mapping[str, str]) -> None:
        """Raise unless everything that the caller saw is still so; names that `now` lacks are not compared."""
        changes = [Difference(name, was, now[name]) for name, was in seen.items() if name in now and now[name] != was]
        if changes:
            raise cls(subject, changes)


@dataclass(frozen=True, slots=True)
class Use:
    """One line of a mapping that an attribute is used in."""

    attribute: str
    mapping_id: str
    app_id: str
    app_label: str
    type_title: str
    direction: Direction
    target: str
    """What the line fills."""
    type_id: str
    """Of the people whom the mapping is for."""

    def __str__(self) -> str:
        to_app = self.direction is Direction.TO_APP
        ends = (self.type_title, self.app_label) if to_app else (self.app_label, self.type_title)
        return f"“{self.attribute}” is used by the mapping of “{self.target}” from {ends[0]} to {ends[1]}"


class InUse(ServiceError):
    """An attribute is not deleted while mappings fill it or read it. Nothing was changed."""

    def __init__(self, uses: Iterable[Use]) -> None:
        self.uses = tuple(uses)
        said = "; ".join(str(each) for each in self.uses)
        super().__init__(f"{said}. Set {'it' if len(self.uses) == 1 else 'them'} to “Do not map” first.")


class BadQuery(ServiceError):
    """A list cannot be filtered, searched or sorted like that."""

    def __init__(self, parameter: str, message: str, *, unsupported: bool = False) -> None:
        super().__init__(message)
        self.parameter = parameter
        """`filter`, `search`, `q` or `sortBy`."""
        self.unsupported = unsupported
        """Well formed, but not for this list."""

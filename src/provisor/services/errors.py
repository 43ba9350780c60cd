"""Refusals that every service shares. A refusal that belongs to one thing is defined beside its service.

ServiceError
├── NotFound   nothing has this id
├── Invalid    the request's values cannot be used; names each one
└── Forbidden  the thing exists, and its state or kind does not allow this
"""

from __future__ import annotations

from collections.abc import Iterable

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


class BadQuery(ServiceError):
    """A list cannot be filtered, searched or sorted like that."""

    def __init__(self, parameter: str, message: str, *, unsupported: bool = False) -> None:
        super().__init__(message)
        self.parameter = parameter
        """`filter`, `search`, `q` or `sortBy`."""
        self.unsupported = unsupported
        """Well formed, but not for this list."""

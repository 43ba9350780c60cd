"""Who acts: every service takes an `Actor` first, so that the log can say who and authorisation has a place."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Scope(StrEnum):
    """What a token may do."""

    READ = "read"
    WRITE = "write"


class NotAllowed(Exception):
    """The actor lacks a scope."""


@dataclass(frozen=True, slots=True)
class RequestOrigin:
    """Where a request came from; shown in the System Log."""

    id: str
    path: str
    ip: str | None
    user_agent: str | None


@dataclass(frozen=True, slots=True)
class Actor:
    id: str
    """A token's id, or the name of one of our own processes."""
    scopes: frozenset[Scope] = frozenset(Scope)
    request: RequestOrigin | None = None

    def require(self, scope: Scope) -> None:
        """Raise `NotAllowed` unless the actor has the scope."""
        if scope not in self.scopes:
            raise NotAllowed(f"This token may not do that: it lacks the scope “{scope}”.")


SYSTEM = Actor("provisor")
"""Provisor itself: the worker, migrations, the first start."""

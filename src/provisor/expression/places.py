"""Where expressions are used, and what each place lets them reach: which roots, which functions, which result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from provisor.expression.functions.signature import Source
from provisor.expression.values import Kind

Attributes = Mapping[str, Kind]


@dataclass(frozen=True, slots=True)
class Place:
    name: str
    """For errors: “a mapping to an app”."""
    roots: Mapping[str, Attributes | None]
    """What may stand before a dot, and its attributes; None: any attribute, looked up when it is evaluated."""
    bare: str | None = None
    """The root of names that stand alone; None: there are none."""
    sources: frozenset[Source] = field(default_factory=lambda: frozenset(Source))
    """What functions may read beyond their arguments."""
    claims: bool = False
    """Whether `Groups.*` may be used: in tokens only."""
    gives: Kind | None = None
    """What the result must be; None: any value."""


def pushing(user: Attributes | None = None, *, apps: Mapping[str, Attributes | None] | None = None) -> Place:
    """A mapping from the directory to an app."""
    roots: dict[str, Attributes | None] = {"user": user, "source": user, "app": None, "org": None, **(apps or {})}
    return Place("a mapping to an app", roots, bare="source")


def importing(account: Attributes | None = None) -> Place:
    """A mapping from an app to the directory."""
    return Place("a mapping from an app", {"appuser": account, "source": account, "org": None}, bare="source")


def username(user: Attributes | None = None) -> Place:
    """The format of an app's usernames."""
    roots: dict[str, Attributes | None] = {"user": user, "source": user, "instance": None, "app": None, "org": None}
    return Place("a username format", roots, bare="source")


def group_rule(user: Attributes | None = None) -> Place:
    """The condition of a group rule."""
    sources = frozenset({Source.GROUPS, Source.INTERNAL})
    return Place("a group rule", {"user": user}, sources=sources, gives=Kind.BOOLEAN)

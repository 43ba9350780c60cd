"""Whom an expression is evaluated for: the values its references stand for, gathered beforehand by the caller.

An expression reaches nothing but this: plain dictionaries, looked up by name. What is dear to gather (groups, other
apps' accounts) is only asked for by expressions that read it, and `Reads` says which those are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any

EMPTY: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Group:
    """A group that the person is in."""

    id: str
    name: str
    type: str = "OKTA_GROUP"
    description: str | None = None
    source_id: str | None = None
    """The app that the group comes from."""

    def attribute(self, name: str) -> Any:
        """By the names that projections use."""
        match name:
            case "id":
                return self.id
            case "name" | "profile.name":
                return self.name
            case "description" | "profile.description":
                return self.description
            case "type":
                return self.type
        return None


@dataclass(frozen=True, slots=True)
class Subject:
    user: Mapping[str, Any] = field(default_factory=lambda: EMPTY)
    """The person's profile."""
    source: Mapping[str, Any] = field(default_factory=lambda: EMPTY)
    """The left-hand side of the mapping: the profile when pushing, the app's account when importing."""
    internal: Mapping[str, Any] = field(default_factory=lambda: EMPTY)
    """`id` and `status`."""
    groups: Sequence[Group] = ()
    accounts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Other profiles by the name that expressions use: `appuser`, `zendesk`, `app`, `org`, `instance`."""
    linked: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Profiles of linked people by the relation's name: `manager`, `assistant`."""
    now: datetime | None = None

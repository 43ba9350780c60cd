"""How an app's server is treated, as the product sees it: named fields with plain values. Knows no protocol.

What the fields mean is the connector's affair; which of them an app has, and what a probe found, crosses as data.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol, TypeAlias

from provisor.connector.accounts import AccountAttribute

PolicyValue: TypeAlias = "bool | int | str | list[str]"


class FieldKind(StrEnum):
    """How a field is edited."""

    FLAG = "FLAG"
    CHOICE = "CHOICE"
    NUMBER = "NUMBER"
    PATHS = "PATHS"
    """A list of texts."""


@dataclass(frozen=True, slots=True)
class PolicyField:
    name: str
    about: str
    kind: FieldKind
    choices: tuple[str, ...]
    """Of a choice."""
    value: PolicyValue


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that a probe found: what a field of the policy should be, or what an administrator should know."""

    field: str
    """A field of the policy, or a word for what is none."""
    value: str
    """In words."""
    reason: str
    change: PolicyValue | None = None
    """The field's value; None when there is nothing to adopt."""
    needed: bool = False
    """Without it the app would be treated in a way that does not work."""


@dataclass(frozen=True, slots=True)
class Probed:
    findings: Sequence[Finding]
    unknown: Sequence[str] = ()
    """Attributes of ours that the app does not declare."""
    left: str = ""
    """What a scratch account left behind in the app, in a sentence; empty when there was none."""


class Policies(Protocol):
    """Reads and describes policies. A dialect is named by the catalogue's word for it."""

    def fields(self, dialect: str) -> Sequence[PolicyField]:
        """Every field, as the dialect ships."""

    def read(self, dialect: str, changes: Mapping[str, Any]) -> Mapping[str, PolicyValue]:
        """Check changes to the dialect's policy; those that change something. Raises `ConfigError`."""


class Places(Protocol):
    """Says whether an app's attributes can all be written where their external names point."""

    def check(self, dialect: str, attributes: Sequence[AccountAttribute]) -> None:
        """Raises `ConfigError` for an external name that is no path, or for two that claim the same place."""

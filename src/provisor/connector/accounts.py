"""The values that cross the connector port: what an account should be, and what an app says it is.

Attributes are flat and named by the app's own schema (`givenName`, `email`); how they look on the wire
(`name.givenName`, a column, an LDAP attribute) is the connector's affair, told by `AccountAttribute`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

Json: TypeAlias = "None | bool | int | float | str | list[Json] | dict[str, Json]"


@dataclass(frozen=True, slots=True)
class AccountAttribute:
    """One attribute of an app's user schema and where the app keeps it."""

    name: str
    external_name: str
    """The app's own name; for SCIM a path such as `name.givenName` or `emails.^[primary==true].value`."""
    external_namespace: str
    """For SCIM the schema URN that the attribute belongs to."""
    required: bool = False


@dataclass(frozen=True, slots=True)
class Desired:
    """What a person's account has to look like. An attribute that is absent has no value."""

    subject: str
    """Our user's id. Apps keep it as their reference to us (SCIM `externalId`)."""
    username: str
    attributes: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Account:
    """An account as the app reports it."""

    id: str
    """The app's own key: opaque, stable, case-sensitive."""
    username: str | None
    active: bool | None
    """None when the app does not say."""
    subject: str | None
    """Our id as the app remembers it; None when it kept none."""
    resource: Mapping[str, Json]
    """The app's representation, unchanged but for a password that it may show, which is dropped."""

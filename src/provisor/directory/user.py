"""A person in the directory, and where that person signs in. Holds no secret: only whether there is a password."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from provisor.directory.lifecycle import Status

DEFAULT_TYPE = "oty00000000default00"
"""The user type that there always is."""


class ProviderType(StrEnum):
    """Who knows the person's password."""

    ACTIVE_DIRECTORY = "ACTIVE_DIRECTORY"
    FEDERATION = "FEDERATION"
    LDAP = "LDAP"
    OKTA = "OKTA"
    SOCIAL = "SOCIAL"
    IMPORT = "IMPORT"


FEDERATED = frozenset({ProviderType.FEDERATION, ProviderType.SOCIAL})


@dataclass(frozen=True, slots=True)
class Provider:
    type: ProviderType = ProviderType.OKTA
    name: str = "OKTA"


OURS = Provider()


@dataclass(frozen=True, slots=True)
class User:
    id: str
    status: Status
    profile: dict[str, Any]
    version: int
    """Rises with every change of the profile."""
    provider: Provider
    has_password: bool
    question: str | None
    """The recovery question; its answer is kept only as a hash."""
    created: datetime
    activated: datetime | None
    status_changed: datetime | None
    last_login: datetime | None
    last_updated: datetime
    password_changed: datetime | None
    type_id: str = DEFAULT_TYPE

    @property
    def login(self) -> str:
        login: str = self.profile["login"]
        return login

    @property
    def credentialed(self) -> bool:
        """Able to sign in without an activation first."""
        return self.has_password or self.provider.type in FEDERATED

"""The kinds of app an administrator can add: how each authenticates and which dialect of SCIM it speaks.

Frozen facts only. Connectors are named by a plain word, so that the catalogue imports none of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class AuthScheme(StrEnum):
    TOKEN = "TOKEN"
    BASIC = "BASIC"
    HEADER = "HEADER"


class Dialect(StrEnum):
    """How an account is switched on and off; profiles travel by PUT in both."""

    PATCH = "PATCH"
    PUT = "PUT"


class Capability(StrEnum):
    """What an entry can do; the value is what administrators read and filter by."""

    PROVISIONING = "Provisioning"


class SignOn(StrEnum):
    """How people get into the app. Provisor records it and opens the app's address; it signs nobody on."""

    SAML = "SAML"
    SWA = "SWA"


class UnknownEntry(Exception):
    """No catalogue entry has this name."""


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    name: str
    title: str
    schemes: tuple[AuthScheme, ...]
    """What a connection may authenticate with; the first is the usual one."""
    dialect: Dialect
    header_is_bearer: bool = False
    """The administrator enters a token into a field that has `Bearer` printed before it."""
    sign_on_mode: str = "AUTO_LOGIN"
    """Shown by the API, whose clients choose their model by it. Provisor signs nobody on."""
    protocol: str = "SCIM 2.0"
    description: str = ""
    capabilities: tuple[Capability, ...] = (Capability.PROVISIONING,)
    sign_on: tuple[SignOn, ...] = (SignOn.SAML, SignOn.SWA)

    def wire_scheme(self, scheme: AuthScheme) -> AuthScheme:
        """What is really sent for the scheme the administrator chose."""
        return AuthScheme.TOKEN if scheme is AuthScheme.HEADER and self.header_is_bearer else scheme


CATALOGUE: Mapping[str, CatalogueEntry] = MappingProxyType(
    {
        entry.name: entry
        for entry in (
            CatalogueEntry(
                "scim2_basic_auth",
                "SCIM 2.0 (Basic Auth)",
                (AuthScheme.BASIC,),
                Dialect.PATCH,
                description="For apps that ask for the user name and password of an account made for provisioning.",
            ),
            CatalogueEntry(
                "scim2_header_auth",
                "SCIM 2.0 (Header Auth)",
                (AuthScheme.HEADER,),
                Dialect.PATCH,
                description="For apps that want a token in a header just as it is, without a word before it.",
            ),
            CatalogueEntry(
                "scim2_bearer_token",
                "SCIM 2.0 (OAuth Bearer Token)",
                (AuthScheme.TOKEN,),
                Dialect.PATCH,
                description="For apps that want “Authorization: Bearer” and a token. The most usual kind.",
            ),
            CatalogueEntry(
                "scim2_custom",
                "SCIM 2.0 (PUT only)",
                (AuthScheme.TOKEN, AuthScheme.BASIC, AuthScheme.HEADER),
                Dialect.PUT,
                header_is_bearer=True,
                description="For apps that do not understand PATCH: accounts are switched on and off by PUT too.",
            ),
        )
    }
)


def entry(name: str) -> CatalogueEntry:
    """The entry of this name; `UnknownEntry` names those there are."""
    found = CATALOGUE.get(name)
    if found is None:
        raise UnknownEntry(f"The catalogue has no “{name[:100]}”. It has {', '.join(sorted(CATALOGUE))}.")
    return found

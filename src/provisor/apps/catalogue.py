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
    OAUTH2 = "OAUTH2"
    """Tokens that an authorization server gives and renews."""


class Dialect(StrEnum):
    """Which requests an app is sent; the connector knows each by this name."""

    PATCH = "PATCH"
    PUT = "PUT"
    PATCH_USER = "PATCH_USER"
    MINIMAL = "MINIMAL"
    SCIM11 = "SCIM11"
    SCIM11_PUT = "SCIM11_PUT"

    @property
    def requests(self) -> str:
        """What is sent, in the words of a table."""
        return _REQUESTS[self]


_REQUESTS = MappingProxyType(
    {
        Dialect.PATCH: "GET and PUT for profiles, PATCH to switch accounts on and off",
        Dialect.PUT: "GET and PUT for everything",
        Dialect.PATCH_USER: "GET and PATCH for profiles, PATCH to switch accounts on and off",
        Dialect.MINIMAL: "One PATCH for each change, Bulk where the app offers it, PUT where it has no PATCH",
        Dialect.SCIM11: "GET and PUT for profiles, PATCH to switch accounts on and off",
        Dialect.SCIM11_PUT: "GET and PUT for everything",
    }
)


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


SCIM11 = "SCIM 1.1"

CATALOGUE: Mapping[str, CatalogueEntry] = MappingProxyType(
    {
        entry.name: entry
        for entry in (
            CatalogueEntry(
                "scim2",
                "SCIM 2.0",
                (AuthScheme.TOKEN, AuthScheme.BASIC, AuthScheme.HEADER, AuthScheme.OAUTH2),
                Dialect.MINIMAL,
                description="For any app that follows the standard. The fewest requests; the one to choose first.",
            ),
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
                (AuthScheme.TOKEN, AuthScheme.OAUTH2),
                Dialect.PATCH,
                description="For apps that want “Authorization: Bearer” and a token. The most usual kind.",
            ),
            CatalogueEntry(
                "scim2_custom",
                "SCIM 2.0 (PUT only)",
                (AuthScheme.TOKEN, AuthScheme.BASIC, AuthScheme.HEADER, AuthScheme.OAUTH2),
                Dialect.PUT,
                header_is_bearer=True,
                description="For apps that do not understand PATCH: accounts are switched on and off by PUT too.",
            ),
            CatalogueEntry(
                "scim2_patch_user",
                "SCIM 2.0 (PATCH for users)",
                (AuthScheme.TOKEN, AuthScheme.HEADER, AuthScheme.BASIC, AuthScheme.OAUTH2),
                Dialect.PATCH_USER,
                description="For apps made for Okta that have “Support PATCH for User”: profiles travel by PATCH too.",
            ),
            CatalogueEntry(
                "scim1_basic_auth",
                "SCIM 1.1 (Basic Auth)",
                (AuthScheme.BASIC,),
                Dialect.SCIM11,
                protocol=SCIM11,
                description="For older apps that ask for the user name and password of an account for provisioning.",
            ),
            CatalogueEntry(
                "scim1_header_auth",
                "SCIM 1.1 (Header Auth)",
                (AuthScheme.HEADER,),
                Dialect.SCIM11,
                protocol=SCIM11,
                description="For older apps that want a token in a header just as it is, without a word before it.",
            ),
            CatalogueEntry(
                "scim1_bearer_token",
                "SCIM 1.1 (OAuth Bearer Token)",
                (AuthScheme.TOKEN, AuthScheme.OAUTH2),
                Dialect.SCIM11,
                protocol=SCIM11,
                description="For older apps that want “Authorization: Bearer” and a token.",
            ),
            CatalogueEntry(
                "scim1_custom",
                "SCIM 1.1 (PUT only)",
                (AuthScheme.TOKEN, AuthScheme.BASIC, AuthScheme.HEADER, AuthScheme.OAUTH2),
                Dialect.SCIM11_PUT,
                header_is_bearer=True,
                protocol=SCIM11,
                description="For older apps that do not understand PATCH: accounts are switched by PUT too.",
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

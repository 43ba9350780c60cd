"""OAuth 2.0 as a client sees it: who it is, what it was given, what was refused; and the ports to ask through.

Values and protocols only: requests are `connectors.oauth`, what is stored is the product's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from provisor.connector.errors import ConfigError


class GrantType(StrEnum):
    """How the first token is had (RFC 6749 §1.3)."""

    CLIENT_CREDENTIALS = "client_credentials"
    AUTHORIZATION_CODE = "authorization_code"


class ClientAuth(StrEnum):
    """How the client shows who it is, under the names of RFC 7591 §2."""

    BASIC = "client_secret_basic"
    POST = "client_secret_post"
    NONE = "none"
    """A public client: PKCE alone proves that who asked is who comes back."""


@dataclass(frozen=True, slots=True)
class OAuthClient:
    grant: GrantType
    client_id: str
    token_url: str
    authorize_url: str = ""
    """Empty for client credentials."""
    scope: str = ""
    auth: ClientAuth = ClientAuth.BASIC
    parameters: Mapping[str, str] = field(default_factory=dict)
    """What this server wants beyond the standard, such as `audience`; part of both requests."""
    secret: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a token endpoint gave (RFC 6749 §5.1)."""

    access: str = field(repr=False)
    lifetime: float | None
    """Seconds; None when the server did not say."""
    refresh: str | None = field(default=None, repr=False)
    """None also when a refresh gave no new one: the old one goes on then (§6)."""
    refresh_lifetime: float | None = None
    """Seconds; no standard has it, several servers tell it."""


class GrantRefused(ConfigError):
    """The code or refresh token serves no longer (`invalid_grant`): a person has to authorize anew."""


class TokenEndpoint(Protocol):
    async def ask(self, client: OAuthClient, form: Mapping[str, str]) -> Tokens:
        """Ask the client's token endpoint for tokens, once.

        Raises `GrantRefused`; another `ConfigError` for a refused client or address; `PeerThrottled`;
        `PeerUnavailable` (never `unknown`: whatever became of the tokens, nothing was sent to the app);
        `PeerNonconformant` for an answer without a usable token.
        """

    async def admit(self, url: str) -> None:
        """Raise `ConfigError` for an address that neither we nor an administrator should be sent to."""

    async def close(self) -> None: ...


class Authorizer(Protocol):
    """Knows the value of the Authorization header of one app, where that changes with time."""

    async def authorization(self) -> str:
        """The value for a request that is sent now; as errors, those of `TokenEndpoint.ask`."""

    async def renew(self, refused: str) -> str:
        """Another value than this one, which the app has refused although it should have served.

        Who asks while somebody else is asking gets the same answer. The same value comes back when there is no other.
        """

    async def close(self) -> None: ...

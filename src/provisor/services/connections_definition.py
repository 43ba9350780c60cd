"""What a connection is saved with: reads address, kind of authentication and credentials, and says what is wrong.

Asks nobody: whether an app answers to it is `connections`. No message repeats a secret.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time
from typing import Any

from provisor.apps.catalogue import AuthScheme
from provisor.apps.oauth import end_of_jwt, parse_client
from provisor.connector.oauth import ClientAuth, GrantType, OAuthClient
from provisor.directory.diagnostics import Diagnostic
from provisor.services.errors import Invalid

FIELDS = {
    AuthScheme.TOKEN: ("token",),
    AuthScheme.BASIC: ("username", "password"),
    AuthScheme.HEADER: ("token",),
    AuthScheme.OAUTH2: (),
}
LONGEST_SECRET = 10_000
HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}\Z")
"""A token of RFC 9110 §5.6.2."""
OUR_HEADERS = frozenset(
    {"accept", "accept-charset", "accept-encoding", "connection", "content-length", "content-type", "cookie", "expect"}
    | {"host", "te", "trailer", "transfer-encoding", "upgrade", "user-agent"}
)
"""Set by the connector; a credential there would break the request."""


@dataclass(frozen=True, slots=True)
class NewConnection:
    base_url: str | None
    """None keeps the address that is stored."""
    scheme: AuthScheme
    secret: Mapping[str, str] = field(repr=False)
    client: OAuthClient | None = None
    """With its secret; for OAUTH2 alone."""
    expires: datetime | None = None
    """When the credentials end, as far as anybody knows."""

    @property
    def needs_person(self) -> bool:
        """Whether somebody has to authorize at the app before it can be used or tested."""
        return self.client is not None and self.client.grant is GrantType.AUTHORIZATION_CODE


def parse_connection(body: Mapping[str, Any]) -> NewConnection:
    """Read `{"baseUrl", "profile": {"authScheme", ...}}`; raises `Invalid`, which never repeats a secret."""
    profile = body.get("profile")
    if not isinstance(profile, dict):
        raise Invalid.one("profile", "is required: an object with authScheme and the credentials")
    problems: list[Diagnostic] = []
    base_url = body.get("baseUrl")
    if base_url is not None and not isinstance(base_url, str):
        problems.append(Diagnostic("baseUrl", "must be text"))
    scheme = _scheme(profile.get("authScheme"))
    secret: dict[str, str] = {}
    for name in FIELDS[scheme]:
        value = profile.get(name)
        if not isinstance(value, str) or not value or len(value) > LONGEST_SECRET:
            problems.append(
                Diagnostic(f"profile.{name}", f"is required for {scheme}: text of at most {LONGEST_SECRET} characters")
            )
        else:
            secret[name] = value
    header = profile.get("header")
    if scheme is AuthScheme.HEADER and header is not None:
        if not isinstance(header, str) or not HEADER_NAME.match(header) or header.lower() in OUR_HEADERS:
            problems.append(Diagnostic("profile.header", "must be the name of a header that Provisor does not set"))
        else:
            secret["header"] = header
    client = None
    if scheme is AuthScheme.OAUTH2:
        client = _client(profile, secret, problems)
    expires = parse_expiry(profile, problems) or end_of_jwt(secret.get("token", ""))
    if problems:
        raise Invalid(problems[0].path, problems)
    return NewConnection(base_url, scheme, secret, client, expires)


def _client(profile: Mapping[str, Any], secret: dict[str, str], problems: list[Diagnostic]) -> OAuthClient | None:
    """The OAuth client with its secret, which is put beside the others."""
    client, found = parse_client(profile)
    problems += found
    ours = profile.get("provisor")
    value = ours.get("clientSecret") if isinstance(ours, dict) else None
    if client is None or client.auth is ClientAuth.NONE:
        return client
    if not isinstance(value, str) or not value or len(value) > LONGEST_SECRET:
        said = f"is required: text of at most {LONGEST_SECRET} characters"
        problems.append(Diagnostic("profile.provisor.clientSecret", said))
        return None
    secret["clientSecret"] = value
    return replace(client, secret=value)


def parse_expiry(profile: Mapping[str, Any], problems: list[Diagnostic]) -> datetime | None:
    """When the credentials end by the administrator's word: a date, whose last moment is meant, or a moment."""
    ours = profile.get("provisor")
    value = ours.get("expires") if isinstance(ours, dict) else None
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(value)
        if len(value) == len("2026-01-31"):
            moment = datetime.combine(moment, time.max)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (TypeError, ValueError):
        problems.append(Diagnostic("profile.provisor.expires", "must be a date like 2026-01-31, or a moment with zone"))
        return None


def _scheme(value: Any) -> AuthScheme:
    try:
        return AuthScheme(value)
    except ValueError:
        raise Invalid.one("profile.authScheme", f"must be one of {', '.join(AuthScheme)}") from None

"""What an OAuth 2.0 client of an app must look like, and the address an administrator is sent to for authorizing.

Pure: reads what was typed, renders what may be shown. Secrets are no part of either.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import orjson

from provisor.connector.oauth import ClientAuth, GrantType, OAuthClient
from provisor.directory.diagnostics import Diagnostic

LONGEST = 1024
MOST_PARAMETERS = 10
OURS = frozenset(
    {"grant_type", "response_type", "client_id", "client_secret", "client_assertion", "client_assertion_type"}
    | {"code", "code_challenge", "code_challenge_method", "code_verifier", "redirect_uri", "refresh_token"}
    | {"scope", "state"}
)
"""Parameters that the protocol itself needs."""


def parse_client(profile: Mapping[str, Any]) -> tuple[OAuthClient | None, list[Diagnostic]]:
    """Read `clientId` and, under `provisor`, the rest; the client without its secret, or what is wrong."""
    ours = profile.get("provisor")
    ours = ours if isinstance(ours, Mapping) else {}
    problems: list[Diagnostic] = []
    grant = _member(GrantType, ours, "grantType", GrantType.CLIENT_CREDENTIALS, problems)
    auth = _member(ClientAuth, ours, "clientAuthentication", ClientAuth.BASIC, problems)
    code = grant is GrantType.AUTHORIZATION_CODE
    if auth is ClientAuth.NONE and not code:
        problems.append(
            Diagnostic("profile.provisor.clientAuthentication", f"cannot be {auth}: client credentials need a secret")
        )
    client = OAuthClient(
        grant,
        _text(profile, "clientId", "profile", problems, required=True),
        _url(ours, "tokenUrl", problems),
        _url(ours, "authorizeUrl", problems) if code else "",
        _text(ours, "scope", "profile.provisor", problems),
        auth,
        _parameters(ours.get("parameters"), problems),
    )
    return (None if problems else client), problems


def render_client(client: OAuthClient) -> dict[str, Any]:
    """What is stored beside the secret and may be shown; the inverse of `client_of`."""
    shown = {
        "grantType": client.grant.value,
        "clientId": client.client_id,
        "tokenUrl": client.token_url,
        "authorizeUrl": client.authorize_url,
        "scope": client.scope,
        "clientAuthentication": client.auth.value,
        "parameters": dict(client.parameters),
    }
    return {name: value for name, value in shown.items() if value}


def client_of(stored: Mapping[str, Any], secret: str = "") -> OAuthClient:
    """The client that was stored."""
    return OAuthClient(
        GrantType(stored["grantType"]),
        stored["clientId"],
        stored["tokenUrl"],
        stored.get("authorizeUrl", ""),
        stored.get("scope", ""),
        ClientAuth(stored["clientAuthentication"]),
        stored.get("parameters", {}),
        secret,
    )


def challenge_of(verifier: str) -> str:
    """RFC 7636 §4.2, method S256."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def authorization_url(client: OAuthClient, redirect_uri: str, state: str, challenge: str) -> str:
    """Where the administrator is sent (RFC 6749 §4.1.1); a query that the address has already is kept (§3.1)."""
    asked = {
        **client.parameters,
        "response_type": "code",
        "client_id": client.client_id,
        "redirect_uri": redirect_uri,
        "state": state,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    if client.scope:
        asked["scope"] = client.scope
    parts = urlsplit(client.authorize_url)
    kept = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name not in asked]
    return urlunsplit(parts._replace(query=urlencode([*kept, *asked.items()])))


def end_of_jwt(token: str) -> datetime | None:
    """When a token ends that says so itself (`exp`, RFC 7519 §4.1.4); None for any other. Its signature is not ours."""
    parts = token.split(".")
    if len(parts) != 3:
        return None
    try:
        claims = orjson.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
        return datetime.fromtimestamp(float(claims["exp"]), UTC)
    except (ValueError, TypeError, KeyError, OverflowError, OSError):
        return None


def _text(
    source: Mapping[str, Any], name: str, path: str, problems: list[Diagnostic], *, required: bool = False
) -> str:
    value = source.get(name)
    if value is None and not required:
        return ""
    value = value.strip() if isinstance(value, str) else value
    if not isinstance(value, str) or len(value) > LONGEST or not value.isprintable() or (required and not value):
        problems.append(
            Diagnostic(
                f"{path}.{name}", f"{'is required' if required else 'must be text'}: at most {LONGEST} characters"
            )
        )
        return ""
    return value


def _url(source: Mapping[str, Any], name: str, problems: list[Diagnostic]) -> str:
    """An endpoint (RFC 6749 §§3.1, 3.2): absolute and without a fragment."""
    before = len(problems)
    text = _text(source, name, "profile.provisor", problems, required=True)
    if len(problems) > before:
        return ""
    try:
        parts = urlsplit(text)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        good = good and not parts.fragment and parts.username is None and text.isascii() and " " not in text
    except ValueError:
        good = False
    if not good:
        said = "must be an address like https://login.example.com/oauth2/token, without credentials and “#”"
        problems.append(Diagnostic(f"profile.provisor.{name}", said))
    return text


def _member(kind: Any, source: Mapping[str, Any], name: str, usual: Any, problems: list[Diagnostic]) -> Any:
    value = source.get(name, usual)
    if isinstance(value, str) and value in list(kind):
        return kind(value)
    problems.append(Diagnostic(f"profile.provisor.{name}", f"must be one of {', '.join(kind)}"))
    return usual


def _parameters(value: Any, problems: list[Diagnostic]) -> dict[str, str]:
    path = "profile.provisor.parameters"
    if value is None:
        return {}
    if not isinstance(value, Mapping) or len(value) > MOST_PARAMETERS:
        problems.append(Diagnostic(path, f"must be an object of at most {MOST_PARAMETERS} texts"))
        return {}
    for name, each in value.items():
        if name in OURS or not name or not isinstance(each, str) or len(name + each) > LONGEST:
            problems.append(Diagnostic(f"{path}.{name[:60]}", "is set by Provisor itself, or is no text"))
    return {name: each for name, each in value.items() if isinstance(each, str)}

"""Asks a token endpoint for tokens and sorts its answers by who must act (RFC 6749 §§4.1.3, 4.4.2, 5, 6).

Stores nothing and repeats nothing. What a server says is shown without our secrets.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import quote_plus, urlencode, urlsplit

import orjson

from provisor.connector import (
    ConfigError,
    PeerError,
    PeerNonconformant,
    PeerThrottled,
    PeerUnavailable,
    Request,
    Response,
)
from provisor.connector.oauth import ClientAuth, GrantRefused, OAuthClient, Tokens
from provisor.connectors.http import AiohttpTransport, admit_address
from provisor.connectors.scim.answers import retry_after

MOST_SAID = 300
MOST_SECONDS = 10 * 366 * 86_400.0
_TOKEN = re.compile(r"[\x21-\x7e]{1,20000}")
"""What fits behind `Bearer` in a header; RFC 6750 §2.1 allows less, servers send more."""
_REFRESH_LIFETIMES = ("refresh_token_expires_in", "refresh_expires_in")
_SECRETS = ("code", "refresh_token", "code_verifier")


class HttpTokenEndpoint:
    """Token endpoints over HTTP, under the same egress policy as the app itself."""

    def __init__(self, transport: AiohttpTransport) -> None:
        self._transport = transport

    async def ask(self, client: OAuthClient, form: Mapping[str, str]) -> Tokens:
        """Ask once; errors as the port tells."""
        host = urlsplit(client.token_url).netloc
        request = token_request(client, form)
        try:
            answer = await self._transport.send(request)
        except PeerUnavailable as error:
            raise PeerUnavailable(f"The authorization server does not answer: {error.message}") from None
        except (ConfigError, PeerNonconformant) as error:
            raise type(error)(f"The authorization server cannot be asked: {error.message}") from None
        secrets = [client.secret, *(form[name] for name in _SECRETS if name in form)]
        if answer.status == HTTPStatus.OK:
            return read_tokens(answer, host)
        raise error_of(answer, host, secrets)

    async def admit(self, url: str) -> None:
        await admit_address(self._transport.egress, url)

    async def close(self) -> None:
        await self._transport.close()


def token_request(client: OAuthClient, form: Mapping[str, str]) -> Request:
    """The request for tokens; `form` is what belongs to the grant, client and secret are added."""
    fields = {**client.parameters, **form}
    headers = {
        "Accept": "application/json",
        "Content-Type": "application/x-www-form-urlencoded",
        "User-Agent": "Provisor",
    }
    if client.auth is ClientAuth.BASIC:
        # Both are form-encoded before they are joined (RFC 6749 §2.3.1).
        pair = f"{quote_plus(client.client_id)}:{quote_plus(client.secret)}"
        headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
    else:
        fields["client_id"] = client.client_id
        if client.auth is ClientAuth.POST:
            fields["client_secret"] = client.secret
    return Request("POST", client.token_url, headers, urlencode(fields).encode())


def read_tokens(answer: Response, host: str) -> Tokens:
    """The tokens in a success; `PeerNonconformant` when there is none that can be sent."""
    found = _object(answer.body)
    access, kind, refresh = found.get("access_token"), found.get("token_type"), found.get("refresh_token")
    if not isinstance(access, str) or not _TOKEN.fullmatch(access):
        raise PeerNonconformant(f"The authorization server at {host} answered without an access token.")
    if not isinstance(kind, str) or kind.lower() != "bearer":
        raise PeerNonconformant(
            f"The authorization server at {host} gave a token of the type {str(kind)[:40]!r}; Provisor sends “Bearer”."
        )
    lifetimes = [_seconds(found.get(name)) for name in _REFRESH_LIFETIMES]
    return Tokens(
        access,
        _seconds(found.get("expires_in")),
        refresh if isinstance(refresh, str) and refresh else None,
        next((each for each in lifetimes if each), None),  # 0 is how some servers say “never”
    )


def error_of(answer: Response, host: str, secrets: list[str]) -> PeerError:
    """What a refusal means (RFC 6749 §5.2), in the server's own words without our secrets."""
    found = _object(answer.body)
    code = found.get("error")
    code = code[:60] if isinstance(code, str) else ""
    said = f"The authorization server at {host} answered {answer.status}"
    words = found.get("error_description")
    words = " ".join(filter(None, (code, words if isinstance(words, str) else "")))
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        words = words.replace(secret, "[redacted]")
    if words:
        said += f": {' '.join(words.split())[:MOST_SAID]}"
    wait = retry_after(answer.headers)
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS or (answer.status == HTTPStatus.SERVICE_UNAVAILABLE and wait):
        return PeerThrottled(f"{said}.", status=answer.status, retry_after=wait)
    if answer.status >= 500 or answer.status == HTTPStatus.REQUEST_TIMEOUT:
        return PeerUnavailable(f"{said}.", status=answer.status)
    if code == "invalid_grant":
        return GrantRefused(f"{said}.", status=answer.status)
    advice = {
        "invalid_client": "Check the client id, the client secret and how they are sent.",
        "invalid_scope": "Check the scope.",
        "unauthorized_client": "Ask whoever runs that server to allow this client this kind of grant.",
        "unsupported_grant_type": "Choose the other kind of grant.",
    }.get(code, "Check the token URL and the client.")
    return ConfigError(f"{said}. {advice}", status=answer.status)


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def _seconds(value: Any) -> float | None:
    """A lifetime; servers send numbers and text. None for what is none."""
    try:
        seconds = float(value)
    except (TypeError, ValueError):
        return None
    return min(seconds, MOST_SECONDS) if seconds >= 0 else None

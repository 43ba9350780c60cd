"""Turns an app's credentials into the one Authorization header that is sent. Stores and checks nothing."""

from __future__ import annotations

import base64
import re
from enum import StrEnum

from provisor.connector import ConfigError

_HEADER_VALUE = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?")  # RFC 9110 §5.5, without obs-text


class AuthScheme(StrEnum):
    TOKEN = "TOKEN"
    BASIC = "BASIC"
    HEADER = "HEADER"


def authorization(scheme: AuthScheme, *, token: str = "", username: str = "", password: str = "") -> tuple[str, str]:
    """Return the header's name and value; `token` is the whole value for HEADER, `Bearer` goes before it for TOKEN."""
    if scheme is AuthScheme.BASIC:
        if not username or not password:
            raise ConfigError("Basic authentication needs a user name and a password.")
        if ":" in username:  # RFC 7617 §2: it could not be told from the separator
            raise ConfigError("A user name for Basic authentication cannot hold a colon.")
        return "Authorization", "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()
    if not _HEADER_VALUE.fullmatch(token):
        raise ConfigError(
            "The token is empty or holds blanks at its ends, line breaks or characters outside ASCII. Paste it again."
        )
    if scheme is AuthScheme.HEADER:
        return "Authorization", token
    if token.lower().startswith("bearer "):
        raise ConfigError("The token begins with 'Bearer'. Enter the token alone; the word is added.")
    return "Authorization", f"Bearer {token}"

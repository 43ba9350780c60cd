"""Makes a peer's words fit to be shown: without our secrets, without what looks like one, short and on one line."""

from __future__ import annotations

import base64
import re

MAX_WORDS = 320  # leaves room for our own words within the 500 characters of an error's text
_MAX_READ = 4096
_SHORTEST_SECRET = 4  # shorter ones would black out half of every sentence
_STRUCK = "[redacted]"

_SCHEME = re.compile(r"\b(Bearer|Basic|SSWS)\s+[\w.~+/=-]{6,}", re.IGNORECASE)
_FIELD = re.compile(
    r'("?[\w-]*(?:password|passwd|secret|token|authorization|api[_-]?key)(?:"\s*:|\s*=|:(?=\s*"))\s*)'
    r'("(?:[^"\\]|\\.)*(?:"|$)|[^\s"&,;<]+)',
    re.IGNORECASE,
)


class Redaction:
    """Knows the secrets of one connection."""

    def __init__(self, authorization: str) -> None:
        """`authorization` is the header's value."""
        credentials = authorization.split(" ", 1)[-1]
        self._secrets = {authorization, credentials}
        if authorization.startswith("Basic "):
            pair = base64.b64decode(credentials).decode("utf-8", "replace")
            self._secrets |= {pair, pair.partition(":")[2]}

    def __repr__(self) -> str:
        return "Redaction()"

    def clean(self, words: str, *secrets: str) -> str:
        """Return the words to show."""
        for secret in sorted(self._secrets.union(secrets), key=len, reverse=True):
            if len(secret) >= _SHORTEST_SECRET:
                words = words.replace(secret, _STRUCK)
        words = _SCHEME.sub(rf"\1 {_STRUCK}", words[:_MAX_READ])
        words = _FIELD.sub(rf"\1{_STRUCK}", words)
        words = " ".join("".join(c if c.isprintable() else " " for c in words).split())
        return words if len(words) <= MAX_WORDS else words[: MAX_WORDS - 1] + "…"

"""Takes secrets out of all that is shown or written: our credentials in any encoding, and what looks like some."""

from __future__ import annotations

import base64
import binascii
import html
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final
from urllib.parse import quote, quote_plus

import orjson

STRUCK: Final = "[redacted]"
_SHORTEST = 4  # shorter ones would black out half of every sentence
_SECRET_NAME = re.compile(r"password|passwd|secret|token|authorization|api[_-]?key|credential|cookie", re.IGNORECASE)
_SCHEME = re.compile(r"\b(Bearer|Basic|SSWS)\s+[\w.~+/=-]{6,}", re.IGNORECASE)
_FIELD = re.compile(
    r'("[\w-]*(?:password|passwd|secret|token|authorization|api[_-]?key)[\w-]*"\s*:\s*)"(?:[^"\\]|\\.)*(?:"|$)',
    re.IGNORECASE,
)
_HEADERS = frozenset({"authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key"})


class Redaction:
    """Knows the secrets of one run."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        """`secrets` are whole header values; the credentials in them are found."""
        known: set[str] = set()
        for secret in secrets:
            known |= set(_spellings(secret))
        # The longest first, or a part of a secret would be struck and the rest of it shown.
        self._secrets = sorted((each for each in known if len(each) >= _SHORTEST), key=len, reverse=True)

    def __repr__(self) -> str:
        return "Redaction()"

    def text(self, words: str) -> str:
        """Return words without secrets."""
        for secret in self._secrets:
            words = words.replace(secret, STRUCK)
        words = _SCHEME.sub(rf"\1 {STRUCK}", words)
        return _FIELD.sub(rf'\1"{STRUCK}"', words)

    def headers(self, headers: Mapping[str, str], *secret: str) -> dict[str, str]:
        """Return headers without the values that are secrets; `secret` names more of those."""
        hidden = _HEADERS | {each.lower() for each in secret}
        return {name: STRUCK if name.lower() in hidden else self.text(value) for name, value in headers.items()}

    def body(self, body: bytes, limit: int) -> str:
        """Return a body as text, up to a limit, without secrets."""
        try:
            document = orjson.loads(body) if len(body) <= limit else None
        except orjson.JSONDecodeError:
            document = None
        if isinstance(document, dict | list) and (struck := _struck(document)) != document:
            body = orjson.dumps(struck)
        # Cut after striking out: a secret across the cut would be shown in half.
        return self.text(body[: limit + _LONGEST].decode("utf-8", "replace"))[:limit]


_LONGEST = 4096


def _spellings(secret: str) -> Iterable[str]:
    """A header's value, the credentials in it, and each as URLs, JSON and HTML would spell it."""
    credentials = secret.split(" ", 1)[-1].strip()
    plain = {secret, credentials}
    if secret.lower().startswith("basic "):
        try:
            pair = base64.b64decode(credentials).decode("utf-8", "replace")
        except (ValueError, binascii.Error):
            pair = ""
        plain |= {pair, pair.partition(":")[2]}
    for each in plain:
        yield from (each, quote(each, safe=""), quote_plus(each), html.escape(each), orjson.dumps(each).decode()[1:-1])
        yield base64.b64encode(each.encode()).decode()


def _struck(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: STRUCK if isinstance(each, str) and each and _SECRET_NAME.search(name) else _struck(each)
            for name, each in value.items()
        }
    return [_struck(each) for each in value] if isinstance(value, list) else value

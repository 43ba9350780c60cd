"""Keys of pages in addresses: where a list continues, as one opaque text."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence

import orjson


def render_key(key: Sequence[str]) -> str:
    """A key as it stands in an address."""
    return base64.urlsafe_b64encode(orjson.dumps(list(key))).decode().rstrip("=")


def parse_key(text: str, parts: int) -> tuple[str, ...] | None:
    """The key of an address; None for anything else, so that a broken link is the first page."""
    try:
        key = orjson.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, binascii.Error):
        return None
    if not isinstance(key, list) or len(key) != parts:
        return None
    if not all(isinstance(each, str) and "\x00" not in each for each in key):
        return None
    return tuple(key)

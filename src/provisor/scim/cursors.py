"""Cursor paging of RFC 9865: sealing a position into a cursor, opening it again, and reading which page is asked for.

Pure: the key and the time are passed in, what a position is, the storage decides (any JSON value). A cursor is bound
to the query and to the count it was given out for, cannot be read or changed by the client, and holds only characters
that need no quoting in a URL (RFC 9865 §2).

>>> sealer = Sealer(b"a secret of sixteen bytes or more", timeout=600)
>>> cursor = sealer.seal({"after": 100}, query="User", count=50, now=1000)
>>> sealer.open(cursor, query="User", count=50, now=1500)
Position(value={'after': 100}, count=50)
"""

import binascii
import hashlib
import hmac
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

import orjson

from .errors import BadRequest, ScimType

MAX_LENGTH: Final = 4096
"""Characters of a cursor that are read; a position that needs more belongs into the storage."""
_TAG_LENGTH: Final = 16
_UNRESERVED: Final = re.compile(r"[A-Za-z0-9\-._~]*\Z")


class Method(StrEnum):
    """How a list is paged; the values of `defaultPaginationMethod` (RFC 9865 §4)."""

    INDEX = "index"
    CURSOR = "cursor"


@dataclass(frozen=True, slots=True)
class PageLimits:
    """How large pages are and how they may be asked for; what `pagination` of the configuration announces."""

    default_count: int = 100
    max_count: int = 1000
    default_method: Method = Method.INDEX
    index: bool = True
    cursor: bool = True
    cursor_timeout: int | None = None
    """Seconds that a cursor lives; None = for as long as the key."""

    def render(self) -> dict[str, Any]:
        """Render the `pagination` attribute of ServiceProviderConfig (RFC 9865 §4)."""
        out: dict[str, Any] = {
            "cursor": self.cursor,
            "index": self.index,
            "defaultPaginationMethod": self.default_method.value,
            "defaultPageSize": self.default_count,
            "maxPageSize": self.max_count,
        }
        if self.cursor_timeout is not None:
            out["cursorTimeout"] = self.cursor_timeout
        return out


@dataclass(frozen=True, slots=True)
class Position:
    """An opened cursor."""

    value: Any
    """What `seal` was given."""
    count: int


@dataclass(frozen=True, slots=True)
class Sealer:
    """Seals and opens cursors under one key, which all processes of a server share.

    The tag is a pseudorandom function of key, query and content, and also what the key stream is drawn from: a
    synthetic initialisation vector, so that no random numbers are needed and equal positions give equal cursors.
    """

    key: bytes = field(repr=False)
    timeout: int | None = None

    def __post_init__(self) -> None:
        if len(self.key) < 16:
            raise ValueError("a cursor key needs 16 bytes or more")

    def seal(self, position: Any, *, query: str, count: int, now: float) -> str:
        """Return the cursor of a position; `query` is whatever identifies the query (see `fingerprint`)."""
        content = orjson.dumps([position, count, int(now)])
        tag = self._tag(content, query)
        return urlsafe_b64encode(tag + self._veil(content, tag)).rstrip(b"=").decode()

    def open(self, cursor: str, *, query: str, count: int | None, now: float) -> Position:
        """Return what was sealed; raises `invalidCursor`, `expiredCursor` or `invalidCount` (RFC 9865 §2.1).

        Without a count the one of the first page goes on; another count is refused.
        """
        position, sealed_count, issued = self._content(cursor, query)
        if self.timeout is not None and now - issued > self.timeout:
            raise BadRequest(
                ScimType.EXPIRED_CURSOR,
                f"the cursor is older than {self.timeout} seconds; start again with an empty cursor",
            )
        if count is not None and count != sealed_count:
            raise BadRequest(
                ScimType.INVALID_COUNT, f"count is {count}, but this cursor goes on with pages of {sealed_count}"
            )
        return Position(position, sealed_count)

    def _content(self, cursor: str, query: str) -> list[Any]:
        if len(cursor) <= MAX_LENGTH and _UNRESERVED.match(cursor):
            try:
                raw = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
            except (binascii.Error, ValueError):
                raw = b""
            tag, veiled = raw[:_TAG_LENGTH], raw[_TAG_LENGTH:]
            content = self._veil(veiled, tag)
            # Base64 leaves spare bits in the last character; a cursor that differs there is not the one we gave out.
            ours = urlsafe_b64encode(raw).rstrip(b"=") == cursor.encode()
            if ours and veiled and hmac.compare_digest(tag, self._tag(content, query)):
                sealed: list[Any] = orjson.loads(content)
                return sealed
        raise BadRequest(
            ScimType.INVALID_CURSOR,
            "the cursor is none that this server gave out for this query; start again with an empty cursor",
        )

    def _tag(self, content: bytes, query: str) -> bytes:
        text = query.encode(errors="surrogatepass")
        bound = len(text).to_bytes(8, "big") + text + content
        return hmac.new(self.key, b"tag" + bound, hashlib.sha256).digest()[:_TAG_LENGTH]

    def _veil(self, content: bytes, tag: bytes) -> bytes:
        seed = hmac.new(self.key, b"veil" + tag, hashlib.sha256).digest()
        stream = hashlib.shake_256(seed).digest(len(content))
        return bytes(a ^ b for a, b in zip(content, stream, strict=True))


def fingerprint(parameters: Mapping[str, Any], *scope: str) -> str:
    """Return what a cursor is bound to: where the query is asked (`scope`), and all of it but the page."""
    asked = {name.lower(): value for name, value in parameters.items()}
    query = [[name, *_texts(asked.get(name))] for name in _QUERY]
    return hashlib.sha256(orjson.dumps([scope, query])).hexdigest()


_QUERY: Final = ("filter", "sortby", "sortorder", "attributes", "excludedattributes")


def _texts(value: Any) -> list[str]:
    texts = [item for item in (value if isinstance(value, list) else [value]) if isinstance(item, str)]
    return [text.encode(errors="replace").decode() for text in texts]


def read_cursor(given: Mapping[str, Any], limits: PageLimits) -> str | None:
    """Return the cursor a query pages by ("" = its first page), or None where it pages by index.

    `given` holds the parameters by lower-case name. Asking for what the server does not do is refused.
    """
    cursor, by_index = given.get("cursor"), given.get("startindex") not in (None, "")
    if by_index and not limits.index:
        raise BadRequest(ScimType.INVALID_VALUE, "this server pages by cursor only; send an empty cursor to begin")
    if cursor is None:
        by_cursor = not limits.index or limits.default_method is Method.CURSOR
        return "" if by_cursor and limits.cursor and not by_index else None
    if not limits.cursor:
        raise BadRequest(ScimType.INVALID_CURSOR, "this server pages by startIndex only")
    if not isinstance(cursor, str):
        raise BadRequest(ScimType.INVALID_CURSOR, "cursor must be text")
    if by_index:
        raise BadRequest(ScimType.INVALID_CURSOR, "cursor and startIndex exclude each other; send one of them")
    return cursor

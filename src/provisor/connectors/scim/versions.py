"""Remembers under which version accounts were last seen, for `If-Match` (RFC 7644 §3.14). Bounded; holds no values.

This is no memory of what an account looks like: the app itself judges the version, and a stale one makes us look again.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping

from provisor.connector import Json, Response

MOST = 10_000


class Versions:
    """Of one app, for the life of its connector."""

    def __init__(self) -> None:
        self._seen: OrderedDict[str, str] = OrderedDict()

    def note(self, account_id: str, answer: Response, user: Mapping[str, Json] | None = None) -> None:
        """Remember what an answer says; without a version in it nothing is known any more."""
        meta = user.get("meta") if user else None
        version = answer.headers.get("etag") or (meta.get("version") if isinstance(meta, dict) else None)
        self.forget(account_id)
        # What cannot be a header's value is no version.
        if isinstance(version, str) and 0 < len(version) <= 200 and version.isascii() and version.isprintable():
            self._seen[account_id] = version
            if len(self._seen) > MOST:
                self._seen.popitem(last=False)

    def forget(self, account_id: str) -> None:
        """What the account's version is now is not known."""
        self._seen.pop(account_id, None)

    def of(self, account_id: str) -> dict[str, str]:
        """Return the header that holds a write to the version last seen; none when it is not known."""
        version = self._seen.get(account_id)
        return {} if version is None else {"If-Match": version}

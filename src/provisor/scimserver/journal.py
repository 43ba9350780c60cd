"""The last N requests the server has seen, for tests that ask what was really sent. Credentials are redacted."""

import base64
from collections import deque
from dataclasses import dataclass
from typing import Any

from .redaction import shown_headers


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request as it arrived, and how it ended."""

    number: int
    method: str
    target: str
    """Raw path and query, as on the wire."""
    headers: tuple[tuple[str, str], ...]
    """Lower-case names in the order they came; credentials show their scheme only."""
    body: bytes
    status: int | None
    """None = the connection was dropped without an answer."""
    executed: bool
    """Whether the request reached the server's logic."""

    def header(self, name: str) -> str | None:
        """Return the first header of this name, or None."""
        return next((value for key, value in self.headers if key == name.lower()), None)

    def as_json(self) -> dict[str, Any]:
        """Return what `GET /_requests` shows; a body that is not text comes as base64."""
        shown: dict[str, Any] = {
            "number": self.number,
            "method": self.method,
            "target": self.target,
            "headers": [list(header) for header in self.headers],
            "status": self.status,
            "executed": self.executed,
        }
        try:
            shown["body"] = self.body.decode()
        except UnicodeDecodeError:
            shown["bodyBase64"] = base64.b64encode(self.body).decode()
        return shown


class Journal:
    """A ring of exchanges."""

    def __init__(self, size: int) -> None:
        self._ring: deque[Exchange] = deque(maxlen=size)
        self._number = 0

    def record(
        self,
        method: str,
        target: bytes,
        headers: list[tuple[bytes, bytes]],
        body: bytes,
        status: int | None,
        executed: bool,
    ) -> None:
        """Remember one exchange."""
        self._number += 1
        self._ring.append(
            Exchange(self._number, method, target.decode("latin-1"), shown_headers(headers), body, status, executed)
        )

    def entries(self) -> list[Exchange]:
        """Return what is remembered, oldest first."""
        return list(self._ring)

    def clear(self) -> None:
        """Forget everything."""
        self._ring.clear()

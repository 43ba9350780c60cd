"""What went over the wire lately, for the page at `/` and for recordings; made readable only when somebody looks."""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import orjson

from .asgi import Answer, Around, Headers, Scope
from .redaction import shown_body, shown_headers
from .wire import Response

KEPT: Final = 50
_LONGEST: Final = 100_000
"""Bytes of a body that are kept for looking at."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One request and its answer."""

    at: float
    method: str
    target: str
    headers: list[tuple[bytes, bytes]]
    body: bytes
    response: Response | None
    """None = the connection was dropped."""
    seconds: float

    @property
    def time(self) -> datetime:
        """When it arrived."""
        return datetime.fromtimestamp(self.at, UTC)


class Watch:
    """Remembers the last requests, and tells who else wants to know of each."""

    def __init__(self, around: Around | None = None, tell: Callable[[Seen], None] | None = None) -> None:
        self._around = around
        self._tell = tell
        self._ring: deque[Seen] = deque(maxlen=KEPT)

    async def around(self, scope: Scope, headers: Headers, body: bytes, answer: Answer) -> Response | None:
        """Answer a request and remember it."""
        if self._ours(scope["path"]):
            return await answer(scope, headers, body)
        at = time.time()
        started = time.perf_counter()
        if self._around is None:
            response: Response | None = await answer(scope, headers, body)
        else:
            response = await self._around(scope, headers, body, answer)
        target = scope["raw_path"] + (b"?" + scope["query_string"] if scope["query_string"] else b"")
        seen = Seen(
            at,
            scope["method"],
            target.decode("latin-1"),
            scope["headers"],
            body[:_LONGEST],
            response,
            time.perf_counter() - started,
        )
        self._ring.append(seen)
        if self._tell is not None:
            self._tell(seen)
        return response

    @staticmethod
    def _ours(path: str) -> bool:
        return path == "/" or path.startswith("/_") or path == "/favicon.ico"

    def last(self) -> list[Seen]:
        """Return what is remembered, latest first."""
        return list(reversed(self._ring))


class Recording:
    """Writes each exchange to a file of its own, in the form that the tests of peers replay."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._directory = directory
        self._number = max((int(file.name[:6]) for file in directory.glob("[0-9]" * 6 + "-*.json")), default=0)

    def write(self, seen: Seen) -> None:
        """Write one exchange."""
        self._number += 1
        path = seen.target.partition("?")[0].strip("/").split("/")
        what = next((part for part in path if part[:1].isupper() or part == ".search"), "other")
        file = self._directory / f"{self._number:06}-{seen.method.lower()}-{what.strip('.').lower()}.json"
        text = orjson.dumps(describe(seen), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
        file.write_bytes(text)


def describe(seen: Seen) -> dict[str, Any]:
    """Return an exchange as a recording has it: no credentials, no passwords."""
    request: dict[str, Any] = {
        "method": seen.method,
        "target": seen.target,
        "headers": dict(shown_headers(seen.headers)),
    }
    if seen.body:
        request["body"] = shown_body(seen.body)
    answer: dict[str, Any] = {"status": seen.response.status if seen.response else None}
    if seen.response is not None and seen.response.body:
        answer["body"] = shown_body(seen.response.body)
    return {
        "title": f"{seen.method} {seen.target}",
        "recorded": seen.time.isoformat(timespec="milliseconds"),
        "exchanges": [{"request": request, "answer": answer}],
    }

"""Counts requests a token makes in each minute. Fixed windows, in memory, per process; the clock is handed in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

WINDOW = 60
UNLIMITED = 1_000_000_000
"""Shown as the limit when there is none, because clients calculate with it."""


@dataclass(frozen=True, slots=True)
class Allowance:
    limit: int
    remaining: int
    reset: int
    """Seconds since 1970 at which counting begins anew."""
    allowed: bool

    def headers(self) -> list[tuple[bytes, bytes]]:
        return [
            (b"x-rate-limit-limit", b"%d" % self.limit),
            (b"x-rate-limit-remaining", b"%d" % self.remaining),
            (b"x-rate-limit-reset", b"%d" % self.reset),
        ]


class RateLimit:
    def __init__(self, per_minute: int, now: Callable[[], float]) -> None:
        self._limit = per_minute or UNLIMITED
        self._now = now
        self._window = 0
        self._used: dict[str, int] = {}

    def show(self) -> Allowance:
        """What a caller is told that nobody counts."""
        return Allowance(self._limit, self._limit, (int(self._now()) // WINDOW + 1) * WINDOW, True)

    def take(self, key: str) -> Allowance:
        """Count one request of this caller."""
        window = int(self._now()) // WINDOW
        if window != self._window:
            # One window for everybody: starting a new one forgets all callers at once, so nothing grows.
            self._window, self._used = window, {}
        used = self._used.get(key, 0) + 1
        self._used[key] = used
        return Allowance(self._limit, max(0, self._limit - used), (window + 1) * WINDOW, used <= self._limit)

"""Measures how many people an app settles in a second of work, the last minute counting most. Idle time is left out."""

from __future__ import annotations

from math import exp

SPAN = 60.0
"""Seconds after which something counts a third as much."""
FRESH = 60.0
"""Seconds without work after which nothing is reported any more."""
LEAST = 0.1
"""What is left of one person after some two minutes of work without another."""


class Throughput:
    """Two sums that fade. Moments are those of any one clock."""

    def __init__(self) -> None:
        self._people = 0.0
        self._seconds = 0.0
        self._at: float | None = None
        self._last = 0.0

    def begin(self, now: float) -> None:
        """Work is at hand: from now on time counts, unless it does already."""
        if self._at is None:
            self._at = now

    def settled(self, people: int, now: float, *, more: bool) -> None:
        """So many were served; without more in hand, time stands still until work begins again."""
        self.begin(now)
        assert self._at is not None
        passed = max(0.0, now - self._at)
        fade = exp(-passed / SPAN)
        self._people = self._people * fade + people
        self._seconds = self._seconds * fade + passed
        self._at = now if more else None
        self._last = now

    def per_second(self, now: float) -> float | None:
        """None when nothing has been measured lately."""
        if self._people < LEAST or self._seconds <= 0.0 or now - self._last > FRESH:
            return None
        return self._people / self._seconds

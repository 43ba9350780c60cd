"""Keeps an app within its rate, and rests it as long as it asks. Knows neither people nor requests."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Pace:
    """A token bucket of one second, and the app's rest. One per app and worker."""

    def __init__(self, rate: float | None, now: Callable[[], float]) -> None:
        self.rate = rate
        self._now = now
        self._next = 0.0
        self.rest_until = 0.0

    def rest(self, seconds: float) -> None:
        """Leave the app alone for so long; a longer rest wins."""
        self.rest_until = max(self.rest_until, self._now() + seconds)

    def wake(self) -> None:
        """End a rest early: the settings were mended."""
        self.rest_until = 0.0

    @property
    def resting(self) -> float:
        """Seconds of rest left."""
        return max(0.0, self.rest_until - self._now())

    async def turn(self, requests: int) -> None:
        """Wait until so many more requests fit the rate. Callers are served in the order they came."""
        if self.rate is None:
            return
        now = self._now()
        start = max(now - 1.0, self._next)  # what was not used within a second is gone
        self._next = start + requests / self.rate
        if start > now:
            await asyncio.sleep(start - now)

"""Rests an app as long as it asks, or as its failing asks for. Knows neither people nor requests.

How many requests a second an app takes is kept where they are sent: `connectors.pacing`.
"""

from __future__ import annotations

from collections.abc import Callable


class Pace:
    """One per app and worker."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self.rest_until = 0.0

    def rest(self, seconds: float) -> None:
        """Leave the app alone for so long; a longer rest wins."""
        self.rest_until = max(self.rest_until, self._now() + seconds)

    @property
    def resting(self) -> float:
        """Seconds of rest left."""
        return max(0.0, self.rest_until - self._now())

"""Decides when an app that fails is left alone, and who is tried then. Pure; knows no clock.

closed     everybody is served; so many failures in a row, not all of one person, and the app fails
failing    it rests, each time longer; between the rests one person is tried, and an answer ends it
"""

from __future__ import annotations

from dataclasses import dataclass, replace

MISSES = 10
"""So many failures in a row without one answer, and the app fails."""
PEOPLE = 2
"""Of so many people: somebody whose data an app cannot bear must not stop the others."""


@dataclass(frozen=True, slots=True)
class Circuit:
    failing: bool = False
    tries: int = 0
    """Failures since it fails, that which began it among them: so often the rest has doubled."""
    misses: int = 0
    suspects: frozenset[str] = frozenset()
    """Whose they were."""
    last: str | None = None
    """Who was tried last in vain."""
    alone: bool = False
    """It was the same person as the time before: the app need not rest for it, others may fare better."""

    def missed(self, user_id: str) -> Circuit:
        """Somebody got no answer. The app, or that person, rests anew if `tries` has risen."""
        if self.failing:
            return replace(self, tries=self.tries + 1, last=user_id, alone=self.last == user_id)
        suspects = self.suspects if len(self.suspects) >= PEOPLE else self.suspects | {user_id}
        fails = self.misses + 1 >= MISSES and len(suspects) >= PEOPLE
        return replace(self, failing=fails, tries=int(fails), misses=self.misses + 1, suspects=suspects)

    def answered(self) -> Circuit:
        """The app answered, whatever it said."""
        return CLOSED


CLOSED = Circuit()

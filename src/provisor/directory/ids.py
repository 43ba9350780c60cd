"""Makes ids: a prefix that tells the kind, then 17 base62 characters that sort by time.

8 characters are milliseconds since 1970, 9 are a counter that starts at random in each millisecond, so ids of one
process rise strictly and two processes do not meet. Clock and randomness are handed in.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
"""In ASCII order, so that comparing bytes compares time."""
PAIRS = [a + b for a in DIGITS for b in DIGITS]
SPAN = 62**9


class Prefix(StrEnum):
    USER = "00u"
    GROUP = "00g"
    APP = "0oa"
    TOKEN = "00T"
    ORG = "00o"
    ERROR = "oae"
    TASK = "tsk"
    HOLD = "hld"
    SWEEP = "swp"
    TRANSACTION = "trn"
    UPLOAD = "upl"
    USER_TYPE = "oty"
    SCHEMA = "osc"
    APP_USER = "0ua"
    MAPPING = "prm"
    PLAN = "pln"
    DRIFT = "drf"


class IdSource:
    """Gives out ids. One per process; not for several threads at once."""

    def __init__(
        self,
        milliseconds: Callable[[], int],
        random_below: Callable[[int], int],
    ) -> None:
        self._milliseconds = milliseconds
        self._random_below = random_below
        self._last = -1
        self._counter = 0

    def new(self, prefix: Prefix) -> str:
        now = self._milliseconds()
        if now > self._last:
            self._last = now
            self._counter = self._random_below(SPAN - 10_000_000)
        else:
            self._counter += 1
        return f"{prefix}{_base62(self._last, 8)}{_base62(self._counter, 9)}"


def _base62(number: int, width: int) -> str:
    parts = []
    for _ in range(width // 2):
        number, rest = divmod(number, 3844)
        parts.append(PAIRS[rest])
    if width % 2:
        parts.append(DIGITS[number % 62])
    return "".join(reversed(parts))

"""Keeps what is really sent to an app within a number of requests a second. A transport around a transport.

Only apps with a rate have one, so the others pay nothing. Whoever waits for a turn while the app asks for patience gets
the answer that asked for it: nothing more is sent. It judges no other answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from time import monotonic

from provisor.connector import PeerUnavailable, Request, Response, Transport

OVERSLEPT = 5.0
"""Seconds. Whoever stood still for longer may not own the app any more, and must not act on an old plan."""


class PacedTransport:
    """A token bucket of one second. Implements `Transport`; turns come in the order of the callers."""

    def __init__(
        self,
        inner: Transport,
        rate: float,
        now: Callable[[], float] = monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._inner = inner
        self._rate = rate
        self._now = now
        self._sleep = sleep
        self._next = 0.0
        self._asks = 0
        """How often the app has asked for patience."""
        self._asked: Response | None = None

    async def send(self, request: Request) -> Response:
        """Wait for a turn, then carry out the exchange."""
        now = self._now()
        turn = max(now - 1.0, self._next)  # what was not used within a second is gone
        self._next = turn + 1.0 / self._rate
        if turn > now:
            asks = self._asks
            await self._sleep(turn - now)
            if self._asked is not None and asks != self._asks:
                return self._asked
            if self._now() - turn > OVERSLEPT:
                raise PeerUnavailable("Provisor stood still while a request waited for its turn; it was not sent.")
        answer = await self._inner.send(request)
        if asks_for_patience(answer):
            self._asks += 1
            self._asked = answer
            self._next = 0.0  # those who waited send nothing, so their turns are free
        return answer

    async def close(self) -> None:
        await self._inner.close()


def asks_for_patience(answer: Response) -> bool:
    """429; or 503 that says for how long (RFC 9110 §15.6.4)."""
    if answer.status == HTTPStatus.SERVICE_UNAVAILABLE:
        return "retry-after" in answer.headers
    return answer.status == HTTPStatus.TOO_MANY_REQUESTS

"""The rate of an app: turns by a clock that the test holds."""

import asyncio

import pytest

from provisor.connector import PeerUnavailable, Request, Response
from provisor.connectors.pacing import PacedTransport

ASK = Request("GET", "http://app/Users", {})


class Clock:
    """Time that passes only when somebody sleeps, and then as fast as it can."""

    def __init__(self) -> None:
        self.time = 100.0
        self.late = 0.0

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        until = self.time + seconds
        await asyncio.sleep(0)
        self.time = max(self.time, until + self.late)


class App:
    """Answers what it is told to, and remembers when it was asked."""

    def __init__(self, clock: Clock, *statuses: int) -> None:
        self.clock = clock
        self.statuses = list(statuses)
        self.asked: list[float] = []

    async def send(self, request: Request) -> Response:
        self.asked.append(self.clock.time)
        return Response(self.statuses.pop(0) if self.statuses else 200, {}, b"")

    async def close(self) -> None:
        """Nothing is open."""


async def test_requests_keep_to_the_rate_whoever_sends_them() -> None:
    """A second's worth at once, then one after the other."""
    clock = Clock()
    app = App(clock)
    paced = PacedTransport(app, 10, clock.now, clock.sleep)
    for _ in range(31):
        await paced.send(ASK)
    assert app.asked[10] == 100.0
    assert app.asked[30] - app.asked[10] == pytest.approx(2.0)


async def test_who_waits_for_a_turn_sends_nothing_when_the_app_asks_for_patience() -> None:
    """They get the answer that asked for it; the next one is sent again."""
    clock = Clock()
    app = App(clock, 200, 200, 429)
    paced = PacedTransport(app, 1, clock.now, clock.sleep)
    assert [(await paced.send(ASK)).status for _ in range(2)] == [200, 200]
    answers = await asyncio.gather(*(paced.send(ASK) for _ in range(5)))
    assert [each.status for each in answers] == [429] * 5
    assert len(app.asked) == 3
    assert (await paced.send(ASK)).status == 200


async def test_who_stood_still_while_waiting_does_not_send() -> None:
    """Another worker may own the app by then; it surely was not sent."""
    clock = Clock()
    app = App(clock)
    paced = PacedTransport(app, 1, clock.now, clock.sleep)
    for _ in range(2):
        await paced.send(ASK)
    clock.late = 60.0
    with pytest.raises(PeerUnavailable) as refused:
        await paced.send(ASK)
    assert refused.value.unknown is False
    assert len(app.asked) == 2

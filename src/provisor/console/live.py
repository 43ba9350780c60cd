"""Tells open pages that something happened: one LISTEN connection for the process, fanned out as server-sent events.

1. A message carries no data. A page that hears one fetches its live regions again, with its own visitor's rights.
2. Bursts become one message each `PAUSE` seconds, the last of a burst included.
3. After the connection to the database was lost, everybody is told once: something may have been missed.
4. A stream does not outlive its session, and does not keep it alive.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from time import monotonic

import structlog

from provisor.store.database import DATABASE_AWAY, connect
from provisor.store.events import CHANNEL

log = structlog.get_logger("provisor.console")

PAUSE = 1.0
RECONNECT = 0.5

CHECK = 15.0
"""Seconds between two looks whether a stream's session is still there, and our own ear still open.

After as many seconds of silence a comment is sent: proxies close what is silent, and a lost reader is noticed.
"""

ENDED = b"event: ended\ndata:\n\n"
CHANGED = b"event: changed\ndata:\n\n"
ALIVE = b": alive\n\n"


class Live:
    """The process's ear; `run` keeps it open, `follow` is one page's stream."""

    def __init__(self, dsn: str, *, check: float = CHECK) -> None:
        self._dsn = dsn
        self._check = check
        self._pages: set[asyncio.Event] = set()
        self._closing = asyncio.Event()
        self.news = 0
        """Rises with everything that is told."""

    async def run(self, stop: asyncio.Event) -> None:
        """Listen until `stop` is set; reconnects for ever."""
        listening = asyncio.create_task(self._listen())
        try:
            await stop.wait()
        finally:
            self._closing.set()
            self._tell()
            listening.cancel()
            with suppress(asyncio.CancelledError):
                await listening

    async def follow(self, may_go_on: Callable[[], Awaitable[bool]], seen: str = "") -> AsyncIterator[bytes]:
        """The messages for one page, until it leaves, its session is over or the server ends.

        `seen` is the news that the page was made with: what came between then and now is told at once.
        """
        news = asyncio.Event()
        if seen and seen != str(self.news):
            news.set()
        self._pages.add(news)
        checked = monotonic()
        try:
            yield b"retry: 1000\n\n"
            while not self._closing.is_set():
                await is_set_within(news, self._check)
                if self._closing.is_set():
                    return
                if monotonic() - checked >= self._check:
                    checked = monotonic()
                    if not await may_go_on():
                        yield ENDED
                        return
                heard = news.is_set()
                news.clear()
                yield CHANGED if heard else ALIVE
                if heard:
                    await is_set_within(self._closing, PAUSE)
        finally:
            self._pages.discard(news)

    def _tell(self, *_: object) -> None:
        self.news += 1
        for news in self._pages:
            news.set()

    async def _listen(self) -> None:
        while True:
            try:
                connection = await connect(self._dsn)
                lost = asyncio.Event()
                connection.add_termination_listener(lambda _, lost=lost: lost.set())
                try:
                    await connection.add_listener(CHANNEL, self._tell)
                    self._tell()
                    while not await is_set_within(lost, self._check):
                        # A connection that died without a word is noticed by asking.
                        await connection.execute("SELECT 1", timeout=CHECK)
                finally:
                    with suppress(*DATABASE_AWAY):
                        await connection.close(timeout=1)
            except DATABASE_AWAY as problem:
                log.warning("cannot listen to the database", problem=str(problem))
            await asyncio.sleep(RECONNECT)


async def is_set_within(event: asyncio.Event, seconds: float) -> bool:
    """Wait for an event, but no longer than so many seconds; whether it came."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
    return event.is_set()

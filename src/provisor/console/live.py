"""Tells open pages that something happened: one LISTEN connection for the process, fanned out as server-sent events.

1. A message carries no data. A page that hears one fetches its live regions again, with its own visitor's rights.
2. Bursts become one message each `PAUSE` seconds, the last of a burst included.
3. After the connection to the database was lost, everybody is told once: something may have been missed.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import structlog

from provisor.store.database import DATABASE_AWAY, connect
from provisor.store.events import CHANNEL

log = structlog.get_logger("provisor.console")

PAUSE = 1.0
HEARTBEAT = 20.0
"""Seconds of silence after which a comment is sent: proxies close what is silent, and a lost reader is noticed."""
RECONNECT = 0.5

CHANGED = b"event: changed\ndata:\n\n"
ALIVE = b": alive\n\n"


class Live:
    """The process's ear; `run` keeps it open, `follow` is one page's stream."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._pages: set[asyncio.Event] = set()
        self._closing = asyncio.Event()

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

    async def follow(self) -> AsyncIterator[bytes]:
        """The messages for one page, until it leaves or the server ends."""
        news = asyncio.Event()
        self._pages.add(news)
        try:
            yield b"retry: 1000\n\n"
            while not self._closing.is_set():
                try:
                    async with asyncio.timeout(HEARTBEAT):
                        await news.wait()
                except TimeoutError:
                    yield ALIVE
                    continue
                news.clear()
                if not self._closing.is_set():
                    yield CHANGED
                    with suppress(TimeoutError):
                        async with asyncio.timeout(PAUSE):
                            await self._closing.wait()
        finally:
            self._pages.discard(news)

    def _tell(self, *_: object) -> None:
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
                    await lost.wait()
                finally:
                    with suppress(*DATABASE_AWAY):
                        await connection.close(timeout=1)
            except DATABASE_AWAY as problem:
                log.warning("cannot listen to the database", problem=str(problem))
            await asyncio.sleep(RECONNECT)

"""Asks once for what many requests want at the same time: while one query runs, the next one's keys gather.

Alone, a request waits for nobody; under load a round trip is shared by all that arrived during the last one.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Generic, TypeAlias, TypeVar

V = TypeVar("V")
Load: TypeAlias = Callable[[Sequence[str]], Awaitable[Mapping[str, V]]]


class Batched(Generic[V]):
    """Loads values by key, several keys at a time."""

    def __init__(self, load: Load[V], *, at_once: int = 1) -> None:
        self._load = load
        self._free = at_once
        self._waiting: dict[str, asyncio.Future[V | None]] = {}
        self._running: set[asyncio.Future[Mapping[str, V]]] = set()

    async def get(self, key: str) -> V | None:
        """Return the value of a key as it is from now on, or None."""
        future = self._waiting.get(key)
        if future is None:
            loop = asyncio.get_running_loop()
            future = self._waiting[key] = loop.create_future()
            if self._free and len(self._waiting) == 1:
                # Whoever else is ready to run in this turn of the loop comes along.
                loop.call_soon(self._start)
        return await asyncio.shield(future)

    def _start(self) -> None:
        if not self._waiting or not self._free:
            return
        batch, self._waiting = self._waiting, {}
        self._free -= 1
        task = asyncio.ensure_future(self._load(list(batch)))
        self._running.add(task)
        task.add_done_callback(lambda done: self._settle(batch, done))

    def _settle(self, batch: dict[str, "asyncio.Future[V | None]"], done: "asyncio.Future[Mapping[str, V]]") -> None:
        self._running.discard(done)
        self._free += 1
        self._start()
        problem = asyncio.CancelledError() if done.cancelled() else done.exception()
        for key, future in batch.items():
            if problem is None:
                future.set_result(done.result().get(key))
            elif isinstance(problem, asyncio.CancelledError):
                future.cancel()
            else:
                future.set_exception(problem)
                # Whoever waited may have left; nobody else needs to hear of it.
                future.exception()

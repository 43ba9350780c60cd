"""Carries the drift check of an owned app on, beside the pushes and at the app's pace: one request after the other.

It rests whenever the app does. Pushes find out when an app fails; this only waits and tries again, and gives up when
that is in vain for long.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from contextlib import suppress

import structlog

from provisor.connector import PeerError, PeerThrottled, PeerUnavailable
from provisor.directory.ids import Prefix
from provisor.provisioning.settlement import Backoff
from provisor.services.app_setup import AppSetup
from provisor.services.drift_checking import Checker, Readable
from provisor.services.settling import Lease, LeaseLost
from provisor.services.work import Database
from provisor.store import drift_runs
from provisor.store.database import DATABASE_AWAY
from provisor.store.drift_runs import DriftRun
from provisor.worker.condition import Condition

AWAY = 0.2
"""Seconds before the database is tried again."""

log = structlog.get_logger()


class Checking:
    """Of one app, for as long as a worker owns it."""

    def __init__(
        self,
        database: Database,
        lease: Lease,
        connector: Readable,
        condition: Condition,
        backoff: Backoff,
        setup: Callable[[], AppSetup],
        ours: Callable[[], bool],
    ) -> None:
        """`setup` is the app's set-up as the worker has it now; `ours` says whether the lease has not run out."""
        self._database, self._lease, self._connector = database, lease, connector
        self._app, self._backoff, self._setup, self._ours = condition, backoff, setup, ours
        self._news = asyncio.Event()
        self._failures = 0
        self.busy = False
        """A check is under way, so that the app is still to be owned."""

    def wake(self) -> None:
        """There may be a check to carry on."""
        self._news.set()

    async def run(self, rescan: float) -> None:
        """Carry checks on until cancelled or the lease is lost. Being cancelled loses nothing."""
        while True:
            self._news.clear()
            wait = AWAY
            try:
                async with self._database.pool.acquire() as connection:
                    run = await drift_runs.find_open(connection, self._lease.app_id)
                self.busy = run is not None
                wait = rescan if run is None else await self._carry_on(run)
            except LeaseLost:
                return
            except DATABASE_AWAY as problem:
                log.warning("database away", app=self._lease.app_id, problem=str(problem))
            if wait:
                with suppress(TimeoutError):
                    async with asyncio.timeout(wait):
                        await self._news.wait()

    async def _carry_on(self, run: DriftRun) -> float:
        """One step; how long to wait before the next."""
        if not self._ours() or self._app.resting:
            return max(AWAY, min(self._app.resting, 1.0))
        checker = Checker(self._database, self._lease, self._setup(), self._connector)
        try:
            await checker.step(run)
        except PeerThrottled as problem:
            self._app.rest(self._delay() if problem.retry_after is None else problem.retry_after)
            return AWAY
        except PeerUnavailable as problem:
            if self._failures + 1 >= self._backoff.task_after:
                self._failures = 0
                await checker.give_up(run, problem.message)
                return 0.0
            return self._delay()
        except PeerError as problem:
            await checker.give_up(run, problem.message)
            return 0.0
        except (LeaseLost, *DATABASE_AWAY):
            raise
        except Exception:
            reference = self._database.ids.new(Prefix.ERROR)
            log.exception("check failed by our own fault", app=self._lease.app_id, reference=reference)
            await checker.give_up(run, f"Provisor itself failed (reference {reference}).")
            return 0.0
        self._failures = 0
        return 0.0

    def _delay(self) -> float:
        self._failures += 1
        return self._backoff.delay(self._failures - 1, random.random())

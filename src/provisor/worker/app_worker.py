"""Works one owned app: keeps a window of people in hand, pushes them concurrently, settles what has finished.

1. No step waits for the slowest person: runners take the next one while others are on the wire.
2. A person is in hand from loading until settled, so nobody is pushed twice at once.
3. The leaving overtake everybody: the queue is ordered by lane.
4. Settling happens every 50 ms or 200 people, whichever comes first.
5. After workers died one after another, people are taken one by one for a while: see `services.suspects`.
6. By our own clock too, nothing is sent after the lease has run out: whoever stood still must not act on old plans.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from contextlib import suppress
from math import ceil
from time import monotonic

import structlog

from provisor.apps.app import Limits
from provisor.directory.ids import Prefix
from provisor.provisioning.plan import Patience, Plan
from provisor.provisioning.settlement import Backoff, Settlement, Verdict, settle_bug
from provisor.provisioning.subject import Subject
from provisor.provisioning.trial import TrialLimits
from provisor.services import pausing, trials
from provisor.services.app_setup import AppSetup
from provisor.services.pushing import AccountConnector, Pusher
from provisor.services.settling import Lease, LeaseLost, settle
from provisor.services.suspects import Caution
from provisor.services.window import decide, due_people
from provisor.services.work import Database
from provisor.settings import Settings
from provisor.store import work_queue
from provisor.store.database import DATABASE_AWAY
from provisor.store.marks import Lane
from provisor.worker.accounts import Accounts
from provisor.worker.checking import Checking
from provisor.worker.condition import Condition
from provisor.worker.throughput import Throughput

SETTLE_EVERY = 0.05
SETTLE_MOST = 200
WINDOW_LEAST = 64
WINDOW_MOST = 500
IN_HAND_MOST = 2 * WINDOW_MOST
STRIDE = 1000
"""People read at once while hardly anybody needs a request."""
SELDOM = 20
"""So many times as many who need none."""
URGENT_MOST = 64
"""People taken in over a full window because they must not wait behind bulk work."""
DONE = frozenset({Verdict.CLEAR, Verdict.PARKED})
"""What takes somebody out of the queue."""

log = structlog.get_logger()


def at_once(limits: Limits) -> int:
    """How many are pushed at once: at a low rate more would only grow old in the line, ahead of who must leave."""
    return limits.concurrency if limits.rate is None else min(limits.concurrency, max(1, ceil(2 * limits.rate)))


class AppWorker:
    """Owns one app until `stop` is called, the lease is lost or nothing is left to do."""

    def __init__(
        self,
        database: Database,
        lease: Lease,
        taken: float,
        setup: AppSetup,
        connector: AccountConnector,
        settings: Settings,
    ) -> None:
        """`taken` is when the lease was asked for, on the clock of `time.monotonic`."""
        self.lease = lease
        self._lease_seconds = settings.lease_seconds
        self.keep(taken)
        self._database = database
        self._setup = setup
        self._patience = Patience(settings.lookup_delay, settings.request_timeout)
        self._backoff = Backoff(
            settings.backoff_first, settings.backoff_most, settings.lookup_delay, settings.task_after
        )
        self._overwrite_window = settings.overwrite_window
        self._trial_limits = TrialLimits(settings.trial_people, settings.trial_percent)
        self._rescan = settings.rescan_seconds
        self._loop = asyncio.get_running_loop()
        self._app = Condition(setup, connector, self._backoff, self._loop.time)
        self._checking = Checking(database, lease, connector, self._app, self._backoff, lambda: self._setup, self.ours)
        self._throughput = Throughput()
        self._accounts = Accounts()
        self._pusher = Pusher(
            connector,
            setup.features,
            self._patience,
            self._backoff,
            pausing.holder_finder(database),
            self._accounts.hold,
            self.ours,
            random.random,
        )
        self._queue: asyncio.PriorityQueue[tuple[int, int, Subject, Plan]] = asyncio.PriorityQueue()
        self._in_hand: set[str] = set()
        self._finished: list[Settlement] = []
        self._order = 0
        self._busy = 0
        self._told = False
        self._news = asyncio.Event()
        self._some_finished = asyncio.Event()
        self._settle_now = asyncio.Event()
        self._settling = asyncio.Lock()
        self._stopping = False
        self._window = WINDOW_LEAST
        self._more = False
        self._strolls = False
        self._caution = Caution(lease.epoch, 2 * WINDOW_LEAST)

    @property
    def throughput(self) -> float | None:
        """People settled in a second of work, lately; None when nothing was."""
        return self._throughput.per_second(self._loop.time())

    def wake(self) -> None:
        """There may be new work, or the app's set-up changed."""
        self._told = True
        self._news.set()
        self._checking.wake()

    def keep(self, asked: float) -> None:
        """The lease was granted or extended on being asked for at this moment."""
        self._alive_until = asked + self._lease_seconds

    def ours(self) -> bool:
        """Whether the lease has not run out. Asks the system's clock: the loop's stands still when we do."""
        return monotonic() < self._alive_until

    def lose(self) -> None:
        """Somebody else owns the app: send nothing more, and end."""
        self._alive_until = 0.0
        self.stop()

    def stop(self) -> None:
        """Finish what is on the wire, settle it, and end."""
        self._stopping = True
        self._news.set()

    async def run(self) -> None:
        """Work until stopped, out of work or without the lease. What was sent is settled before this returns."""
        runners = [asyncio.create_task(self._runner()) for _ in range(at_once(self._setup.limits))]
        settler, feeder = asyncio.create_task(self._settler()), asyncio.create_task(self._feeder())
        checking = asyncio.create_task(self._checking.run(self._rescan))
        try:
            done, _ = await asyncio.wait([feeder, settler], return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
            self._stopping = True
            while self._busy or self._finished or not self._queue.empty():
                await asyncio.sleep(SETTLE_EVERY)
                await self._settle_some()
            async with self._settling:
                pass  # A settlement that is under way ends before its task is cancelled.
            if self.ours():
                await self._caution.end(self._database, self.lease.app_id)
        except LeaseLost:
            log.warning("lease lost", app=self.lease.app_id)
        finally:
            for task in (*runners, settler, feeder, checking):
                task.cancel()
            await asyncio.gather(*runners, settler, feeder, checking, return_exceptions=True)

    # ------------------------------------------------------------------ feeding

    async def _feeder(self) -> None:
        """Keep the window filled; ends when stopped, when the set-up changed or when idle for long."""
        idle_since: float | None = None
        while not self._stopping:
            self._news.clear()
            try:
                told, self._told = self._told, False
                if told and not await self._refresh():
                    return
                if not self.ours():
                    await self._wait(SETTLE_EVERY)
                    continue
                if self._app.resting:
                    await self._wait(min(self._app.resting, self._rescan))
                    self._told = True
                    continue
                if self._app.failing or self._caution:
                    # One person is tried; whatever becomes of that decides about the others.
                    if not self._in_hand:
                        await self._fill(1, Lane.BULK)
                elif self._low():
                    await self._fill(self._window - self._queue.qsize(), Lane.BULK)
                    if self._more and self._low():
                        continue
                elif told and len(self._in_hand) < IN_HAND_MOST:
                    await self._fill(URGENT_MOST, Lane.CHANGE)
                if self._in_hand:
                    idle_since = None
                    await self._wait(self._rescan)
                    continue
                due = await self._next_due()
                idle_since = None if due is not None or self._checking.busy else idle_since or self._loop.time()
                if idle_since is not None and self._loop.time() - idle_since > 2 * self._rescan:
                    return
                # News wakes at once; a repeat that has just come due may wait a moment, and nothing can spin here.
                await self._wait(self._rescan if due is None else max(SETTLE_EVERY, min(due, self._rescan)))
            except DATABASE_AWAY as problem:
                log.warning("database away", app=self.lease.app_id, problem=str(problem))
                await self._wait(SETTLE_EVERY * 4)

    def _low(self) -> bool:
        """Whether to load more: early enough that the runners do not wait for it."""
        return 2 * self._queue.qsize() < self._window and len(self._in_hand) < IN_HAND_MOST

    async def _refresh(self) -> bool:
        """Read the set-up again; False when this app has to be taken up anew."""
        fresh = await pausing.refresh(self._database, self._setup)
        if fresh is None:
            return False
        self._setup = fresh
        self._app.rest(fresh.resting)
        return True

    async def _fill(self, room: int, lowest: Lane) -> None:
        """Take in at most `room` people of the lanes down to `lowest`.

        While hardly anybody needs a request, strides are long, and the next people are read as these are decided.
        """
        setup = self._setup
        people = await due_people(self._database, setup, room, list(self._in_hand), lowest)
        while True:
            ahead: asyncio.Task[list[Subject]] | None = None
            more = len(people) == room
            if more and lowest is Lane.BULK and self._may_stroll():
                room, hand = STRIDE, [*self._in_hand, *(each.user_id for each in people)]
                ahead = asyncio.create_task(due_people(self._database, setup, room, hand))
            try:
                await self._take_in(setup, people)
            except BaseException:
                if ahead is not None:
                    ahead.cancel()
                    await asyncio.gather(ahead, return_exceptions=True)
                raise
            if lowest is Lane.BULK:
                self._more = more
            if ahead is None:
                return
            people = await ahead

    def _may_stroll(self) -> bool:
        """Whether to read on at once: nothing has to be heeded before, and settling keeps up."""
        heeded = self._told or self._stopping or self._app.resting or self._app.failing or self._caution
        return self._strolls and not heeded and self.ours() and len(self._in_hand) <= STRIDE

    async def _take_in(self, setup: AppSetup, people: Sequence[Subject]) -> None:
        """Decide people; push those who need it, settle the others."""
        stretch = await decide(
            self._database,
            setup,
            people,
            self._patience,
            caution=self._caution,
            overwrite_window=self._overwrite_window,
        )
        self._strolls = len(stretch.settled) > SELDOM * len(stretch.pushes)
        if stretch.held and not self._setup.row.held:
            self._told = True
        if stretch.pushes or stretch.settled:
            self._throughput.begin(self._loop.time())
        for subject, plan in stretch.pushes:
            self._in_hand.add(subject.user_id)
            self._order += 1
            self._queue.put_nowait((subject.mark.lane, self._order, subject, plan))
        for settled in stretch.settled:
            self._in_hand.add(settled.subject.user_id)
            outdated = self._accounts.outdated(settled.subject.user_id)
            self._hand_in(Settlement(settled.subject, Verdict.LATER, keeps_intent=True) if outdated else settled)

    async def _next_due(self) -> float | None:
        """Seconds until somebody comes due; None when nobody waits for the clock."""
        async with self._database.pool.acquire() as connection:
            released = self._setup.row.released_gen if self._setup.row.held else work_queue.NO_LIMIT
            return await work_queue.next_due(connection, self.lease.app_id, released)

    async def _wait(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(max(seconds, 0.001)):
                await self._news.wait()

    # ------------------------------------------------------------------ pushing

    async def _runner(self) -> None:
        while True:
            _, _, subject, plan = await self._queue.get()
            if self._more and self._low():
                self._news.set()
            probing = self._app.failing and self._busy
            if self._app.resting or probing or self._stopping or not self.ours():
                self._hand_in(Settlement(subject, Verdict.RELEASED, keeps_intent=subject.link.intent_age is not None))
                continue
            if self._accounts.outdated(subject.user_id):
                self._hand_in(Settlement(subject, Verdict.LATER))
                continue
            self._busy += 1
            try:
                settled = await self._pusher.push(subject, plan)
            except DATABASE_AWAY as problem:
                log.warning("database away", app=self.lease.app_id, problem=str(problem))
                settled = Settlement(subject, Verdict.LATER, delay=SETTLE_EVERY * 4, keeps_intent=True)
            except Exception:
                reference = self._database.ids.new(Prefix.ERROR)
                log.exception("push failed by our own fault", reference=reference, user=subject.user_id)
                settled = settle_bug(subject, plan.step, reference)
            finally:
                self._busy -= 1
            self._hand_in(self._app.learn(settled))

    def _hand_in(self, settled: Settlement) -> None:
        """Have it settled; without a request having been sent, it tells nothing of the app."""
        self._finished.append(settled)
        self._some_finished.set()
        if len(self._finished) >= SETTLE_MOST or (self._queue.empty() and not self._busy):
            self._settle_now.set()

    # ------------------------------------------------------------------ settling

    async def _settler(self) -> None:
        while True:
            await self._some_finished.wait()
            with suppress(TimeoutError):
                async with asyncio.timeout(SETTLE_EVERY):
                    await self._settle_now.wait()
            await self._settle_some()

    async def _settle_some(self) -> None:
        async with self._settling:
            self._some_finished.clear()
            self._settle_now.clear()
            batch, self._finished = self._finished, []
            if not batch:
                return
            try:
                await settle(self._database, self.lease, batch)
                await self._app.store(self._database, self.lease.app_id, batch)
                await self._caution.survived(self._database, self.lease.app_id, len(batch))
            except LeaseLost as lost:
                await self._pusher.switch_off_strays(lost.strays)
                raise
            except DATABASE_AWAY as problem:
                # What apps confirmed must not be forgotten: keep it and try again until the database is back.
                log.warning("database away", app=self.lease.app_id, problem=str(problem))
                self._finished[:0] = batch
                await asyncio.sleep(SETTLE_EVERY * 4)
                self._some_finished.set()
                return
        self._accounts.release(batch)
        self._in_hand.difference_update(settled.subject.user_id for settled in batch)
        done = sum(settled.verdict in DONE for settled in batch)
        self._throughput.settled(done, self._loop.time(), more=bool(self._in_hand))
        # About a quarter of a second of work: few queries when people go fast, fresh data when they go slowly.
        wanted = max(WINDOW_LEAST, 2 * self._setup.limits.concurrency, 5 * len(batch))
        self._window = min(WINDOW_MOST, wanted)
        self._news.set()
        if self._setup.trial is not None and any(settled.verdict is Verdict.PARKED for settled in batch):
            with suppress(*DATABASE_AWAY):
                await trials.watch(self._database, self.lease.app_id, self._trial_limits)

"""A worker process: listens for marked apps, claims them, keeps their leases, and carries orphaned sweeps on.

1. NOTIFY wakes at once; a rescan finds what no NOTIFY announced (it is lost when the LISTEN connection breaks).
2. One heartbeat extends all leases; an app whose lease is gone is dropped, and its new owner looks again.
3. Any number of workers may run on one database, on any machine.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
from contextlib import suppress
from time import monotonic
from typing import Any, Protocol

import structlog

from provisor.connector import ConfigError, Connector
from provisor.directory.ids import Prefix
from provisor.provisioning.settlement import TaskKind
from provisor.services import drift, expiring, pausing, profile_sweeping, sweeping
from provisor.services.app_setup import load_setup
from provisor.services.pushing import AccountConnector
from provisor.services.settling import Lease
from provisor.services.work import Database, repeated
from provisor.settings import Settings
from provisor.store import leases
from provisor.store.database import DATABASE_AWAY, connect
from provisor.store.events import make_partitions
from provisor.store.marks import CHANNEL, PROFILES
from provisor.worker.app_worker import AppWorker

HOUSEKEEPING = 3600.0
"""Seconds between two rounds."""

log = structlog.get_logger()


class ConnectorFactory(Protocol):
    async def open(self, app_id: str) -> Connector:
        """A connector for the app's connection as it is now; `ConfigError` when it cannot be made."""


async def run_worker(
    database: Database, listen_dsn: str, settings: Settings, connectors: ConnectorFactory, stop: asyncio.Event
) -> None:
    """Work until `stop` is set; then settle what is on the wire, give the leases up and return."""
    worker = Worker(database, listen_dsn, settings, connectors)
    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(job())
            for job in (worker.listen, worker.claim_on_news, worker.heartbeat, worker.keep_house)
        ]
        await stop.wait()
        for task in tasks:
            task.cancel()
    await worker.close()


class Worker:
    def __init__(self, database: Database, listen_dsn: str, settings: Settings, connectors: ConnectorFactory) -> None:
        self.owner = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        self._database = database
        self._listen_dsn = listen_dsn
        self._settings = settings
        self._connectors = connectors
        self._apps: dict[str, AppWorker] = {}
        self._running: dict[str, asyncio.Task[None]] = {}
        self._told: set[str] = set()
        self._rescan = True
        self._news = asyncio.Event()

    # ------------------------------------------------------------------ news

    async def listen(self) -> None:
        """Hear of marked apps; reconnects for ever, and looks at everything after each new connection."""
        while True:
            try:
                connection = await connect(self._listen_dsn)
                lost = asyncio.Event()
                connection.add_termination_listener(lambda _, lost=lost: lost.set())
                try:
                    await connection.add_listener(CHANNEL, self._hear)
                    self._rescan = True
                    self._news.set()
                    await lost.wait()
                finally:
                    with suppress(*DATABASE_AWAY):
                        await connection.close(timeout=1)
            except DATABASE_AWAY as problem:
                log.warning("cannot listen to the database", problem=str(problem))
            await asyncio.sleep(0.2)

    def _hear(self, _connection: Any, _pid: int, _channel: str, app_id: Any) -> None:
        if app_id == PROFILES:
            self._rescan = True
            self._news.set()
        elif (known := self._apps.get(app_id)) is not None:
            known.wake()
        else:
            self._told.add(app_id)
            self._news.set()

    # ------------------------------------------------------------------ owning

    async def claim_on_news(self) -> None:
        """Claim apps that were announced, and every so often, however much is announced, any that wait unannounced."""
        due = monotonic() + self._settings.rescan_seconds
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(max(0.0, due - monotonic())):
                    await self._news.wait()
            rescan = self._rescan or monotonic() >= due
            if rescan:
                due = monotonic() + self._settings.rescan_seconds
            self._rescan = False
            self._news.clear()
            told, self._told = self._told, set()
            try:
                if rescan:
                    await drift.begin_due(self._database)
                await self._claim(None if rescan else told)
                if rescan:
                    for app in self._apps.values():
                        app.wake()
                    await sweeping.finish(self._database)
                    await profile_sweeping.finish(self._database)
            except DATABASE_AWAY as problem:
                log.warning("database away", problem=str(problem))
                self._told |= told
                await asyncio.sleep(0.2)
                self._rescan = True
                self._news.set()

    async def _claim(self, told: set[str] | None) -> None:
        async with self._database.pool.acquire() as connection:
            if told is None:
                wanted = await leases.claimable(connection)
            else:
                wanted = [app_id for each in sorted(told) for app_id in await leases.claimable(connection, each)]
        for app_id in wanted:
            if app_id not in self._running:
                self._running[app_id] = asyncio.create_task(self._own(app_id), name=f"app {app_id}")

    async def _own(self, app_id: str) -> None:
        """Own an app from claim to release."""
        again = True
        try:
            again = await self._work(app_id)
        except DATABASE_AWAY as problem:
            log.warning("database away", app=app_id, problem=str(problem))
            await asyncio.sleep(0.2)
        except Exception:
            reference = self._database.ids.new(Prefix.ERROR)
            log.exception("app worker failed by our own fault", app=app_id, reference=reference)
            with suppress(*DATABASE_AWAY):
                await pausing.report_bug(self._database, app_id, reference)
            await asyncio.sleep(1)
        finally:
            self._apps.pop(app_id, None)
            self._running.pop(app_id, None)
            if again:
                self._told.add(app_id)
                self._news.set()

    async def _work(self, app_id: str) -> bool:
        """Work the app until its owner ends; True when it should be looked at again at once."""
        async with self._database.pool.acquire() as connection:
            setup = await load_setup(connection, app_id)
            if setup is None or not setup.row.workable:
                return False
            asked = monotonic()
            epoch = await leases.claim(connection, app_id, self.owner, self._settings.lease_seconds)
        if epoch is None:
            return False
        lease = Lease(app_id, self.owner, epoch)
        if setup.problem is not None:
            await pausing.stop(self._database, app_id, TaskKind.MAPPING, setup.problem)
            await self._release(lease)
            return False
        try:
            connector = await self._connectors.open(app_id)
        except ConfigError as error:
            await pausing.stop(self._database, app_id, TaskKind.CREDENTIALS, error.message)
            await self._release(lease)
            return False
        try:
            if not isinstance(connector, AccountConnector):
                raise TypeError(f"{type(connector).__name__} cannot manage accounts")
            worker = AppWorker(self._database, lease, asked, setup, connector, self._settings)
            self._apps[app_id] = worker
            await worker.run()
        finally:
            await connector.close()
            await self._release(lease)
        return True

    async def _release(self, lease: Lease) -> None:
        async with self._database.pool.acquire() as connection:
            await leases.release(connection, lease.app_id, lease.owner, lease.epoch)

    async def heartbeat(self) -> None:
        """Extend the leases three times in their life; drop apps that are not ours any more."""
        while True:
            await asyncio.sleep(self._settings.lease_seconds / 3)
            owned = list(self._apps)
            if not owned:
                continue
            speeds = [self._apps[app_id].throughput for app_id in owned]
            try:
                async with self._database.pool.acquire() as connection:
                    asked = monotonic()
                    ours = await leases.extend(connection, self.owner, owned, self._settings.lease_seconds, speeds)
            except DATABASE_AWAY as problem:
                log.warning("cannot extend leases", problem=str(problem))
                continue
            for app_id in owned:
                if (worker := self._apps.get(app_id)) is None:
                    continue
                if app_id in ours:
                    worker.keep(asked)
                else:
                    worker.lose()

    async def keep_house(self) -> None:
        """What has to be done now and then, however long the process lives."""
        while True:
            with suppress(*DATABASE_AWAY):
                await repeated(lambda: expiring.announce(self._database, self._settings.expiry_notice_days))
            await asyncio.sleep(HOUSEKEEPING)
            with suppress(*DATABASE_AWAY):
                async with self._database.pool.acquire() as connection:
                    await make_partitions(connection)

    async def close(self) -> None:
        """Let every app settle what is on the wire, and give the leases up."""
        for app in self._apps.values():
            app.stop()
        running = list(self._running.values())
        with suppress(TimeoutError):
            async with asyncio.timeout(self._settings.request_timeout + 5):
                await asyncio.gather(*running, return_exceptions=True)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

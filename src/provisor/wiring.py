"""The one place that names concrete classes: what a server and a worker are made of, how they start and how they end.

Order of a start: listen, database, schema, key, tokens, then work and answers. It ends in the opposite order.
"""

from __future__ import annotations

import asyncio
import gc
import platform
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import asyncpg

from provisor.api.app import create_api
from provisor.api.context import ApiContext
from provisor.api.inbound.mount import InboundScim
from provisor.console.app import Console
from provisor.console.assets import Assets
from provisor.console.context import ConsoleContext
from provisor.console.live import Live
from provisor.console.rendering import Renderer
from provisor.data_dir import DataDir, DataDirError, write_private
from provisor.directory.ids import Prefix
from provisor.front import Front
from provisor.listening import AddressInUse, listen, serve_until, stop_on_signals, url_of
from provisor.logging_output import write_json_to_stderr
from provisor.postgres import cluster, dump
from provisor.postgres.errors import ClusterError
from provisor.services.actor import SYSTEM
from provisor.services.connecting import ConnectorFactory
from provisor.services.secrets import KeyUnusable, Sealer, check_key, load_or_create_key
from provisor.services.setup import offer_set_up
from provisor.services.tokens import Tokens, create_token, ensure_first_token
from provisor.services.work import Database
from provisor.settings import Settings, SettingsError
from provisor.store import installation
from provisor.store.database import connect, open_pool
from provisor.store.events import forget_transactions, make_partitions
from provisor.store.migrate import SchemaError, migrate
from provisor.wiring_scim import build_scim_connector
from provisor.worker.main import run_worker


class DatabaseUnusable(Exception):
    """The database does not answer or does not take us; the message says which setting leads to it."""


REFUSALS = (
    AddressInUse,
    ClusterError,
    DataDirError,
    DatabaseUnusable,
    KeyUnusable,
    SchemaError,
    SettingsError,
)
"""Why a start can fail for reasons that the operator can mend; each message is a sentence."""


@dataclass(frozen=True, slots=True)
class Installation:
    """A database that is ready to be worked with."""

    files: DataDir
    dsn: str
    database: Database
    sealer: Sealer


async def serve(settings: Settings, host: str, port: int, *, with_worker: bool = True) -> None:
    """Run the API, and a worker unless told not to, until SIGINT or SIGTERM."""
    write_json_to_stderr(settings.log_level)
    stop = stop_on_signals()
    listener = listen(host, port)
    async with opened(settings, connections=settings.database_pool) as made:
        url = url_of(listener)
        await _give_tokens(made, settings)
        set_up_token = await offer_set_up(made.database)
        connectors = ConnectorFactory(made.database, made.sealer, settings, build_scim_connector)

        def on_ready() -> None:
            collect_less()
            made.files.announce(url)
            print(f"Provisor is ready on {url}", flush=True)
            if set_up_token is not None:
                print(f"Finish the set-up: {url}/setup?token={set_up_token}", flush=True)

        live = Live(settings.database_listen_url or made.dsn)
        context = ApiContext(made.database, settings, apps=connectors)
        application = Front(
            create_api(context),
            build_console(made.database, settings, connectors, live),
            InboundScim(made.database, settings, made.sealer.key_for("scim cursors"), context.metrics),
        )
        try:
            async with asyncio.TaskGroup() as group:
                if with_worker:
                    group.create_task(_work(made, settings, stop))
                group.create_task(live.run(stop))
                group.create_task(serve_until(stop, application, listener, on_ready))
        finally:
            made.files.withdraw()


def build_console(database: Database, settings: Settings, connectors: ConnectorFactory, live: Live) -> Console:
    """The web console over a database."""
    assets, renderer = _looks()
    return Console(ConsoleContext(database, settings, connectors, live, renderer), assets)


@cache
def _looks() -> tuple[Assets, Renderer]:
    """Files and templates, which no setting changes: packed and compiled once, however many consoles a process has."""
    assets = Assets()
    return assets, Renderer(assets)


async def work(settings: Settings) -> None:
    """Run a worker until SIGINT or SIGTERM."""
    write_json_to_stderr(settings.log_level)
    stop = stop_on_signals()
    async with opened(settings, connections=2) as made:
        collect_less()
        print("Provisor's worker is ready", flush=True)
        await _work(made, settings, stop)


def collect_less() -> None:
    """What was loaded to start stays for good: do not look through it again and again, a tenth of the CPU time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 100)


async def _work(made: Installation, settings: Settings, stop: asyncio.Event) -> None:
    """A worker with connections of its own, so that neither it nor the API can take them from the other."""
    pool = await open_pool(made.dsn, size=settings.worker_pool, statement_cache=settings.statement_cache)
    try:
        database = Database(pool, made.database.ids)
        connectors = ConnectorFactory(database, made.sealer, settings, build_scim_connector)
        listen_dsn = settings.database_listen_url or made.dsn
        await run_worker(database, listen_dsn, settings, connectors, stop)
    finally:
        await pool.close()


async def save(settings: Settings, file: Path) -> None:
    """Write the database into a file."""
    async with _server(settings, DataDir.at(settings.data_dir)) as (source, _):
        await dump.backup(source, file)


async def bring_back(settings: Settings, file: Path) -> None:
    """Replace the database's content by a file's."""
    files = DataDir.at(settings.data_dir)
    files.make()
    async with _server(settings, files) as (target, dsn):
        await dump.restore(target, file)
        connection = await connect(dsn)
        try:
            await forget_transactions(connection)
        finally:
            await connection.close()


@asynccontextmanager
async def opened(settings: Settings, *, connections: int) -> AsyncIterator[Installation]:
    """The installation's database, at this release's schema and sealed with our key."""
    files = DataDir.at(settings.data_dir)
    files.make()
    async with _server(settings, files) as (_, dsn):
        try:
            await migrate(dsn)
            pool = await open_pool(dsn, size=connections, statement_cache=settings.statement_cache)
        except (OSError, asyncpg.PostgresError, asyncpg.ClientConfigurationError) as problem:
            raise DatabaseUnusable(
                f"The database cannot be used: {problem}. Check PROVISOR_DATABASE_URL; unset, Provisor runs its own."
            ) from None
        try:
            database = Database(pool)
            yield Installation(files, dsn, database, await _unlock(database, settings, files))
        finally:
            await pool.close()


@asynccontextmanager
async def _server(settings: Settings, files: DataDir) -> AsyncIterator[tuple[cluster.Cluster | str, str]]:
    """PostgreSQL: one's own, else the embedded one, which other processes may be using already."""
    if settings.database_url is not None:
        yield settings.database_url, settings.database_url
        return
    running = await cluster.start(files.root)
    try:
        yield running, running.dsn()
    finally:
        await running.release()


async def _unlock(database: Database, settings: Settings, files: DataDir) -> Sealer:
    async with database.pool.acquire() as connection:
        await installation.make(connection, database.ids.new(Prefix.ORG))
        fingerprint = await installation.find_key_fingerprint(connection)
        sealer = Sealer(load_or_create_key(settings, files.root, fingerprint))
        await check_key(connection, sealer)
        await make_partitions(connection)
    return sealer


async def _give_tokens(made: Installation, settings: Settings) -> None:
    """Tokens for whoever comes first: a person (printed once) and the commands on this machine (a file)."""
    first = await ensure_first_token(made.database, settings.bootstrap_token)
    if first is not None:
        print(f"API token, shown this once: {first}", flush=True)
    kept = made.files.find_text(made.files.cli_token)
    if kept is None or await Tokens(made.database).check(kept) is None:
        _, text = await create_token(made.database, SYSTEM, f"command line on {platform.node()}")
        write_private(made.files.cli_token, text)

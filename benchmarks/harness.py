"""Sets a benchmark's world up: embedded PostgreSQL on disk, a reference server in its own process, people, one app.

Everything is on loopback, bounded and gone afterwards.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from provisor.apps.mapping import Direction, Mapping, render_mapping
from provisor.connectors.egress import EgressPolicy
from provisor.connectors.http import AiohttpTransport
from provisor.connectors.scim import AuthScheme, Dialect, ScimConnector, ScimSettings, authorization, parse_base_url
from provisor.directory.ids import Prefix
from provisor.directory.user import DEFAULT_TYPE
from provisor.postgres.cluster import start
from provisor.services.work import Database
from provisor.settings import Settings
from provisor.store import mappings
from provisor.store.database import open_pool
from provisor.store.migrate import migrate
from provisor.wiring import collect_less
from provisor.worker.main import ConnectorFactory, run_worker

TOKEN = "benchmark"
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Peer:
    """A reference server in a process of its own."""

    url: str
    process: subprocess.Popen[bytes]


@contextlib.contextmanager
def reference_server(*options: str) -> Iterator[Peer]:
    """Run `provisor scim-server` on a free port."""
    command = [sys.executable, "-m", "provisor.cli.scim_server", "--port", "0", *options]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, env={**os.environ, "PROVISOR_SCIM_TOKEN": TOKEN}, stderr=subprocess.DEVNULL
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline().decode()
        found = re.search(r"(http://\S+)", line)
        assert found, line
        yield Peer(found[1], process)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(10)


@dataclass
class Server:
    """A real `provisor serve`, with its worker, on a data directory of its own."""

    url: str
    process: subprocess.Popen[bytes]
    data_dir: Path

    def environment(self) -> dict[str, str]:
        """With it, commands talk to this server."""
        return {**os.environ, "PROVISOR_URL": self.url, "PROVISOR_API_TOKEN": TOKEN}

    async def call(self, session: aiohttp.ClientSession, method: str, path: str, body: Any = None) -> Any:
        """The JSON of the answer to one request to its API."""
        headers = {"Authorization": f"SSWS {TOKEN}"}
        async with session.request(method, self.url + path, json=body, headers=headers) as answer:
            assert answer.status < 300, (path, answer.status, await answer.text())
            return await answer.json() if answer.status != 204 else None

    async def load(self, session: aiohttp.ClientSession, number: int, prefix: str) -> None:
        """Load so many people, as `provisor users load` does."""
        rows = [
            {
                "line": n + 2,
                "profile": {
                    "login": f"{prefix}{n}@example.com", "email": f"{prefix}{n}@example.com",
                    "firstName": f"First{n}", "lastName": f"Last{n}",
                },
            }
            for n in range(number)
        ]  # fmt: skip
        for first in range(0, number, 2000):
            body = {"activate": True, "rows": rows[first : first + 2000]}
            await self.call(session, "POST", "/provisor/v1/users/load", body)

    async def app(self, session: aiohttp.ClientSession, base_url: str) -> str:
        """An app with its connection tested and provisioning on; its id."""
        body = {"name": "scim2_bearer_token", "label": "Benchmark"}
        app_id: str = (await self.call(session, "POST", "/api/v1/apps", body))["id"]
        connection = {"baseUrl": base_url, "profile": {"authScheme": "TOKEN", "token": TOKEN}}
        await self.call(session, "POST", f"/api/v1/apps/{app_id}/connections/default?activate=TRUE", connection)
        on = {"status": "ENABLED"}
        switches = {"create": {"lifecycleCreate": on}, "update": {"profile": on, "lifecycleDeactivate": on}}
        await self.call(session, "PUT", f"/api/v1/apps/{app_id}/features/USER_PROVISIONING", switches)
        return app_id


@contextlib.contextmanager
def provisor_server(**settings: str) -> Iterator[Server]:
    """Run `provisor serve` on a free port; settings are environment variables without their prefix."""
    directory = Path(tempfile.mkdtemp(prefix="provisor-bench-", dir="/tmp"))
    directory.chmod(0o711)
    own = {"BOOTSTRAP_TOKEN": TOKEN, "EGRESS_ALLOW": "127.0.0.0/8", "API_RATE_LIMIT": "0", **settings}
    program = str(Path(sys.executable).with_name("provisor"))
    process = subprocess.Popen(
        [program, "serve", "--port", "0", "--data-dir", str(directory / "data")],
        stdout=subprocess.PIPE,
        env={**os.environ, **{f"PROVISOR_{name}": value for name, value in own.items()}},
    )
    try:
        assert process.stdout is not None
        found = re.search(r"(http://\S+)", process.stdout.readline().decode())
        assert found, f"provisor serve ended with {process.wait()}"
        yield Server(found[1], process, directory / "data")
    finally:
        process.terminate()
        process.wait(30)
        shutil.rmtree(directory, ignore_errors=True)


@dataclass
class World:
    database: Database
    dsn: str
    settings: Settings
    data_dir: Path

    async def people(self, number: int, prefix: str = "user") -> list[str]:
        """Insert active people, set-wise."""
        ids = [self.database.ids.new(Prefix.USER) for _ in range(number)]
        profiles = [
            {
                "login": f"{prefix}{n}@example.com", "email": f"{prefix}{n}@example.com", "firstName": f"First{n}",
                "lastName": f"Last{n}", "title": "Engineer", "department": "Research", "employeeNumber": str(n),
                "city": "Oslo", "countryCode": "NO", "mobilePhone": None, "secondEmail": None,
            }
            for n in range(number)
        ]  # fmt: skip
        async with self.database.pool.acquire() as connection:
            await connection.execute(
                """INSERT INTO users (id, status, login_key, fold_version, profile, name_key, reversed_key)
                SELECT id, 'ACTIVE', profile ->> 'login', 1, profile,
                  lower((profile ->> 'firstName') || ' ' || (profile ->> 'lastName')),
                  lower((profile ->> 'lastName') || ' ' || (profile ->> 'firstName'))
                FROM unnest($1::text[], $2::jsonb[]) AS u (id, profile)""",
                ids,
                profiles,
            )
            await connection.execute("ANALYZE users")
        return ids

    async def group(self, members: list[str]) -> str:
        group_id = self.database.ids.new(Prefix.GROUP)
        async with self.database.pool.acquire() as connection, connection.transaction():
            await connection.execute(
                "INSERT INTO groups (id, type, name, profile) VALUES ($1, 'OKTA_GROUP', $1, '{}')", group_id
            )
            await connection.execute(
                "INSERT INTO membership (group_id, user_id) SELECT $1, u FROM unnest($2::text[]) AS m (u)",
                group_id,
                members,
            )
        async with self.database.pool.acquire() as connection:
            await connection.execute("ANALYZE membership")
        return group_id

    async def app(self, url: str, concurrency: int = 32, entry: str = "scim2_bearer_token") -> str:
        app_id = self.database.ids.new(Prefix.APP)
        async with self.database.pool.acquire() as connection, connection.transaction():
            await connection.execute(
                """INSERT INTO apps (id, name, label, status, features, limits)
                VALUES ($1, $4, $1, 'ACTIVE', $2, $3)""",
                app_id,
                {"create": True, "update": True, "deactivate": True},
                {"concurrency": concurrency, "overwrite_floor": 1_000_000_000},
                entry,
            )
            await connection.execute(
                """INSERT INTO app_connection (app_id, status, base_url, auth_scheme, secret)
                VALUES ($1, 'ENABLED', $2, 'TOKEN', '')""",
                app_id,
                url,
            )
            await mappings.insert(
                connection, [(self.database.ids.new(Prefix.MAPPING), app_id, DEFAULT_TYPE, each) for each in Direction]
            )
        return app_id

    async def map(self, app_id: str, lines: Sequence[Mapping]) -> None:
        """Give an app a mapping of its own."""
        async with self.database.pool.acquire() as connection, connection.transaction():
            row = await mappings.find_of(connection, app_id, DEFAULT_TYPE, Direction.TO_APP)
            assert row is not None
            await mappings.update(connection, row.id, [render_mapping(each) for each in lines], [])
            await mappings.bump(connection, app_id)

    @contextlib.asynccontextmanager
    async def worker(
        self, url: str, dialect: Dialect = Dialect.PATCH, connectors: ConnectorFactory | None = None
    ) -> AsyncIterator[None]:
        """A worker whose apps are all at this address unless told otherwise.

        The garbage collector is as `provisor serve` and `provisor worker` set it.
        """
        before = gc.get_threshold()
        collect_less()
        stop = asyncio.Event()
        opener = connectors or Connectors(url, dialect)
        task = asyncio.create_task(run_worker(self.database, self.dsn, self.settings, opener, stop))
        try:
            yield
        finally:
            stop.set()
            await task
            gc.unfreeze()
            gc.set_threshold(*before)

    async def until_clean(self, app_id: str, seconds: float = 300) -> None:
        """Wait until nothing is dirty any more."""
        deadline = time.monotonic() + seconds
        while await self.database.pool.fetchval("SELECT EXISTS (SELECT FROM dirty WHERE app_id = $1)", app_id):
            assert time.monotonic() < deadline, "still dirty"
            await asyncio.sleep(0.02)


@dataclass
class Connectors:
    """Opens the same connector for every app."""

    url: str
    dialect: Dialect = Dialect.PATCH

    async def open(self, app_id: str) -> ScimConnector:
        egress = EgressPolicy(Settings.read({"PROVISOR_EGRESS_ALLOW": "127.0.0.0/8"}).egress_allow)
        return ScimConnector(
            AiohttpTransport(egress, timeout=60),
            ScimSettings(parse_base_url(self.url), authorization(AuthScheme.TOKEN, token=TOKEN), self.dialect),
        )


@contextlib.asynccontextmanager
async def world() -> AsyncIterator[World]:
    """A database on disk with fsync, and a pool."""
    directory = Path(tempfile.mkdtemp(prefix="provisor-bench-", dir="/tmp"))
    directory.chmod(0o711)
    cluster = await start(directory)
    try:
        await migrate(cluster.dsn("provisor"))
        pool = await open_pool(cluster.dsn("provisor"), size=4)
        try:
            yield World(Database(pool), cluster.dsn("provisor"), Settings(), directory)
        finally:
            await pool.close()
    finally:
        await cluster.release()
        shutil.rmtree(directory, ignore_errors=True)


def cpu_of(pid: int) -> float:
    """CPU seconds of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def postgres_cpu(data_dir: Path) -> float:
    """CPU seconds of PostgreSQL and all its processes, ended ones included."""
    pid = int((data_dir / "pg" / "data" / "postmaster.pid").read_text().splitlines()[0])
    total = 0.0
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        with contextlib.suppress(OSError, ValueError):
            fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
            if int(entry.name) == pid or int(fields[1]) == pid:
                total += (int(fields[11]) + int(fields[12])) / TICKS
            if int(entry.name) == pid:
                total += (int(fields[13]) + int(fields[14])) / TICKS
    return total

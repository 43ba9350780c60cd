"""Starts the SCIM servers that are compared: ours in memory and over PostgreSQL, scim2-server, scimmy."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

from benchmarks.scim_load import Running, cpu_of, pinned, user
from provisor.postgres.cluster import start
from provisor.scim.schemas import USER
from provisor.scimserver.postgres.tables import STRETCH, Tables
from provisor.scimserver.records import make_record

TOKEN = "benchmark"
PEERS = Path(os.environ.get("PROVISOR_BENCH_PEERS", Path(tempfile.gettempdir()) / "provisor-bench-peers"))
SCIM2 = ("scim2-server==0.8.3", "scim2-models==0.12.3", "uvicorn[standard]")
SCIMMY = ("scimmy@1.3.5", "scimmy-routers@1.3.2", "express@4")


def install_peers() -> None:
    """Install the peers from their registries, unless that was done before."""
    PEERS.mkdir(exist_ok=True)
    if not (PEERS / "venv" / "bin" / "uvicorn").exists():
        subprocess.run([sys.executable, "-m", "venv", PEERS / "venv"], check=True)
        subprocess.run([PEERS / "venv" / "bin" / "pip", "install", "-q", *SCIM2], check=True)
    if not (PEERS / "node" / "node_modules" / "scimmy").exists():
        (PEERS / "node").mkdir(exist_ok=True)
        command = ["npm", "install", "--silent", "--no-audit", "--no-fund", *SCIMMY]
        subprocess.run(command, cwd=PEERS / "node", check=True)
    shutil.copy(Path(__file__).with_name("peers") / "scimmy_memory.mjs", PEERS / "node")


@contextlib.contextmanager
def ours(environment: dict[str, str] | None = None, core: int = 0) -> Iterator[Running]:
    """`provisor scim-server` as it is run by default, its page included."""
    command = [*pinned(core), sys.executable, "-m", "provisor.cli.scim_server", "--port", "0"]
    given = {**os.environ, "PROVISOR_SCIM_TOKEN": TOKEN, **(environment or {})}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, env=given)
    try:
        assert process.stdout is not None
        found = re.search(r"(http://\S+)", process.stdout.readline().decode())
        assert found, "scim-server did not start"
        yield Running(found[1], {"Authorization": f"Bearer {TOKEN}"}, cpu=lambda: cpu_of(process.pid))
    finally:
        process.terminate()
        process.wait(30)


@contextlib.contextmanager
def over_postgres() -> Iterator[Running]:
    """The same over an embedded PostgreSQL on disk, with fsync; people are copied into it, they would take minutes."""
    directory = Path(tempfile.mkdtemp(prefix="provisor-bench-", dir="/tmp"))
    directory.chmod(0o711)
    with asyncio.Runner() as runner:
        cluster = runner.run(start(directory))
        try:
            with ours({"PROVISOR_SCIM_DATABASE": cluster.dsn("provisor")}) as server:
                postmaster = int((directory / "pg" / "data" / "postmaster.pid").read_text().splitlines()[0])
                server.database_cpu = lambda: cpu_of(postmaster)
                server.preload = lambda number: copy_users(cluster.dsn("provisor"), number)
                yield server
        finally:
            runner.run(cluster.release())
            shutil.rmtree(directory, ignore_errors=True)


async def copy_users(dsn: str, number: int) -> list[str]:
    """Write users into the tables as the server would have."""
    import asyncpg

    tables = Tables("scim")
    table, now = tables.of(USER), "2026-01-01T00:00:00.000Z"
    ids = [f"00000000-0000-4000-8000-{n:012}" for n in range(number)]
    records = [make_record(USER, id, user(f"user{n}", n), now, now) for n, id in enumerate(ids)]
    keys = tables.key_columns(USER)
    columns = [
        "id",
        "version",
        "created",
        "modified",
        "label",
        "body",
        *(column.strip('"') for column in keys.values()),
    ]
    rows = [(r.id, 1, now, now, r.label, r.body.decode(), *(r.key(name) for name in keys)) for r in records]
    connection = await asyncpg.connect(dsn)
    try:
        schema, name = (part.strip('"') for part in table.split("."))
        await connection.copy_records_to_table(name, schema_name=schema, columns=columns, records=rows)
        await connection.execute(
            f"INSERT INTO {tables.bucket} SELECT 'User', seq / {STRETCH}, 0, count(*) FROM {table} GROUP BY 1, 2"
        )
        await connection.execute(f"VACUUM ANALYZE {table}")
    finally:
        await connection.close()
    return ids


@contextlib.contextmanager
def peer(*command: str | Path) -> Iterator[Running]:
    """A peer in a process of its own, on a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen([*pinned(0), *map(str, command), str(port)], stdout=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        _until_it_answers(f"{url}/ServiceProviderConfig", process)
        yield Running(url, {"Authorization": "Bearer benchmark"}, cpu=lambda: cpu_of(process.pid))
    finally:
        process.terminate()
        process.wait(30)


def _until_it_answers(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert process.poll() is None, f"it ended with {process.returncode}"
        try:
            urllib.request.urlopen(url, timeout=5).read()
            return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"no answer from {url}")


STARTERS: dict[str, Callable[[], AbstractContextManager[Running]]] = {
    "memory": ours,
    "postgres": over_postgres,
    "scim2": lambda: peer(PEERS / "venv" / "bin" / "python", Path(__file__).with_name("peers") / "scim2_memory.py"),
    "scimmy": lambda: peer("node", PEERS / "node" / "scimmy_memory.mjs"),
}

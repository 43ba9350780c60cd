"""The real programs on one data directory: started, killed without warning, frozen, started again.

Knows nothing of what they are asked to do. All of them have ended when `Installation` is left, whatever happened.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import socket
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg

from provisor.postgres.cluster import Cluster, start

PROGRAM = str(Path(sys.executable).with_name("provisor"))
TOKEN = "chaos-api-token"
APP_TOKEN = "chaos-app-token"
READY_SECONDS = 60.0
END_SECONDS = 15.0

QUICK = {
    "PROVISOR_BOOTSTRAP_TOKEN": TOKEN,
    "PROVISOR_SCIM_TOKEN": APP_TOKEN,
    "PROVISOR_EGRESS_ALLOW": "127.0.0.0/8",
    "PROVISOR_REQUEST_TIMEOUT": "1",
    "PROVISOR_LOOKUP_DELAY": "0.1",
    "PROVISOR_BACKOFF_FIRST": "0.05",
    "PROVISOR_BACKOFF_MOST": "1",
    "PROVISOR_LEASE_SECONDS": "1.5",
    "PROVISOR_RESCAN_SECONDS": "0.5",
    "PROVISOR_TASK_AFTER": "100",
    "PROVISOR_API_RATE_LIMIT": "0",
}
"""Programs that give up waiting sooner than anybody would want in earnest."""


@dataclass
class Program:
    """One process, and how to start it."""

    name: str
    arguments: list[str]
    environment: dict[str, str]
    log: Path
    process: asyncio.subprocess.Process | None = None
    url: str = ""
    """What it said last when it was ready."""

    async def start(self) -> None:
        """Start it and wait until it says that it is ready."""
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                PROGRAM, *self.arguments, env=self.environment, stdout=asyncio.subprocess.PIPE, stderr=log
            )
        assert self.process.stdout is not None
        async with asyncio.timeout(READY_SECONDS):
            async for line in self.process.stdout:
                if b"ready" in line:
                    self.url = line.decode().split()[-1]
                    return
        raise AssertionError(f"{self.name} ended with {await self.process.wait()} instead of starting: see {self.log}")

    async def kill(self) -> None:
        """End it as a power cut would."""
        if self.process is not None and self.process.returncode is None:
            self.process.kill()
            await self.process.wait()

    async def freeze(self, seconds: float) -> None:
        """Let it stand still, as an overloaded machine or a paused container does."""
        if self.process is not None and self.process.returncode is None:
            self.process.send_signal(signal.SIGSTOP)
            await asyncio.sleep(seconds)
            with suppress(ProcessLookupError):
                self.process.send_signal(signal.SIGCONT)

    async def end(self) -> None:
        """Ask it to end; insist when it does not."""
        if self.process is None or self.process.returncode is not None:
            return
        self.process.send_signal(signal.SIGCONT)
        self.process.terminate()
        try:
            async with asyncio.timeout(END_SECONDS):
                await self.process.wait()
        except TimeoutError:
            await self.kill()


@dataclass
class Installation:
    """A server, a second worker, PostgreSQL and the apps."""

    directory: Path
    server: Program
    worker: Program
    apps: list[Program]
    cluster: Cluster | None = field(default=None, repr=False)

    @property
    def programs(self) -> list[Program]:
        return [self.server, self.worker, *self.apps]

    @property
    def dsn(self) -> str:
        assert self.cluster is not None
        return self.cluster.dsn()

    def kill_postgres(self) -> bool:
        """Kill the postmaster; somebody else has to notice. False when it is down already."""
        with suppress(OSError, ValueError, IndexError):
            pid = int((self.directory / "pg" / "data" / "postmaster.pid").read_text().splitlines()[0])
            if b"postgres" in Path(f"/proc/{pid}/cmdline").read_bytes():
                os.kill(pid, signal.SIGKILL)
                return True
        return False

    async def postgres_back(self) -> None:
        """Wait until the database answers."""
        async with asyncio.timeout(READY_SECONDS):
            while True:
                with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                    await (await asyncpg.connect(self.dsn, timeout=5)).close()
                    return
                await asyncio.sleep(0.05)

    def complaints(self) -> list[str]:
        """What the server and the worker logged as their own mistakes."""
        found: Counter[str] = Counter()
        for program in (self.server, self.worker):
            for line in program.log.read_text(errors="replace").splitlines():
                if (said := _complaint(line)) is not None:
                    found[f"{program.name} logged: {said}"] += 1
        return [f"{said} ({number} times)" for said, number in found.items()]


def _complaint(line: str) -> str | None:
    try:
        entry = json.loads(line)
    except ValueError:
        return line.strip() or None
    if entry.get("level") not in ("error", "critical"):
        return None
    return f"{entry['event']}: {entry.get('exception', '').strip().splitlines()[-1:]}"


@asynccontextmanager
async def installation(directory: Path, seed: int, number: int) -> AsyncIterator[Installation]:
    """Everything running, with so many apps; ended and joined at the end. PostgreSQL has to be able to enter."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("PROVISOR_")}
    environment = own | QUICK | {"PROVISOR_DATA_DIR": str(directory)}

    def program(name: str, *arguments: str) -> Program:
        return Program(name, list(arguments), environment, directory.with_name(f"{directory.name}-{name}.log"))

    ports = free_ports(number, random.Random(f"{seed} {os.getpid()}"))
    apps = [
        program(
            f"app{n}", "scim-server", "--faults", "--seed", str(seed), "--port", str(port),
            "--data", str(directory.with_name(f"{directory.name}-app{n}.jsonl")),
        )
        for n, port in enumerate(ports)
    ]  # fmt: skip
    running = Installation(directory, program("server", "serve", "--port", "0"), program("worker", "worker"), apps)
    try:
        await asyncio.gather(*(app.start() for app in apps), running.server.start())
        await running.worker.start()
        running.cluster = await start(directory)
        yield running
    finally:
        await asyncio.gather(*(each.end() for each in running.programs), return_exceptions=True)
        if running.cluster is not None:
            await running.cluster.release()


def free_ports(number: int, chance: random.Random) -> list[int]:
    """Ports that an app keeps over restarts: below those that the system hands out to connections."""
    found: list[int] = []
    while len(found) < number:
        port = chance.randrange(20_000, 32_000)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            found.append(port)
    return found

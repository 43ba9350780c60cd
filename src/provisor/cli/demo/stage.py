"""The demo's stage: Provisor and three reference apps as real processes on free ports of this machine.

Whatever happens, what was started is stopped.
"""

from __future__ import annotations

import asyncio
import base64
import os
import secrets
import shutil
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import orjson

from provisor.cli.exits import CommandFailed
from provisor.cli.options import Address
from provisor.cli.server import Server, connected

PATIENCE = 60.0
"""Seconds that a process may take to be ready; the very first start makes a database."""


@dataclass(frozen=True, slots=True)
class AppKind:
    """One of the demo's apps: how it is called and how it wants to be spoken to."""

    label: str
    entry: str
    says: str
    option: str
    secret: str = field(repr=False)
    profile: dict[str, str] = field(repr=False)
    authorization: str = field(repr=False)


@dataclass(slots=True)
class RunningApp:
    """An app's own side: what it really holds, read over SCIM."""

    kind: AppKind
    url: str
    session: aiohttp.ClientSession
    id: str = ""
    """Its id in Provisor, once it is connected there."""

    async def accounts(self) -> dict[str, dict[str, Any]]:
        """Everything the app holds, page by page, by user name."""
        held: dict[str, dict[str, Any]] = {}
        while True:
            query = f"startIndex={len(held) + 1}&count=100"
            async with self.session.get(f"{self.url}/Users?{query}") as response:
                page = orjson.loads(await response.read())
            held |= {each["userName"]: each for each in page["Resources"]}
            if len(held) >= page["totalResults"] or not page["Resources"]:
                return held

    async def account(self, account_id: str) -> dict[str, Any]:
        async with self.session.get(f"{self.url}/Users/{account_id}") as response:
            account: dict[str, Any] = orjson.loads(await response.read())
            return account


@dataclass(frozen=True, slots=True)
class Stage:
    server: Server
    address: Address
    apps: list[RunningApp]


def kinds() -> list[AppKind]:
    """Three ways of speaking SCIM, with credentials made for this run."""
    token, password, header = (secrets.token_urlsafe(18) for _ in range(3))
    basic = base64.b64encode(f"provisor:{password}".encode()).decode()
    return [
        AppKind(
            "Chat", "scim2_bearer_token", "PATCH, bearer token", "token", token,
            {"authScheme": "TOKEN", "token": token}, f"Bearer {token}",
        ),
        AppKind(
            "Wiki", "scim2_custom", "PUT, basic", "basic", f"provisor:{password}",
            {"authScheme": "BASIC", "username": "provisor", "password": password}, f"Basic {basic}",
        ),
        AppKind(
            "CRM", "scim2_header_auth", "PATCH, header", "header", header,
            {"authScheme": "HEADER", "token": header}, header,
        ),
    ]  # fmt: skip


@asynccontextmanager
async def staged(directory: Path) -> AsyncIterator[Stage]:
    """Wipe the directory, start everything, and give it back when it is ready."""
    wipe(directory)
    token = secrets.token_urlsafe(24)
    async with AsyncExitStack() as stack:
        serving = stack.enter_async_context(
            _process(
                ["serve", "--port", "0", "--data-dir", str(directory / "provisor")],
                {"PROVISOR_BOOTSTRAP_TOKEN": token, "PROVISOR_EGRESS_ALLOW": "127.0.0.0/8"},
            )
        )
        opening = asyncio.gather(*(_app(stack, kind, directory) for kind in kinds()))
        server_line, apps = await asyncio.gather(serving, opening)
        address = Address(_url(server_line), token)
        server = await stack.enter_async_context(connected(address))
        yield Stage(server, address, apps)


async def _app(stack: AsyncExitStack, kind: AppKind, directory: Path) -> RunningApp:
    file = directory / f"{kind.label.lower()}.scim"
    line = await stack.enter_async_context(
        _process(
            ["scim-server", "--port", "0", "--data", str(file)],
            {f"PROVISOR_SCIM_{kind.option.upper()}": kind.secret},
        )
    )
    session = aiohttp.ClientSession(headers={"Authorization": kind.authorization})
    return RunningApp(kind, _url(line), await stack.enter_async_context(session))


def wipe(directory: Path) -> None:
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)


@asynccontextmanager
async def _process(arguments: Sequence[str], environment: dict[str, str]) -> AsyncIterator[str]:
    """Run a `provisor` command until the block ends; gives its ready line."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PROVISOR_")}
    kept = {name: os.environ[name] for name in ("PROVISOR_PG_BIN",) if name in os.environ}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "provisor", *arguments,
        env={**clean, **kept, **environment}, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )  # fmt: skip
    assert process.stdout is not None and process.stderr is not None
    told: list[str] = []
    reader = asyncio.create_task(_keep(process.stderr, told))
    try:
        yield await _ready(process.stdout, arguments[0], told)
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(20):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
        reader.cancel()


async def _ready(stdout: asyncio.StreamReader, name: str, told: list[str]) -> str:
    try:
        async with asyncio.timeout(PATIENCE):
            while line := (await stdout.readline()).decode():
                if "ready on" in line:
                    return line
    except TimeoutError:
        pass
    last = "\n  ".join(told[-5:]) or "It said nothing."
    raise CommandFailed(f"`provisor {name}` did not become ready:\n  {last}")


async def _keep(stream: asyncio.StreamReader, told: list[str]) -> None:
    """Read what a process says, so that it never blocks; the end of it is shown when it fails."""
    while line := (await stream.readline()).decode(errors="replace"):
        told.append(line.rstrip())
        del told[:-50]


def _url(line: str) -> str:
    return next(word for word in line.split() if word.startswith("http"))

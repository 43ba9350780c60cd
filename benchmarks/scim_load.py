"""Fills SCIM servers with people and loads them with wrk."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp

_LUA = """
local paths = {}
for line in io.lines("%s") do paths[#paths + 1] = line end
local n = math.floor(%d)
function request()
  n = n + 1
  return wrk.format("GET", paths[n %% #paths + 1])
end
"""
_LUA_POST = """
local n = %d
wrk.headers["Content-Type"] = "application/scim+json"
local body = [[%s]]
function request()
  n = n + 1
  return wrk.format("POST", "%s", nil, (body:gsub("@NUMBER@", tostring(n))))
end
"""


@dataclass
class Running:
    """A server that answers, below a base URL."""

    url: str
    headers: dict[str, str] = field(default_factory=dict)
    preload: Callable[[int], Awaitable[list[str]]] | None = None
    """Fills it by another way than HTTP, where that would take too long."""
    cpu: Callable[[], float] = lambda: 0.0
    """CPU seconds that it has used so far."""
    database_cpu: Callable[[], float] = lambda: 0.0
    """Those of its database, if it has one."""
    posted: int = 1_000_000


@dataclass(frozen=True)
class Rate:
    """What a server does in a second, by the clock and by the processor."""

    by_clock: float
    by_core: float
    """Requests for each second of CPU that the server used: what an undisturbed core would do."""
    with_database: float
    """The same with the database's CPU counted in."""


class Meter:
    """Counts the CPU that requests cost a server."""

    def __init__(self, server: Running) -> None:
        self._server = server
        self._started = server.cpu(), server.database_cpu()

    def rate(self, number: int, seconds: float) -> Rate:
        """Return the rates of so many requests since the meter was made."""
        own = max(self._server.cpu() - self._started[0], 1e-9)
        database = self._server.database_cpu() - self._started[1]
        return Rate(number / seconds, number / own, number / (own + database))


def user(name: str, number: Any = 0) -> dict[str, Any]:
    """A user as an identity provider creates one, about 1 KB."""
    return {
        "schemas": [
            "urn:ietf:params:scim:schemas:core:2.0:User",
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
        ],
        "externalId": f"00u{name}", "userName": f"{name}@example.com",
        "name": {"givenName": "Given", "familyName": f"Family {number}", "formatted": f"Given Family {number}"},
        "displayName": f"Name {number}", "title": "Engineer", "userType": "Employee",
        "preferredLanguage": "en-GB", "locale": "en-GB", "timezone": "Europe/Oslo", "active": True,
        "emails": [{"value": f"{name}@example.com", "type": "work", "primary": True},
                   {"value": f"{name}@home.example", "type": "home"}],
        "phoneNumbers": [{"value": "+47 22 00 00 00", "type": "work"}],
        "addresses": [{"streetAddress": "1 Main St", "locality": "Oslo", "postalCode": "0150", "country": "NO",
                       "type": "work"}],
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {
            "employeeNumber": str(number), "department": "Research", "costCenter": "4130", "organization": "Example"},
    }  # fmt: skip


async def fill(server: Running, number: int) -> list[str]:
    """Create users user0, user1, …; returns their ids."""
    if server.preload is not None:
        return await server.preload(number)
    ids = [""] * number
    headers = {**server.headers, "Content-Type": "application/scim+json"}
    queue = iter(range(number))
    async with aiohttp.ClientSession(headers=headers, json_serialize=_dumps) as session:

        async def work() -> None:
            for n in queue:
                async with session.post(server.url + "/Users", json=user(f"user{n}", n)) as answer:
                    assert answer.status == 201, (answer.status, await answer.text())
                    ids[n] = (await answer.json(content_type=None))["id"]

        await asyncio.gather(*(work() for _ in range(8)))
    return ids


def _dumps(value: Any) -> str:
    import orjson

    return orjson.dumps(value).decode()


def wrk(server: Running, paths: list[str], seconds: float, connections: int, *, post: bool = False) -> Rate:
    """Load it for some seconds; each answer must be a 2xx."""
    base = urlsplit(server.url)
    with contextlib.ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        if post:
            script = _LUA_POST % (server.posted, _dumps(user("load@NUMBER@")), base.path + "/Users")
            server.posted += 1_000_000
        else:
            file = directory / "paths"
            file.write_text("\n".join(base.path + path for path in paths))
            script = _LUA % (file, 0)
        lua = directory / "load.lua"
        lua.write_text(script)
        command = ["wrk", "-t1", f"-c{connections}", f"-d{round(seconds)}s", "--timeout", "30s", "-s", str(lua)]
        for name, value in server.headers.items():
            command += ["-H", f"{name}: {value}"]
        meter = Meter(server)
        done = subprocess.run(
            [*pinned(1), *command, f"{base.scheme}://{base.netloc}"], capture_output=True, text=True, check=True
        )
    assert "Non-2xx" not in done.stdout, done.stdout
    number = re.search(r"(\d+) requests in ([\d.]+)(m?)s", done.stdout)
    assert number, done.stdout
    return meter.rate(int(number[1]), float(number[2]) / (1000 if number[3] else 1))


def pinned(core: int) -> list[str]:
    """What to put before a command so that it stays on a core."""
    available = sorted(os.sched_getaffinity(0))
    return ["taskset", "-c", str(available[min(core, len(available) - 1)])] if shutil.which("taskset") else []


def cpu_of(pid: int) -> float:
    """CPU seconds of a process and its children, ended ones included."""
    total = 0.0
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError, ValueError):
                fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
                if int(entry.name) == pid:
                    total += sum(int(field) for field in fields[11:15])
                elif int(fields[1]) == pid:
                    total += int(fields[11]) + int(fields[12])
    return total / os.sysconf("SC_CLK_TCK")

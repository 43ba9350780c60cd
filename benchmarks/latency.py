"""How long a change takes from the API to the app: an edit in an idle system, a deactivation behind 20,000 creates.

The server, its worker and the app are processes of their own; the moment is when the app has written the change down.
    python -m benchmarks.latency [--samples 200] [--queued 20000] [--only edit|cold|deactivation]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp
import uvloop

from benchmarks.harness import Server, provisor_server, reference_server

TICK = 0.0005
PATIENCE = 60.0


class Watch:
    """Reads what the app writes down, as it does so."""

    def __init__(self, data: Path) -> None:
        self._file = data.open("rb")
        self._rest = b""

    def news(self) -> list[dict[str, Any]]:
        """The accounts written since the last look."""
        text = self._rest + self._file.read()
        whole, _, self._rest = text.rpartition(b"\n")
        return [json.loads(line)["body"] for line in whole.splitlines()]

    async def until(self, wanted: Callable[[dict[str, Any]], bool]) -> float:
        """Wait for such an account; when it was there, on the clock of `time.perf_counter`."""
        deadline = time.perf_counter() + PATIENCE
        while time.perf_counter() < deadline:
            if any(map(wanted, self.news())):
                return time.perf_counter()
            await asyncio.sleep(TICK)
        raise AssertionError(f"waited {PATIENCE:.0f} s in vain for the app")


def show(what: str, seconds: list[float], **more: Any) -> None:
    ordered = sorted(1000 * each for each in seconds)
    figures = {
        "median_ms": round(statistics.median(ordered), 1),
        "p99_ms": round(ordered[max(0, math.ceil(len(ordered) * 0.99) - 1)], 1),
        "max_ms": round(ordered[-1], 1),
    }
    print(json.dumps({"what": what, "samples": len(ordered), **figures, **more}), flush=True)


async def edits(server: Server, session: aiohttp.ClientSession, data: Path, base_url: str, **options: Any) -> None:
    """Edit one person again and again, each time after everything has come to rest."""
    app = await server.app(session, base_url)
    watch = Watch(data)
    profile = {"login": "ann@example.com", "email": "ann@example.com", "firstName": "Ann", "lastName": "Lee"}
    user = (await server.call(session, "POST", "/api/v1/users?activate=true", {"profile": profile}))["id"]
    await server.call(session, "POST", f"/api/v1/apps/{app}/users", {"id": user, "scope": "USER"})
    await watch.until(lambda account: account["externalId"] == user)
    seconds, answered = [], []
    for n in range(options["samples"]):
        await asyncio.sleep(options["pause"])
        title = f"Title {n}"
        started = time.perf_counter()
        arrival = asyncio.create_task(watch.until(lambda account, title=title: account.get("title") == title))
        await server.call(session, "POST", f"/api/v1/users/{user}", {"profile": {"title": title}})
        answered.append(time.perf_counter() - started)
        seconds.append(await arrival - started)
    show(options["what"], seconds, api_median_ms=round(1000 * statistics.median(answered), 1))


async def deactivations(server: Server, session: aiohttp.ClientSession, data: Path, base_url: str, queued: int) -> None:
    """Deactivate single people while the app takes in many others."""
    app = await server.app(session, base_url)
    watch = Watch(data)
    leavers = {}
    for n in range(20):
        login = f"leaver{n}@example.com"
        profile = {"login": login, "email": login, "firstName": "Leaver", "lastName": str(n)}
        user = await server.call(session, "POST", "/api/v1/users?activate=true", {"profile": profile})
        await server.call(session, "POST", f"/api/v1/apps/{app}/users", {"id": user["id"], "scope": "USER"})
        await watch.until(lambda account, login=login: account["userName"] == login)
        leavers[login] = user["id"]
    await server.load(session, queued, "newcomer")
    everyone = (await server.call(session, "GET", "/api/v1/groups?q=Everyone"))[0]["id"]
    await server.call(session, "PUT", f"/api/v1/apps/{app}/groups/{everyone}")
    seconds, waiting = [], []
    for login, user in leavers.items():
        await asyncio.sleep(0.7)
        waiting.append(await depth(server, session))
        started = time.perf_counter()
        arrival = asyncio.create_task(
            watch.until(lambda account, login=login: account["userName"] == login and not account["active"])
        )
        await server.call(session, "POST", f"/api/v1/users/{user}/lifecycle/deactivate")
        seconds.append(await arrival - started)
    show("deactivation behind queued creates", seconds, queued_first=waiting[0], queued_last=waiting[-1])


async def depth(server: Server, session: aiohttp.ClientSession) -> int:
    """How many people wait, as the server's metrics say."""
    async with session.get(server.url + "/metrics") as answer:
        lines = (await answer.text()).splitlines()
    return round(sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith("provisor_queue_depth{")))


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, default=200)
    parser.add_argument("--queued", type=int, default=20_000)
    parser.add_argument("--only", choices=["edit", "cold", "deactivation"])
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="provisor-bench-app-") as directory:
        for what in [options.only] if options.only else ["edit", "cold", "deactivation"]:
            data = Path(directory) / what
            latency = ["--latency", "50"] if what == "deactivation" else []
            # An app that nobody has worked for a while is given up and taken up again: here after half a second.
            settings = {"RESCAN_SECONDS": "0.2"} if what == "cold" else {}
            with reference_server("--data", str(data), *latency) as peer, provisor_server(**settings) as server:
                async with aiohttp.ClientSession() as session:
                    if what == "edit":
                        name = "edit, idle system"
                        await edits(server, session, data, peer.url, what=name, samples=options.samples, pause=0.05)
                    elif what == "cold":
                        name = "edit, app not worked for a while"
                        await edits(server, session, data, peer.url, what=name, samples=options.samples // 8, pause=1.0)
                    else:
                        await deactivations(server, session, data, peer.url, options.queued)


if __name__ == "__main__":
    uvloop.run(main())

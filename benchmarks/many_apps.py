"""200 apps in one worker, of which 20 hang until the time-out and 20 answer 429: what that does to the other 160.

Rounds alternate: the 160 by themselves, then all 200. A JSON line for each with accounts created a second in the 160
(from the start until the last of them is done), CPU of the worker and of PostgreSQL per account in microseconds, the
process's memory before and at the end, and per app; then the median ratio of the two kinds of rounds.

    python -m benchmarks.many_apps [--people 50] [--rounds 3] [--timeout 3]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import uvloop

from benchmarks.harness import TOKEN, World, postgres_cpu, reference_server, world
from provisor.connectors.egress import EgressPolicy
from provisor.connectors.http import AiohttpTransport
from provisor.connectors.scim import AuthScheme, Dialect, ScimConnector, ScimSettings, authorization, parse_base_url
from provisor.services import assignments
from provisor.services.actor import SYSTEM
from provisor.settings import Settings
from provisor.store.database import connect

WELL, HANGING, THROTTLED = 160, 20, 20
HANG = {"delay_before": 600.0}
THROTTLE = {"status": 429, "headers": {"Retry-After": "1"}}


@dataclass
class Connectors:
    """Opens a connector for where each app really is."""

    urls: dict[str, str]
    timeout: float

    async def open(self, app_id: str) -> ScimConnector:
        egress = EgressPolicy(Settings.read({"PROVISOR_EGRESS_ALLOW": "127.0.0.0/8"}).egress_allow)
        return ScimConnector(
            AiohttpTransport(egress, timeout=self.timeout),
            ScimSettings(
                parse_base_url(self.urls[app_id]), authorization(AuthScheme.TOKEN, token=TOKEN), Dialect.PATCH
            ),
        )


async def misbehave(url: str, rule: dict[str, Any]) -> None:
    """Tell a server what to do to every request under SCIM."""
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {TOKEN}"}) as session:
        rules = [{"path": "/scim/v2", **rule}]
        async with session.post(url.removesuffix("/scim/v2") + "/_faults", json=rules) as answer:
            assert answer.status < 300, await answer.text()


async def apps_at(where: World, urls: Sequence[str], people: Sequence[str]) -> dict[str, str]:
    """An app for each address, and everybody marked in it."""
    found = {}
    group = await where.group(list(people))
    for url in urls:
        app = await where.app(url, concurrency=8)
        await assignments.assign_group(where.database, SYSTEM, app, group, priority=None, profile={})
        found[app] = url
    return found


def resident() -> float:
    """Megabytes of this process in memory now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 1e6


async def run(where: World, people: list[str], timeout: float, *, ill: bool) -> dict[str, Any]:
    """One round with servers and apps of its own."""
    await where.database.pool.execute("UPDATE apps SET status = 'INACTIVE'")
    with ExitStack() as servers:
        names = [f"t{n}" for n in range(WELL)]
        tenants = [option for name in names for option in ("--tenant", f"{name}={TOKEN}")]
        root = servers.enter_context(reference_server(*tenants)).url.removesuffix("/scim/v2")
        well = await apps_at(where, [f"{root}/{name}/scim/v2" for name in names], people)
        others: dict[str, str] = {}
        for rule, number in ((HANG, HANGING), (THROTTLE, THROTTLED)) if ill else ():
            url = servers.enter_context(reference_server("--faults")).url
            await misbehave(url, rule)
            others |= await apps_at(where, [url] * number, people)
        await where.database.pool.execute("VACUUM ANALYZE dirty, app_user, app_group")
        return await measured(where, well, others, len(people), timeout)


async def measured(
    where: World, well: dict[str, str], others: dict[str, str], people: int, timeout: float
) -> dict[str, Any]:
    """From the worker's start until the last app that is well has everybody."""
    watch = await connect(where.dsn)
    before = resident()
    own, theirs, started = time.process_time(), postgres_cpu(where.data_dir), time.perf_counter()
    try:
        async with where.worker("", connectors=Connectors(well | others, timeout)):
            while await watch.fetchval("SELECT EXISTS (SELECT FROM dirty WHERE app_id = ANY ($1::text[]))", list(well)):
                assert time.perf_counter() - started < 300, "still dirty"
                await asyncio.sleep(0.05)
            seconds = time.perf_counter() - started
            used = time.process_time() - own, postgres_cpu(where.data_dir) - theirs
            after = resident()
        created = await watch.fetchval(
            "SELECT count(*) FROM app_user WHERE app_id = ANY ($1::text[]) AND active", list(well)
        )
    finally:
        await watch.close()
    total = len(well) * people
    assert created == total, f"{created} of {total}"
    apps = len(well) + len(others)
    return {
        "apps": apps,
        "created": total,
        "per_s": round(total / seconds),
        "worker_cpu_us": round(used[0] / total * 1e6),
        "postgres_cpu_us": round(used[1] / total * 1e6),
        "rss_mb": [round(before), round(after)],
        "rss_kb_per_app": round((after - before) * 1000 / apps),
    }


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=50, help="in each app")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--timeout", type=float, default=3.0)
    options = parser.parse_args()
    ratios = []
    async with world() as where:
        people = await where.people(options.people)
        for _ in range(options.rounds):
            alone = await run(where, people, options.timeout, ill=False)
            print(json.dumps(alone), flush=True)
            among = await run(where, people, options.timeout, ill=True)
            print(json.dumps(among), flush=True)
            ratios.append(among["per_s"] / alone["per_s"])
    print(json.dumps({"median_ratio": round(statistics.median(ratios), 3)}))


if __name__ == "__main__":
    uvloop.run(main())

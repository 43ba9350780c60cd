"""Force Sync of 100,000 people with nothing to change: people looked at a second, and what it costs in CPU.

Prints a JSON line for each run: people a second from the first look to the last (marking is not counted, no request is
made), CPU of the worker and of PostgreSQL per person in microseconds, and the most memory the process ever had. With
--mapped the app has 15 mapped attributes, 8 of them expressions. With --profile the worker's functions follow by time.

    python -m benchmarks.nothing [--users 100000] [--runs 3] [--mapped] [--profile]
"""

from __future__ import annotations

import argparse
import cProfile
import json
import pstats
import resource
import time
from typing import Any

import uvloop

from benchmarks.creates import MAPPED
from benchmarks.harness import World, postgres_cpu, world
from benchmarks.plans import confirm_all
from provisor.services import assignments
from provisor.services.actor import SYSTEM

NOBODY_LISTENS = "http://127.0.0.1:1/scim/v2"
"""A request would fail, and leave a task."""


async def force_sync(where: World, app: str, users: int) -> dict[str, Any]:
    """One round, from the first look to the last mark that is gone."""
    await assignments.force_sync(where.database, SYSTEM, app)
    await where.database.pool.execute("VACUUM ANALYZE dirty")
    own, theirs, started = time.process_time(), postgres_cpu(where.data_dir), time.perf_counter()
    async with where.worker(NOBODY_LISTENS):
        await where.until_clean(app)
        seconds = time.perf_counter() - started
        used = time.process_time() - own, postgres_cpu(where.data_dir) - theirs
    assert not await where.database.pool.fetchval("SELECT EXISTS (SELECT FROM task)")
    return {
        "users": users,
        "seconds": round(seconds, 2),
        "per_s": round(users / seconds),
        "worker_cpu_us": round(used[0] / users * 1e6, 1),
        "postgres_cpu_us": round(used[1] / users * 1e6, 1),
        "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--users", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--mapped", action="store_true", help="15 mapped attributes, 8 of them expressions")
    parser.add_argument("--profile", action="store_true")
    options = parser.parse_args()
    async with world() as where:
        group = await where.group(await where.people(options.users))
        app = await where.app(NOBODY_LISTENS)
        if options.mapped:
            await where.map(app, MAPPED)
        await assignments.assign_group(where.database, SYSTEM, app, group, priority=None, profile={})
        await confirm_all(where, app)
        profiler = cProfile.Profile()
        for _ in range(options.runs):
            if options.profile:
                profiler.enable()
            found = await force_sync(where, app, options.users)
            profiler.disable()
            print(json.dumps({**found, "mapped": options.mapped}), flush=True)
        if options.profile:
            pstats.Stats(profiler).sort_stats("tottime").print_stats(35)


if __name__ == "__main__":
    uvloop.run(main())

"""100,000 people assigned to an app through their group: how long until all are marked, with one event each.

Prints JSON lines: seconds, and the most memory the process ever had. What follows when there is nothing to send is
measured by `benchmarks.nothing`.

    python -m benchmarks.marking [--users 100000]
"""

from __future__ import annotations

import argparse
import json
import resource
import time

import uvloop

from benchmarks.harness import World, world
from provisor.services import assignments
from provisor.services.actor import SYSTEM


async def mark(where: World, users: list[str]) -> float:
    group = await where.group(users)
    app = await where.app("http://127.0.0.1:1/scim/v2")
    started = time.perf_counter()
    await assignments.assign_group(where.database, SYSTEM, app, group, priority=None, profile={})
    seconds = time.perf_counter() - started
    counted = await where.database.pool.fetchrow(
        """SELECT (SELECT count(*) FROM dirty WHERE app_id = $1) AS marks,
          (SELECT count(*) FROM event WHERE app_id = $1 AND type = 'application.user_membership.add') AS events""",
        app,
    )
    assert counted is not None and tuple(counted) == (len(users), len(users)), counted
    return seconds


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--users", type=int, default=100_000)
    number = parser.parse_args().users
    async with world() as where:
        users = await where.people(number)
        seconds = await mark(where, users)
        print(json.dumps({"marked": number, "seconds": round(seconds, 2)}), flush=True)
        print(json.dumps({"peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}))


if __name__ == "__main__":
    uvloop.run(main())

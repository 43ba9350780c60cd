"""100,000 people assigned to an app through their group: how long until all are marked, with one event each.

Also Force Sync with nothing to change: people looked at a second, and requests sent (none).
    python -m benchmarks.marking [--users 100000]
"""

from __future__ import annotations

import argparse
import json
import resource
import time

import uvloop

from benchmarks.harness import World, world
from provisor.apps.projection import digest
from provisor.directory.user import DEFAULT_TYPE
from provisor.services import assignments
from provisor.services.actor import SYSTEM
from provisor.services.app_setup import load_setup
from provisor.store import work_queue


async def mark(where: World, users: list[str]) -> tuple[str, float]:
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
    assert tuple(counted) == (len(users), len(users)), counted
    return app, seconds


async def confirm_all(where: World, app: str) -> None:
    """Pretend that everybody was pushed as they are: what Force Sync then has nothing to do about."""
    async with where.database.pool.acquire() as connection:
        setup = await load_setup(connection, app)
        assert setup is not None
        mappings = setup.mappings_for(DEFAULT_TYPE)
        after = ""
        while subjects := await work_queue.subjects_of(connection, app, setup.needs, None, after, 10_000):
            after = subjects[-1].user_id
            digests = [digest(mappings.project(s.profile).canonical()) for s in subjects]
            await connection.execute(
                """UPDATE app_user a SET external_id = s.user_id, active = true, digest = s.digest
                FROM unnest($2::text[], $3::bytea[]) AS s (user_id, digest)
                WHERE a.app_id = $1 AND a.user_id = s.user_id""",
                app,
                [s.user_id for s in subjects],
                digests,
            )
        await connection.execute("DELETE FROM dirty WHERE app_id = $1", app)
        await connection.execute("VACUUM ANALYZE app_user")
        await connection.execute("VACUUM dirty")


async def force_sync(where: World, app: str, users: int) -> float:
    """Seconds from the first look to the last, marking not counted."""
    await assignments.force_sync(where.database, SYSTEM, app)
    started = time.perf_counter()
    async with where.worker("http://127.0.0.1:1/scim/v2"):  # nobody listens there: a request would fail
        await where.until_clean(app)
        seconds = time.perf_counter() - started
    assert not await where.database.pool.fetchval("SELECT EXISTS (SELECT FROM task)")
    return seconds


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--users", type=int, default=100_000)
    number = parser.parse_args().users
    async with world() as where:
        users = await where.people(number)
        app, seconds = await mark(where, users)
        print(json.dumps({"marked": number, "seconds": round(seconds, 2)}), flush=True)
        await confirm_all(where, app)
        seconds = await force_sync(where, app, number)
        print(json.dumps({"force_sync": number, "seconds": round(seconds, 2), "per_s": round(number / seconds)}))
        print(json.dumps({"peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}))


if __name__ == "__main__":
    uvloop.run(main())

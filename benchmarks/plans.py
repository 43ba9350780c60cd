"""100,000 people in an app: how long a plan of a mapping change takes, one that changes nobody, and applying one.

python -m benchmarks.plans [--users 100000]
"""

from __future__ import annotations

import argparse
import json
import time
from typing import Any

import uvloop

from benchmarks.harness import World, world
from provisor.apps.mapping import Mapping
from provisor.apps.projection import digest
from provisor.provisioning.pending import MappingChange
from provisor.services import applying, assignments, change_plans
from provisor.services.actor import SYSTEM
from provisor.services.app_setup import load_setup
from provisor.services.connecting import ConnectorFactory
from provisor.services.secrets import Sealer
from provisor.settings import Settings
from provisor.store import work_queue
from provisor.wiring_scim import build_scim_connector

EVERYBODY = Mapping("title", "String.toUpperCase(user.firstName) + ' of ' + user.lastName")
NOBODY = Mapping("givenName", "user.firstName")


async def confirm_all(where: World, app: str) -> None:
    """Pretend that everybody was pushed as they are."""
    async with where.database.pool.acquire() as connection:
        setup = await load_setup(connection, app)
        assert setup is not None
        after = ""
        while subjects := await work_queue.subjects_of(connection, app, setup.needs, None, after, 10_000):
            after = subjects[-1].user_id
            sets = {each.type_id: setup.mappings_for(each.type_id) for each in subjects}
            pushed = [sets[each.type_id].project(each.profile).canonical() for each in subjects]
            people = [each.user_id for each in subjects]
            await connection.execute(
                """UPDATE app_user a SET external_id = s.user_id, active = true, digest = s.digest
                FROM unnest($2::text[], $3::bytea[]) AS s (user_id, digest)
                WHERE a.app_id = $1 AND a.user_id = s.user_id""",
                app,
                people,
                [digest(each) for each in pushed],
            )
            await connection.execute(
                "INSERT INTO app_user_state SELECT $1, u, p::json FROM unnest($2::text[], $3::text[]) AS s (u, p)",
                app,
                people,
                [each.decode() for each in pushed],
            )
        await connection.execute("DELETE FROM dirty WHERE app_id = $1", app)
        await connection.execute("VACUUM ANALYZE app_user")
        await connection.execute("VACUUM dirty")


async def timed(name: str, act: Any) -> Any:
    started = time.perf_counter()
    answer = await act
    print(json.dumps({"what": name, "seconds": round(time.perf_counter() - started, 2)}), flush=True)
    return answer


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--users", type=int, default=100_000)
    number = parser.parse_args().users
    async with world() as where:
        database = where.database
        group = await where.group(await where.people(number))
        app = await where.app("http://127.0.0.1:1/scim/v2")
        await assignments.assign_group(database, SYSTEM, app, group, priority=None, profile={})
        await confirm_all(where, app)
        connectors = ConnectorFactory(database, Sealer(bytes(32)), Settings(), build_scim_connector)

        async def plan(line: Mapping) -> Any:
            change = MappingChange(None, {line.target: line})
            return await change_plans.create_plan(database, SYSTEM, app, change, lifetime=3600.0)

        await timed("plan that changes nobody", plan(NOBODY))
        found = await timed("plan that changes everybody", plan(EVERYBODY))
        assert found.row.counts == {"UPDATE": number}, found.row.counts
        await timed("a page of it", change_plans.list_operations(database, SYSTEM, found.row.id))
        await timed("applying it", applying.apply_plan(database, SYSTEM, connectors, found.row.id))
        assert await database.pool.fetchval("SELECT count(*) FROM dirty WHERE app_id = $1", app) == number


if __name__ == "__main__":
    uvloop.run(main())

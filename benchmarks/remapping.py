"""100,000 people in an app: how long a change of mapping takes until everybody was looked at and those few were sent.

python -m benchmarks.remapping [--users 100000]
"""

from __future__ import annotations

import argparse
import json
import time
from typing import Any

import uvloop
from aiohttp import web

from benchmarks.harness import World, world
from benchmarks.plans import confirm_all
from provisor.apps.mapping import Direction, Mapping
from provisor.connectors.scim import Dialect
from provisor.directory.user import DEFAULT_TYPE
from provisor.services import assignments, mappings
from provisor.services.actor import SYSTEM

FEW = Mapping("title", "String.len(user.employeeNumber) < 4 ? 'Chief ' + user.title : user.title")
"""Changes 1,000 of however many people there are."""
NOBODY = Mapping("title", "String.append(user.title, '')")


class App:
    """An app that takes every PATCH and counts them."""

    def __init__(self) -> None:
        self.patched = 0

    async def answer(self, request: web.Request) -> web.Response:
        if request.method == "PATCH":
            self.patched += 1
            return web.Response(status=204)
        return web.json_response(
            {
                "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
                "totalResults": 0,
                "startIndex": 1,
                "itemsPerPage": 0,
                "Resources": [],
            }
        )

    async def start(self) -> str:
        application = web.Application()
        application.router.add_route("*", "/{path:.*}", self.answer)
        runner = web.AppRunner(application, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        return f"http://127.0.0.1:{runner.addresses[0][1]}/scim/v2"


async def change(where: World, app: str, url: str, line: Mapping, users: int, peer: App) -> dict[str, Any]:
    """Save the change, then let a worker work until nobody is left."""
    mapping = await mappings.get_mapping_of(where.database, SYSTEM, app, DEFAULT_TYPE, Direction.TO_APP)
    peer.patched = 0
    started = time.perf_counter()
    await mappings.change_mapping(where.database, SYSTEM, mapping.id, {line.target: line})
    saved = time.perf_counter() - started
    started = time.perf_counter()
    async with where.worker(url, Dialect.MINIMAL):
        await where.until_clean(app)
        worked = time.perf_counter() - started
    return {
        "users": users,
        "saved_and_marked_s": round(saved, 2),
        "worked_s": round(worked, 2),
        "per_s": round(users / worked),
        "sent": peer.patched,
    }


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--users", type=int, default=100_000)
    number = parser.parse_args().users
    peer = App()
    url = await peer.start()
    async with world() as where:
        users = await where.people(number)
        group, app = await where.group(users), await where.app(url, entry="scim2")
        await assignments.assign_group(where.database, SYSTEM, app, group, priority=None, profile={})
        await confirm_all(where, app)
        for line in (NOBODY, FEW):
            print(json.dumps(await change(where, app, url, line, number, peer)), flush=True)


if __name__ == "__main__":
    uvloop.run(main())

"""10,000 users created: the engine against a bare aiohttp loop that sends the same requests to the same server.

Alternating pairs in one run; prints throughput, their ratio, and CPU per user of the engine, the loop and PostgreSQL.
    python -m benchmarks.creates [--users 10000] [--pairs 3] [--late]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import statistics
import time

import aiohttp
import uvloop
from yarl import URL

from benchmarks.harness import TOKEN, Connectors, World, postgres_cpu, reference_server, world
from provisor.connector import Desired, Request, Response
from provisor.provisioning.plan import Patience
from provisor.services import assignments
from provisor.services.actor import SYSTEM
from provisor.services.app_setup import load_setup
from provisor.services.window import next_stretch

CONCURRENCY = 32


def cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


async def engine(where: World, url: str, users: list[str]) -> tuple[float, float, float]:
    """Seconds, engine CPU seconds and PostgreSQL CPU seconds to create everybody."""
    group = await where.group(users)
    app = await where.app(url, CONCURRENCY)
    await assignments.assign_group(where.database, SYSTEM, app, group, priority=None, profile={})
    await where.database.pool.execute("ANALYZE dirty, app_user, app_group")
    before, pg_before, started = cpu(), postgres_cpu(where.data_dir), time.perf_counter()
    async with where.worker(url):
        await where.until_clean(app)
        seconds = time.perf_counter() - started
        used = cpu() - before, postgres_cpu(where.data_dir) - pg_before
    linked = await where.database.pool.fetchval(
        "SELECT count(*) FROM app_user WHERE app_id = $1 AND external_id IS NOT NULL AND active", app
    )
    assert linked == len(users), f"{linked} of {len(users)} linked"
    return seconds, used[0], used[1]


class Recorder:
    """A transport that keeps the requests the engine's connector would send, and answers as an empty app."""

    def __init__(self) -> None:
        self.requests: list[Request] = []

    async def send(self, request: Request) -> Response:
        self.requests.append(request)
        if request.method == "GET":
            body = b'{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":0,"startIndex":1,"itemsPerPage":0,"Resources":[]}'
            return Response(200, {"content-type": "application/scim+json"}, body)
        created = json.loads(request.body or b"{}") | {"id": "x"}
        return Response(201, {"content-type": "application/scim+json"}, json.dumps(created).encode())

    async def close(self) -> None: ...


async def recorded(where: World, url: str, users: list[str]) -> list[list[Request]]:
    """The very requests (look-up GET, then POST) that the engine sends for these people."""
    group = await where.group(users)
    app = await where.app(url, CONCURRENCY)
    await assignments.assign_group(where.database, SYSTEM, app, group, priority=None, profile={})
    async with where.database.pool.acquire() as connection:
        setup = await load_setup(connection, app)
    assert setup is not None
    stretch = await next_stretch(where.database, setup, len(users), [], Patience(5, 60))
    connector = await Connectors(url).open(app)
    await connector.close()
    recorder = Recorder()
    connector._transport = recorder  # type: ignore[attr-defined]
    exchanges = []
    for subject, plan in stretch.pushes:
        assert plan.projection is not None
        desired = Desired(subject.user_id, plan.projection.username, plan.projection.attributes)
        await connector.find_accounts(desired.username)
        await connector.create_account(desired, "0123456789abcdefghijklmn")
        exchanges.append(recorder.requests)
        recorder.requests = []
    await where.database.pool.execute("DELETE FROM dirty WHERE app_id = $1", app)
    await where.database.pool.execute("UPDATE apps SET status = 'INACTIVE' WHERE id = $1", app)
    return exchanges


async def bare(url: str, exchanges: list[list[Request]]) -> tuple[float, float]:
    """Seconds and CPU seconds of the plain loop with the same requests, bodies and concurrency."""
    todo = iter(exchanges)
    before, started = cpu(), time.perf_counter()
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), auto_decompress=True) as session:

        async def run() -> None:
            for requests in todo:
                for request in requests:
                    async with session.request(
                        request.method, URL(request.url, encoded=True), headers=request.headers, data=request.body
                    ) as response:
                        await response.read()
                        assert response.status in (200, 201), response.status

        await asyncio.gather(*(run() for _ in range(CONCURRENCY)))
    return time.perf_counter() - started, cpu() - before


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--users", type=int, default=10_000)
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--late", action="store_true", help="0.5 % of answers come 2 s late")
    options = parser.parse_args()
    ratios, lines = [], []
    async with world() as where:
        users = await where.people(options.users)
        exchanges = await recorded(where, "http://127.0.0.1:1/scim/v2", users)
        for _ in range(options.pairs):
            results = {}
            for kind in ("bare", "engine"):
                with reference_server(*(["--faults"] if options.late else [])) as peer:
                    if options.late:
                        await make_late(peer.url)
                    if kind == "bare":
                        moved = [
                            [Request(r.method, r.url.replace("http://127.0.0.1:1/scim/v2", peer.url), r.headers, r.body) for r in e]
                            for e in exchanges
                        ]
                        results[kind] = await bare(peer.url, moved)
                    else:
                        results[kind] = await engine(where, peer.url, users)
            n = options.users
            ratios.append(results["bare"][0] / results["engine"][0])
            lines.append(
                {
                    "ratio": round(ratios[-1], 3),
                    "bare_per_s": round(n / results["bare"][0]),
                    "engine_per_s": round(n / results["engine"][0]),
                    "bare_cpu_us": round(results["bare"][1] / n * 1e6),
                    "engine_cpu_us": round(results["engine"][1] / n * 1e6),
                    "postgres_cpu_us": round(results["engine"][2] / n * 1e6),
                }
            )
            print(json.dumps(lines[-1]), flush=True)
    print(json.dumps({"median_ratio": round(statistics.median(ratios), 3), "late": options.late}))


async def make_late(url: str) -> None:
    """Ask the server to answer 1 in 200 requests 2 s late."""
    root = url.removesuffix("/scim/v2")
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {TOKEN}"}) as session:
        rule = {"probability": 0.005, "delay": 2.0}
        async with session.post(f"{root}/_faults", json=[rule]) as response:
            assert response.status < 300, await response.text()


if __name__ == "__main__":
    os.environ.setdefault("PYTHONHASHSEED", "0")
    uvloop.run(main())

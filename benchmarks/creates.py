"""10,000 users created: the engine against a bare aiohttp loop that sends the same requests to the same server.

Alternating pairs in one run; prints throughput, their ratio, and CPU per user of the engine, the loop and PostgreSQL.
With --mapped the app has 15 mapped attributes, 8 of them expressions.
    python -m benchmarks.creates [--users 10000] [--pairs 3] [--late] [--mapped]
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import resource
import statistics
import time
from collections.abc import AsyncIterator

import aiohttp
import uvloop
from yarl import URL

from benchmarks.harness import TOKEN, Connectors, World, postgres_cpu, reference_server, world
from provisor.apps.mapping import Mapping
from provisor.connector import Desired, Request, Response
from provisor.connectors.scim import Dialect
from provisor.provisioning.plan import Patience
from provisor.services import assignments
from provisor.services.actor import SYSTEM
from provisor.services.app_setup import load_setup
from provisor.services.window import decide, due_people

CONCURRENCY = 32
RECORDED = "http://127.0.0.1:1/scim/v2"


def cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


MAPPED = (
    Mapping("givenName", "user.firstName"),
    Mapping("familyName", "user.lastName"),
    Mapping("email", "user.email"),
    Mapping("emailType", "'work'", along_with="email"),
    Mapping("title", "user.title"),
    Mapping("employeeNumber", "user.employeeNumber"),
    Mapping("country", "user.countryCode"),
    Mapping("displayName", "user.lastName + ', ' + user.firstName"),
    Mapping("nickName", "String.toLowerCase(String.substringBefore(user.login, '@'))"),
    Mapping("department", "user.department == 'Research' ? 'R&D' : user.department"),
    Mapping("locality", "String.toUpperCase(user.city)"),
    Mapping(
        "costCenter", "String.len(user.employeeNumber) > 3 ? 'L' + user.employeeNumber : 'S' + user.employeeNumber"
    ),
    Mapping("userType", "String.stringContains(user.title, 'Engineer') ? 'Technical' : 'Other'"),
    Mapping("primaryPhone", "user.mobilePhone ?: user.primaryPhone ?: '+47 000'"),
    Mapping("preferredLanguage", "user.countryCode == 'NO' ? 'nb-NO' : 'en-US'"),
)
"""15 attributes, 8 of them expressions."""


async def made_app(where: World, url: str, mapped: bool) -> str:
    app = await where.app(url, CONCURRENCY)
    if mapped:
        await where.map(app, MAPPED)
    return app


async def engine(
    where: World, url: str, users: list[str], mapped: bool, dialect: Dialect = Dialect.PATCH
) -> tuple[float, float, float]:
    """Seconds, engine CPU seconds and PostgreSQL CPU seconds to create everybody."""
    group = await where.group(users)
    app = await made_app(where, url, mapped)
    await assignments.assign_group(where.database, SYSTEM, app, group, priority=None, profile={})
    await where.database.pool.execute("ANALYZE dirty, app_user, app_group")
    before, pg_before, started = cpu(), postgres_cpu(where.data_dir), time.perf_counter()
    async with where.worker(url, dialect):
        await where.until_clean(app)
        seconds = time.perf_counter() - started
        used = cpu() - before, postgres_cpu(where.data_dir) - pg_before
    linked = await where.database.pool.fetchval(
        "SELECT count(*) FROM app_user WHERE app_id = $1 AND external_id IS NOT NULL AND active", app
    )
    assert linked == len(users), f"{linked} of {len(users)} linked"
    return seconds, used[0], used[1]


EMPTY = {
    "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
    "totalResults": 0,
    "startIndex": 1,
    "itemsPerPage": 0,
    "Resources": [],
}


class Recorder:
    """A transport that keeps the requests the engine's connector would send, and answers as an empty app."""

    def __init__(self) -> None:
        self.requests: list[Request] = []

    async def send(self, request: Request) -> Response:
        self.requests.append(request)
        if request.method == "GET":
            return Response(200, {"content-type": "application/scim+json"}, json.dumps(EMPTY).encode())
        created = json.loads(request.body or b"{}") | {"id": "x"}
        return Response(201, {"content-type": "application/scim+json"}, json.dumps(created).encode())

    async def close(self) -> None: ...


async def recorded(
    where: World, url: str, users: list[str], mapped: bool, dialect: Dialect = Dialect.PATCH
) -> list[list[Request]]:
    """The very requests (look-up GET, then POST) that the engine sends for these people."""
    group = await where.group(users)
    app = await made_app(where, url, mapped)
    await assignments.assign_group(where.database, SYSTEM, app, group, priority=None, profile={})
    async with where.database.pool.acquire() as connection:
        setup = await load_setup(connection, app)
    assert setup is not None
    people = await due_people(where.database, setup, len(users), [])
    stretch = await decide(where.database, setup, people, Patience(5, 60))
    connector = await Connectors(url, dialect).open(app)
    await connector.close()
    recorder = Recorder()
    connector._exchange._transport = recorder
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


async def bare(exchanges: list[list[Request]]) -> tuple[float, float]:
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
    parser.add_argument("--mapped", action="store_true", help="15 mapped attributes, 8 of them expressions")
    options = parser.parse_args()
    ratios = []
    async with world() as where:
        users = await where.people(options.users)
        exchanges = await recorded(where, RECORDED, users, options.mapped)
        for _ in range(options.pairs):
            async with app(options.late) as url:
                plain = await bare([moved(each, url) for each in exchanges])
            async with app(options.late) as url:
                ours = await engine(where, url, users, options.mapped)
            ratios.append(plain[0] / ours[0])
            print(json.dumps(figures(options.users, plain, ours)), flush=True)
    print(
        json.dumps(
            {"median_ratio": round(statistics.median(ratios), 3), "late": options.late, "mapped": options.mapped}
        )
    )


def figures(users: int, plain: tuple[float, float], ours: tuple[float, float, float]) -> dict[str, float]:
    return {
        "ratio": round(plain[0] / ours[0], 3),
        "bare_per_s": round(users / plain[0]),
        "engine_per_s": round(users / ours[0]),
        "bare_cpu_us": round(plain[1] / users * 1e6),
        "engine_cpu_us": round(ours[1] / users * 1e6),
        "postgres_cpu_us": round(ours[2] / users * 1e6),
    }


@contextlib.asynccontextmanager
async def app(late: bool) -> AsyncIterator[str]:
    """A fresh reference server; its address."""
    with reference_server(*(["--faults"] if late else [])) as peer:
        if late:
            await make_late(peer.url)
        yield peer.url


def moved(exchange: list[Request], url: str) -> list[Request]:
    """The same requests for the server at another address."""
    return [Request(r.method, r.url.replace(RECORDED, url), r.headers, r.body) for r in exchange]


async def make_late(url: str) -> None:
    """Ask the server to answer 1 in 200 requests 2 s late."""
    root = url.removesuffix("/scim/v2")
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {TOKEN}"}) as session:
        rule = {"probability": 0.005, "delay_before": 2.0}
        async with session.post(f"{root}/_faults", json=[rule]) as response:
            assert response.status < 300, await response.text()


if __name__ == "__main__":
    os.environ.setdefault("PYTHONHASHSEED", "0")
    uvloop.run(main())

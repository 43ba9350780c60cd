"""People pushed in at `/scim/v2` of `provisor serve`, then read back: requests per second, and pages near and far.

One client over loopback, 16 connections. CPU milliseconds are the server's and PostgreSQL's: on a machine with other
things to do they say more than requests per second. The first figures are of an empty directory that grows to
`--people`, the others of one with `--rows` people besides.
    python -m benchmarks.inbound_scim [--people 10000] [--rows 100000]
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import aiohttp
import orjson
import uvloop

from benchmarks.harness import TOKEN, Server, cpu_of, postgres_cpu, provisor_server
from provisor.scim import urns

CONNECTIONS = 16
READS = 60


def person(n: int, **more: Any) -> dict[str, Any]:
    """Somebody as an HR system pushes them."""
    return {
        "schemas": [urns.USER, urns.ENTERPRISE_USER],
        "userName": f"pushed{n}@example.com",
        "externalId": f"hr-{n}",
        "name": {"givenName": f"First{n}", "familyName": f"Last{n}"},
        "displayName": f"First{n} Last{n}",
        "emails": [{"value": f"pushed{n}@example.com", "type": "work", "primary": True}],
        "title": "Engineer",
        "addresses": [{"locality": "Oslo", "country": "NO", "type": "work", "primary": True}],
        urns.ENTERPRISE_USER: {"department": "Research", "employeeNumber": str(n)},
        "active": True,
        **more,
    }


class Client:
    """A source with a token."""

    def __init__(self, server: Server, session: aiohttp.ClientSession) -> None:
        self._url = server.url + "/scim/v2"
        self._server = server
        self._session = session
        self._headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/scim+json"}

    async def send(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        data = None if body is None else orjson.dumps(body)
        async with self._session.request(
            method, self._url + path, data=data, headers=self._headers, params=query or None
        ) as response:
            content = await response.read()
            assert response.status < 300, (response.status, content[:300])
            return orjson.loads(content) if content else None

    def cpu(self) -> tuple[float, float]:
        """CPU seconds so far, of the server and of PostgreSQL."""
        return cpu_of(self._server.process.pid), postgres_cpu(self._server.data_dir)


async def rate(client: Client, what: str, jobs: Iterable[Callable[[], Awaitable[Any]]]) -> list[Any]:
    """Do all jobs over the connections; print how many a second; their answers in order."""
    waiting = list(enumerate(jobs))
    answers: list[Any] = [None] * len(waiting)
    waiting.reverse()

    async def work() -> None:
        while waiting:
            n, job = waiting.pop()
            answers[n] = await job()

    before, began = client.cpu(), time.perf_counter()
    await asyncio.gather(*(work() for _ in range(CONNECTIONS)))
    each = (time.perf_counter() - began) / len(answers)
    print(f"  {what:46} {1 / each:8.1f} requests/s {spent(client, before, len(answers))}", flush=True)
    return answers


def spent(client: Client, before: tuple[float, float], requests: int) -> str:
    """CPU time since then, for each request."""
    server, postgres = [(now - then) * 1000 / requests for now, then in zip(client.cpu(), before, strict=True)]
    return f"{server:8.1f} + {postgres:.1f} ms CPU"


async def latency(client: Client, what: str, job: Callable[[], Awaitable[Any]]) -> None:
    """Do a job again and again, one at a time; print the median."""
    times, before = [], client.cpu()
    for _ in range(READS):
        began = time.perf_counter()
        await job()
        times.append(time.perf_counter() - began)
    print(f"  {what:46} {statistics.median(times) * 1000:8.1f} ms         {spent(client, before, READS)}", flush=True)


async def push(client: Client, people: int) -> list[str]:
    """Everybody in, then changes, repetitions and look-ups; the ids."""
    print(f"{people} people, {CONNECTIONS} connections")
    made = await rate(
        client, "POST /Users", [lambda n=n: client.send("POST", "/Users", person(n)) for n in range(people)]
    )
    ids = [each["id"] for each in made]
    some = range(min(people, 3000))
    changed = [lambda n=n: client.send("PUT", f"/Users/{ids[n]}", person(n, title="Architect")) for n in some]
    await rate(client, "PUT that changes the title", changed)
    await rate(client, "PUT that repeats it", changed)
    operations = [{"op": "replace", "path": "title", "value": "Boss"}]
    patch = {"schemas": [urns.PATCH_OP], "Operations": operations}
    await rate(
        client, "PATCH of the title", [lambda n=n: client.send("PATCH", f"/Users/{ids[n]}", patch) for n in some]
    )
    await rate(client, "GET by id", [lambda n=n: client.send("GET", f"/Users/{ids[n]}") for n in some])
    by_name = [lambda n=n: client.send("GET", "/Users", filter=f'userName eq "pushed{n}@example.com"') for n in some]
    await rate(client, "userName eq", by_name)
    bulk = [{"method": "PUT", "path": f"/Users/{ids[n]}", "data": person(n, title="Clerk")} for n in some[:1000]]
    await rate(
        client,
        "Bulk of 1,000 changes",
        [lambda: client.send("POST", "/Bulk", {"schemas": [urns.BULK_REQUEST], "Operations": bulk})],
    )
    return ids


async def read(client: Client, total: int) -> None:
    """Pages and look-ups, one at a time."""
    print(f"{total} people, one connection, median of {READS}")
    for where, start in (("first", 1), ("middle", total // 2), ("last", total - 99)):
        await latency(
            client,
            f"page of 100, {where}",
            lambda start=start: client.send("GET", "/Users", startIndex=start, count=100),
        )
    page = await client.send("GET", "/Users", cursor="", count=100)
    await latency(
        client, "page of 100 by cursor", lambda: client.send("GET", "/Users", cursor=page["nextCursor"], count=100)
    )
    for text in (
        'userName eq "pushed7@example.com"', 'externalId eq "hr-7"', 'emails.value eq "pushed7@example.com"',
        'displayName eq "First7 Last7"', 'displayName co "irst77"',
    ):  # fmt: skip
        await latency(client, text, lambda text=text: client.send("GET", "/Users", filter=text))


async def group(client: Client, ids: list[str]) -> None:
    """A group of everybody who was pushed, and one more member."""
    members = [{"value": each} for each in ids[:-1]]
    began = time.perf_counter()
    made = await client.send("POST", "/Groups", {"displayName": "Pushed", "members": members})
    print(f"  {f'POST of a group with {len(members)} members':46} {time.perf_counter() - began:8.2f} s")
    one = {"op": "add", "path": "members", "value": [{"value": ids[-1]}]}
    began = time.perf_counter()
    await client.send("PATCH", f"/Groups/{made['id']}", {"schemas": [urns.PATCH_OP], "Operations": [one]})
    print(f"  {'PATCH that adds one':46} {(time.perf_counter() - began) * 1000:8.1f} ms")


async def measure(server: Server, people: int, rows: int) -> None:
    async with aiohttp.ClientSession() as session:
        client = Client(server, session)
        ids = await push(client, people)
        await group(client, ids)
        await read(client, people)
        await server.load(session, rows, "loaded")
        await read(client, people + rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=10_000)
    parser.add_argument("--rows", type=int, default=100_000)
    given = parser.parse_args()
    with provisor_server() as server:
        uvloop.run(measure(server, given.people, given.rows))


if __name__ == "__main__":
    main()

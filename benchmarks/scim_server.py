"""The reference SCIM server against its peers: requests a second on one core, and how they depend on size.

Servers run in turn, pinned to one core, loaded by wrk from the other; what matters is the ratio within one run.
    python -m benchmarks.scim_server [--users 20000] [--seconds 4] [--only memory,postgres,scim2,scimmy] [--flat]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import time
import urllib.request
from typing import Any
from urllib.parse import quote

from benchmarks.scim_load import Meter, Rate, Running, fill, user, wrk
from benchmarks.scim_servers import STARTERS, install_peers

OURS = ("memory", "postgres")
PEERS = ("scim2", "scimmy")
SLOW = 0.25
"""Seconds from which on a request is timed one by one instead of by wrk."""


def get(server: Running, path: str) -> tuple[float, bytes]:
    """Time one request."""
    request = urllib.request.Request(server.url + path, headers=server.headers)
    started = time.perf_counter()
    with urllib.request.urlopen(request, timeout=120) as answer:
        body = answer.read()
    return time.perf_counter() - started, body


def call(server: Running, method: str, path: str, body: Any) -> tuple[float, dict[str, Any]]:
    """Time one write."""
    headers = {**server.headers, "Content-Type": "application/scim+json"}
    request = urllib.request.Request(server.url + path, json.dumps(body).encode(), headers, method=method)
    started = time.perf_counter()
    with urllib.request.urlopen(request, timeout=300) as answer:
        shown = answer.read()
    return time.perf_counter() - started, json.loads(shown) if shown else {}


def rate(server: Running, seconds: float, paths: list[str], connections: int = 16) -> Rate:
    """Requests a second of GETs; a slow one is asked twice, one after the other."""
    drain(server)
    meter = Meter(server)
    times = [get(server, path)[0] for path in (paths[0], paths[-1])]
    if min(times) > SLOW:
        return meter.rate(2, sum(times))
    return wrk(server, paths, seconds, connections)


def drain(server: Running) -> None:
    """Wait until it has answered what the last load left behind."""
    get(server, "/ServiceProviderConfig")


def requests(server: Running, ids: list[str], seconds: float) -> dict[str, Rate]:
    """What is asked most, each for some seconds."""
    users = len(ids)
    some = ids[:: max(1, users // 500)][:500]
    names = [f"user{n}@example.com" for n in range(0, users, max(1, users // 500))]
    return {
        "GET by id": rate(server, seconds, [f"/Users/{id}" for id in some]),
        "`userName eq`": rate(server, seconds, ["/Users?filter=" + quote(f'userName eq "{n}"') for n in names]),
        "page of 100, first": rate(server, seconds, ["/Users?startIndex=1&count=100"]),
        "page of 100, last": rate(server, seconds, [f"/Users?startIndex={users - 99}&count=100"]),
        "page with `attributes`": rate(server, seconds, ["/Users?startIndex=1&count=100&attributes=userName,emails"]),
        "POST": post_rate(server, seconds),
    }


def post_rate(server: Running, seconds: float) -> Rate:
    """Users created in a second."""
    drain(server)
    return wrk(server, [], seconds, 16, post=True)


def contains(server: Running) -> dict[str, float]:
    """Milliseconds of a filter that no index answers: few match, all match."""
    times = {}
    for title, value in (("few", "Name 1999"), ("all", "Name")):
        path = "/Users?filter=" + quote(f'displayName co "{value}"') + "&count=10"
        times[f"`displayName co`, {title} match, ms"] = 1000 * min(get(server, path)[0] for _ in range(7))
    return times


def large_group(server: Running, ids: list[str]) -> dict[str, float]:
    """Milliseconds for one more member of a group that has everybody in it, and for a member's page."""
    urn = "urn:ietf:params:scim:schemas:core:2.0:"
    members = [{"value": id} for id in ids]
    _, group = call(server, "POST", "/Groups?excludedAttributes=members", {
        "schemas": [urn + "Group"], "displayName": "Everybody", "members": members})  # fmt: skip
    joiners = [call(server, "POST", "/Users", user(f"joiner{n}"))[1]["id"] for n in range(200)]
    meter, times = Meter(server), []
    for id in joiners:
        change = {"op": "add", "path": "members", "value": [{"value": id}]}
        body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [change]}
        times.append(call(server, "PATCH", f"/Groups/{group['id']}", body)[0])
    rate = meter.rate(len(times), sum(times))
    with_groups = statistics.median(get(server, f"/Users/{ids[n]}")[0] for n in range(30))
    return {
        "one more member, ms of the server's CPU": 1000 / rate.by_core,
        "with the database's": 1000 / rate.with_database,
        "by the clock": 1000 * statistics.median(times),
        "GET of a member, by the clock": 1000 * with_groups,
    }


def cold_start() -> float:
    """Seconds from the command to the first answer."""
    started = time.perf_counter()
    with STARTERS["memory"]() as server:
        get(server, "/ServiceProviderConfig")
        return time.perf_counter() - started


def show(title: str, columns: dict[str, dict[str, float]]) -> None:
    """Print a table in Markdown."""
    print(f"\n{title}\n\n| |" + "|".join(columns) + "|\n|---|" + "---|" * len(columns))
    for row in next(iter(columns.values())):
        values = [column[row] for column in columns.values()]
        print(f"| {row} | " + " | ".join(f"{value:,.2f}" if value < 20 else f"{value:,.0f}" for value in values) + " |")
    sys.stdout.flush()


def compare(chosen: list[str], users: int, seconds: float) -> None:
    """Ours against the peers."""
    rates: dict[str, dict[str, Rate]] = {}
    times: dict[str, dict[str, float]] = {}
    for name in chosen:
        with STARTERS[name]() as server:
            ids = asyncio.run(fill(server, users))
            rates[name] = requests(server, ids, seconds)
            times[name] = contains(server)
        print(f"measured {name}: {rates[name]}", file=sys.stderr, flush=True)
    show(f"{users:,} users: requests a second by the clock", _column(rates, "by_clock"))
    by_core = _column(rates, "by_core")
    show("requests for each second of the server's CPU", by_core)
    show("requests for each second of CPU, the database's counted in", _column(rates, "with_database"))
    show("milliseconds", times)
    peers = [by_core[name] for name in PEERS if name in by_core]
    if peers:
        ours = {name: by_core[name] for name in OURS if name in by_core}
        ratios = {name: {row: rate / max(p[row] for p in peers) for row, rate in c.items()} for name, c in ours.items()}
        show("ours for each second of the server's CPU, over the best peer's", ratios)


def _column(rates: dict[str, dict[str, Rate]], which: str) -> dict[str, dict[str, float]]:
    return {name: {row: getattr(rate, which) for row, rate in rows.items()} for name, rows in rates.items()}


def flatness(name: str, seconds: float) -> None:
    """One of ours with 1,000 and with 100,000 users."""
    rates, times = {}, {}
    for users in (1_000, 100_000):
        title = f"{users:,} users"
        with STARTERS[name]() as server:
            ids = asyncio.run(fill(server, users))
            rates[title] = requests(server, ids, seconds)
            times[title] = large_group(server, ids)
    show(f"{name}: requests for each second of the server's CPU", _column(rates, "by_core"))
    show(f"{name}: the database's CPU counted in", _column(rates, "with_database"))
    show(f"{name}: the same by the clock", _column(rates, "by_clock"))
    show(f"{name}: milliseconds", times)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--users", type=int, default=20_000)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--only", default="memory,postgres,scim2,scimmy")
    parser.add_argument("--flat", action="store_true", help="compare 1,000 with 100,000 users instead of peers")
    options = parser.parse_args()
    chosen = options.only.split(",")
    print(f"cold start to the first answer: {cold_start():.2f} s")
    if options.flat:
        for name in (name for name in chosen if name in OURS):
            flatness(name, options.seconds)
        return
    if set(chosen) & set(PEERS):
        install_peers()
    compare(chosen, options.users, options.seconds)


if __name__ == "__main__":
    main()

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

from benchmarks.scim_load import Running, fill, user, wrk
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


def rate(server: Running, seconds: float, paths: list[str], connections: int = 16) -> float:
    """Requests a second of GETs; a slow one is asked twice, one after the other."""
    first, _ = get(server, paths[0])
    if first > SLOW:
        again, _ = get(server, paths[-1])
        return 2 / (first + again)
    return wrk(server, paths, seconds, connections)


def against_peers(server: Running, users: int, seconds: float) -> dict[str, float]:
    """What the table compares."""
    ids = asyncio.run(fill(server, users))
    middle = ids[:: max(1, users // 500)][:500]
    names = [f"user{n}@example.com" for n in range(0, users, max(1, users // 500))]
    last = users - 99
    measured = {
        "GET by id": rate(server, seconds, [f"/Users/{id}" for id in middle]),
        "userName eq": rate(server, seconds, ["/Users?filter=" + quote(f'userName eq "{n}"') for n in names]),
        "page of 100, first": rate(server, seconds, ["/Users?startIndex=1&count=100"]),
        "page of 100, last": rate(server, seconds, [f"/Users?startIndex={last}&count=100"]),
        "page with attributes": rate(server, seconds, ["/Users?startIndex=1&count=100&attributes=userName,emails"]),
        "POST": wrk(server, [], seconds, 16, post=True),
    }
    co = "/Users?filter=" + quote('displayName co "Name 1999"') + "&count=10"
    measured["displayName co, ms"] = 1000 * statistics.median(get(server, co)[0] for _ in range(5))
    everybody = "/Users?filter=" + quote('displayName co "Name"') + "&count=10"
    measured["displayName co, all match, ms"] = 1000 * statistics.median(get(server, everybody)[0] for _ in range(5))
    return measured


def flatness(server: Running, users: int, seconds: float) -> dict[str, float]:
    """What must not depend on the number of users, in requests a second."""
    ids = asyncio.run(fill(server, users))
    some = ids[:: max(1, users // 500)][:500]
    names = [f"user{n}@example.com" for n in range(0, users, max(1, users // 500))]
    return {
        "GET by id": rate(server, seconds, [f"/Users/{id}" for id in some]),
        "userName eq": rate(server, seconds, ["/Users?filter=" + quote(f'userName eq "{n}"') for n in names]),
        "page of 100, first": rate(server, seconds, ["/Users?startIndex=1&count=100"]),
        "page of 100, last": rate(server, seconds, [f"/Users?startIndex={users - 99}&count=100"]),
        "POST": wrk(server, [], seconds, 16, post=True),
        **large_group(server, ids),
    }


def large_group(server: Running, ids: list[str]) -> dict[str, float]:
    """Milliseconds for one more member of a group that has everybody in it, and for a member's page."""
    urn = "urn:ietf:params:scim:schemas:core:2.0:"
    members = [{"value": id} for id in ids]
    _, group = call(server, "POST", "/Groups?excludedAttributes=members", {
        "schemas": [urn + "Group"], "displayName": "Everybody", "members": members})  # fmt: skip
    times = []
    for n in range(30):
        _, new = call(server, "POST", "/Users", user(f"joiner{n}"))
        change = {"op": "add", "path": "members", "value": [{"value": new["id"]}]}
        body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [change]}
        times.append(call(server, "PATCH", f"/Groups/{group['id']}", body)[0])
    with_groups = statistics.median(get(server, f"/Users/{ids[n]}")[0] for n in range(30))
    return {"one more member, ms": 1000 * statistics.median(times), "GET of a member, ms": 1000 * with_groups}


def cold_start() -> float:
    """Seconds from the command to the first answer."""
    started = time.perf_counter()
    with STARTERS["memory"]() as server:
        get(server, "/ServiceProviderConfig")
        return time.perf_counter() - started


def show(title: str, columns: dict[str, dict[str, float]]) -> None:
    """Print a table in Markdown."""
    print(f"\n{title}\n")
    print("| |" + "|".join(columns) + "|\n|---|" + "---|" * len(columns))
    rows = next(iter(columns.values()))
    for row in rows:
        cells = [
            f"{column[row]:,.2f}" if column.get(row, 0) < 20 else f"{column[row]:,.0f}" for column in columns.values()
        ]
        print(f"| {row} | " + " | ".join(cells) + " |")
    sys.stdout.flush()


def ratios(table: dict[str, dict[str, float]]) -> dict[str, dict[str, float]]:
    """Ours over the best peer, row by row."""
    peers = [table[name] for name in PEERS if name in table]
    found: dict[str, dict[str, float]] = {}
    for name in OURS:
        if name in table and peers:
            found[name] = {row: _ratio(row, value, peers) for row, value in table[name].items()}
    return found


def _ratio(row: str, value: float, peers: list[dict[str, float]]) -> float:
    theirs = [peer[row] for peer in peers]
    return min(theirs) / value if row.endswith("ms") else value / max(theirs)


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
            columns = {}
            for users in (1_000, 100_000):
                with STARTERS[name]() as server:
                    columns[f"{users:,} users"] = flatness(server, users, options.seconds)
            show(f"{name}: requests a second", columns)
        return
    if set(chosen) & set(PEERS):
        install_peers()
    table = {}
    for name in chosen:
        with STARTERS[name]() as server:
            table[name] = against_peers(server, options.users, options.seconds)
        show(f"{options.users:,} users, so far", table)
    show("ratio to the best peer", ratios(table))


if __name__ == "__main__":
    main()

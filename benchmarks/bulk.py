"""10,000 users created at an app that offers Bulk: the engine in the minimal dialect against loops without Bulk.

One bare aiohttp loop sends, one by one, the look-up and the create that the engine would send without Bulk; the other
sends the create alone, one request per user. Alternating rounds in one run; a JSON line for each with users a second,
both ratios (how many times as fast as that loop the engine is) and CPU per user in microseconds, then their medians.

    python -m benchmarks.bulk [--users 10000] [--rounds 3]
"""

from __future__ import annotations

import argparse
import json
import statistics

import uvloop

from benchmarks.creates import RECORDED, app, bare, engine, moved, recorded
from benchmarks.harness import World, world
from provisor.connectors.scim import Dialect


async def compare(where: World, users: list[str]) -> dict[str, float]:
    """One round."""
    exchanges = await recorded(where, RECORDED, users, False, Dialect.MINIMAL)
    async with app(late=False) as url:
        both = await bare([moved(each, url) for each in exchanges])
    async with app(late=False) as url:
        alone = await bare([moved(each[-1:], url) for each in exchanges])
    async with app(late=False) as url:
        ours = await engine(where, url, users, False, Dialect.MINIMAL)
    return {
        "to_look_up_and_create": round(both[0] / ours[0], 3),
        "to_create_alone": round(alone[0] / ours[0], 3),
        "bare_per_s": round(len(users) / both[0]),
        "bare_create_alone_per_s": round(len(users) / alone[0]),
        "engine_per_s": round(len(users) / ours[0]),
        "bare_cpu_us": round(both[1] / len(users) * 1e6),
        "engine_cpu_us": round(ours[1] / len(users) * 1e6),
        "postgres_cpu_us": round(ours[2] / len(users) * 1e6),
    }


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--users", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    found = []
    async with world() as where:
        users = await where.people(options.users)
        for _ in range(options.rounds):
            found.append(await compare(where, users))
            print(json.dumps(found[-1]), flush=True)
    medians = {name: statistics.median(each[name] for each in found) for name in found[0]}
    print(json.dumps({"medians": medians}))


if __name__ == "__main__":
    uvloop.run(main())

"""Fuzzes the reference server for as long as one likes: `python -m tests.fuzz [SECONDS]`, also `make fuzz`.

Each round has a seed of its own, which is printed: `python -m tests.fuzz 1 --seed 17` repeats round 17.
"""

import argparse
import random
import sys
import time

from hypothesis import HealthCheck, given, seed, settings
from tests.fuzz.requests import REQUESTS, Asked
from tests.fuzz.victim import HEAVIEST, Victim, victim

ROUND = 1000


def fuzz(server: Victim, number: int) -> None:
    """One round of requests; the smallest that fails is shown by what is raised."""

    @seed(number)
    @settings(max_examples=ROUND, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(asked=REQUESTS)
    def judge(asked: Asked) -> None:
        server.judge(asked)

    judge()
    weight = server.weight()
    assert weight < HEAVIEST, f"the server held {weight} kB"


def main() -> int:
    parser = argparse.ArgumentParser(prog="make fuzz", description="Fuzz the reference SCIM server.")
    parser.add_argument("seconds", nargs="?", type=float, default=120)
    parser.add_argument("--seed", type=int, default=None)
    given_ = parser.parse_args()
    number = random.SystemRandom().randrange(10**6) if given_.seed is None else given_.seed
    end, requests = time.monotonic() + given_.seconds, 0
    for arguments in ([], ["--strict"]):
        half = end if arguments else end - given_.seconds / 2
        with victim(*arguments) as server:
            while True:
                print(f"round {number}{' strict' if arguments else ''} ...", flush=True)
                fuzz(server, number)
                requests, number = requests + ROUND, number + 1
                if time.monotonic() >= half:
                    break
            print(f"the server held at most {server.weight():,} kB")
    print(f"{requests:,} requests: every one answered in time, none by a 5xx")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""`python -m tests.chaos`: kills worker, server, PostgreSQL and apps for some minutes; exit code 0 only if all is well.

python -m tests.chaos [--seconds 300] [--seed 7] [--people 400]
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import sys
import tempfile
from pathlib import Path
from random import SystemRandom

from tests.chaos.storm import Verdict, run


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=300.0, help="How long programs are killed (default: 300).")
    parser.add_argument("--seed", type=int, help="Repeat the changes and the kills of an earlier run.")
    parser.add_argument("--people", type=int, default=400)
    options = parser.parse_args()
    seed = SystemRandom().randrange(1_000_000) if options.seed is None else options.seed
    parent = Path(tempfile.mkdtemp(prefix="provisor-chaos-", dir="/tmp"))
    parent.chmod(0o711)
    verdict = asyncio.run(run(parent / "data", seed, options.seconds, people=options.people, say=tell))
    return report(verdict, parent)


def tell(line: str) -> None:
    print(line, flush=True)


def report(verdict: Verdict, parent: Path) -> int:
    tell(str(verdict))
    if not verdict.problems:
        shutil.rmtree(parent, ignore_errors=True)
        tell("PASSED: the apps hold exactly what the directory says.")
        return 0
    for problem in verdict.problems[:50]:
        tell(f"- {problem}")
    tell(f"FAILED with {len(verdict.problems)} problems; --seed {verdict.seed}; data and logs are kept in {parent}")
    return 1


if __name__ == "__main__":
    sys.exit(main())

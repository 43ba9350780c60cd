"""A process that uses the cluster of a data directory until a line or the end arrives on its standard input.

Prints one line of JSON when PostgreSQL is up (or with the refusal), and one when it has left.
"""

import asyncio
import json
import sys
from pathlib import Path

from provisor.postgres.cluster import start
from provisor.postgres.errors import ClusterError
from provisor.postgres.postmaster import observe


async def main(data_dir: Path, grace: float) -> None:
    try:
        cluster = await start(data_dir, durable=False, grace=grace)
    except ClusterError as error:
        print(json.dumps({"refused": str(error)}), flush=True)
        return
    seen = observe(cluster.layout)
    print(json.dumps({"postmaster": seen.pid if seen else None, "dsn": cluster.dsn()}), flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    print(json.dumps({"stopped": await cluster.release()}), flush=True)


asyncio.run(main(Path(sys.argv[1]), float(sys.argv[2])))

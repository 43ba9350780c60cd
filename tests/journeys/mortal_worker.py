"""A worker that ends like a crashed process whenever it is to create an account called deadly...; and is started again.

python -m tests.journeys.mortal_worker DSN: until its standard input ends, every death is followed by another life.
"""

import asyncio
import os
import select
import sys
from dataclasses import replace

from tests.journeys.conftest import QUICK

from provisor.connector import Account, Connector, Desired
from provisor.connectors.egress import EgressPolicy
from provisor.connectors.http import AiohttpTransport
from provisor.connectors.scim import Dialect, ScimConnector, ScimSettings, parse_base_url
from provisor.services.connecting import ConnectionPlan, ConnectorFactory
from provisor.services.secrets import Sealer
from provisor.services.work import Database
from provisor.store.database import open_pool
from provisor.wiring_scim import ScimConnectors, fixed_header
from provisor.worker.main import run_worker

SETTINGS = replace(QUICK, lease_seconds=0.8, rescan_seconds=0.1, request_timeout=0.3)
DEADLY = "deadly"


class Mortal(ScimConnector):
    async def create_account(self, desired: Desired, password: str) -> Account:
        if desired.username.startswith(DEADLY):
            os._exit(70)
        return await super().create_account(desired, password)


class MortalConnectors(ScimConnectors):
    def __call__(self, plan: ConnectionPlan) -> Connector:
        transport = AiohttpTransport(EgressPolicy(plan.egress), timeout=plan.timeout)
        base_url = parse_base_url(plan.base_url)
        return Mortal(transport, ScimSettings(base_url, fixed_header(plan), Dialect(plan.dialect.value)))


async def work(dsn: str) -> None:
    pool = await open_pool(dsn, size=4)
    connectors = ConnectorFactory(Database(pool), Sealer(bytes(32)), SETTINGS, MortalConnectors())
    await run_worker(Database(pool), dsn, SETTINGS, connectors, asyncio.Event())


def main(dsn: str) -> None:
    """Live and die; says how often it has lived."""
    while not select.select([sys.stdin], [], [], 0)[0]:
        if not (child := os.fork()):
            asyncio.run(work(dsn))
        # One life ends by itself or with the input.
        while not os.waitpid(child, os.WNOHANG)[0]:
            if select.select([sys.stdin], [], [], 0.02)[0]:
                os.kill(child, 9)
                os.waitpid(child, 0)
                return
        print("died", flush=True)


if __name__ == "__main__":
    main(sys.argv[1])

"""One scene for all cases of a test process, and for each case its server and its people."""

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass

import asyncpg
import pytest
from tests.journeys.qa_plan.scene import KINDS, Background, Case, Target, directory, serving

from provisor.postgres.cluster import Cluster


@dataclass(frozen=True)
class Connected:
    """A server that an app is connected to."""

    target: Target
    entry: str
    app: str


@pytest.fixture(scope="session")
def background() -> Iterator[Background]:
    """Where the worker and what else is asynchronous run."""
    with Background() as background:
        yield background


@pytest.fixture(scope="session")
def scene(cluster: Cluster, template_database: str, background: Background) -> Iterator[str]:
    """The DSN of a database whose worker is at work."""
    name = f"qa_plan_{os.getpid()}"
    background.run(_execute(cluster, f"CREATE DATABASE {name} TEMPLATE {template_database}"))
    stack = AsyncExitStack()
    company = background.run(stack.enter_async_context(directory(cluster.dsn(name))))
    background.run(stack.enter_async_context(company.worker()))
    yield cluster.dsn(name)
    background.run(stack.aclose())
    background.run(_execute(cluster, f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture(scope="session", params=KINDS, ids=[f"{name}, {entry}" for name, entry in KINDS])
def connected(scene: str, background: Background, request: pytest.FixtureRequest) -> Iterator[Connected]:
    """One of the servers, with an app connected to it and everything of “To App” switched on (C9298, C9306)."""
    name, entry = request.param

    async def connect(target: Target) -> str:
        async with directory(scene) as company:
            return await company.app(target, entry)

    with serving(name, background) as target:
        yield Connected(target, entry, background.run(connect(target)))


@pytest.fixture
async def case(scene: str, connected: Connected) -> AsyncIterator[Case]:
    """A case at each of the servers."""
    async with directory(scene) as company:
        yield Case(company, connected.target, connected.entry, connected.app)


async def _execute(cluster: Cluster, statement: str) -> None:
    connection = await asyncpg.connect(cluster.dsn())
    try:
        await connection.execute(statement)
    finally:
        await connection.close()

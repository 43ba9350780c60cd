"""The database fixtures: one embedded PostgreSQL per test run, one fresh database per test.

A test that asks for none of them starts no PostgreSQL.
"""

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

import asyncpg
import hypothesis
import pytest

from provisor.postgres.cluster import Cluster, start

RUN = "PROVISOR_TEST_RUN"
MEMORY = "/dev/shm"
TEMPLATE = "provisor_template"
T = TypeVar("T")
_numbers = count(1)

# A property is true or not, however busy the machine is.
hypothesis.settings.register_profile("provisor", deadline=None)
hypothesis.settings.load_profile("provisor")


def pytest_configure(config: pytest.Config) -> None:
    """Names the run's directory once, in the process that the xdist workers inherit their environment from."""
    if RUN not in os.environ:
        name = f"provisor-tests-{os.geteuid()}"
        for left in Path(MEMORY).glob(f"{name}-*"):
            # Memory that a killed run has left occupied.
            if not Path(f"/proc/{left.name.split('-')[3]}").exists():
                shutil.rmtree(left, ignore_errors=True)
        os.environ[RUN] = f"{_place()}/{name}-{os.getpid()}"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest begin first, so that none of them is what everybody waits for in the end."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


def pytest_unconfigure(config: pytest.Config) -> None:
    """The process that named the run removes its files."""
    if os.environ[RUN].endswith(f"-{os.getpid()}"):
        shutil.rmtree(os.environ[RUN], ignore_errors=True)


def _place() -> str:
    """Where PostgreSQL's files go: into memory, where there is plenty and programs may be run; else onto the disk."""
    try:
        memory = os.statvfs(MEMORY)
    except OSError:
        return "/tmp"
    roomy = memory.f_bavail * memory.f_frsize > 4 << 30
    return MEMORY if roomy and not memory.f_flag & os.ST_NOEXEC else "/tmp"


@contextmanager
def new_directory() -> Iterator[Path]:
    """A directory that PostgreSQL's user can reach too (`tmp_path` is closed to it when we are root); then gone."""
    directory = Path(tempfile.mkdtemp(prefix=f"{os.environ[RUN]}-"))
    directory.chmod(0o711)
    yield directory
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """An empty data directory."""
    with new_directory() as directory:
        yield directory


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """The run's PostgreSQL, shared by all xdist workers; the last one to leave stops it."""
    running = _run(start(Path(os.environ[RUN]), durable=False))
    yield running
    _run(running.release())


@pytest.fixture(scope="session")
def template_database(cluster: Cluster) -> str:
    """The name of a database with the migrated schema, made by whichever worker comes first."""
    _run(_make_template(cluster))
    return TEMPLATE


@pytest.fixture(scope="session")
async def clerk(cluster: Cluster) -> AsyncIterator[asyncpg.Connection]:
    """The connection that makes and drops databases."""
    async with _connection(cluster) as connection:
        yield connection


@pytest.fixture
async def database(cluster: Cluster, template_database: str, clerk: asyncpg.Connection) -> AsyncIterator[str]:
    """The DSN of a fresh, migrated database of this test's own."""
    name = f"test_{os.getpid()}_{next(_numbers)}"
    await clerk.execute(f"CREATE DATABASE {name} TEMPLATE {template_database}")
    yield cluster.dsn(name)
    await clerk.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def authorization_server() -> Iterator[Any]:
    """A real OAuth 2.0 server, as `tests.oauth.iam.Iam`; one in a process, because it keeps its records in a global."""
    from tests.oauth.iam import serving

    with serving() as iam:
        yield iam


@pytest.fixture
def iam(authorization_server: Any) -> Iterator[Any]:
    """The authorization server, on its best behaviour at the beginning of each test."""
    authorization_server.behave()
    yield authorization_server


async def _make_template(cluster: Cluster) -> None:
    from provisor.store.migrate import migrate

    async with _connection(cluster) as connection:
        await connection.execute("SELECT pg_advisory_lock(1)")
        if await connection.fetchval("SELECT true FROM pg_database WHERE datname = $1", TEMPLATE):
            return
        # Renamed when it is complete, so that a worker that dies half-way leaves nothing that looks finished.
        await connection.execute("DROP DATABASE IF EXISTS template_in_progress WITH (FORCE)")
        await connection.execute("CREATE DATABASE template_in_progress")
        await migrate(cluster.dsn("template_in_progress"))
        await connection.execute(f"ALTER DATABASE template_in_progress RENAME TO {TEMPLATE}")


@asynccontextmanager
async def _connection(cluster: Cluster) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(cluster.dsn())
    try:
        yield connection
    finally:
        await connection.close()


def _run(coroutine: Coroutine[object, object, T]) -> T:
    """In a thread of its own: session fixtures must not touch the event loop of the test."""
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(asyncio.run, coroutine).result()

"""Starts, shares and leaves one embedded PostgreSQL; what runs in its databases is not its concern."""

import asyncio
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import asyncpg

from provisor.postgres import creation, postmaster
from provisor.postgres.account import choose_account, require_access
from provisor.postgres.binaries import choose_binaries, copy_below
from provisor.postgres.errors import ClusterError
from provisor.postgres.layout import PORT, Layout
from provisor.postgres.locks import FileLock

DATABASE = "provisor"
LOCK_SECONDS = 2 * postmaster.RECOVERY_SECONDS
GRACE_SECONDS = 30.0
ATTEMPTS = 5
GONE_AGAIN = (OSError, asyncpg.PostgresConnectionError, asyncpg.OperatorInterventionError)
SOURCES = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Cluster:
    """A running PostgreSQL that this process holds; it stays up at least until `release`."""

    layout: Layout
    bin_dir: Path
    socket_dir: Path
    _owner: FileLock

    def dsn(self, database: str = DATABASE) -> str:
        """For asyncpg; holds the password, so it never goes into a log or onto a command line."""
        return _dsn(creation.ROLE, database, self.socket_dir, creation.read_password(self.layout))

    def env(self, database: str = DATABASE) -> dict[str, str]:
        """The variables that lead `psql` and its like here."""
        return {
            "PGHOST": str(self.socket_dir),
            "PGPORT": str(PORT),
            "PGUSER": creation.ROLE,
            "PGPASSWORD": creation.read_password(self.layout),
            "PGDATABASE": database,
        }

    async def release(self) -> bool:
        """Leaves the cluster; True when this process was the last one and PostgreSQL has stopped."""
        return await asyncio.to_thread(_leave, self.layout, self._owner)


async def start(
    data_dir: Path, *, durable: bool = True, grace: float = GRACE_SECONDS, pg_bin: Path | None = None
) -> Cluster:
    """Joins the PostgreSQL of this data directory, after creating and starting it where that is needed.

    `grace` is how long it outlives owners that were killed; `durable=False` trades safety for speed, for tests.
    `pg_bin` defaults to the environment's PROVISOR_PG_BIN.
    """
    chosen = pg_bin or (Path(value) if (value := os.environ.get("PROVISOR_PG_BIN")) else None)
    layout = Layout.below(data_dir)
    for _ in range(ATTEMPTS):
        cluster = await asyncio.to_thread(_join, layout, durable, grace, chosen)
        try:
            await _ensure_database(cluster)
            return cluster
        except GONE_AGAIN:
            # Killed between our joining and our connecting: the next attempt starts it again.
            await cluster.release()
        except BaseException:
            await cluster.release()
            raise
    raise ClusterError(f"PostgreSQL starts and ends at once, {ATTEMPTS} times in a row: see {layout.log}.")


def _join(layout: Layout, durable: bool, grace: float, pg_bin: Path | None) -> Cluster:
    try:
        creation.prepare_root(layout)
        owner = FileLock(layout.owner_lock)
        try:
            with FileLock(layout.start_lock) as starting:
                starting.wait(LOCK_SECONDS)
                owner.wait(LOCK_SECONDS, shared=True)
                creation.read_password(layout)
                if not postmaster.wait_until_ready(layout):
                    _prepare(layout, durable, pg_bin)
                    _summon_watchdog(layout, grace)
                elif not _watched(layout):
                    _summon_watchdog(layout, grace)
            how = postmaster.Launch.read(layout)
        except BaseException:
            owner.close()
            raise
    except OSError as error:
        if isinstance(error, PermissionError) and os.geteuid() == 0:
            raise ClusterError(
                f"PostgreSQL refuses to run as root, and this root may not hand it to another user ({error}): it lacks "
                "the capabilities SETUID, SETGID or CHOWN. Grant them, run Provisor as an ordinary user, or set "
                "PROVISOR_DATABASE_URL."
            ) from error
        raise ClusterError(
            f"PostgreSQL cannot be run in {layout.root}: {error}. Repair that, choose another place with "
            "--data-dir, or set PROVISOR_DATABASE_URL."
        ) from error
    return Cluster(layout, Path(how.bin_dir), Path(how.socket_dir), owner)


def _prepare(layout: Layout, durable: bool, pg_bin: Path | None) -> None:
    """Everything that a postmaster needs on disk, under the start lock."""
    account = choose_account(layout)
    binaries = choose_binaries(layout, pg_bin)
    if account.differs:
        require_access(account, layout.root, "Choose another place with --data-dir")
        if binaries.from_wheel:
            binaries = copy_below(layout, binaries)
        require_access(account, binaries.bin_dir, "Point PROVISOR_PG_BIN at binaries that it can run")
    socket_dir = creation.prepare_socket_dir(layout, account)
    creation.write_configuration(layout, account, socket_dir, durable=durable)
    if not layout.pgdata.exists():
        creation.initialise(layout, binaries, account, durable=durable)
    uid, gid = (account.uid, account.gid) if account.differs else (None, None)
    how = postmaster.Launch(str(binaries.bin_dir), str(socket_dir), uid, gid)
    creation.write_file(layout.launch, how.render(), mode=0o644)


def _summon_watchdog(layout: Layout, grace: float) -> None:
    """A process of its own, because nothing inside this one survives its `kill -9`."""
    answer = subprocess.run(
        [sys.executable, "-S", "-P", "-m", "provisor.postgres.watchdog", layout.root.parent, str(grace)],
        cwd="/",
        env=postmaster.clean_environment() | {"PYTHONPATH": str(SOURCES)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        text=True,
        check=False,
    )
    if answer.returncode != 0 or answer.stdout:
        raise ClusterError(answer.stdout.strip() or f"The watchdog of {layout.root} did not start.")


def _watched(layout: Layout) -> bool:
    with FileLock(layout.watchdog_lock) as lock:
        return not lock.take()


def _leave(layout: Layout, owner: FileLock) -> bool:
    with owner, FileLock(layout.start_lock) as stopping:
        stopping.wait(LOCK_SECONDS)
        if not owner.take():
            return False
        postmaster.stop(layout)
        return True


async def _ensure_database(cluster: Cluster) -> None:
    """Connects as the application will; what is missing for that (a first start, a lost password) is made."""
    try:
        connection = await asyncpg.connect(cluster.dsn())
    except (asyncpg.InvalidAuthorizationSpecificationError, asyncpg.InvalidCatalogNameError):
        await _create_database(cluster)
        connection = await asyncpg.connect(cluster.dsn())
    await connection.close()


async def _create_database(cluster: Cluster) -> None:
    admin = await asyncpg.connect(_dsn(creation.SUPERUSER, "postgres", cluster.socket_dir))
    role, password = creation.ROLE, creation.read_password(cluster.layout)
    try:
        # Several processes may come here at once on a first start.
        await admin.execute("SELECT pg_advisory_lock(1)")
        if not await admin.fetchval("SELECT true FROM pg_roles WHERE rolname = $1", role):
            await admin.execute(f"CREATE ROLE {role} LOGIN CREATEDB")
        # Letters, digits, - and _ only, so quoting is enough; statements are not logged (see the settings).
        await admin.execute(f"ALTER ROLE {role} PASSWORD '{password}'")
        if not await admin.fetchval("SELECT true FROM pg_database WHERE datname = $1", DATABASE):
            # template0 carries the encoding and the locale that initdb was given.
            await admin.execute(f"CREATE DATABASE {DATABASE} OWNER {role} TEMPLATE template0 ENCODING 'UTF8'")
    finally:
        await admin.close()


def _dsn(role: str, database: str, socket_dir: Path, password: str = "") -> str:
    secret = f":{quote(password, safe='')}" if password else ""
    return f"postgresql://{role}{secret}@/{quote(database, safe='')}?host={quote(str(socket_dir), safe='')}&port={PORT}"

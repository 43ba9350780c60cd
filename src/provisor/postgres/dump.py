"""Saves one database into a file and brings it back, with pg_dump and pg_restore; knows nothing of what is in it.

Passwords reach the programs through their environment, because command lines are visible to every user.
"""

import asyncio
import os
import re
import shutil
import subprocess
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.parse import parse_qsl, unquote, urlsplit

import asyncpg

from provisor.postgres.binaries import system_bin_dirs, wheel_bin_dir
from provisor.postgres.cluster import Cluster
from provisor.postgres.errors import ClusterError

PROGRAMS = ("pg_dump", "pg_restore", "psql")
# The names that asyncpg and libpq share in the query part of a DSN, and libpq's variables for them.
VARIABLES = {
    "host": "PGHOST",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "dbname": "PGDATABASE",
    "database": "PGDATABASE",
    "passfile": "PGPASSFILE",
    "options": "PGOPTIONS",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
}
# Everything goes and comes back in one transaction: a restore that fails leaves the database as it was.
EMPTY = """\
BEGIN;
SET LOCAL lock_timeout = '10s';
SET LOCAL client_min_messages = 'warning';
DO $$
DECLARE name text;
BEGIN
  FOR name IN SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' LOOP
    EXECUTE format('DROP SCHEMA %I CASCADE', name);
  END LOOP;
END $$;
CREATE SCHEMA public AUTHORIZATION pg_database_owner;
GRANT USAGE ON SCHEMA public TO PUBLIC;
"""


@dataclass(frozen=True, slots=True, repr=False)
class _Tools:
    """The client programs that fit a server, and the variables that lead them to the database."""

    bin_dir: Path
    variables: dict[str, str]
    other_connections: int

    def command(self, program: str, *arguments: str) -> list[str]:
        return [str(self.bin_dir / program), *arguments]

    @property
    def environment(self) -> dict[str, str]:
        return dict(os.environ) | {"PGCONNECT_TIMEOUT": "10", "PGAPPNAME": "provisor"} | self.variables


async def backup(source: Cluster | str, file: Path) -> None:
    """Writes a consistent copy of the database while it is in use; the file appears when it is complete."""
    tools = await _tools(source)
    await asyncio.to_thread(_dump, tools, file)


async def restore(target: Cluster | str, file: Path) -> None:
    """Replaces everything in the database by what the file holds, or changes nothing."""
    tools = await _tools(target)
    if tools.other_connections:
        raise ClusterError(
            f"The database is in use ({tools.other_connections} other connections), and a restore replaces all of it. "
            "Stop every `provisor serve` and `provisor worker` first."
        )
    await asyncio.to_thread(_load, tools, file)


def variables(dsn: str) -> dict[str, str]:
    """libpq's environment variables for a DSN as asyncpg and SQLAlchemy write it."""
    parts = urlsplit(dsn)
    if parts.scheme.partition("+")[0] not in ("postgresql", "postgres"):
        raise ClusterError("PROVISOR_DATABASE_URL must start with postgresql://")
    named = {
        "host": parts.hostname and unquote(parts.hostname),
        "port": parts.port and str(parts.port),
        "user": parts.username and unquote(parts.username),
        "password": parts.password and unquote(parts.password),
        "dbname": unquote(parts.path.removeprefix("/")),
    }
    found = {VARIABLES[name]: value for name, value in named.items() if value}
    return found | {VARIABLES[name]: value for name, value in parse_qsl(parts.query) if name in VARIABLES}


def _dump(tools: _Tools, file: Path) -> None:
    unfinished = file.with_name(f"{file.name}.part")
    try:
        with open(unfinished, "wb", opener=_private) as output, tempfile.TemporaryFile() as said:
            command = tools.command("pg_dump", "--format=custom", "--no-password")
            finished = subprocess.run(command, env=tools.environment, stdout=output, stderr=said, check=False)
            if finished.returncode != 0:
                raise ClusterError(f"pg_dump could not save the database: {_read(said)}")
            os.fsync(output.fileno())
        unfinished.replace(file)
    except OSError as error:
        raise ClusterError(f"The backup cannot be written to {file}: {error.strerror}.") from error
    finally:
        with suppress(OSError):
            unfinished.unlink()


def _load(tools: _Tools, file: Path) -> None:
    listing = subprocess.run(
        tools.command("pg_restore", "--list", str(file.absolute())), capture_output=True, check=False
    )
    if listing.returncode != 0:
        raise ClusterError(
            f"{file} is not a backup that can be restored here: {listing.stderr.decode(errors='replace').strip()}"
        )
    read = tools.command("pg_restore", "--no-owner", "--no-privileges", "--file=-", str(file.absolute()))
    write = tools.command("psql", "--no-psqlrc", "--quiet", "--no-password", "--set=ON_ERROR_STOP=1")
    # Terse, because context lines quote the rows.
    write += ["--set=VERBOSITY=terse", "--set=SHOW_CONTEXT=never", "--file=-"]
    with (
        tempfile.TemporaryFile() as reader_said,
        tempfile.TemporaryFile() as writer_said,
        subprocess.Popen(read, stdout=subprocess.PIPE, stderr=reader_said) as reader,
        subprocess.Popen(
            write, env=tools.environment, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=writer_said
        ) as writer,
    ):
        assert reader.stdout is not None and writer.stdin is not None
        try:
            writer.stdin.write(EMPTY.encode())
            shutil.copyfileobj(reader.stdout, writer.stdin)
            if reader.wait() == 0:
                writer.stdin.write(b"COMMIT;\n")
            writer.stdin.close()
        except BrokenPipeError:
            reader.kill()
            with suppress(BrokenPipeError):
                writer.stdin.close()
        if reader.wait() > 0:
            raise ClusterError(f"Nothing was restored, because {file} is damaged: {_read(reader_said)}")
        if writer.wait() != 0:
            raise ClusterError(f"Nothing was restored, because the database refused: {_read(writer_said)}")


async def _tools(database: Cluster | str) -> _Tools:
    dsn = database if isinstance(database, str) else database.dsn()
    where = variables(dsn)
    try:
        connection = await asyncpg.connect(re.sub(r"^(\w+)\+\w+:", r"\1:", dsn), timeout=10)
    except (OSError, asyncpg.PostgresError, TimeoutError) as error:
        raise ClusterError(f"The database at {where.get('PGHOST', 'localhost')} does not answer: {error}") from error
    try:
        major = connection.get_server_version().major
        others = await connection.fetchval(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
            "AND usesysid IS NOT NULL AND pid <> pg_backend_pid()"
        )
    finally:
        await connection.close()
    bin_dir = database.bin_dir if isinstance(database, Cluster) else await asyncio.to_thread(_choose, major)
    return _Tools(bin_dir, where, others)


def _choose(server_major: int) -> Path:
    """The server's own version where it is installed, else the oldest later one: pg_dump reads older servers."""
    pg_bin, wheel = os.environ.get("PROVISOR_PG_BIN"), wheel_bin_dir()
    on_path = [Path(place) for place in os.get_exec_path()]
    places = [*([Path(pg_bin)] if pg_bin else []), *system_bin_dirs(), *on_path, *([wheel] if wheel else [])]
    majors = [(major, place) for place in places if (major := _client_major(place)) and major >= server_major]
    if not majors:
        raise ClusterError(
            f"The database is PostgreSQL {server_major}, and no {', '.join(PROGRAMS)} of that version or later was "
            f"found. Install postgresql-client-{server_major}, or point PROVISOR_PG_BIN at the directory with them."
        )
    return min(majors, key=lambda found: found[0])[1]


def _client_major(bin_dir: Path) -> int | None:
    if not all(os.access(bin_dir / program, os.X_OK) for program in PROGRAMS):
        return None
    try:
        answer = subprocess.run([bin_dir / "pg_dump", "--version"], capture_output=True, text=True, check=False)
    except OSError:
        return None
    match = re.search(r"\(PostgreSQL\) (\d+)", answer.stdout)
    return int(match[1]) if match else None


def _read(said: IO[bytes]) -> str:
    said.seek(0)
    return said.read()[-1500:].decode(errors="replace").strip()


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)

"""Saving a database into a file and bringing it back."""

import os
import stat
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from provisor.postgres.cluster import Cluster
from provisor.postgres.dump import backup, restore, variables
from provisor.postgres.errors import ClusterError


@pytest.fixture
async def database(cluster: Cluster) -> Any:
    """The DSN of a database with a little of everything in it, but not the product's schema."""
    admin = await asyncpg.connect(cluster.dsn())
    name = f"dump_{os.getpid()}"
    await admin.execute(f"CREATE DATABASE {name}")
    connection = await asyncpg.connect(cluster.dsn(name))
    await connection.execute(
        "CREATE EXTENSION pg_trgm; CREATE SCHEMA other; CREATE TABLE other.people (id int PRIMARY KEY, name text);"
        "INSERT INTO other.people SELECT n, 'Zoë ' || n FROM generate_series(1, 20000) n;"
        "CREATE INDEX ON other.people USING gin (name gin_trgm_ops); CREATE TABLE plain (at timestamptz DEFAULT now())"
    )
    await connection.close()
    yield cluster.dsn(name)
    await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await admin.close()


async def test_a_backup_brings_back_exactly_what_was_there(database: str, tmp_path: Path) -> None:
    """Rows that went are back, tables that came since are gone, and a second round gives the same."""
    file = tmp_path / "saved.dump"
    await backup(database, file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    await run(database, "DELETE FROM other.people; DROP TABLE plain; CREATE TABLE newer (id int)")
    for _ in range(2):
        await restore(database, file)
        assert await ask(database, "SELECT count(*) FROM other.people WHERE name = 'Zoë ' || id") == 20000
        assert await ask(database, TABLES) == ["other.people", "public.plain"]
        await backup(database, file)
    assert list(tmp_path.iterdir()) == [file]


async def test_a_running_cluster_is_saved_with_its_own_programs(cluster: Cluster, tmp_path: Path) -> None:
    """The cluster itself stands for its database `provisor`."""
    await backup(cluster, tmp_path / "saved.dump")
    assert (tmp_path / "saved.dump").read_bytes().startswith(b"PGDMP")


async def test_a_damaged_backup_changes_nothing(database: str, tmp_path: Path) -> None:
    """A file that ends too early is found out before anything is committed."""
    file = tmp_path / "saved.dump"
    await backup(database, file)
    await run(database, "DROP TABLE plain")
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ClusterError, match=r"Nothing was restored, because .* is damaged"):
        await restore(database, file)
    file.write_text("id,login\n")
    with pytest.raises(ClusterError, match="is not a backup"):
        await restore(database, file)
    assert await ask(database, TABLES) == ["other.people"]


async def test_a_restore_that_the_database_refuses_changes_nothing(
    database: str, cluster: Cluster, tmp_path: Path
) -> None:
    """The program that writes stops at the first error, while the one that reads still has much to say."""
    file = tmp_path / "saved.dump"
    await backup(database, file)
    read_only = database + "&options=-c%20default_transaction_read_only%3Don"
    with pytest.raises(ClusterError, match=r"Nothing was restored, because the database refused: .*read-only"):
        await restore(read_only, file)
    assert await ask(database, TABLES) == ["other.people", "public.plain"]


async def test_a_database_in_use_is_not_replaced(database: str, tmp_path: Path) -> None:
    """A running server would mix its writes with the restored ones."""
    file = tmp_path / "saved.dump"
    await backup(database, file)
    connection = await asyncpg.connect(database)
    with pytest.raises(ClusterError, match=r"in use \(1 other connections\).*Stop every `provisor serve`"):
        await restore(database, file)
    await connection.close()


async def test_no_password_reaches_a_message(cluster: Cluster, database: str, tmp_path: Path) -> None:
    """Neither a wrong place nor a wrong password is answered with the DSN."""
    password = cluster.env()["PGPASSWORD"]
    for broken in (database.replace(password, "wrong-secret"), "postgresql://someone:wrong-secret@127.0.0.1:1/nothing"):
        with pytest.raises(ClusterError) as refused:
            await backup(broken, tmp_path / "saved.dump")
        assert "wrong-secret" not in str(refused.value)
    with pytest.raises(ClusterError, match="cannot be written to"):
        await backup(database, tmp_path / "missing" / "saved.dump")


@pytest.mark.parametrize(
    ("dsn", "expected"),
    [
        (
            "postgresql://joe:s%40crets@db.example.com:6432/prov?sslmode=require&application_name=x",
            {
                "PGHOST": "db.example.com",
                "PGPORT": "6432",
                "PGUSER": "joe",
                "PGPASSWORD": "s@crets",
                "PGDATABASE": "prov",
                "PGSSLMODE": "require",
            },
        ),
        (
            "postgresql+asyncpg:///prov?host=%2Frun%2Fpg&port=5432&user=joe",
            {"PGHOST": "/run/pg", "PGPORT": "5432", "PGUSER": "joe", "PGDATABASE": "prov"},
        ),
        ("postgres://localhost", {"PGHOST": "localhost"}),
    ],
)
def test_a_dsn_becomes_environment_variables(dsn: str, expected: dict[str, str]) -> None:
    """What asyncpg understands, pg_dump gets through its environment."""
    assert variables(dsn) == expected


TABLES = """
SELECT array_agg(schemaname || '.' || tablename ORDER BY 1) FROM (
  SELECT schemaname, tablename FROM pg_tables WHERE schemaname IN ('public', 'other') ORDER BY 1, 2
) AS found
"""


async def run(dsn: str, script: str) -> None:
    """Executes statements on a connection of their own."""
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(script)
    finally:
        await connection.close()


async def ask(dsn: str, query: str) -> Any:
    """One value from the database."""
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()

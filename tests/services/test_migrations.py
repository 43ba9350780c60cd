"""Databases of earlier releases come along."""

from pathlib import Path

import asyncpg

from provisor.store import migrations
from provisor.store.migrate import HEAD, migrate, schema_version

FIRST = Path(migrations.__file__).parent / "versions" / "0001_first.sql"


async def test_a_database_of_the_first_release_keeps_what_it_has(database):
    """The later revisions add their tables, touch no row, and run once."""
    connection = await asyncpg.connect(database)
    try:
        await connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        await connection.execute(FIRST.read_text(encoding="utf-8"))
        await connection.execute(
            """CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY);
            INSERT INTO alembic_version VALUES ('0001');
            INSERT INTO users (id, status, login_key, fold_version, profile)
            VALUES ('00uAnn', 'ACTIVE', 'ann', 1, '{"login": "ann"}')"""
        )
        assert await migrate(database)
        assert await schema_version(connection) == HEAD
        assert await connection.fetchval("SELECT profile ->> 'login' FROM users") == "ann"
        assert await connection.fetchval("SELECT count(*) FROM admin_role") == 0
        assert not await migrate(database)
    finally:
        await connection.close()

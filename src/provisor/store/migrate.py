"""Brings a database to this release's schema, safely when several processes start at once.

A process looks first, with one cheap query; only when there is work does it load alembic. A schema newer than
this release is refused: the older program would write what the newer one no longer reads.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg

if TYPE_CHECKING:
    from sqlalchemy import Connection

HEAD = "0010"
LOCK = 7215300
"""Key of the advisory lock under which migrations run."""


class SchemaError(Exception):
    """The database's schema and this release do not fit."""


async def migrate(dsn: str) -> bool:
    """Upgrade the schema if it is older than `HEAD`; True when something was done."""
    connection = await asyncpg.connect(dsn)
    try:
        version = await schema_version(connection)
    finally:
        await connection.close()
    if version == HEAD:
        return False
    if version is not None and version > HEAD:
        raise SchemaError(
            f"The database's schema is {version}, newer than this release's {HEAD}. Upgrade Provisor on this machine."
        )
    await _upgrade(dsn)
    return True


async def schema_version(connection: asyncpg.Connection) -> str | None:
    """The revision the database is at; None for an empty one."""
    if await connection.fetchval("SELECT to_regclass('alembic_version')") is None:
        return None
    version: str | None = await connection.fetchval("SELECT version_num FROM alembic_version")
    return version


async def _upgrade(dsn: str) -> None:
    from sqlalchemy import text
    from sqlalchemy.ext.asyncio import create_async_engine
    from sqlalchemy.pool import NullPool

    engine = create_async_engine(
        "postgresql+asyncpg://", async_creator=lambda: asyncpg.connect(dsn), poolclass=NullPool
    )
    try:
        async with engine.begin() as connection:
            await connection.execute(text(f"SELECT pg_advisory_xact_lock({LOCK})"))
            await connection.run_sync(_run)
    finally:
        await engine.dispose()


def _run(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")

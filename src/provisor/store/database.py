"""Connections to PostgreSQL: pools, and the settings and codecs every connection gets.

JSONB travels as Python values; times are UTC. No transaction may stay open and idle for more than 30 s, because it
would hold back the clean-up of the work queue.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import asyncpg
import orjson

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record] | asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"
Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"

DATABASE_AWAY = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # a connection that broke in the middle of an answer, used once more
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.ReadOnlySQLTransactionError,
)
"""What a caller sees while PostgreSQL is away, starting, failing over or full: wait and repeat."""

SERVER_SETTINGS = {
    "application_name": "provisor",
    "timezone": "UTC",
    "idle_in_transaction_session_timeout": "30s",
    "jit": "off",
}


def encode_json(value: object) -> str:
    return orjson.dumps(value).decode()


async def prepare(connection: asyncpg.Connection[asyncpg.Record]) -> None:
    """Teach a new connection JSON."""
    for name in ("json", "jsonb"):
        await connection.set_type_codec(
            name, schema="pg_catalog", encoder=encode_json, decoder=orjson.loads, format="text"
        )


async def open_pool(dsn: str, *, size: int, statement_cache: int = 200) -> Pool:
    """Open a pool of at most `size` connections; `statement_cache=0` serves behind PgBouncer."""
    pool: Pool = await asyncpg.create_pool(
        dsn,
        min_size=1,
        max_size=size,
        init=prepare,
        reset=_nothing_to_reset,
        server_settings=SERVER_SETTINGS,
        statement_cache_size=statement_cache,
        command_timeout=60,
    )
    return pool


async def _nothing_to_reset(connection: asyncpg.Connection[asyncpg.Record]) -> None:
    """Nobody changes a pooled connection's session or listens on it: a query for every release would be in vain."""


async def connect(dsn: str, **options: Any) -> asyncpg.Connection[asyncpg.Record]:
    """Open one connection outside any pool, as LISTEN needs."""
    connection: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(
        dsn, server_settings=SERVER_SETTINGS, **options
    )
    await prepare(connection)
    return connection

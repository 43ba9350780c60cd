"""Is it alive, can it work, and what is it doing: for supervisors and Prometheus, without a token."""

from __future__ import annotations

import asyncio

import asyncpg
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import Response

from provisor.api.context import database_of
from provisor.api.metrics import Metrics
from provisor.api.paging import json_response
from provisor.api.routing import Route
from provisor.services.log import queue_depths

PATIENCE = 2.0
"""Seconds after which a database that has not answered counts as gone."""


async def healthz(request: Request) -> Response:
    return json_response({"status": "ok"})


async def readyz(request: Request) -> Response:
    """200 when the database can be read and written, else 503 with the reason."""
    try:
        async with asyncio.timeout(PATIENCE), database_of(request).pool.acquire() as connection:
            read_only = await connection.fetchval(
                "SELECT pg_is_in_recovery() OR current_setting('transaction_read_only')::bool"
            )
    except TimeoutError:
        return not_ready(f"The database has not answered for {PATIENCE:.0f} s.")
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as problem:
        return not_ready(f"The database cannot be used ({type(problem).__name__}).")
    if read_only:
        return not_ready("The database takes no changes: it is a standby, or set to read only.")
    return json_response({"status": "ready"})


def not_ready(reason: str) -> Response:
    return json_response({"status": "not ready", "reason": reason}, 503)


async def show_metrics(request: Request) -> Response:
    metrics: Metrics = request.scope["state"]["metrics"]
    depths = await queue_depths(database_of(request))
    return Response(metrics.render(depths), headers={"content-type": CONTENT_TYPE_LATEST})


routes = [
    Route("GET", "/healthz", healthz, public=True),
    Route("GET", "/readyz", readyz, public=True),
    Route("GET", "/metrics", show_metrics, public=True),
]

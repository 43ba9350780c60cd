"""The events of a filter as a file: CSV for a spreadsheet, JSON lines as the API renders them. Bounded and streamed."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import TypeAlias

import orjson
from starlette.responses import Response, StreamingResponse

from provisor.console.pages.log.asked import understand
from provisor.console.pages.log.log import named
from provisor.console.pages.log.sentences import sentence, text
from provisor.console.routing import get
from provisor.console.visit import Visit
from provisor.services.errors import Invalid
from provisor.services.log import Key, stream_log
from provisor.systemlog.rendering import LogEvent

MOST = 50_000
"""Events in one file, the newest."""

COLUMNS = (
    "published", "eventType", "what", "actorId", "actor", "outcome", "reason", "person", "personId", "app", "appId",
    "group", "groupId", "transactionId", "ip", "uuid",
)  # fmt: skip
FORMULA = ("=", "+", "-", "@", "\t", "\r")

HEAD = ",".join(COLUMNS) + "\r\n"

Chunk: TypeAlias = list[tuple[Key, LogEvent]]
Render: TypeAlias = Callable[[Chunk], str]


async def export(visit: Visit) -> Response:
    asked, _, _ = await named(visit, understand(visit.request.query_params, visit.zone, datetime.now(UTC)))
    if asked.problems:
        name, problem = next(iter(asked.problems.items()))
        raise Invalid.one(name, problem)
    as_csv = visit.query("format", "csv") == "csv"
    chunks = stream_log(visit.database, visit.actor, asked.query(), MOST)
    # The first chunk is read before anything is sent, so that a refusal is still a page.
    first = await anext(chunks)
    lines = written(csv_lines if as_csv else json_lines, HEAD if as_csv else "", first, chunks)
    name = f"system-log.{'csv' if as_csv else 'jsonl'}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return StreamingResponse(lines, media_type="text/csv" if as_csv else "application/jsonl", headers=headers)


async def written(render: Render, head: str, first: Chunk, rest: AsyncIterator[Chunk]) -> AsyncIterator[str]:
    """The file, piece by piece."""
    yield head + render(first)
    async for chunk in rest:
        yield render(chunk)


def csv_lines(chunk: Chunk) -> str:
    found = io.StringIO()
    writer = csv.writer(found)
    for _, event in chunk:
        writer.writerow([harmless(each) for each in values(event)])
    return found.getvalue()


def json_lines(chunk: Chunk) -> str:
    return "".join(f"{orjson.dumps(event).decode()}\n" for _, event in chunk)


def values(event: LogEvent) -> list[str]:
    """What the columns hold."""
    targets = {each["type"]: each for each in event["target"]}

    def pair(kind: str) -> tuple[str, str]:
        target = targets.get(kind)
        return (target["displayName"] or "", target["id"]) if target else ("", "")

    return [
        event["published"],
        event["eventType"],
        text(sentence(event)),
        event["actor"]["id"],
        event["actor"]["displayName"] or "",
        event["outcome"]["result"],
        event["outcome"]["reason"] or "",
        *pair("User"),
        *pair("AppInstance"),
        *pair("UserGroup"),
        event["transaction"]["id"],
        event["client"]["ipAddress"] or "",
        event["uuid"],
    ]


def harmless(cell: str) -> str:
    """A spreadsheet takes a cell that begins like a formula for one; an apostrophe keeps it a text."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell


routes = (get("/admin/log/export", export),)

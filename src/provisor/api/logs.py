"""`/api/v1/logs`: the System Log, bounded or polled."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from starlette.requests import Request
from starlette.responses import Response

from provisor.api.context import actor_of, database_of
from provisor.api.errors import ApiError
from provisor.api.paging import Page, page_response
from provisor.api.routing import Route
from provisor.services.log import LogQuery, read_log
from provisor.store.conditions import parse_instant
from provisor.systemlog.queries import wanted

OLDEST = timedelta(days=180)
EARLIEST_YEAR = 1970
LARGEST = 2**55
"""Above any microsecond, transaction or sequence number; below what arithmetic with them overflows at."""


async def list_events(request: Request) -> Response:
    given = request.query_params
    order = given.get("sortOrder", "ASCENDING").upper()
    if order not in ("ASCENDING", "DESCENDING"):
        raise ApiError("E0000001", "sortOrder", ["sortOrder: must be ASCENDING or DESCENDING"])
    query = LogQuery(
        wanted(given.get("filter"), given.get("q")),
        moment(request, "since"),
        moment(request, "until"),
        order == "DESCENDING",
    )
    if query.since is not None and query.since < datetime.now(UTC) - OLDEST:
        raise ApiError("E0000053", causes=[f"since: may be at most {OLDEST.days} days ago"])
    page = Page.read(request, default=100, most=1000, least=0, key=(int, int))
    after = key_of(page)
    found = await read_log(database_of(request), actor_of(request), query, page.limit, after)
    return page_response(request, found.events, found.after)


def key_of(page: Page) -> tuple[int, int] | None:
    if page.after is None:
        return None
    first, second = int(page.after[0]), int(page.after[1])
    if not (0 <= first < LARGEST and 0 <= second < LARGEST):
        raise ApiError("E0000054", causes=["after: this is not a cursor of this list. Start again without it."])
    return first, second


def moment(request: Request, name: str) -> datetime | None:
    text = request.query_params.get(name)
    if text is None:
        return None
    # In a query a plus sign means a blank, and many callers forget to encode the one of an offset.
    instant = parse_instant(text.replace(" ", "+"))
    if instant is None or instant.year < EARLIEST_YEAR:
        raise ApiError("E0000030", causes=[f"{name}: “{text[:60]}” is not a time"])
    return instant


routes = [Route("GET", "/api/v1/logs", list_events)]

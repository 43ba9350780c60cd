"""A person's part of the System Log, newest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from starlette.responses import Response

from provisor.console.pages.log.log import Row, rows_of
from provisor.console.pages.people.person import Head, head_of
from provisor.console.routing import get
from provisor.console.visit import Visit
from provisor.services.log import LogQuery, read_log
from provisor.systemlog.queries import Wanted

SHOWN = 50


@dataclass(frozen=True, slots=True)
class ActivityView:
    head: Head
    rows: list[Row]
    more: str


async def show(visit: Visit) -> Response:
    head = await head_of(visit)
    # Nothing is known of anybody from before they came.
    since = head.user.created - timedelta(minutes=1)
    query = LogQuery(Wanted([("user_id", [head.user.id])], None), since, descending=True)
    page = await read_log(visit.database, visit.actor, query, SHOWN)
    more = f"/admin/log?user={head.user.id}"
    return visit.render("pages/people/activity.html", ActivityView(head, rows_of(page), more))


routes = (get("/admin/people/{id}/activity", show),)

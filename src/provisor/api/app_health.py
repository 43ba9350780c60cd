"""`/provisor/v1/health` and `/apps/{id}/health`, `/pause`, `/resume`: how apps are doing, and stopping what is sent."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from provisor.api.body import read_object
from provisor.api.context import actor_of, database_of, link_to
from provisor.api.paging import json_response, page_response
from provisor.api.rendering import instant
from provisor.api.routing import Route
from provisor.apps.app import Limits
from provisor.services import health
from provisor.services.errors import Invalid
from provisor.services.health import AppHealth, LaneQueue, Standing

PATH = "/provisor/v1/apps/{id}"


def render_health(request: Request, found: AppHealth) -> dict[str, Any]:
    own = link_to(request, f"/provisor/v1/apps/{found.app_id}")
    limits = Limits.parse(found.row.limits)
    act = "resume" if found.standing in (Standing.PAUSED, Standing.QUARANTINED, Standing.RESTING) else "pause"
    return {
        "appId": found.app_id,
        "label": found.label,
        "state": found.standing,
        "reason": found.reason or None,
        "since": instant(found.since),
        "nextTry": instant(found.next_try),
        "tries": found.tries,
        "pausedBy": found.paused_by,
        "perSecond": found.throughput,
        "limits": {"concurrency": limits.concurrency, "rate": limits.rate},
        "waiting": found.waiting,
        "parked": found.parked,
        "secondsLeft": seconds(found.done_in),
        "lanes": [render_lane(each) for each in found.lanes],
        "_links": {
            "self": {"href": f"{own}/health"},
            act: {"href": f"{own}/{act}", "hints": {"allow": ["POST"]}},
        },
    }


def render_lane(lane: LaneQueue) -> dict[str, Any]:
    return {
        "lane": lane.lane.name,
        "waiting": lane.waiting,
        "parked": lane.parked,
        "more": lane.more,
        "oldest": instant(lane.oldest),
        "secondsLeft": seconds(lane.done_in),
    }


def seconds(left: Any) -> int | None:
    """None: it cannot be told."""
    return None if left is None else max(1, round(left.total_seconds()))


async def list_health(request: Request) -> Response:
    found = await health.list_health(database_of(request), actor_of(request))
    return page_response(request, [render_health(request, each) for each in found], None)


async def get_health(request: Request) -> Response:
    found = await health.get_health(database_of(request), actor_of(request), request.path_params["id"])
    return json_response(render_health(request, found))


async def pause(request: Request) -> Response:
    reason = (await read_object(request, optional=True)).get("reason", "")
    if not isinstance(reason, str):
        raise Invalid.one("reason", "must be text")
    found = await health.pause_app(database_of(request), actor_of(request), request.path_params["id"], reason)
    return json_response(render_health(request, found))


async def resume(request: Request) -> Response:
    found = await health.resume_app(database_of(request), actor_of(request), request.path_params["id"])
    return json_response(render_health(request, found))


routes = [
    Route("GET", "/provisor/v1/health", list_health),
    Route("GET", f"{PATH}/health", get_health),
    Route("POST", f"{PATH}/pause", pause),
    Route("POST", f"{PATH}/resume", resume),
]

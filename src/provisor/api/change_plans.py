"""`/provisor/v1` plans of changes: work one out, look at it, apply it, try it on some people, throw it away."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from provisor.api.body import read_object
from provisor.api.connections import connectors_of
from provisor.api.context import actor_of, context_of, database_of, link_to
from provisor.api.errors import ApiError
from provisor.api.paging import Page, json_response, page_response
from provisor.api.plans import render_operation
from provisor.api.queries import after_id
from provisor.api.rendering import instant
from provisor.api.routing import Route
from provisor.provisioning.plan import Step
from provisor.services import applying, change_plans, trials
from provisor.services.change_plans import PlanState, ShownOperation, ShownPlan

PAGE = 100
LARGEST_PAGE = 500
HOUR = 3600.0


def render_plan(request: Request, plan: ShownPlan) -> dict[str, Any]:
    row, own = plan.row, link_to(request, f"/provisor/v1/plans/{plan.row.id}")
    links: dict[str, Any] = {"self": {"href": own}, "operations": {"href": f"{own}/operations"}}
    if plan.state in (PlanState.PENDING, PlanState.TRIAL):
        links["apply"] = {"href": f"{own}/apply", "hints": {"allow": ["POST"]}}
    return {
        "id": row.id,
        "app": {"id": row.app_id, "label": plan.app_label},
        "change": row.change,
        "state": plan.state.value,
        "counts": row.counts,
        "overwrites": row.overwrites,
        "losingAccess": list(plan.losing),
        "blocked": list(plan.blocked),
        "trial": {
            "percent": row.stage.percent,
            "people": sorted(row.stage.people),
            "number": plan.on_trial,
            "since": instant(row.stage_since),
        }
        if row.stage_since is not None
        else None,
        "reason": row.reason or None,
        "created": instant(row.created),
        "createdBy": row.created_by,
        "expires": instant(row.expires),
        "ended": instant(row.ended),
        "endedBy": row.ended_by,
        "_links": links,
    }


def render_planned(each: ShownOperation) -> dict[str, Any]:
    return {**render_operation(each.operation), "planned": each.planned.value, "changed": each.changed}


async def create(request: Request) -> Response:
    change = change_plans.read_change((await read_object(request)).get("change"))
    plan = await change_plans.create_plan(
        database_of(request),
        actor_of(request),
        request.path_params["id"],
        change,
        lifetime=context_of(request).settings.plan_hours * HOUR,
    )
    return json_response(render_plan(request, plan), 201)


async def list_plans(request: Request) -> Response:
    found = await change_plans.list_plans(database_of(request), actor_of(request), request.path_params["id"])
    return page_response(request, [render_plan(request, each) for each in found], None)


async def get(request: Request) -> Response:
    plan = await change_plans.get_plan(database_of(request), actor_of(request), request.path_params["plan"])
    return json_response(render_plan(request, plan))


async def operations(request: Request) -> Response:
    page = Page.read(request, default=PAGE, most=LARGEST_PAGE)
    found = await change_plans.list_operations(
        database_of(request),
        actor_of(request),
        request.path_params["plan"],
        after=after_id(page) or "",
        limit=page.limit + 1,
        steps=read_steps(request.query_params.get("operation")),
    )
    shown = found[: page.limit]
    more = [shown[-1].operation.user_id] if len(found) > page.limit else None
    return page_response(request, [render_planned(each) for each in shown], more)


def read_steps(text: str | None) -> list[Step] | None:
    """`operation=DEACTIVATE,BLOCKED`: only these."""
    if not text:
        return None
    names = text.split(",")
    if unknown := [name for name in names if name not in list(Step)]:
        raise ApiError("E0000001", "operation", [f"operation: {unknown[0]!r} is none of {', '.join(Step)}"])
    return [Step(name) for name in names]


async def apply(request: Request) -> Response:
    plan = await applying.apply_plan(
        database_of(request), actor_of(request), connectors_of(request), request.path_params["plan"]
    )
    return json_response(render_plan(request, plan))


async def start_trial(request: Request) -> Response:
    body = await read_object(request)
    people, percent = body.get("people", []), body.get("percent", 0)
    if not isinstance(people, list) or not all(isinstance(each, str) for each in people):
        raise ApiError("E0000001", "people", ["people: must be a list of ids"])
    if type(percent) is not int:
        raise ApiError("E0000001", "percent", ["percent: must be a whole number from 0 to 99"])
    plan = await trials.try_plan(
        database_of(request), actor_of(request), request.path_params["plan"], people=people, percent=percent
    )
    return json_response(render_plan(request, plan))


async def end_trial(request: Request) -> Response:
    plan = await trials.take_back(database_of(request), actor_of(request), request.path_params["plan"])
    return json_response(render_plan(request, plan))


async def discard(request: Request) -> Response:
    await change_plans.discard_plan(database_of(request), actor_of(request), request.path_params["plan"])
    return Response(status_code=204)


routes = [
    Route("POST", "/provisor/v1/apps/{id}/plans", create),
    Route("GET", "/provisor/v1/apps/{id}/plans", list_plans),
    Route("GET", "/provisor/v1/plans/{plan}", get),
    Route("DELETE", "/provisor/v1/plans/{plan}", discard),
    Route("GET", "/provisor/v1/plans/{plan}/operations", operations),
    Route("POST", "/provisor/v1/plans/{plan}/apply", apply),
    Route("POST", "/provisor/v1/plans/{plan}/trial", start_trial),
    Route("DELETE", "/provisor/v1/plans/{plan}/trial", end_trial),
]

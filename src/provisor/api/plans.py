"""`/provisor/v1` previews: what an app would be sent and why, and what a change to a person would set off."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from provisor.api.body import read_object
from provisor.api.context import actor_of, database_of
from provisor.api.errors import ApiError
from provisor.api.paging import json_response
from provisor.api.rendering import instant
from provisor.api.routing import Route
from provisor.services import plans
from provisor.services.plans import ExplainedChange, PlannedOperation, WhatIf


def render_change(each: ExplainedChange) -> dict[str, Any]:
    return {
        "attribute": each.change.attribute,
        "before": each.change.before,
        "after": each.change.after,
        "source": f"user.{each.change.source}" if each.change.source else None,
        "mapping": each.change.mapping,
        "event": each.origin.event_type if each.origin else None,
        "changed": instant(each.origin.at) if each.origin else None,
        "transactionId": each.origin.transaction_id if each.origin else None,
    }


def render_operation(each: PlannedOperation) -> dict[str, Any]:
    return {
        "app": {"id": each.app_id, "label": each.app_label},
        "user": {"id": each.user_id, "login": each.login},
        "operation": each.step.value,
        "reason": each.reason,
        "changes": [render_change(change) for change in each.changes],
        "values": [render_change(value) for value in each.values],
    }


async def plan_app(request: Request) -> Response:
    found = await plans.plan_app(
        database_of(request), actor_of(request), request.path_params["id"], request.query_params.get("user")
    )
    return json_response(
        {
            "app": {"id": found.app_id, "label": found.label},
            "operations": [render_operation(each) for each in found.operations],
            "counts": {step.value: number for step, number in found.counts.items()},
            "held": found.held,
        }
    )


async def preview(request: Request) -> Response:
    change = read_change(await read_object(request))
    found = await plans.preview_user(database_of(request), actor_of(request), request.path_params["id"], change)
    return json_response({"operations": [render_operation(each) for each in found]})


def read_change(body: dict[str, Any]) -> WhatIf:
    """`{"profile": {…}, "status": "DEPROVISIONED", "join": ["00g…"], "leave": ["00g…"]}`; every part may be missing."""
    profile, status = body.get("profile", {}), body.get("status")
    groups = {name: body.get(name, []) for name in ("join", "leave")}
    if not isinstance(profile, dict):
        raise ApiError("E0000001", "profile", ["profile: It takes an object."])
    if status is not None and not isinstance(status, str):
        raise ApiError("E0000001", "status", ["status: It takes text."])
    for name, ids in groups.items():
        if not (isinstance(ids, list) and all(isinstance(each, str) for each in ids)):
            raise ApiError("E0000001", name, [f"{name}: It takes a list of group ids."])
    return WhatIf(profile, status, groups["join"], groups["leave"])


routes = [
    Route("GET", "/provisor/v1/apps/{id}/plan", plan_app),
    Route("POST", "/provisor/v1/users/{id}/preview", preview),
]

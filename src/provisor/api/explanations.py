"""`/provisor/v1/apps/{id}/users/{user}`: overrides, why each value is as it is, and why there is an account."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from provisor.api.body import read_object
from provisor.api.context import actor_of, database_of, link_to
from provisor.api.errors import ApiError
from provisor.api.paging import json_response
from provisor.api.rendering import instant
from provisor.api.routing import Route
from provisor.directory.schemas import render_attribute
from provisor.expression.tracing import Term
from provisor.provisioning.explaining import Candidate
from provisor.services import app_values, explaining, reasons
from provisor.services.explaining import AccountExplanation, ExplainedValue
from provisor.services.reasons import Standing
from provisor.store.previews import Origin

PATH = "/provisor/v1/apps/{id}/users/{user}"
LANES = ("LEAVING", "CHANGE", "BULK")


def render_change(change: Origin | None) -> dict[str, Any] | None:
    """The event that set something."""
    if change is None:
        return None
    return {
        "event": change.event_type,
        "at": instant(change.at),
        "transactionId": change.transaction_id,
        "actor": change.actor_id,
    }


def render_term(term: Term) -> dict[str, Any]:
    return {
        "text": term.text,
        "depth": term.depth,
        "value": term.value,
        "problem": term.problem,
        "used": term.used,
    }


def render_candidate(each: Candidate, groups: Any) -> dict[str, Any]:
    group = {"id": each.group_id, "name": groups.get(each.group_id)} if each.group_id is not None else None
    return {"origin": each.origin, "value": each.value, "wins": each.wins, "group": group}


def render_value(each: ExplainedValue, groups: Any) -> dict[str, Any]:
    value = each.value
    return {
        "attribute": value.attribute.name,
        "title": value.attribute.title,
        "schema": {name: part for name, part in render_attribute(value.attribute).items() if name != "name"},
        "value": value.value,
        "origin": value.origin,
        "setBy": render_change(each.set_by),
        "expression": value.expression or None,
        "pushStatus": value.push_status,
        "sources": [
            {"attribute": name, "value": found, "change": render_change(each.sources.get(name))}
            for name, found in value.sources.items()
        ],
        "terms": [render_term(term) for term in value.terms],
        "candidates": [render_candidate(candidate, groups) for candidate in value.candidates],
        "problem": value.problem,
        "note": value.note or None,
        "confirmed": value.confirmed,
        "differs": value.differs,
        "masked": value.masked,
    }


def render_why(request: Request, standing: Standing) -> dict[str, Any]:
    facts, reason = standing.facts, standing.reason
    mark = facts.mark
    return {
        "app": {"id": facts.app.id, "label": facts.app.label},
        "user": {"id": standing.user_id, "login": standing.login},
        "account": {
            "state": reason.account,
            "externalId": facts.external_id,
            "userName": facts.username,
            "since": instant(facts.since) if facts.external_id is not None else None,
            "lastSent": instant(facts.last_push),
        },
        "cause": reason.cause,
        "reason": reason.words,
        "advice": reason.advice or None,
        "since": instant(reason.since),
        "until": instant(reason.until),
        "queue": None
        if mark is None
        else {
            "lane": LANES[mark.lane],
            "before": mark.position,
            "since": instant(mark.since),
            "attempts": mark.attempts,
            "parked": mark.parked,
        },
        "task": facts.task.id if facts.task is not None else None,
        "_links": {"explanation": {"href": link_to(request, f"{own_path(standing)}/explanation")}},
    }


def own_path(standing: Standing) -> str:
    return f"/provisor/v1/apps/{standing.facts.app.id}/users/{standing.user_id}"


def render_explanation(request: Request, found: AccountExplanation) -> dict[str, Any]:
    own = own_path(found.standing)
    return {
        "standing": render_why(request, found.standing),
        "problem": found.problem,
        "overridden": sorted(found.overrides),
        "values": [render_value(each, found.groups) for each in found.values],
        "_links": {
            "self": {"href": link_to(request, f"{own}/explanation")},
            "overrides": {"href": link_to(request, f"{own}/overrides"), "hints": {"allow": ["PUT", "PATCH", "DELETE"]}},
        },
    }


async def why(request: Request) -> Response:
    app_id, user = request.path_params["id"], request.path_params["user"]
    return json_response(
        render_why(request, await reasons.get_reason(database_of(request), actor_of(request), app_id, user))
    )


async def explain(request: Request) -> Response:
    return await explained(request, request.path_params["user"], request.query_params.get("attribute"))


async def explained(request: Request, user: str, attribute: str | None = None) -> Response:
    app_id = request.path_params["id"]
    found = await explaining.explain_account(database_of(request), actor_of(request), app_id, user, attribute)
    return json_response(render_explanation(request, found))


async def replace(request: Request) -> Response:
    """These overrides and no others; null = no value."""
    app_id, user = request.path_params["id"], request.path_params["user"]
    values = await read_object(request)
    await app_values.replace_overrides(database_of(request), actor_of(request), app_id, user, values)
    return await explained(request, user)


async def change(request: Request) -> Response:
    """These overrides beside those that are there."""
    app_id, user = request.path_params["id"], request.path_params["user"]
    values = await read_object(request)
    await app_values.set_overrides(database_of(request), actor_of(request), app_id, user, values)
    return await explained(request, user)


async def put_one(request: Request) -> Response:
    """`{"value": …}`"""
    app_id, user, attribute = (request.path_params[each] for each in ("id", "user", "attribute"))
    body = await read_object(request)
    if body.keys() != {"value"}:
        raise ApiError("E0000001", "value", ['value: The body must be {"value": …}; null = no value'])
    values = {attribute: body["value"]}
    await app_values.set_overrides(database_of(request), actor_of(request), app_id, user, values)
    return await explained(request, user, attribute)


async def reset(request: Request) -> Response:
    """Back to the mapped values: all of them."""
    app_id, user = request.path_params["id"], request.path_params["user"]
    await app_values.reset_overrides(database_of(request), actor_of(request), app_id, user)
    return Response(status_code=204)


async def reset_one(request: Request) -> Response:
    """Back to the mapped value."""
    app_id, user, attribute = (request.path_params[each] for each in ("id", "user", "attribute"))
    await app_values.reset_overrides(database_of(request), actor_of(request), app_id, user, [attribute])
    return Response(status_code=204)


routes = [
    Route("GET", f"{PATH}/why", why),
    Route("GET", f"{PATH}/explanation", explain),
    Route("PUT", f"{PATH}/overrides", replace),
    Route("PATCH", f"{PATH}/overrides", change),
    Route("DELETE", f"{PATH}/overrides", reset),
    Route("PUT", f"{PATH}/overrides/{{attribute}}", put_one),
    Route("DELETE", f"{PATH}/overrides/{{attribute}}", reset_one),
]

"""`/provisor/v1/expressions/evaluate`: what an expression gives, reads, or has wrong with it."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from provisor.api.body import read_object
from provisor.api.context import actor_of, database_of
from provisor.api.paging import json_response
from provisor.api.routing import Route
from provisor.services.errors import Invalid
from provisor.services.expressions import Evaluation, Where, evaluate


def render_evaluation(evaluation: Evaluation) -> dict[str, Any]:
    position, problem = evaluation.position, evaluation.problem
    return {
        "value": evaluation.value,
        "kind": evaluation.kind,
        "reads": evaluation.reads,
        "sources": evaluation.sources,
        "error": None
        if problem is None
        else {
            "message": problem,
            "line": None if position is None else position.line,
            "column": None if position is None else position.column,
        },
    }


def text(body: dict[str, Any], name: str, *, required: bool = False) -> str | None:
    value = body.get(name)
    if value is None and not required:
        return None
    if not isinstance(value, str) or not value:
        raise Invalid.one(name, "must be text")
    return value


async def post(request: Request) -> Response:
    """An expression that cannot be used is an answer too: 200 with its `error`."""
    body = await read_object(request)
    given = body.get("attributes", {})
    if not isinstance(given, dict):
        raise Invalid.one("attributes", "must be an object")
    where = body.get("place", Where.MAPPING)
    if where not in set(Where):
        raise Invalid.one("place", f"must be one of {', '.join(Where)}")
    evaluation = await evaluate(
        database_of(request),
        actor_of(request),
        text(body, "expression", required=True) or "",
        where=Where(where),
        user=text(body, "user"),
        app_id=text(body, "app"),
        attributes=given,
    )
    return json_response(render_evaluation(evaluation))


routes = [Route("POST", "/provisor/v1/expressions/evaluate", post)]

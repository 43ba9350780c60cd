"""`/provisor/v1/apps/{id}/conversion`: individual assignments made those of groups, and back."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from provisor.api.body import read_object
from provisor.api.context import actor_of, database_of
from provisor.api.errors import ApiError
from provisor.api.paging import json_response
from provisor.api.routing import Route
from provisor.services import conversion
from provisor.services.app_summaries import Count
from provisor.services.conversion import Towards

PATH = "/provisor/v1/apps/{id}/conversion"


def render_count(count: Count) -> dict[str, Any]:
    return {"number": count.number, "more": count.more}


async def preview(request: Request) -> Response:
    """Whom it would concern; `to` is GROUP or USER."""
    towards = read_towards(request.query_params.get("to"))
    users = request.query_params.getlist("user") or None
    found = await conversion.preview(database_of(request), actor_of(request), request.path_params["id"], towards, users)
    return json_response(
        {
            "to": found.towards,
            "converts": render_count(found.converts),
            "stays": render_count(found.stays),
            "people": [{"id": e.user_id, "login": e.login, "groups": list(e.groups)} for e in found.people],
        }
    )


async def convert(request: Request) -> Response:
    """`{"to": "GROUP" | "USER", "users": [ids]}`; without users everybody who can be converted."""
    body = await read_object(request)
    users = body.get("users")
    if users is not None and not (isinstance(users, list) and all(isinstance(each, str) for each in users)):
        raise ApiError("E0000001", "users", ["users: must be a list of ids; leave it out for everybody"])
    done = await conversion.convert(
        database_of(request), actor_of(request), request.path_params["id"], read_towards(body.get("to")), users
    )
    return json_response({"converted": done.count, "users": list(done.people), "refused": list(done.refused)})


def read_towards(value: Any) -> Towards:
    if not isinstance(value, str) or value not in tuple(Towards):
        raise ApiError("E0000001", "to", ["to: must be GROUP or USER"])
    return Towards(value)


routes = [Route("GET", PATH, preview), Route("POST", PATH, convert)]

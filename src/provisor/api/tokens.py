"""`/provisor/v1/tokens`: making and revoking API tokens, which Okta keeps in its console. A token is shown once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from provisor.api.body import read_object
from provisor.api.context import actor_of, database_of
from provisor.api.errors import ApiError
from provisor.api.paging import json_response
from provisor.api.rendering import instant
from provisor.api.routing import Route
from provisor.services import tokens
from provisor.services.actor import Scope
from provisor.store.tokens import Token

LONGEST_NAME = 255
MOST_DAYS = 36_500


def render_token(token: Token) -> dict[str, Any]:
    return {
        "id": token.id,
        "name": token.name,
        "scopes": list(token.scopes),
        "created": instant(token.created),
        "expires": instant(token.expires),
        "lastUsed": instant(token.last_used),
    }


async def create(request: Request) -> Response:
    body = await read_object(request)
    name, days = body.get("name"), body.get("days")
    if not isinstance(name, str) or not 1 <= len(name.strip()) <= LONGEST_NAME:
        raise ApiError("E0000001", "name", [f"name: must be a text of 1 to {LONGEST_NAME} characters"])
    if days is not None and (type(days) is not int or not 1 <= days <= MOST_DAYS):
        raise ApiError("E0000001", "days", [f"days: must be a number from 1 to {MOST_DAYS}, or be left out"])
    expires = datetime.now(UTC) + timedelta(days=days) if days is not None else None
    scopes = parse_scopes(body.get("scopes"))
    token, text = await tokens.create_token(database_of(request), actor_of(request), name.strip(), scopes, expires)
    return json_response({**render_token(token), "token": text})


def parse_scopes(given: Any) -> frozenset[Scope]:
    known = [scope.value for scope in Scope]
    if not isinstance(given, list) or not given or any(each not in known for each in given):
        raise ApiError("E0000001", "scopes", [f"scopes: must be a list of at least one of {', '.join(known)}"])
    return frozenset(map(Scope, given))


async def get(request: Request) -> Response:
    token = await tokens.get_token(database_of(request), actor_of(request), request.path_params["id"])
    return json_response(render_token(token))


async def revoke(request: Request) -> Response:
    await tokens.revoke_token(database_of(request), actor_of(request), request.path_params["id"])
    return Response(status_code=204)


routes = [
    Route("POST", "/provisor/v1/tokens", create),
    Route("GET", "/provisor/v1/tokens/{id}", get),
    Route("DELETE", "/provisor/v1/tokens/{id}", revoke),
]

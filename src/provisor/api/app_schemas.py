"""`/api/v1/meta/schemas/apps/{id}/default`: the attributes of an app's accounts; and ours, what the app declares."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from provisor.api.body import read_object
from provisor.api.connections import connectors_of
from provisor.api.context import actor_of, database_of, link_to
from provisor.api.paging import json_response
from provisor.api.routing import Route
from provisor.api.schema_form import parse_changes, render_schema
from provisor.directory.schema import Schema
from provisor.directory.schemas import render_attribute
from provisor.services.app_schemas import change_app_schema, get_app_schema
from provisor.services.discovery import add_discovered, discover_attributes
from provisor.services.errors import Invalid

PATH = "/api/v1/meta/schemas/apps/{id}/default"
DISCOVER = "/provisor/v1/apps/{id}/schema/discover"


def render_app_schema(request: Request, schema: Schema) -> dict[str, Any]:
    address = link_to(request, PATH.format(id=schema.owner))
    return render_schema(schema, address, name=schema.name, title=f"{schema.name} User")


async def get_schema(request: Request) -> Response:
    schema = await get_app_schema(database_of(request), actor_of(request), request.path_params["id"])
    return json_response(render_app_schema(request, schema))


async def change_schema(request: Request) -> Response:
    body = await read_object(request)
    database, actor, app_id = database_of(request), actor_of(request), request.path_params["id"]
    now = await get_app_schema(database, actor, app_id)
    changes = parse_changes(body, now)
    schema = await change_app_schema(database, actor, connectors_of(request), app_id, changes, seen_version=now.version)
    return json_response(render_app_schema(request, schema))


async def discover(request: Request) -> Response:
    """What the app declares and its schema does not have; with `add`, a list of names, those of it are added."""
    body = await read_object(request, optional=True)
    names = body.get("add")
    database, actor, factory = database_of(request), actor_of(request), connectors_of(request)
    app_id = request.path_params["id"]
    if names is None:
        found = await discover_attributes(database, actor, factory, app_id)
        return json_response({"attributes": [{"name": each.name, **render_attribute(each)} for each in found]})
    if not (isinstance(names, list) and all(isinstance(each, str) for each in names)):
        raise Invalid.one("add", "must be a list of names; leave it out to see what there is")
    schema = await add_discovered(database, actor, factory, app_id, names)
    return json_response(render_app_schema(request, schema))


routes = [Route("GET", PATH, get_schema), Route("POST", PATH, change_schema), Route("POST", DISCOVER, discover)]

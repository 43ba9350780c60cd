"""`/api/v1/meta/schemas/user|group` and `/api/v1/meta/types/user`: what people and groups have, and types of people.

`/provisor/v1/schemas/work` tells how far the work on all profiles has come that changed schemas called for.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from provisor.api.body import read_object
from provisor.api.context import actor_of, database_of, link_to
from provisor.api.errors import ApiError
from provisor.api.paging import json_response
from provisor.api.rendering import instant
from provisor.api.routing import Route
from provisor.api.schema_form import parse_changes, render_schema
from provisor.directory.ids import Prefix
from provisor.directory.schema import Schema
from provisor.directory.user import DEFAULT_TYPE
from provisor.directory.user_type import UserType
from provisor.services import schemas, user_types
from provisor.store.profile_schemas import GROUP
from provisor.store.profile_sweeps import ProfileSweep

USER = "/api/v1/meta/schemas/user/{id}"
GROUPS = "/api/v1/meta/schemas/group/default"
TYPES = "/api/v1/meta/types/user"
TYPE = f"{TYPES}/{{id}}"
WORK = "/provisor/v1/schemas/work"


def schema_id(type_id: str) -> str:
    """`osc...` of a type `oty...`: the same but for the prefix."""
    return Prefix.SCHEMA + type_id.removeprefix(Prefix.USER_TYPE)


def type_of(request: Request) -> str:
    """The type whose schema is asked for: by `default`, or by the schema's id."""
    wanted: str = request.path_params["id"]
    return DEFAULT_TYPE if wanted == "default" else Prefix.USER_TYPE + wanted.removeprefix(Prefix.SCHEMA)


def user_schema_response(request: Request, schema: Schema) -> Response:
    address = link_to(request, USER.format(id=schema_id(schema.owner)))
    return json_response(render_schema(schema, address, name="user", title=schema.name))


def group_schema_response(request: Request, schema: Schema) -> Response:
    return json_response(render_schema(schema, link_to(request, GROUPS), name="group", title="Okta group"))


async def get_user_schema(request: Request) -> Response:
    schema = await schemas.get_user_schema(database_of(request), actor_of(request), type_of(request))
    return user_schema_response(request, schema)


async def change_user_schema(request: Request) -> Response:
    body = await read_object(request)
    database, actor, type_id = database_of(request), actor_of(request), type_of(request)
    now = await schemas.get_user_schema(database, actor, type_id)
    changes = parse_changes(body, now)
    schema = await schemas.change_user_schema(database, actor, type_id, changes, seen_version=now.version)
    return user_schema_response(request, schema)


async def get_group_schema(request: Request) -> Response:
    return group_schema_response(request, await schemas.get_group_schema(database_of(request), actor_of(request)))


async def change_group_schema(request: Request) -> Response:
    body = await read_object(request)
    database, actor = database_of(request), actor_of(request)
    now = await schemas.get_group_schema(database, actor)
    schema = await schemas.change_group_schema(database, actor, parse_changes(body, now), seen_version=now.version)
    return group_schema_response(request, schema)


def render_type(request: Request, kind: UserType) -> dict[str, Any]:
    def link(name: str, path: str) -> dict[str, Any]:
        return {"rel": name, "href": link_to(request, path), "method": "GET"}

    return {
        "id": kind.id,
        "name": kind.name,
        "displayName": kind.display_name,
        "description": kind.description,
        "default": kind.default,
        "created": instant(kind.created),
        "createdBy": kind.created_by,
        "lastUpdated": instant(kind.last_updated),
        "lastUpdatedBy": kind.last_updated_by,
        "_links": {
            "self": link("self", TYPE.format(id=kind.id)),
            "schema": link("schema", USER.format(id=schema_id(kind.id))),
        },
    }


async def list_types(request: Request) -> Response:
    found = await user_types.list_types(database_of(request), actor_of(request))
    return json_response([render_type(request, each) for each in found])


async def get_type(request: Request) -> Response:
    kind = await user_types.get_type(database_of(request), actor_of(request), named_type(request))
    return json_response(render_type(request, kind))


async def create_type(request: Request) -> Response:
    body = await read_object(request)
    kind = await user_types.create_type(
        database_of(request),
        actor_of(request),
        text(body, "name") or "",
        text(body, "displayName") or "",
        text(body, "description") or "",
    )
    return json_response(render_type(request, kind))


async def update_type(request: Request) -> Response:
    return await change_type(request, replace=False)


async def replace_type(request: Request) -> Response:
    return await change_type(request, replace=True)


async def change_type(request: Request, *, replace: bool) -> Response:
    body = await read_object(request)
    missing = "" if replace else None
    kind = await user_types.update_type(
        database_of(request),
        actor_of(request),
        named_type(request),
        name=text(body, "name"),
        display_name=missing if (shown := text(body, "displayName")) is None else shown,
        description=missing if (told := text(body, "description")) is None else told,
    )
    return json_response(render_type(request, kind))


async def delete_type(request: Request) -> Response:
    await user_types.delete_type(database_of(request), actor_of(request), named_type(request))
    return Response(status_code=204)


def named_type(request: Request) -> str:
    wanted: str = request.path_params["id"]
    return DEFAULT_TYPE if wanted == "default" else wanted


def text(body: dict[str, Any], name: str) -> str | None:
    value = body.get(name)
    if value is not None and not isinstance(value, str):
        raise ApiError("E0000001", name, [f"{name}: must be a text"])
    return value


async def list_work(request: Request) -> Response:
    found = await schemas.list_sweeps(database_of(request), actor_of(request))
    return json_response([render_work(each, total, datetime.now(UTC)) for each, total in found])


def render_work(sweep: ProfileSweep, total: int, now: datetime) -> dict[str, Any]:
    """How far it has come; the time left is told by the speed so far."""
    left = max(0, total - sweep.checked)
    seconds = (now - sweep.started).total_seconds()
    return {
        "schema": GROUP if sweep.owner == GROUP else schema_id(sweep.owner),
        "attribute": sweep.attribute,
        "kind": sweep.kind.value,
        "checked": sweep.checked,
        "total": total,
        "duplicates": sweep.duplicates,
        "secondsLeft": round(seconds * left / sweep.checked, 1) if sweep.checked else None,
        "started": instant(sweep.started),
    }


routes = [
    Route("GET", USER, get_user_schema),
    Route("POST", USER, change_user_schema),
    Route("GET", GROUPS, get_group_schema),
    Route("POST", GROUPS, change_group_schema),
    Route("GET", TYPES, list_types),
    Route("POST", TYPES, create_type),
    Route("GET", TYPE, get_type),
    Route("POST", TYPE, update_type),
    Route("PUT", TYPE, replace_type),
    Route("DELETE", TYPE, delete_type),
    Route("GET", WORK, list_work),
]

"""`/api/v1/apps/{id}/groups`: the groups whose members an app takes in."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from provisor.api.app_users import read_part
from provisor.api.body import read_json, read_object
from provisor.api.context import actor_of, database_of, link_to
from provisor.api.errors import ApiError
from provisor.api.paging import Page, json_response, page_response
from provisor.api.queries import prefix_of
from provisor.api.rendering import instant
from provisor.api.routing import Route
from provisor.services import app_groups
from provisor.store.app_listing import AppGroupRow

PAGE = 20
LARGEST_PAGE = 200
LARGEST_PRIORITY = 2_147_483_647


def render_app_group(request: Request, app_id: str, row: AppGroupRow) -> dict[str, Any]:
    return {
        "id": row.group_id,
        "priority": row.priority,
        "lastUpdated": instant(row.last_updated),
        "profile": row.profile,
        "_links": {
            "self": {"href": link_to(request, f"/api/v1/apps/{app_id}/groups/{row.group_id}")},
            "app": {"href": link_to(request, f"/api/v1/apps/{app_id}")},
            "group": {"href": link_to(request, f"/api/v1/groups/{row.group_id}")},
        },
    }


async def list_all(request: Request) -> Response:
    app_id = request.path_params["id"]
    page = Page.read(request, default=PAGE, most=LARGEST_PAGE, key=(int, str))
    found = await app_groups.list_groups(
        database_of(request),
        actor_of(request),
        app_id,
        prefix=prefix_of(request),
        after=(int(page.after[0]), str(page.after[1])) if page.after else None,
        limit=page.limit + 1,
    )
    shown = found[: page.limit]
    more = [shown[-1].priority, shown[-1].group_id] if len(found) > page.limit else None
    return page_response(request, [render_app_group(request, app_id, row) for row in shown], more)


async def get(request: Request) -> Response:
    app_id, group_id = request.path_params["id"], request.path_params["group"]
    row = await app_groups.get_group(database_of(request), actor_of(request), app_id, group_id)
    return json_response(render_app_group(request, app_id, row))


async def put(request: Request) -> Response:
    """Assign a group. The body may be missing: then the group comes after those already assigned."""
    body = await read_object(request, optional=True)
    return await store(request, read_priority(body.get("priority")), read_part(body, "profile"))


async def patch(request: Request) -> Response:
    """RFC 6902 on `/priority` and `/profile`, with add, replace and remove."""
    operations = await read_json(request)
    if not isinstance(operations, list):
        raise ApiError("E0000003", causes=["The body must be a list of JSON Patch operations."])
    app_id, group_id = request.path_params["id"], request.path_params["group"]
    row = await app_groups.get_group(database_of(request), actor_of(request), app_id, group_id)
    priority: int | None = row.priority
    profile = dict(row.profile)
    for index, operation in enumerate(operations):
        op, names, value = read_operation(operation, index)
        if names == ["priority"] and op != "remove":
            priority = read_priority(value)
        elif names == ["profile"] and op != "remove":
            profile = read_part({"profile": value}, "profile")
        elif len(names) == 2 and names[0] == "profile":
            if op == "remove":
                profile.pop(names[1], None)
            else:
                profile[names[1]] = value
        else:
            raise refused_operation(index, "changes neither /priority nor /profile")
    return await store(request, priority, profile)


async def store(request: Request, priority: int | None, profile: dict[str, Any]) -> Response:
    app_id, group_id = request.path_params["id"], request.path_params["group"]
    row = await app_groups.put_group(
        database_of(request), actor_of(request), app_id, group_id, priority=priority, profile=profile
    )
    return json_response(render_app_group(request, app_id, row))


async def delete(request: Request) -> Response:
    app_id, group_id = request.path_params["id"], request.path_params["group"]
    await app_groups.unassign_group(database_of(request), actor_of(request), app_id, group_id)
    return Response(status_code=204)


def read_operation(operation: Any, index: int) -> tuple[str, list[str], Any]:
    """Operation, the names of its path, and its value (RFC 6902 §4, RFC 6901 §4)."""
    if not isinstance(operation, dict):
        raise refused_operation(index, "must be an object")
    op, path = operation.get("op"), operation.get("path")
    if op not in ("add", "replace", "remove"):
        raise refused_operation(index, "op must be add, replace or remove")
    if not isinstance(path, str) or not path.startswith("/"):
        raise refused_operation(index, "path must begin with a slash")
    names = [name.replace("~1", "/").replace("~0", "~") for name in path[1:].split("/")]
    return op, names, operation.get("value")


def refused_operation(index: int, problem: str) -> ApiError:
    return ApiError("E0000001", "operations", [f"operations[{index}]: {problem}"])


def read_priority(value: Any) -> int | None:
    if value is None:
        return None
    if type(value) is not int or not 0 <= value <= LARGEST_PRIORITY:
        raise ApiError("E0000001", "priority", ["priority: must be a whole number, 0 or more"])
    return value


routes = [
    Route("GET", "/api/v1/apps/{id}/groups", list_all),
    Route("GET", "/api/v1/apps/{id}/groups/{group}", get),
    Route("PUT", "/api/v1/apps/{id}/groups/{group}", put),
    Route("PATCH", "/api/v1/apps/{id}/groups/{group}", patch),
    Route("DELETE", "/api/v1/apps/{id}/groups/{group}", delete),
]

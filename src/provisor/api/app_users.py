"""`/api/v1/apps/{id}/users`: who is assigned to an app and where their accounts stand."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from provisor.api.body import read_object
from provisor.api.context import actor_of, database_of, link_to
from provisor.api.errors import ApiError
from provisor.api.paging import Page, json_response, page_response
from provisor.api.queries import after_id, prefix_of
from provisor.api.rendering import instant
from provisor.api.routing import Route
from provisor.services import app_users
from provisor.services.app_users import AppUser

PAGE = 50
LARGEST_PAGE = 500
LONGEST_USERNAME = 100


def render_app_user(request: Request, app_id: str, user: AppUser) -> dict[str, Any]:
    links = {
        "app": {"href": link_to(request, f"/api/v1/apps/{app_id}")},
        "user": {"href": link_to(request, f"/api/v1/users/{user.user_id}")},
    }
    if user.group_id is not None:
        links["group"] = {"href": link_to(request, f"/api/v1/groups/{user.group_id}")}
    return {
        "id": user.user_id,
        "externalId": user.external_id,
        "scope": user.scope,
        "status": user.status,
        "syncState": user.sync_state,
        "created": instant(user.created),
        "lastUpdated": instant(user.last_updated),
        "statusChanged": instant(user.status_changed or user.created),
        "passwordChanged": None,
        "lastSync": instant(user.last_push),
        "credentials": {"userName": user.username},
        "profile": user.profile,
        "_links": links,
    }


async def list_all(request: Request) -> Response:
    app_id = request.path_params["id"]
    page = Page.read(request, default=PAGE, most=LARGEST_PAGE)
    found = await app_users.list_users(
        database_of(request),
        actor_of(request),
        app_id,
        prefix=prefix_of(request),
        after=after_id(page),
        limit=page.limit + 1,
    )
    shown = found[: page.limit]
    more = [shown[-1].user_id] if len(found) > page.limit else None
    return page_response(request, [render_app_user(request, app_id, user) for user in shown], more)


async def get(request: Request) -> Response:
    app_id, user_id = request.path_params["id"], request.path_params["user"]
    user = await app_users.get_user(database_of(request), actor_of(request), app_id, user_id)
    return json_response(render_app_user(request, app_id, user))


async def assign(request: Request) -> Response:
    app_id, body = request.path_params["id"], await read_object(request)
    user_id = body.get("id")
    if not isinstance(user_id, str) or not user_id:
        raise ApiError("E0000001", "id", ["id: The field cannot be left blank"])
    username, given = read_values(body)
    user = await app_users.assign(
        database_of(request), actor_of(request), app_id, user_id, username=username, given=given
    )
    return json_response(render_app_user(request, app_id, user))


async def update(request: Request) -> Response:
    app_id, user_id = request.path_params["id"], request.path_params["user"]
    username, given = read_values(await read_object(request))
    user = await app_users.update_user(
        database_of(request), actor_of(request), app_id, user_id, username=username, given=given
    )
    return json_response(render_app_user(request, app_id, user))


async def unassign(request: Request) -> Response:
    app_id, user_id = request.path_params["id"], request.path_params["user"]
    await app_users.unassign(database_of(request), actor_of(request), app_id, user_id)
    return Response(status_code=204)


def read_values(body: dict[str, Any]) -> tuple[str | None, dict[str, Any]]:
    """User name and profile values of an app user's body."""
    if body.get("scope") not in (None, "USER"):
        raise ApiError("E0000001", "scope", ["scope: must be USER; assign a group to the app for GROUP"])
    credentials, profile = read_part(body, "credentials"), read_part(body, "profile")
    username = credentials.get("userName")
    if username is not None and not (isinstance(username, str) and 1 <= len(username) <= LONGEST_USERNAME):
        raise ApiError("E0000001", "userName", [f"userName: must be text of 1 to {LONGEST_USERNAME} characters"])
    return username, profile


def read_part(body: dict[str, Any], name: str) -> dict[str, Any]:
    value = body.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ApiError("E0000001", name, [f"{name}: must be an object"])
    return value


routes = [
    Route("GET", "/api/v1/apps/{id}/users", list_all),
    Route("POST", "/api/v1/apps/{id}/users", assign),
    Route("GET", "/api/v1/apps/{id}/users/{user}", get),
    Route("POST", "/api/v1/apps/{id}/users/{user}", update),
    Route("DELETE", "/api/v1/apps/{id}/users/{user}", unassign),
]

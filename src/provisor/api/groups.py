"""`/api/v1/groups`: groups, lists of them, and their members."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from provisor.api.body import read_object
from provisor.api.context import actor_of, database_of, link_to
from provisor.api.errors import ApiError
from provisor.api.paging import Page, json_response, page_response
from provisor.api.queries import after_id
from provisor.api.rendering import instant, render_user
from provisor.api.routing import Route
from provisor.directory.group import Group
from provisor.services import groups
from provisor.store.groups import GroupStats


def render_group(request: Request, group: Group, stats: GroupStats | None = None) -> dict[str, Any]:
    own = link_to(request, f"/api/v1/groups/{group.id}")
    shown: dict[str, Any] = {
        "id": group.id,
        "created": instant(group.created),
        "lastUpdated": instant(group.last_updated),
        "lastMembershipUpdated": instant(group.last_membership_updated),
        "objectClass": ["okta:user_group"],
        "type": group.type,
        "profile": {**group.profile, "description": group.profile.get("description")},
        "_links": {
            "self": {"href": own},
            "logo": [],
            "users": {"href": f"{own}/users"},
            "apps": {"href": f"{own}/apps"},
        },
    }
    if stats is not None:
        shown["_embedded"] = {
            "stats": {
                "usersCount": stats.users,
                "appsCount": stats.apps,
                "groupPushMappingsCount": 0,
                # Okta's own spelling, which clients read.
                "hasAdminPrivlege": False,
            }
        }
    return shown


async def list_groups(request: Request) -> Response:
    given = request.query_params
    query = groups.group_query(filter=given.get("filter"), search=given.get("search"), q=given.get("q"))
    page = Page.read(request, default=200, most=10_000)
    database, actor = database_of(request), actor_of(request)
    found, after = await groups.list_groups(database, actor, query, page.limit, after_id(page))
    stats: dict[str, GroupStats] = {}
    if "stats" in given.get("expand", "").split(","):
        stats = await groups.group_stats(database, actor, [group.id for group in found])
    rows = [render_group(request, group, stats.get(group.id)) for group in found]
    return page_response(request, rows, None if after is None else (after,))


async def create_group(request: Request) -> Response:
    profile = read_group_profile(await read_object(request))
    group = await groups.create_group(database_of(request), actor_of(request), profile)
    return json_response(render_group(request, group))


async def get_group(request: Request) -> Response:
    group = await groups.get_group(database_of(request), actor_of(request), request.path_params["id"])
    if "stats" not in request.query_params.get("expand", "").split(","):
        return json_response(render_group(request, group))
    stats = await groups.group_stats(database_of(request), actor_of(request), [group.id])
    return json_response(render_group(request, group, stats[group.id]))


async def replace_group(request: Request) -> Response:
    profile = read_group_profile(await read_object(request))
    group = await groups.replace_group(database_of(request), actor_of(request), request.path_params["id"], profile)
    return json_response(render_group(request, group))


async def delete_group(request: Request) -> Response:
    await groups.delete_group(database_of(request), actor_of(request), request.path_params["id"])
    return Response(status_code=204)


async def list_members(request: Request) -> Response:
    page = Page.read(request, default=1000, most=1000)
    found, after = await groups.list_members(
        database_of(request), actor_of(request), request.path_params["id"], page.limit, page.after
    )
    return page_response(request, [render_user(request, user) for user in found], after)


async def add_member(request: Request) -> Response:
    await groups.add_member(database_of(request), actor_of(request), *member_of(request))
    return Response(status_code=204)


async def remove_member(request: Request) -> Response:
    await groups.remove_member(database_of(request), actor_of(request), *member_of(request))
    return Response(status_code=204)


def member_of(request: Request) -> tuple[str, str]:
    return request.path_params["id"], request.path_params["user_id"]


def read_group_profile(body: dict[str, Any]) -> dict[str, Any]:
    profile = body.get("profile")
    if not isinstance(profile, dict):
        raise ApiError("E0000001", "profile", ["profile: must be an object with a name"])
    return profile


routes = [
    Route("GET", "/api/v1/groups", list_groups),
    Route("POST", "/api/v1/groups", create_group),
    Route("GET", "/api/v1/groups/{id}", get_group),
    Route("PUT", "/api/v1/groups/{id}", replace_group),
    Route("DELETE", "/api/v1/groups/{id}", delete_group),
    Route("GET", "/api/v1/groups/{id}/users", list_members),
    Route("PUT", "/api/v1/groups/{id}/users/{user_id}", add_member),
    Route("DELETE", "/api/v1/groups/{id}/users/{user_id}", remove_member),
]

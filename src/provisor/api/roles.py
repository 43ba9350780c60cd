"""`/api/v1/users/{id}/roles` and who holds any: roles of administrators, and ending people's sessions."""

from __future__ import annotations

import base64
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from provisor.api.body import read_object
from provisor.api.context import actor_of, database_of, link_to
from provisor.api.errors import ApiError
from provisor.api.paging import Page, json_response, render_cursor
from provisor.api.queries import after_id
from provisor.api.rendering import instant
from provisor.api.routing import Route
from provisor.services import admins, sessions
from provisor.services.actor import Role
from provisor.services.errors import NotFound
from provisor.store.admin_roles import Holder, RoleAssignment

PAGE = 100


def id_of(role: Role) -> str:
    """Okta's way of naming a standard role's assignment: base32 of the role, as one is held once at most."""
    return base64.b32encode(role.encode()).decode().rstrip("=")


ROLES = {id_of(role): role for role in Role} | {role.value: role for role in Role}
"""Both what clients read from an assignment and the role's plain name lead to it."""


def render_role(request: Request, assignment: RoleAssignment) -> dict[str, Any]:
    role = Role(assignment.role)
    return {
        "id": id_of(role),
        "label": role.title,
        "type": role,
        "status": "ACTIVE",
        "created": instant(assignment.assigned),
        "lastUpdated": instant(assignment.assigned),
        "assignmentType": "USER",
        "_links": {"assignee": {"href": link_to(request, f"/api/v1/users/{assignment.user_id}")}},
    }


def role_of(request: Request) -> Role:
    name = request.path_params["role"]
    if name not in ROLES:
        raise NotFound("RoleAssignment", name)
    return ROLES[name]


async def list_roles(request: Request) -> Response:
    found = await admins.list_roles(database_of(request), actor_of(request), request.path_params["id"])
    return json_response([render_role(request, each) for each in found])


async def get_role(request: Request) -> Response:
    found = await admins.get_role(database_of(request), actor_of(request), request.path_params["id"], role_of(request))
    return json_response(render_role(request, found))


async def grant_role(request: Request) -> Response:
    body = await read_object(request)
    kind = body.get("type")
    if not isinstance(kind, str) or kind not in list(Role):
        raise ApiError("E0000001", "type", [f"type: must be one of {', '.join(Role)}"])
    made = await admins.grant_role(database_of(request), actor_of(request), request.path_params["id"], Role(kind))
    return json_response(render_role(request, made), 201)


async def revoke_role(request: Request) -> Response:
    await admins.revoke_role(database_of(request), actor_of(request), request.path_params["id"], role_of(request))
    return Response(status_code=204)


async def list_assignees(request: Request) -> Response:
    """Who holds roles; Okta's shape has the link to the next page in the body."""
    page = Page.read(request, default=PAGE, most=PAGE)
    found = await admins.list_admins(
        database_of(request), actor_of(request), after=after_id(page) or "", limit=page.limit + 1
    )
    shown = found[: page.limit]
    links = {}
    if len(found) > page.limit:
        cursor = render_cursor([shown[-1].user_id])
        links["next"] = {"href": link_to(request, f"/api/v1/iam/assignees/users?after={cursor}&limit={page.limit}")}
    return json_response({"value": [render_assignee(request, each) for each in shown], "_links": links})


def render_assignee(request: Request, holder: Holder) -> dict[str, Any]:
    own = link_to(request, f"/api/v1/users/{holder.user_id}")
    return {"id": holder.user_id, "_links": {"self": {"href": own}, "roles": {"href": f"{own}/roles"}}}


async def list_admins(request: Request) -> Response:
    """All of it at once, for the command line: there are few."""
    found = await admins.list_admins(database_of(request), actor_of(request), limit=1000)
    return json_response(
        [
            {
                "id": each.user_id,
                "login": each.profile["login"],
                "name": f"{each.profile.get('firstName') or ''} {each.profile.get('lastName') or ''}".strip(),
                "status": each.status,
                "roles": each.roles,
                "since": instant(each.since),
            }
            for each in found
        ]
    )


async def clear_sessions(request: Request) -> Response:
    await sessions.clear_sessions(database_of(request), actor_of(request), request.path_params["id"])
    return Response(status_code=204)


routes = [
    Route("GET", "/api/v1/users/{id}/roles", list_roles),
    Route("POST", "/api/v1/users/{id}/roles", grant_role),
    Route("GET", "/api/v1/users/{id}/roles/{role}", get_role),
    Route("DELETE", "/api/v1/users/{id}/roles/{role}", revoke_role),
    Route("DELETE", "/api/v1/users/{id}/sessions", clear_sessions),
    Route("GET", "/api/v1/iam/assignees/users", list_assignees),
    Route("GET", "/provisor/v1/admins", list_admins),
]

"""`/provisor/v1`: what Okta keeps in its console or has no interface for. Tasks, holds, Provision User, Force Sync."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from provisor.api.app_users import render_app_user
from provisor.api.body import read_object
from provisor.api.context import actor_of, database_of, link_to
from provisor.api.errors import ApiError
from provisor.api.paging import Page, json_response, page_response
from provisor.api.queries import after_id
from provisor.api.rendering import instant
from provisor.api.routing import Route
from provisor.services import app_users, holds, tasks
from provisor.store.hold_list import Hold
from provisor.store.task_list import Task

PAGE = 100
LARGEST_PAGE = 1000


def render_task(request: Request, task: Task) -> dict[str, Any]:
    links = {
        "app": {"href": link_to(request, f"/api/v1/apps/{task.app_id}")},
        "retry": {"href": link_to(request, f"/provisor/v1/tasks/{task.id}/retry"), "hints": {"allow": ["POST"]}},
        "dismiss": {"href": link_to(request, f"/provisor/v1/tasks/{task.id}/dismiss"), "hints": {"allow": ["POST"]}},
    }
    if task.user_id is not None:
        links["user"] = {"href": link_to(request, f"/api/v1/users/{task.user_id}")}
    return {
        "id": task.id,
        "kind": task.kind,
        "appId": task.app_id,
        "userId": task.user_id,
        "summary": task.summary,
        "detail": task.detail,
        "count": task.count,
        "created": instant(task.created),
        "lastSeen": instant(task.last_seen),
        "resolved": instant(task.resolved),
        "_links": links,
    }


def render_hold(request: Request, hold: Hold) -> dict[str, Any]:
    own = link_to(request, f"/provisor/v1/holds/{hold.id}")
    return {
        "id": hold.id,
        "app": {"id": hold.app_id, "label": hold.app_label},
        "kind": hold.kind.value,
        "attribute": hold.attribute,
        "waiting": hold.waiting,
        "allowed": hold.allowed,
        "created": instant(hold.created),
        "people": [{"id": each.user_id, "login": each.login, "since": instant(each.since)} for each in hold.people],
        "_links": {
            "release": {"href": f"{own}/release", "hints": {"allow": ["POST"]}},
            "discard": {"href": f"{own}/discard", "hints": {"allow": ["POST"]}},
        },
    }


async def list_tasks(request: Request) -> Response:
    page = Page.read(request, default=PAGE, most=LARGEST_PAGE)
    found = await tasks.list_tasks(
        database_of(request),
        actor_of(request),
        app_id=request.query_params.get("app"),
        user_id=request.query_params.get("user"),
        after=after_id(page),
        limit=page.limit + 1,
    )
    shown = found[: page.limit]
    more = [shown[-1].id] if len(found) > page.limit else None
    return page_response(request, [render_task(request, task) for task in shown], more)


async def get_task(request: Request) -> Response:
    task = await tasks.get_task(database_of(request), actor_of(request), request.path_params["id"])
    return json_response(render_task(request, task))


async def retry_task(request: Request) -> Response:
    task = await tasks.retry_task(database_of(request), actor_of(request), request.path_params["id"])
    return json_response(render_task(request, task))


async def list_holds(request: Request) -> Response:
    found = await holds.list_holds(database_of(request), actor_of(request), app_id=request.query_params.get("app"))
    return page_response(request, [render_hold(request, hold) for hold in found], None)


async def get_hold(request: Request) -> Response:
    hold, _ = await holds.get_hold(database_of(request), actor_of(request), request.path_params["id"])
    return json_response(render_hold(request, hold))


async def release_hold(request: Request) -> Response:
    people = await read_ids(request, "users")
    number = await holds.release_hold(database_of(request), actor_of(request), request.path_params["id"], people=people)
    return json_response({"released": number})


async def discard_hold(request: Request) -> Response:
    people = await read_ids(request, "users")
    number = await holds.discard_hold(database_of(request), actor_of(request), request.path_params["id"], people=people)
    return json_response({"discarded": number})


async def read_ids(request: Request, name: str) -> list[str] | None:
    """The list of ids called so in the body; None when it is not there: everybody or everything is meant."""
    ids = (await read_object(request, optional=True)).get(name)
    if ids is not None and not (isinstance(ids, list) and all(isinstance(each, str) for each in ids)):
        raise ApiError("E0000001", name, [f"{name}: It takes a list of ids."])
    return ids


async def retry_tasks(request: Request) -> Response:
    """Those named in the body, else all of an app and a kind."""
    ids, database, actor = await read_ids(request, "tasks"), database_of(request), actor_of(request)
    if ids is not None:
        return json_response({"retried": len(await tasks.retry_tasks(database, actor, ids))})
    query = request.query_params
    number = await tasks.retry_all(database, actor, app_id=query.get("app"), kind=query.get("kind"))
    return json_response({"retried": number})


async def dismiss_task(request: Request) -> Response:
    task = await tasks.dismiss_task(database_of(request), actor_of(request), request.path_params["id"])
    return json_response(render_task(request, task))


async def release(request: Request) -> Response:
    released = await holds.release(database_of(request), actor_of(request), request.path_params["id"])
    return json_response({"released": released})


async def sync(request: Request) -> Response:
    await app_users.sync(database_of(request), actor_of(request), request.path_params["id"])
    return json_response({})


async def provision_everybody(request: Request) -> Response:
    await app_users.provision_everybody(database_of(request), actor_of(request), request.path_params["id"])
    return json_response({})


async def provision_user(request: Request) -> Response:
    app_id, user_id = request.path_params["id"], request.path_params["user"]
    user = await app_users.provision(database_of(request), actor_of(request), app_id, user_id)
    return json_response(render_app_user(request, app_id, user))


routes = [
    Route("GET", "/provisor/v1/tasks", list_tasks),
    Route("GET", "/provisor/v1/tasks/{id}", get_task),
    Route("POST", "/provisor/v1/tasks/retry", retry_tasks),
    Route("POST", "/provisor/v1/tasks/{id}/retry", retry_task),
    Route("POST", "/provisor/v1/tasks/{id}/dismiss", dismiss_task),
    Route("GET", "/provisor/v1/holds", list_holds),
    Route("GET", "/provisor/v1/holds/{id}", get_hold),
    Route("POST", "/provisor/v1/holds/{id}/release", release_hold),
    Route("POST", "/provisor/v1/holds/{id}/discard", discard_hold),
    Route("POST", "/provisor/v1/apps/{id}/release", release),
    Route("POST", "/provisor/v1/apps/{id}/sync", sync),
    Route("POST", "/provisor/v1/apps/{id}/provision", provision_everybody),
    Route("POST", "/provisor/v1/apps/{id}/users/{user}/provision", provision_user),
]

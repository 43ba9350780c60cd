"""`/api/v1/apps`: app instances in Okta's shape. What Okta's object has no place for is under `settings.provisor`."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from provisor.api.body import read_object
from provisor.api.context import actor_of, database_of, link_to
from provisor.api.paging import Page, json_response, page_response
from provisor.api.queries import after_id, flag, prefix_of
from provisor.api.rendering import instant
from provisor.api.routing import Route
from provisor.apps.app import App, AppStatus, Features
from provisor.apps.catalogue import CATALOGUE
from provisor.services import apps
from provisor.services.apps_definition import LIMITS, OWN, parse_definition

PAGE = 200
GROUP_PAGE = 20

FEATURES = {
    "create": ("PUSH_NEW_USERS",),
    "update": ("PUSH_PROFILE_UPDATES",),
    "exclude_username": ("EXCLUDE_USERNAME_UPDATE_ON_PROFILE_PUSH",),
    "deactivate": ("PUSH_USER_DEACTIVATION", "REACTIVATE_USERS"),
    "password": ("PUSH_PASSWORD_UPDATES",),
}
"""Field of `Features`: what Okta lists for it."""


def render_app(request: Request, app: App) -> dict[str, Any]:
    own = link_to(request, f"/api/v1/apps/{app.id}")
    entry = CATALOGUE.get(app.name)
    echoed = app.settings
    return {
        "id": app.id,
        "name": app.name,
        "label": app.label,
        "status": app.status,
        "created": instant(app.created),
        "lastUpdated": instant(app.last_updated),
        "features": list_features(app.features),
        "signOnMode": echoed.get("signOnMode") or (entry.sign_on_mode if entry else None),
        "accessibility": echoed.get("accessibility", {"selfService": False}),
        "visibility": echoed.get("visibility", {"autoSubmitToolbar": False, "hide": {"iOS": False, "web": False}}),
        "credentials": echoed.get("credentials", {}),
        "profile": echoed.get("profile"),
        "settings": {**echoed.get("settings", {}), OWN: {"limits": render_limits(app)}},
        "_links": {
            "self": {"href": own},
            "users": {"href": f"{own}/users"},
            "groups": {"href": f"{own}/groups"},
            **switch_link(app, own),
        },
    }


def switch_link(app: App, own: str) -> dict[str, Any]:
    """The one lifecycle operation that would change something."""
    name = "deactivate" if app.status is AppStatus.ACTIVE else "activate"
    return {name: {"href": f"{own}/lifecycle/{name}"}}


def list_features(features: Features) -> list[str]:
    """Okta's names of what is switched on."""
    return ["SCIM_PROVISIONING"] + [
        name for field, names in FEATURES.items() if getattr(features, field) for name in names
    ]


def render_limits(app: App) -> dict[str, Any]:
    return {name: getattr(app.limits, rule.field) for name, rule in LIMITS.items()}


async def list_all(request: Request) -> Response:
    page = Page.read(request, default=PAGE, most=PAGE)
    found = await apps.list_apps(
        database_of(request),
        actor_of(request),
        prefix=prefix_of(request),
        filter=request.query_params.get("filter"),
        after=after_id(page),
        limit=page.limit + 1,
    )
    return render_page(request, page, found)


async def list_of_group(request: Request) -> Response:
    page = Page.read(request, default=GROUP_PAGE, most=PAGE)
    found = await apps.list_apps_of_group(
        database_of(request), actor_of(request), request.path_params["id"], after=after_id(page), limit=page.limit + 1
    )
    return render_page(request, page, found)


def render_page(request: Request, page: Page, found: list[App]) -> Response:
    """A page of apps, of which one more than fits was asked for."""
    shown = found[: page.limit]
    more = [shown[-1].id] if len(found) > page.limit else None
    return page_response(request, [render_app(request, app) for app in shown], more)


async def create(request: Request) -> Response:
    definition = parse_definition(await read_object(request))
    activate = flag(request, "activate", default=True)
    app = await apps.create_app(database_of(request), actor_of(request), definition, activate=activate)
    return json_response(render_app(request, app))


async def get(request: Request) -> Response:
    app = await apps.get_app(database_of(request), actor_of(request), request.path_params["id"])
    return json_response(render_app(request, app))


async def replace(request: Request) -> Response:
    """Ours: with `?apply=true` another username format is applied to everybody in the app at once."""
    definition = parse_definition(await read_object(request))
    app = await apps.replace_app(
        database_of(request),
        actor_of(request),
        request.path_params["id"],
        definition,
        apply_now=flag(request, "apply", default=False),
    )
    return json_response(render_app(request, app))


async def delete(request: Request) -> Response:
    await apps.delete_app(database_of(request), actor_of(request), request.path_params["id"])
    return Response(status_code=204)


async def activate(request: Request) -> Response:
    await apps.activate_app(database_of(request), actor_of(request), request.path_params["id"])
    return json_response({})


async def deactivate(request: Request) -> Response:
    await apps.deactivate_app(database_of(request), actor_of(request), request.path_params["id"])
    return json_response({})


routes = [
    Route("GET", "/api/v1/apps", list_all),
    Route("POST", "/api/v1/apps", create),
    Route("GET", "/api/v1/groups/{id}/apps", list_of_group),
    Route("GET", "/api/v1/apps/{id}", get),
    Route("PUT", "/api/v1/apps/{id}", replace),
    Route("DELETE", "/api/v1/apps/{id}", delete),
    Route("POST", "/api/v1/apps/{id}/lifecycle/activate", activate),
    Route("POST", "/api/v1/apps/{id}/lifecycle/deactivate", deactivate),
]

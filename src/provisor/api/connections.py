"""`/api/v1/apps/{id}/connections/default`: where an app is and how it is unlocked. Secrets come in and never go out.

Okta's schemes know neither BASIC nor HEADER, and its clients refuse what they do not know: such a connection shows
UNKNOWN in Okta's fields and its scheme under `profile.provisor`.
"""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from provisor.api.body import read_object
from provisor.api.context import actor_of, context_of, database_of, link_to
from provisor.api.errors import ApiError
from provisor.api.paging import json_response
from provisor.api.queries import flag
from provisor.api.rendering import instant
from provisor.api.routing import Route
from provisor.apps.catalogue import AuthScheme
from provisor.services import authorizations, connections
from provisor.services.authorizations import Standing, redirect_uri
from provisor.services.connecting import ConnectorFactory
from provisor.services.connections_definition import parse_connection
from provisor.store.connections import AppConnection, ConnectionStatus

PATH = "/api/v1/apps/{id}/connections/default"
UNKNOWN = "UNKNOWN"
OKTAS = frozenset({AuthScheme.TOKEN, AuthScheme.OAUTH2})
"""The schemes that Okta has too."""


def render_connection(
    request: Request, app_id: str, connection: AppConnection | None, standing: Standing | None = None
) -> dict[str, Any]:
    """A connection; one that does not exist yet is shown as unknown, in Okta's words."""
    own = link_to(request, f"/api/v1/apps/{app_id}/connections/default")
    links: dict[str, Any] = {"self": {"href": own, "hints": {"allow": ["GET", "POST"]}}}
    if connection is None:
        return {"status": ConnectionStatus.UNKNOWN, "profile": {"authScheme": UNKNOWN}, "_links": links}
    name = "deactivate" if connection.status is ConnectionStatus.ENABLED else "activate"
    links[name] = {"href": f"{own}/lifecycle/{name}", "hints": {"allow": ["POST"]}}
    profile: dict[str, Any] = {"authScheme": UNKNOWN, "provisor": {"authScheme": connection.scheme}}
    shown = {"status": connection.status, "baseUrl": connection.base_url, "profile": profile, "_links": links}
    if connection.scheme in OKTAS:
        profile["authScheme"] = connection.scheme
    if connection.scheme is AuthScheme.TOKEN:  # Okta's clients know no other beside the profile
        shown["authScheme"] = connection.scheme
    if connection.expires is not None:
        profile["provisor"]["expires"] = instant(connection.expires)
    if connection.oauth is not None:
        profile["clientId"] = connection.oauth["clientId"]
        profile["provisor"] |= {name: value for name, value in connection.oauth.items() if name != "clientId"}
    if standing is not None and standing.needs_person:
        page = f"/admin/apps/{app_id}/provisioning/integration"
        profile["provisor"]["redirectUri"] = redirect_uri(context_of(request).settings, app_id, link_to(request, ""))
        profile["provisor"]["authorization"] = render_standing(standing)
        links["authorize"] = {"href": link_to(request, page), "hints": {"allow": ["GET"]}}
    return shown


def render_standing(standing: Standing) -> dict[str, Any]:
    """How an authorization by a person stands."""
    grant = standing.grant
    shown = {
        "status": standing.status,
        "authorized": instant(grant.authorized),
        "authorizedBy": grant.authorized_by,
        "expires": instant(grant.expires),
        "reason": grant.refused,
    }
    return {name: value for name, value in shown.items() if value is not None}


async def shown_now(request: Request, app_id: str, connection: AppConnection | None) -> Response:
    """The connection with how its authorization stands."""
    standing = None
    if connection is not None and connection.oauth is not None:
        standing = await authorizations.get_standing(database_of(request), actor_of(request), app_id)
    return json_response(render_connection(request, app_id, connection, standing))


def connectors_of(request: Request) -> ConnectorFactory:
    factory = context_of(request).apps
    if not isinstance(factory, ConnectorFactory):
        raise ApiError("E0000060", "this server was started without connectors")
    return factory


async def get(request: Request) -> Response:
    app_id = request.path_params["id"]
    connection = await connections.get_connection(database_of(request), actor_of(request), app_id)
    return await shown_now(request, app_id, connection)


async def save(request: Request) -> Response:
    app_id = request.path_params["id"]
    new = parse_connection(await read_object(request))
    saved = await connections.save_connection(
        database_of(request),
        actor_of(request),
        connectors_of(request),
        app_id,
        new,
        activate=flag(request, "activate", default=False),
    )
    return await shown_now(request, app_id, saved)


async def activate(request: Request) -> Response:
    await connections.activate_connection(database_of(request), actor_of(request), request.path_params["id"])
    return Response(status_code=204)


async def deactivate(request: Request) -> Response:
    await connections.deactivate_connection(database_of(request), actor_of(request), request.path_params["id"])
    return Response(status_code=204)


routes = [
    Route("GET", PATH, get),
    Route("POST", PATH, save),
    Route("POST", f"{PATH}/lifecycle/activate", activate),
    Route("POST", f"{PATH}/lifecycle/deactivate", deactivate),
]

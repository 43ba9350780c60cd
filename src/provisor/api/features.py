"""`/api/v1/apps/{id}/features`: what Provisor may do in an app."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from provisor.api.body import read_object
from provisor.api.context import actor_of, database_of, link_to
from provisor.api.paging import json_response
from provisor.api.routing import Route
from provisor.services import apps_features
from provisor.services.apps_features import FeatureName, ShownFeatures, render_capabilities
from provisor.services.errors import NotFound

DESCRIPTIONS = {
    FeatureName.USER_PROVISIONING: "User provisioning settings from Provisor to the app",
    FeatureName.INBOUND_PROVISIONING: "User provisioning settings from the app to Provisor",
}

IMPORTS_NOTHING: dict[str, Any] = {
    "importSettings": {
        "username": {"usernameFormat": "EMAIL"},
        "schedule": {"status": "DISABLED"},
    },
    "importRules": {
        "userCreateAndMatch": {
            "exactMatchCriteria": "EMAIL",
            "allowPartialMatch": False,
            "autoConfirmPartialMatch": False,
            "autoConfirmExactMatch": False,
            "autoConfirmNewUsers": False,
            "autoActivateNewUsers": False,
        }
    },
}
"""What INBOUND_PROVISIONING shows in a release without imports."""


def render_feature(request: Request, app_id: str, name: FeatureName, shown: ShownFeatures) -> dict[str, Any]:
    outbound = name is FeatureName.USER_PROVISIONING
    return {
        "name": name,
        "status": "ENABLED" if outbound and shown.connected else "DISABLED",
        "description": DESCRIPTIONS[name],
        "capabilities": render_capabilities(shown.features) if outbound else IMPORTS_NOTHING,
        "_links": {
            "self": {
                "href": link_to(request, f"/api/v1/apps/{app_id}/features/{name}"),
                "hints": {"allow": ["GET", "PUT"] if outbound else ["GET"]},
            }
        },
    }


def feature_name(request: Request) -> FeatureName:
    text = request.path_params["name"]
    try:
        return FeatureName(text)
    except ValueError:
        raise NotFound("ApplicationFeature", text) from None


async def list_all(request: Request) -> Response:
    app_id = request.path_params["id"]
    shown = await apps_features.get_features(database_of(request), actor_of(request), app_id)
    return json_response([render_feature(request, app_id, name, shown) for name in FeatureName])


async def get(request: Request) -> Response:
    app_id, name = request.path_params["id"], feature_name(request)
    shown = await apps_features.get_features(database_of(request), actor_of(request), app_id)
    return json_response(render_feature(request, app_id, name, shown))


async def put(request: Request) -> Response:
    app_id, name = request.path_params["id"], feature_name(request)
    body = await read_object(request)
    shown = await apps_features.set_features(database_of(request), actor_of(request), app_id, name, body)
    return json_response(render_feature(request, app_id, name, shown))


routes = [
    Route("GET", "/api/v1/apps/{id}/features", list_all),
    Route("GET", "/api/v1/apps/{id}/features/{name}", get),
    Route("PUT", "/api/v1/apps/{id}/features/{name}", put),
]

"""Puts the API together from its modules' routes."""

from __future__ import annotations

from starlette.types import ASGIApp

from provisor.api import (
    app_groups,
    app_health,
    app_schemas,
    app_users,
    apps,
    change_plans,
    connections,
    conversion,
    drift,
    explanations,
    expressions,
    features,
    groups,
    health,
    loading,
    logs,
    mappings,
    plans,
    policies,
    provisor,
    roles,
    schemas,
    tokens,
    users,
)
from provisor.api.context import ApiContext
from provisor.api.frame import Frame
from provisor.api.routing import Router

ROUTES = [
    *health.routes,
    *users.routes,
    *roles.routes,
    *loading.routes,
    *groups.routes,
    *logs.routes,
    *apps.routes,
    *connections.routes,
    *features.routes,
    *app_schemas.routes,
    *mappings.routes,
    *expressions.routes,
    *app_users.routes,
    *app_groups.routes,
    *explanations.routes,
    *conversion.routes,
    *plans.routes,
    *change_plans.routes,
    *policies.routes,
    *app_health.routes,
    *drift.routes,
    *provisor.routes,
    *schemas.routes,
    *tokens.routes,
]


def create_api(context: ApiContext) -> ASGIApp:
    """The ASGI application of the management API."""
    return Frame(context, Router(ROUTES), context.metrics)

"""Puts the console together from its pages' routes."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send

from provisor.console.assets import PREFIX, Assets
from provisor.console.context import ConsoleContext
from provisor.console.frame import Frame
from provisor.console.pages import (
    administrators,
    apps,
    catalog,
    dashboard,
    following,
    groups,
    home,
    log,
    people,
    profiles,
    set_up,
    sign_in,
    tasks,
)
from provisor.console.routing import Router

ROUTES = (
    *sign_in.routes,
    *set_up.routes,
    *home.routes,
    *following.routes,
    *dashboard.routes,
    *log.routes,
    *tasks.routes,
    *people.routes,
    *groups.routes,
    *profiles.routes,
    *administrators.routes,
    *catalog.routes,
    *apps.routes,
)


class Console:
    """The ASGI application of everything that people open in a browser."""

    def __init__(self, context: ConsoleContext, assets: Assets) -> None:
        self._assets = assets
        self._pages = Frame(context, Router(ROUTES))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        below: ASGIApp = self._assets if scope["path"].startswith(PREFIX) else self._pages
        await below(scope, receive, send)

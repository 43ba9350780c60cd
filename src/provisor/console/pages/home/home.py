"""The start of everybody: administrators go to the console from here, everybody else sees their own apps."""

from __future__ import annotations

from starlette.responses import Response

from provisor.console.routing import Access, get
from provisor.console.visit import Visit
from provisor.services.own import own_tiles


async def show(visit: Visit) -> Response:
    return visit.render("pages/home/home.html", await own_tiles(visit.database, visit.actor))


routes = (get("/", show, Access.SIGNED_IN),)

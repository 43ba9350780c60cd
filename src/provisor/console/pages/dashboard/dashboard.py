"""The administrator's start: what waits for a person, what is moving, what happened today."""

from __future__ import annotations

from starlette.responses import Response

from provisor.console.routing import get
from provisor.console.visit import Visit
from provisor.services.tasks import list_tasks


async def show(visit: Visit) -> Response:
    tasks = await list_tasks(visit.database, visit.actor, app_id=None, user_id=None, after=None, limit=20)
    return visit.render("pages/dashboard/dashboard.html", tasks)


routes = (get("/admin/dashboard", show),)

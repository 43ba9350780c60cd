"""A change that a safeguard holds back: who is concerned, and letting them go."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response

from provisor.console.routing import get, post
from provisor.console.visit import Visit
from provisor.services.actor import Permission
from provisor.services.errors import ChangedMeanwhile
from provisor.services.holds import get_hold, release
from provisor.store.hold_list import Hold


@dataclass(frozen=True, slots=True)
class HoldView:
    hold: Hold
    number: int
    """How many wait now."""
    joined: ChangedMeanwhile | None = None


async def show(visit: Visit) -> Response:
    hold, number = await get_hold(visit.database, visit.actor, visit.params["app"])
    return visit.render("pages/tasks/hold.html", HoldView(hold, number))


async def let_go(visit: Visit) -> Response:
    """Release everybody whom the visitor saw; when others have joined meanwhile, show them first."""
    app_id = visit.params["app"]
    try:
        released = await release(visit.database, visit.actor, app_id, seen=visit.form.seen())
    except ChangedMeanwhile as joined:
        hold, number = await get_hold(visit.database, visit.actor, app_id)
        return visit.render("pages/tasks/hold.html", HoldView(hold, number, joined), status=422)
    return visit.go("/admin/tasks", "They are being deactivated." if released else "Nothing was held back any more.")


routes = (
    get("/admin/tasks/holds/{app}", show),
    post("/admin/tasks/holds/{app}/release", let_go, Permission.MANAGE_APPS),
)

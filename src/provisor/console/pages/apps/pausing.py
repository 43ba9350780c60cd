"""Stopping what is sent to an app, and going on: each a dialog that says what waits, then the act."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from starlette.responses import Response

from provisor.console.forms import problems_by_field
from provisor.console.pages.apps.head import Head, load_head
from provisor.console.routing import get, post
from provisor.console.visit import Visit
from provisor.services.actor import Permission
from provisor.services.errors import Invalid
from provisor.services.health import LONGEST_REASON, Standing, pause_app, resume_app


@dataclass(frozen=True, slots=True)
class PausingView:
    head: Head
    act: str
    """`pause` or `resume`."""
    verb: str
    """What the button says."""
    reason: str = ""
    problems: Mapping[str, str] = field(default_factory=dict)
    longest: int = LONGEST_REASON


async def ask_to_pause(visit: Visit) -> Response:
    """Say what pausing does."""
    return visit.render("pages/apps/pausing.html", PausingView(await load_head(visit), "pause", "Pause"))


async def ask_to_resume(visit: Visit) -> Response:
    """Say what happens then."""
    head = await load_head(visit)
    verb = "Resume" if head.health.standing is Standing.PAUSED else "Try now"
    return visit.render("pages/apps/pausing.html", PausingView(head, "resume", verb))


async def pause(visit: Visit) -> Response:
    """Send nothing to the app."""
    app_id, reason = visit.params["id"], visit.form.text("reason")
    try:
        await pause_app(visit.database, visit.actor, app_id, reason)
    except Invalid as refusal:
        view = PausingView(await load_head(visit), "pause", "Pause", reason, problems_by_field(refusal))
        return visit.render("pages/apps/pausing.html", view, status=422)
    return visit.go(f"/admin/apps/{app_id}", "The app is paused. Nothing is sent, deactivations neither.")


async def resume(visit: Visit) -> Response:
    """Send what waits."""
    app_id = visit.params["id"]
    await resume_app(visit.database, visit.actor, app_id)
    return visit.go(f"/admin/apps/{app_id}", "What waited is sent.")


routes = (
    get("/admin/apps/{id}/pause", ask_to_pause, Permission.MANAGE_APPS),
    post("/admin/apps/{id}/pause", pause, Permission.MANAGE_APPS),
    get("/admin/apps/{id}/resume", ask_to_resume, Permission.MANAGE_APPS),
    post("/admin/apps/{id}/resume", resume, Permission.MANAGE_APPS),
)

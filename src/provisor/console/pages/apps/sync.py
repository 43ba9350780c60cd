"""Force Sync with a preview of what it would send, and letting go of people whom a safeguard holds."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response

from provisor.console.pages.apps.head import Head, load_head
from provisor.console.routing import get, post
from provisor.console.visit import Visit
from provisor.provisioning.plan import Step
from provisor.services import app_users, holds
from provisor.services.actor import Permission
from provisor.services.plans import AppPlan, plan_app

STEPS = {
    Step.CREATE: "Create or link",
    Step.UPDATE: "Update",
    Step.REACTIVATE: "Activate again",
    Step.DEACTIVATE: "Deactivate",
    Step.CLEAN_UP: "Look for an unanswered create and undo it",
    Step.WAIT: "Wait for an unanswered create",
    Step.NOTHING: "Nothing: as it should be",
}


@dataclass(frozen=True, slots=True)
class SyncView:
    head: Head
    plan: AppPlan | None
    """None while nobody has been counted: that takes a moment in a large app."""

    @property
    def counts(self) -> list[tuple[str, int]]:
        counts = self.plan.counts if self.plan else {}
        return [(words, counts[step]) for step, words in STEPS.items() if counts.get(step)]


@dataclass(frozen=True, slots=True)
class HoldView:
    head: Head


async def ask_to_sync(visit: Visit) -> Response:
    """Say what Force Sync does; with `count` in the address also for how many people what."""
    head = await load_head(visit, "provisioning")
    plan = await plan_app(visit.database, visit.actor, head.id) if visit.query("count") else None
    return visit.render("pages/apps/sync.html", SyncView(head, plan))


async def sync(visit: Visit) -> Response:
    """Begin it."""
    app_id = visit.params["id"]
    await app_users.sync(visit.database, visit.actor, app_id)
    return visit.go(f"/admin/apps/{app_id}/assignments?show=waiting", "Force Sync has begun.")


async def ask_to_release(visit: Visit) -> Response:
    """Name the people whom the safeguard holds."""
    return visit.render("pages/apps/hold.html", HoldView(await load_head(visit, "provisioning")))


async def release(visit: Visit) -> Response:
    """Let everybody go who waits to leave the app now."""
    app_id = visit.params["id"]
    released = await holds.release(visit.database, visit.actor, app_id)
    said = "Released. These people are deactivated in the app now." if released else "Nothing was held any more."
    return visit.go(f"/admin/apps/{app_id}/assignments?show=waiting", said)


routes = (
    get("/admin/apps/{id}/sync", ask_to_sync, Permission.MANAGE_APPS),
    post("/admin/apps/{id}/sync", sync, Permission.MANAGE_APPS),
    get("/admin/apps/{id}/hold", ask_to_release, Permission.MANAGE_APPS),
    post("/admin/apps/{id}/hold", release, Permission.MANAGE_APPS),
)

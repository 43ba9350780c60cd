"""Switching an app on and off, and deleting it: each a dialog that says what happens to accounts, then the act."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response

from provisor.console.pages.apps.head import Head, load_head
from provisor.console.routing import get, post
from provisor.console.visit import Visit
from provisor.services.actor import Permission
from provisor.services.apps import activate_app, deactivate_app, delete_app


@dataclass(frozen=True, slots=True)
class LifecycleView:
    head: Head
    act: str
    """The last part of the dialog's address."""
    verb: str
    """What the button says."""


async def ask_to_activate(visit: Visit) -> Response:
    """Say what activating does."""
    return await dialog(visit, "activate", "Activate")


async def ask_to_deactivate(visit: Visit) -> Response:
    """Say what deactivating does."""
    return await dialog(visit, "deactivate", "Deactivate")


async def ask_to_delete(visit: Visit) -> Response:
    """Say what deleting does."""
    return await dialog(visit, "delete", "Delete")


async def dialog(visit: Visit, act: str, verb: str) -> Response:
    head = await load_head(visit)
    return visit.render("pages/apps/lifecycle.html", LifecycleView(head, act, verb))


async def activate(visit: Visit) -> Response:
    """Switch the app on."""
    app_id = visit.params["id"]
    await activate_app(visit.database, visit.actor, app_id)
    return visit.go(f"/admin/apps/{app_id}", "The app is active again. What waited for it is sent.")


async def deactivate(visit: Visit) -> Response:
    """Switch the app off."""
    app_id = visit.params["id"]
    await deactivate_app(visit.database, visit.actor, app_id)
    return visit.go(f"/admin/apps/{app_id}", "The app is deactivated. Nothing is sent to it.")


async def delete(visit: Visit) -> Response:
    """Forget the app."""
    await delete_app(visit.database, visit.actor, visit.params["id"])
    return visit.go("/admin/apps", "The app was deleted. Accounts in the app itself were left as they are.")


routes = (
    get("/admin/apps/{id}/activate", ask_to_activate, Permission.MANAGE_APPS),
    post("/admin/apps/{id}/activate", activate, Permission.MANAGE_APPS),
    get("/admin/apps/{id}/deactivate", ask_to_deactivate, Permission.MANAGE_APPS),
    post("/admin/apps/{id}/deactivate", deactivate, Permission.MANAGE_APPS),
    get("/admin/apps/{id}/delete", ask_to_delete, Permission.MANAGE_APPS),
    post("/admin/apps/{id}/delete", delete, Permission.MANAGE_APPS),
)

"""Pace and safeguards of an app: how hard it may be worked, and how many may leave it without a person's word."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.responses import Response

from provisor.console.forms import in_words, problems_by_field
from provisor.console.pages.apps.general import edits
from provisor.console.pages.apps.head import Head, load_head
from provisor.console.routing import get, post
from provisor.console.visit import Visit
from provisor.services.actor import Permission
from provisor.services.apps_definition import LIMITS
from provisor.services.apps_editing import edit_limits, limits_as_seen
from provisor.services.errors import ChangedMeanwhile, Invalid

LABELS = {
    "concurrency": "Requests at once",
    "rate": "Requests a second",
    "holdPercent": "Share that may leave (%)",
    "holdFloor": "Number that may always leave",
    "overwritePercent": "Share that one attribute may be overwritten for (%)",
    "overwriteFloor": "Number that it may always be overwritten for",
}


@dataclass(frozen=True, slots=True)
class PaceView:
    head: Head
    editing: bool
    typed: Mapping[str, str]
    seen: Mapping[str, str]
    problems: Mapping[str, str] = field(default_factory=dict)
    changed: ChangedMeanwhile | None = None
    labels: Mapping[str, str] = field(default_factory=lambda: LABELS)


async def show(visit: Visit) -> Response:
    """The panel, or its form."""
    return await page(visit, editing=edits(visit))


async def save(visit: Visit) -> Response:
    """Change the limits, or say what is wrong."""
    typed = {name: visit.form.text(name) for name in LIMITS}
    limits = {name: number_of(text) for name, text in typed.items()}
    app_id = visit.params["id"]
    try:
        await edit_limits(visit.database, visit.actor, app_id, limits, visit.form.seen())
    except Invalid as refusal:
        return await page(visit, typed, problems=problems_by_field(refusal))
    except ChangedMeanwhile as changed:
        return await page(visit, typed, changed=in_words(changed, "Pace and safeguards", LABELS))
    return visit.go(f"/admin/apps/{app_id}/provisioning/pace", "Pace and safeguards were saved.")


def number_of(text: str) -> Any:
    """A number; None for nothing; the text itself when it is neither, which no limit takes."""
    if not text:
        return None
    try:
        return int(text[:20])
    except ValueError:
        pass
    try:
        return float(text[:20])
    except ValueError:
        return text


async def page(
    visit: Visit,
    typed: Mapping[str, str] | None = None,
    *,
    editing: bool = True,
    problems: Mapping[str, str] | None = None,
    changed: ChangedMeanwhile | None = None,
) -> Response:
    head = await load_head(visit, "provisioning")
    stored = limits_as_seen(head.summary.app.limits)
    view = PaceView(head, editing, typed or stored, stored, problems or {}, changed)
    return visit.render("pages/apps/pace.html", view, status=422 if problems or changed else 200)


routes = (
    get("/admin/apps/{id}/provisioning/pace", show),
    post("/admin/apps/{id}/provisioning/pace", save, Permission.MANAGE_APPS),
)

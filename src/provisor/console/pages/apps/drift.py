"""Drift: reading an app's accounts back, what differs, value by value, and when that happens by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from starlette.responses import Response

from provisor.console.forms import in_words, problems_by_field
from provisor.console.pages.apps.head import Head, load_head
from provisor.console.routing import get, post
from provisor.console.visit import Visit
from provisor.provisioning.drift import Kind, Mode
from provisor.services import drift
from provisor.services.actor import Permission
from provisor.services.drift import DriftState
from provisor.services.errors import ChangedMeanwhile, Forbidden, Invalid
from provisor.store.drift_findings import FindingRow

PAGE = 50
LABELS = {"mode": "By itself", "hours": "Every how many hours"}
MODES = [
    (Mode.OFF.value, "Nothing"),
    (Mode.REPORT.value, "Report what differs"),
    (Mode.REPAIR.value, "Report and repair"),
]
KINDS = {
    Kind.CHANGED_THERE: ("Changed in the app", "yellow"),
    Kind.SWITCHED_OFF_THERE: ("Switched off in the app", "yellow"),
    Kind.SWITCHED_ON_THERE: ("Switched on in the app", "red"),
    Kind.MISSING: ("Gone from the app", "red"),
    Kind.NOT_KEPT: ("Not kept by the app", "secondary"),
    Kind.UNKNOWN_THERE: ("Nobody of ours", "secondary"),
}


@dataclass(frozen=True, slots=True)
class DriftView:
    head: Head
    state: DriftState
    findings: Sequence[FindingRow]
    only: str
    """The kind of findings shown; empty: all."""
    next: str | None
    typed: Mapping[str, str]
    seen: Mapping[str, str]
    problems: Mapping[str, str] = field(default_factory=dict)
    changed: ChangedMeanwhile | None = None

    @property
    def path(self) -> str:
        return f"{self.head.path}/provisioning/drift"

    @property
    def modes(self) -> list[tuple[str, str]]:
        return MODES

    @property
    def labels(self) -> Mapping[str, str]:
        return LABELS

    @property
    def kinds(self) -> Mapping[Kind, tuple[str, str]]:
        return KINDS

    @property
    def counts(self) -> list[tuple[str, str, int]]:
        """Kind, words and number of what the latest check found."""
        run = self.state.run
        return [(kind.value, KINDS[kind][0], run.tally.of(kind)) for kind in KINDS if run and run.tally.of(kind)]


async def show(visit: Visit) -> Response:
    """The latest check, what it found, and the schedule."""
    return await page(visit)


async def check(visit: Visit) -> Response:
    """Begin a check, which repairs if that button was chosen."""
    app_id, repair = visit.params["id"], visit.form.text("repair") == "yes"
    try:
        await drift.begin_check(visit.database, visit.actor, app_id, repair=repair)
    except Forbidden as refusal:
        return await page(visit, problems={"": str(refusal)})
    return visit.go(f"/admin/apps/{app_id}/provisioning/drift", "The accounts are being read.")


async def save(visit: Visit) -> Response:
    """Say what happens by itself."""
    app_id = visit.params["id"]
    typed = {name: visit.form.text(name) for name in LABELS}
    hours = int(typed["hours"][:9]) if typed["hours"].isdecimal() else typed["hours"]
    try:
        await drift.set_schedule(visit.database, visit.actor, app_id, typed["mode"], hours, visit.form.seen())
    except Invalid as refusal:
        return await page(visit, typed, problems=problems_by_field(refusal))
    except ChangedMeanwhile as changed:
        return await page(visit, typed, changed=in_words(changed, "The schedule", LABELS))
    return visit.go(f"/admin/apps/{app_id}/provisioning/drift", "The schedule was saved.")


async def recreate(visit: Visit) -> Response:
    """Have accounts made again that are gone: one person's, or everybody's."""
    app_id, user_id = visit.params["id"], visit.form.text("user")
    people = await drift.recreate(visit.database, visit.actor, app_id, [user_id] if user_id else None)
    said = "Their accounts are made again." if people else "Nobody's account was missing any more."
    return visit.go(f"/admin/apps/{app_id}/provisioning/drift", said)


async def page(
    visit: Visit,
    typed: Mapping[str, str] | None = None,
    *,
    problems: Mapping[str, str] | None = None,
    changed: ChangedMeanwhile | None = None,
) -> Response:
    head = await load_head(visit, "provisioning")
    state = await drift.get_state(visit.database, visit.actor, head.id)
    only = visit.query("kind")
    kind = Kind(only) if only in list(Kind) else None
    found = await drift.list_findings(
        visit.database, visit.actor, head.id, kind=kind, after=visit.query("after") or None, limit=PAGE + 1
    )
    shown = found[:PAGE]
    path = f"{head.path}/provisioning/drift?kind={kind.value if kind else ''}"
    stored = drift.as_seen(state.schedule)
    view = DriftView(
        head,
        state,
        shown,
        kind.value if kind else "",
        f"{path}&after={shown[-1].account_id}" if len(found) > PAGE else None,
        typed or stored,
        stored,
        problems or {},
        changed,
    )
    return visit.render("pages/apps/drift.html", view, status=422 if problems or changed else 200)


routes = (
    get("/admin/apps/{id}/provisioning/drift", show),
    post("/admin/apps/{id}/provisioning/drift", check, Permission.MANAGE_APPS),
    post("/admin/apps/{id}/provisioning/drift/schedule", save, Permission.MANAGE_APPS),
    post("/admin/apps/{id}/provisioning/drift/recreate", recreate, Permission.MANAGE_APPS),
)

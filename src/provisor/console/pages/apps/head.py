"""What every page of one app begins with: its name and states, what keeps it from working, and the tabs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from provisor.apps.app import AppStatus
from provisor.apps.catalogue import CATALOGUE
from provisor.console.visit import Visit
from provisor.services.app_summaries import AppSummary, get_summary
from provisor.services.health import AppHealth, LaneQueue, get_health
from provisor.services.holds import list_holds
from provisor.store.hold_list import Hold
from provisor.store.holds import HoldKind

NAMED = 10
"""People whom an alert names; the dialog names more."""


@dataclass(frozen=True, slots=True)
class Head:
    summary: AppSummary
    health: AppHealth
    kind: str
    """The catalogue entry in words."""
    holds: Sequence[Hold]
    tab: str
    """The address of the current tab."""

    @property
    def id(self) -> str:
        return self.summary.app.id

    @property
    def path(self) -> str:
        return f"/admin/apps/{self.id}"

    @property
    def label(self) -> str:
        return self.summary.app.label

    @property
    def active(self) -> bool:
        return self.summary.app.status is AppStatus.ACTIVE

    @property
    def queues(self) -> list[LaneQueue]:
        """The lanes in which somebody waits."""
        return [each for each in self.health.lanes if each.waiting]

    @property
    def hold(self) -> Hold | None:
        """That of deactivations."""
        return next((each for each in self.holds if each.kind is HoldKind.DEACTIVATIONS), None)

    @property
    def overwrites(self) -> Sequence[Hold]:
        """Those of single attributes."""
        return [each for each in self.holds if each.kind is HoldKind.OVERWRITES]

    @property
    def named(self) -> Sequence[str]:
        """The first people whom the safeguard of deactivations holds."""
        return [each.login or each.user_id for each in self.hold.people[:NAMED]] if self.hold else []

    @property
    def tabs(self) -> list[tuple[str, str, int]]:
        return [
            ("General", self.path, 0),
            ("Sign On", f"{self.path}/sign-on", 0),
            ("Provisioning", f"{self.path}/provisioning", 0),
            ("Assignments", f"{self.path}/assignments", 0),
            ("Tasks", f"{self.path}/tasks", self.summary.tasks.number),
        ]


async def load_head(visit: Visit, tab: str = "") -> Head:
    """The head of the app that the address names; `tab` is the last part of the tab's address."""
    app_id = visit.params["id"]
    summary = await get_summary(visit.database, visit.actor, app_id)
    holds = await list_holds(visit.database, visit.actor, app_id=app_id) if summary.held else []
    entry = CATALOGUE.get(summary.app.name)
    path = f"/admin/apps/{app_id}"
    return Head(
        summary,
        await get_health(visit.database, visit.actor, app_id),
        entry.title if entry else summary.app.name,
        holds,
        f"{path}/{tab}" if tab else path,
    )

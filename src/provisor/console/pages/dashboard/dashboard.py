"""The administrator's start: what waits for a person, what is moving, what happened today, how much there is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from starlette.responses import Response

from provisor.console.pages.tasks.kinds import title
from provisor.console.routing import get
from provisor.console.visit import Visit
from provisor.console.zones import midnight
from provisor.directory.lifecycle import Status
from provisor.services.health import AppHealth, Standing
from provisor.services.overview import Overview, Today, read_overview
from provisor.store.hold_list import Hold
from provisor.systemlog import EventType
from provisor.systemlog.rendering import instant

TODAY = (
    (EventType.USER_CREATE, "People created"),
    (EventType.USER_DEACTIVATE, "People deactivated"),
    (EventType.PUSH_NEW, "Accounts created"),
    (EventType.PUSH_PROFILE, "Accounts updated"),
    (EventType.PUSH_DEACTIVATE, "Accounts deactivated"),
)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Tasks of one app and kind."""

    app: str
    title: str
    number: int
    path: str


@dataclass(frozen=True, slots=True)
class Moving:
    app: AppHealth
    wait: timedelta | None
    """Of the oldest."""
    state: str
    """In one word, for who glances at it."""
    tone: str


@dataclass(frozen=True, slots=True)
class Figure:
    name: str
    number: int
    path: str
    is_bad: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """Of setting an empty installation up."""

    title: str
    text: str
    path: str
    done: bool


@dataclass(frozen=True, slots=True)
class DashboardView:
    tasks: list[Waiting]
    holds: list[Hold]
    moving: list[Moving]
    today: list[Figure]
    since: datetime
    complete: bool
    people: int
    statuses: list[tuple[Status, int]]
    groups: int
    apps: int
    steps: list[Step]
    """Empty once everything has been done."""


async def show(visit: Visit) -> Response:
    now = datetime.now(UTC)
    overview = await read_overview(visit.database, visit.actor, midnight(now, visit.zone))
    steps = steps_of(overview)
    view = DashboardView(
        [
            Waiting(
                each.label,
                title(each.kind),
                each.number,
                f"/admin/tasks?{urlencode({'app': each.app_id, 'kind': each.kind})}",
            )
            for each in overview.tasks
        ],
        list(overview.holds),
        [moving(each, now) for each in overview.queues],
        figures(overview.today),
        overview.today.since,
        overview.today.complete,
        sum(overview.people.values()),
        [(each, overview.people[each]) for each in Status if overview.people.get(each)],
        overview.things.groups,
        overview.things.apps,
        [] if all(each.done for each in steps) else steps,
    )
    return visit.render("pages/dashboard/dashboard.html", view)


STUCK = timedelta(seconds=30)
"""After waiting so long while nothing is served, work is not called work."""
STATES = {
    Standing.OFF: ("Switched off", "secondary"),
    Standing.PAUSED: ("Paused", "yellow"),
    Standing.REFUSED: ("Paused: it refuses us", "red"),
    Standing.QUARANTINED: ("Fails: in quarantine", "red"),
    Standing.RESTING: ("Resting", "yellow"),
}


def moving(app: AppHealth, now: datetime) -> Moving:
    wait = now - app.oldest if app.oldest else None
    return Moving(app, wait, *(STATES.get(app.standing) or at_work(app, wait)))


def at_work(app: AppHealth, wait: timedelta | None) -> tuple[str, str]:
    if not app.waiting:
        return ("Looking who is concerned" if app.row.gathering else "Waits for you"), "secondary"
    if not app.row.owned:
        return "Waits for a worker", "yellow"
    stuck = not app.throughput and wait is not None and wait > STUCK
    return ("Nothing gets through", "red") if stuck else ("At work", "green")


def figures(today: Today) -> list[Figure]:
    """What happened, each with the log that says what exactly."""
    since = instant(today.since)
    found = [
        Figure(name, today.counts.get(kind, 0), f"/admin/log?{urlencode({'type': kind.value, 'since': since})}")
        for kind, name in TODAY
    ]
    failures = f"/admin/log?{urlencode({'outcome': 'FAILURE', 'since': since})}"
    return [*found, Figure("Failures", today.failures, failures, is_bad=today.failures > 0)]


def steps_of(overview: Overview) -> list[Step]:
    things = overview.things
    return [
        Step(
            "Add people",
            "One at a time, or many from a CSV file.",
            "/admin/people",
            sum(overview.people.values()) > 1,
        ),
        Step("Add an app", "Choose one from the catalog.", "/admin/catalog", things.apps > 0),
        Step("Connect it", "Give its SCIM address and credentials, and test them.", "/admin/apps", things.connected),
        Step("Assign it", "To people or groups: their accounts are made at once.", "/admin/apps", things.assigned),
    ]


routes = (get("/admin/dashboard", show),)

"""The list of open tasks: what happened, in the app's own words, what to do, and trying again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.responses import Response

from provisor.console.pages.tasks.kinds import title
from provisor.console.routing import get, post
from provisor.console.security import is_own_path
from provisor.console.visit import Visit
from provisor.services.actor import Permission
from provisor.services.holds import list_holds
from provisor.services.tasks import (
    count_tasks,
    dismiss_tasks,
    list_closed_tasks,
    list_named_tasks,
    retry_all,
    retry_tasks,
)
from provisor.store.hold_list import Hold
from provisor.store.overview import TaskCount
from provisor.store.task_list import NamedTask

SHOWN = 50
CLOSED_SHOWN = 10
LIST = "/admin/tasks"


@dataclass(frozen=True, slots=True)
class Row:
    task: NamedTask
    title: str


@dataclass(frozen=True, slots=True)
class TasksView:
    rows: list[Row]
    holds: list[Hold]
    closed: list[Row]
    app: str
    kind: str
    apps: list[tuple[str, str]]
    kinds: list[tuple[str, str]]
    number: int
    """How many there are with this app and kind."""
    here: str
    first: str | None
    next: str | None


async def show(visit: Visit) -> Response:
    database, actor = visit.database, visit.actor
    app, kind, after = visit.query("app"), visit.query("kind"), visit.query("after")
    which = {"app_id": app or None, "kind": kind or None}
    found = await list_named_tasks(database, actor, **which, after=after or None, limit=SHOWN + 1)
    counts = await count_tasks(database, actor)
    closed = [] if after else await list_closed_tasks(database, actor, **which, limit=CLOSED_SHOWN)
    holds = [] if kind or after else await list_holds(database, actor, shown=0)
    rows = [Row(each, title(each.task.kind)) for each in found[:SHOWN]]
    view = TasksView(
        rows,
        [each for each in holds if app in ("", each.app_id)],
        [Row(each, title(each.task.kind)) for each in closed],
        app,
        kind,
        choices("Any app", {each.app_id: each.label for each in counts}, app),
        choices("Any kind", {each.kind: title(each.kind) for each in counts}, kind),
        sum(each.number for each in matching(counts, app, kind)),
        address(app=app, kind=kind, after=after),
        address(app=app, kind=kind) if after else None,
        address(app=app, kind=kind, after=rows[-1].task.task.id) if len(found) > SHOWN else None,
    )
    return visit.render("pages/tasks/tasks.html", view)


async def retry(visit: Visit) -> Response:
    """Try the ticked tasks again, or (`all`) all of an app and a kind."""
    form = visit.form
    if form.ticked("all"):
        number = await retry_all(
            visit.database, visit.actor, app_id=form.text("app") or None, kind=form.text("kind") or None
        )
    else:
        number = len(await retry_tasks(visit.database, visit.actor, sorted(set(form.all("task")))[:SHOWN]))
    back = form.text("back")
    return visit.go(back if is_own_path(back) else LIST, said(number))


async def dismiss(visit: Visit) -> Response:
    """Close the ticked tasks without trying again."""
    form = visit.form
    number = await dismiss_tasks(visit.database, visit.actor, sorted(set(form.all("task")))[:SHOWN])
    back, many = form.text("back"), "1 task was" if number == 1 else f"{number} tasks were"
    text = f"{many} dismissed; nothing was tried again." if number else "Nothing was ticked that is still open."
    return visit.go(back if is_own_path(back) else LIST, text)


def said(number: int) -> str:
    if not number:
        return "Nothing was ticked that is still open, so nothing was retried."
    retried = "1 task is" if number == 1 else f"{number} tasks are"
    return f"{retried} being tried again. What fails again comes back here."


def matching(counts: Sequence[TaskCount], app: str, kind: str) -> list[TaskCount]:
    return [each for each in counts if app in ("", each.app_id) and kind in ("", each.kind)]


def choices(any_of_them: str, names: dict[str, str], chosen: str) -> list[tuple[str, str]]:
    """For a select: what there is, and what was chosen though there is nothing of it."""
    if chosen:
        names.setdefault(chosen, title(chosen) if any_of_them == "Any kind" else chosen)
    return [("", any_of_them), *sorted(names.items(), key=lambda each: each[1].lower())]


def address(**parameters: str) -> str:
    given = urlencode({name: text for name, text in parameters.items() if text})
    return f"{LIST}?{given}" if given else LIST


routes = (
    get(LIST, show),
    post("/admin/tasks/retry", retry, Permission.MANAGE_APPS),
    post("/admin/tasks/dismiss", dismiss, Permission.MANAGE_APPS),
)

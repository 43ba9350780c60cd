"""What waits for a person in one app, and trying it again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from starlette.responses import Response

from provisor.console.pages.apps.head import Head, load_head
from provisor.console.routing import get, post
from provisor.console.visit import Visit
from provisor.services import app_people, tasks
from provisor.services.actor import Permission
from provisor.store.task_list import Task

PAGE = 25


@dataclass(frozen=True, slots=True)
class TasksView:
    head: Head
    tasks: Sequence[Task]
    names: Mapping[str, str]
    """Logins, by id."""
    own: str
    first: str | None
    next: str | None


async def show(visit: Visit) -> Response:
    """Open tasks, oldest first."""
    head, after = await load_head(visit, "tasks"), visit.query("after")
    found = await tasks.list_tasks(
        visit.database, visit.actor, app_id=head.id, user_id=None, after=after or None, limit=PAGE + 1
    )
    shown = found[:PAGE]
    names = await app_people.names_of(visit.database, visit.actor, [each.user_id for each in shown if each.user_id])
    view = TasksView(
        head,
        shown,
        names,
        f"{head.tab}?after={after}" if after.isalnum() else head.tab,
        head.tab if after else None,
        f"{head.tab}?after={shown[-1].id}" if len(found) > PAGE else None,
    )
    return visit.render("pages/apps/tasks.html", view)


async def retry(visit: Visit) -> Response:
    """Close a task and try again what it was about."""
    task = await tasks.retry_task(visit.database, visit.actor, visit.params["task"])
    tab = "assignments" if task.user_id else "tasks"
    return visit.go(f"/admin/apps/{visit.params['id']}/{tab}", "It is tried again now.")


routes = (
    get("/admin/apps/{id}/tasks", show),
    post("/admin/apps/{id}/tasks/{task}", retry, Permission.MANAGE_APPS),
)

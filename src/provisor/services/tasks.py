"""Use cases of tasks: what waits for an administrator, and trying it again."""

from __future__ import annotations

from provisor.services.actor import Actor, Permission
from provisor.services.apps import existing_app
from provisor.services.errors import NotFound
from provisor.services.work import Database
from provisor.store import app_users, connections, task_list
from provisor.store.marks import Lane, mark_pairs
from provisor.store.task_list import Task
from provisor.systemlog import Event, EventType


async def list_tasks(
    database: Database, actor: Actor, *, app_id: str | None, user_id: str | None, after: str | None, limit: int
) -> list[Task]:
    """A page of open tasks, oldest first."""
    actor.require(Permission.READ)
    async with database.read() as connection:
        if app_id is not None:
            await existing_app(connection, app_id)
        return await task_list.list_open(connection, app_id=app_id, user_id=user_id, after=after, limit=limit)


async def get_task(database: Database, actor: Actor, task_id: str) -> Task:
    actor.require(Permission.READ)
    async with database.read() as connection:
        task = await task_list.find(connection, task_id)
    if task is None:
        raise NotFound("Task", task_id)
    return task


async def retry_task(database: Database, actor: Actor, task_id: str) -> Task:
    """Close a task and try at once what it was about; it opens again if that fails again.

    A task about a whole app ends the app's pause and makes due what is parked there. Repeating changes nothing.
    """
    actor.require(Permission.MANAGE_APPS)
    task = await get_task(database, actor, task_id)
    async with database.begin(actor) as work:
        closed = await task_list.resolve(work.connection, task_id)
        if closed is None:
            return task
        tried = await task_list.retry_marks(work.connection, closed.app_id, closed.user_id, work.transaction_id)
        if closed.user_id is None:
            await connections.unpause(work.connection, closed.app_id)
        elif not tried and await app_users.is_wanted(work.connection, closed.app_id, closed.user_id):
            await mark_pairs(work.connection, [(closed.app_id, closed.user_id)], Lane.CHANGE, work.transaction_id)
        work.log(
            Event(EventType.TASK_DEACTIVATE, app_id=closed.app_id, user_id=closed.user_id, detail={"task": task_id})
        )
        work.wake([closed.app_id])
    return closed

"""Use cases of tasks: what waits for an administrator, trying it again, and dismissing it."""

from __future__ import annotations

from collections.abc import Sequence

from provisor.services.actor import Actor, Permission
from provisor.services.apps import existing_app
from provisor.services.errors import NotFound
from provisor.services.work import Database
from provisor.store import connections, overview, task_list
from provisor.store.overview import TaskCount
from provisor.store.task_list import NamedTask, Task
from provisor.systemlog import Event, EventType

BATCH = 500
"""Tasks retried in one transaction."""


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
    closed = await retry_tasks(database, actor, [task_id])
    return closed[0] if closed else task


async def retry_tasks(database: Database, actor: Actor, task_ids: Sequence[str]) -> list[Task]:
    """Close tasks and try at once what they were about; those that were open."""
    actor.require(Permission.MANAGE_APPS)
    async with database.begin(actor) as work:
        closed = await task_list.resolve(work.connection, task_ids)
        whole = sorted({each.app_id for each in closed if each.user_id is None})
        for app_id in whole:
            await task_list.retry_app(work.connection, app_id, work.transaction_id)
            await connections.unpause(work.connection, app_id)
        pairs = {(each.app_id, each.user_id) for each in closed if each.user_id}
        if pairs:
            await task_list.retry_pairs(work.connection, sorted(pairs), work.transaction_id)
        for each in closed:
            work.log(
                Event(EventType.TASK_DEACTIVATE, app_id=each.app_id, user_id=each.user_id, detail={"task": each.id})
            )
        work.wake({each.app_id for each in closed})
    return closed


async def dismiss_task(database: Database, actor: Actor, task_id: str) -> Task:
    """Close a task without trying again; raises `NotFound`. Repeating changes nothing."""
    actor.require(Permission.MANAGE_APPS)
    await dismiss_tasks(database, actor, [task_id])
    return await get_task(database, actor, task_id)


async def dismiss_tasks(database: Database, actor: Actor, task_ids: Sequence[str]) -> int:
    """Close tasks without trying again; how many were open.

    What they were about stays as it is: the person is looked at again when something about them changes, and the task
    comes back if that fails too. An app that rests goes on resting.
    """
    actor.require(Permission.MANAGE_APPS)
    async with database.begin(actor) as work:
        closed = await task_list.resolve(work.connection, task_ids)
        for each in closed:
            detail = {"task": each.id, "dismissed": True}
            work.log(Event(EventType.TASK_DEACTIVATE, app_id=each.app_id, user_id=each.user_id, detail=detail))
    return len(closed)


async def retry_all(database: Database, actor: Actor, *, app_id: str | None, kind: str | None) -> int:
    """Retry every open task of an app and of a kind (None = any), some hundred in a transaction; how many it were."""
    actor.require(Permission.MANAGE_APPS)
    retried, after = 0, ""
    while True:
        async with database.read() as connection:
            ids = await task_list.open_ids(connection, app_id=app_id, kind=kind, after=after, limit=BATCH)
        if not ids:
            return retried
        retried += len(await retry_tasks(database, actor, ids))
        after = ids[-1]


async def list_named_tasks(
    database: Database, actor: Actor, *, app_id: str | None, kind: str | None, after: str | None, limit: int
) -> list[NamedTask]:
    """A page of open tasks, oldest first, with the names of apps and people."""
    actor.require(Permission.READ)
    async with database.read() as connection:
        return await task_list.list_open_named(connection, app_id=app_id, kind=kind, after=after, limit=limit)


async def list_closed_tasks(
    database: Database, actor: Actor, *, app_id: str | None, kind: str | None, limit: int
) -> list[NamedTask]:
    """Tasks closed within a day, the latest first."""
    actor.require(Permission.READ)
    async with database.read() as connection:
        return await task_list.list_closed_named(connection, app_id=app_id, kind=kind, limit=limit)


async def count_tasks(database: Database, actor: Actor) -> list[TaskCount]:
    """How many tasks are open, by app and kind."""
    actor.require(Permission.READ)
    async with database.read() as connection:
        return await overview.task_counts(connection)

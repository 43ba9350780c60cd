"""Tells administrators of credentials before they end: one task for each app, once for each end.

Run by the worker now and then. What is shown on an app's page is read from the connection itself.
"""

from __future__ import annotations

from provisor.directory.ids import Prefix
from provisor.provisioning.settlement import TaskKind
from provisor.services.actor import SYSTEM
from provisor.services.work import Database
from provisor.store import expiring
from provisor.store.expiring import Ending
from provisor.systemlog import Event, EventType

KIND = TaskKind.CREDENTIALS_EXPIRE.value
RENEWED = {
    True: "Open the app's API Integration and authorize again before then; otherwise nothing is sent after it.",
    False: "Make new credentials in the app and save them under API Integration before then; "
    "otherwise nothing is sent after it.",
}


async def announce(database: Database, days: int) -> list[str]:
    """Open a task for every app whose credentials end within so many days, close those that are over; apps told of."""
    async with database.begin(SYSTEM) as work:
        for task_id, app_id in await expiring.close_tasks(work.connection, KIND, days):
            work.log(Event(EventType.TASK_DEACTIVATE, app_id=app_id, detail={"task": task_id}))
        found = await expiring.announce(work.connection, days)
        if found:
            tasks = [(work.ids.new(Prefix.TASK), each.app_id, summary(each), RENEWED[each.by_person]) for each in found]
            for task_id, app_id in await expiring.open_tasks(work.connection, KIND, tasks):
                work.log(Event(EventType.TASK_CREATE, app_id=app_id, detail={"task": task_id}))
            work.log(
                *(Event(EventType.APP_CREDENTIALS_EXPIRE, app_id=each.app_id, reason=summary(each)) for each in found)
            )
    return [each.app_id for each in found]


def summary(ending: Ending) -> str:
    """When it ends, to the minute: it may be a matter of hours."""
    return f"The app's credentials end on {ending.ends:%d %B %Y at %H:%M} UTC."

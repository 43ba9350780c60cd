"""An app's rests and changes of set-up as a worker meets them, and who holds an account already."""

from __future__ import annotations

from dataclasses import dataclass

from provisor.directory.ids import Prefix
from provisor.provisioning.plan import GONE
from provisor.provisioning.settlement import Pause, TaskKind
from provisor.services.actor import SYSTEM
from provisor.services.app_setup import AppSetup, load_setup
from provisor.services.pushing import FindHolder, Holder, HolderState
from provisor.services.work import Database
from provisor.store import app_users, leases, settling
from provisor.store.database import Connection
from provisor.store.leases import Standing
from provisor.systemlog import Event, EventType, Outcome


@dataclass(frozen=True, slots=True)
class Taken:
    """An app as a worker took it up."""

    setup: AppSetup
    standing: Standing


async def take_up(connection: Connection, app_id: str) -> Taken | None:
    """What a worker has to know of an app; None when there is nothing to be done there."""
    setup = await load_setup(connection, app_id)
    if setup is None or not setup.row.enabled:
        return None
    standing = await leases.find_standing(connection, app_id)
    return None if standing.paused else Taken(setup, standing)


async def refresh(database: Database, old: Taken) -> Taken | None:
    """The same now; None when it must be taken up anew or not at all: settings, connection or a pause changed."""
    async with database.pool.acquire() as connection:
        fresh = await take_up(connection, old.setup.row.id)
    return fresh if fresh is not None and _marks(fresh) == _marks(old) else None


def _marks(taken: Taken) -> tuple[object, ...]:
    row = taken.setup.row
    return row.last_updated, row.connection_updated, taken.standing.resumed


async def store_pause(database: Database, app_id: str, pause: Pause, seconds: float) -> None:
    """Let the app rest for every worker, and say so in the log."""
    async with database.begin(SYSTEM) as work:
        rest = float("inf") if pause.needs_person else seconds
        news = await leases.pause(work.connection, app_id, rest, pause.reason)
        if pause.needs_person and news:
            work.log(_event(EventType.APP_AUTHENTICATION_FAILURE, app_id, Outcome.FAILURE, pause))
        elif not pause.needs_person:
            work.log(_event(EventType.APP_RATE_LIMITED, app_id, Outcome.DEFERRED, pause))


async def store_quarantine(database: Database, app_id: str, seconds: float, tries: int, reason: str) -> None:
    """Leave a failing app alone for every worker; the log hears of it when it begins."""
    async with database.begin(SYSTEM) as work:
        if await leases.quarantine(work.connection, app_id, seconds, tries, reason):
            work.log(Event(EventType.APP_FAILURE, app_id=app_id, outcome=Outcome.FAILURE, reason=reason))


async def end_quarantine(database: Database, app_id: str) -> None:
    """The app answered again; the log hears how long it had not."""
    async with database.begin(SYSTEM) as work:
        since = await leases.recover(work.connection, app_id)
        if since is not None:
            work.log(Event(EventType.APP_RECOVERED, app_id=app_id, detail={"failedSince": since.isoformat()}))


async def report_bug(database: Database, app_id: str, reference: str) -> None:
    """Tell an administrator that nothing is sent to the app through our own fault; once, however often it happens."""
    summary = f"Provisor itself failed at this app (reference {reference})."
    advice = (
        "Nothing is sent to the app until this works. Please report it with the server's log, then retry this task."
    )
    async with database.begin(SYSTEM) as work:
        task = (work.ids.new(Prefix.TASK), TaskKind.BUG.value, None, summary, advice)
        for task_id, _ in await settling.open_tasks(work.connection, app_id, [task]):
            work.log(Event(EventType.TASK_CREATE, app_id=app_id, detail={"task": task_id}))


def holder_finder(database: Database) -> FindHolder:
    """Ask the store who of ours holds an account."""

    async def find(app_id: str, external_id: str) -> Holder | None:
        async with database.pool.acquire() as connection:
            row = await app_users.find_holder(connection, app_id, external_id)
        if row is None:
            return None
        stays = row.assigned and row.status not in GONE
        return Holder(row.user_id, HolderState.STAYS if stays else HolderState.LEFT)

    return find


def _event(kind: EventType, app_id: str, outcome: Outcome, pause: Pause) -> Event:
    return Event(kind, app_id=app_id, outcome=outcome, reason=pause.reason)

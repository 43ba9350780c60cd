"""An app's rests and changes of set-up as a worker meets them, and who holds an account already."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from provisor.connector import Finding
from provisor.directory.ids import Prefix
from provisor.provisioning.plan import GONE
from provisor.provisioning.settlement import Pause, TaskKind
from provisor.services.actor import SYSTEM
from provisor.services.app_setup import AppSetup, load_setup
from provisor.services.pushing import FindHolder, Holder, HolderState
from provisor.services.work import Database, Work
from provisor.store import app_users, leases, policies, settling
from provisor.systemlog import Event, EventType, Outcome


async def refresh(database: Database, old: AppSetup) -> AppSetup | None:
    """The app's set-up now; None when it must be taken up anew or not at all: settings, connection or pause changed."""
    async with database.pool.acquire() as connection:
        fresh = await load_setup(connection, old.row.id)
    return fresh if fresh is not None and fresh.row.workable and _marks(fresh) == _marks(old) else None


def _marks(setup: AppSetup) -> tuple[object, ...]:
    return setup.row.last_updated, setup.row.connection_updated, setup.row.resumed


async def store_pause(database: Database, app_id: str, pause: Pause, seconds: float) -> None:
    """Let the app rest for every worker, and say so in the log."""
    async with database.begin(SYSTEM) as work:
        rest = float("inf") if pause.needs_person else seconds
        news = await leases.pause(work.connection, app_id, rest, pause.reason)
        if pause.needs_person and news:
            work.log(_event(EventType.APP_AUTHENTICATION_FAILURE, app_id, Outcome.FAILURE, pause))
        elif not pause.needs_person:
            work.log(_event(EventType.APP_RATE_LIMITED, app_id, Outcome.DEFERRED, pause))


ADVICE = {
    TaskKind.CREDENTIALS: "Enter credentials that can be used under Provisioning > Integration.",
    TaskKind.MAPPING: "Correct the mapping or the format of usernames: what waits goes on by itself.",
}


async def stop(database: Database, app_id: str, kind: TaskKind, reason: str) -> None:
    """Send nothing to an app until somebody has mended its settings; one task says what is wrong with them."""
    async with database.begin(SYSTEM) as work:
        if not await leases.pause(work.connection, app_id, float("inf"), reason):
            return  # it has been told
        if kind is TaskKind.CREDENTIALS:
            work.log(_event(EventType.APP_AUTHENTICATION_FAILURE, app_id, Outcome.FAILURE, Pause(None, reason, True)))
        await _open_task(work, app_id, kind, f"Nothing is sent to the app. {reason}", ADVICE[kind])


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


async def note_remarks(database: Database, app_id: str, remarks: Sequence[Finding]) -> None:
    """Keep what was remarked of an app at work beside what its last probe found."""
    names = {each.field for each in remarks}
    async with database.begin(SYSTEM) as work:
        stored = await policies.find(work.connection, app_id)
        kept = [each for each in stored.findings if each["field"] not in names]
        await policies.put_findings(work.connection, app_id, [*kept, *(asdict(each) for each in remarks)])


async def report_bug(database: Database, app_id: str, reference: str) -> None:
    """Tell an administrator that nothing is sent to the app through our own fault; once, however often it happens."""
    summary = f"Provisor itself failed at this app (reference {reference})."
    advice = (
        "Nothing is sent to the app until this works. Please report it with the server's log, then retry this task."
    )
    async with database.begin(SYSTEM) as work:
        await _open_task(work, app_id, TaskKind.BUG, summary, advice)


async def _open_task(work: Work, app_id: str, kind: TaskKind, summary: str, advice: str) -> None:
    """One for the whole app, however often it is opened."""
    task = (work.ids.new(Prefix.TASK), kind.value, None, summary, advice)
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

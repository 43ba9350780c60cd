"""How apps are doing: paused, failing, resting or at work; what waits in each lane, and when it will be done.

Use cases: see that, pause an app and resume it. An estimate is given only while there is something to base it on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from provisor.apps.app import Limits
from provisor.services.actor import Actor, Permission
from provisor.services.apps import KIND, held_app
from provisor.services.errors import Invalid, NotFound
from provisor.services.work import Database
from provisor.store import health as store
from provisor.store import leases
from provisor.store.database import Connection
from provisor.store.health import MOST_WAITING, HealthRow
from provisor.store.marks import Lane
from provisor.systemlog import Event, EventType

LONGEST_REASON = 500
TITLES = {"CHANGE": "Changes"}
"""Of lanes whose name does not say it."""


class Standing(StrEnum):
    """How an app stands; the first that holds."""

    OFF = "OFF"
    """Deactivated, or without an enabled connection."""
    PAUSED = "PAUSED"
    """By an administrator."""
    REFUSED = "REFUSED"
    """It does not take our requests; somebody has to mend the settings."""
    QUARANTINED = "QUARANTINED"
    """It fails; between rests one person is tried."""
    RESTING = "RESTING"
    """It asked for patience."""
    WORKING = "WORKING"
    IDLE = "IDLE"
    """Nobody waits, or only for a person."""


@dataclass(frozen=True, slots=True)
class LaneQueue:
    lane: Lane
    waiting: int
    parked: int
    """Wait for a person, beside those."""
    oldest: datetime | None
    """Since when the first of those who wait does."""
    done_in: timedelta | None
    """When the last of them will have been served, as things go; None when that cannot be told."""
    more: bool
    """There are more than were counted."""

    @property
    def title(self) -> str:
        """The lane in a word for people."""
        return TITLES.get(self.lane.name, self.lane.name.capitalize())


@dataclass(frozen=True, slots=True)
class AppHealth:
    app_id: str
    label: str
    standing: Standing
    reason: str
    """Why it is not at work."""
    since: datetime | None
    """Of a pause or a quarantine."""
    next_try: datetime | None
    """When it goes on, or is tried, by itself."""
    tries: int
    """Of a quarantine, in vain."""
    paused_by: str | None
    throughput: float | None
    lanes: Sequence[LaneQueue]
    row: HealthRow

    @property
    def waiting(self) -> int:
        return sum(each.waiting for each in self.lanes)

    @property
    def parked(self) -> int:
        return sum(each.parked for each in self.lanes)

    @property
    def oldest(self) -> datetime | None:
        return min((each.oldest for each in self.lanes if each.oldest), default=None)

    @property
    def more(self) -> bool:
        return any(each.more for each in self.lanes)

    @property
    def done_in(self) -> timedelta | None:
        """When everybody who waits will have been served."""
        return next((each.done_in for each in reversed(self.lanes) if each.waiting), None)


async def get_health(database: Database, actor: Actor, app_id: str) -> AppHealth:
    """One app; raises `NotFound`."""
    actor.require(Permission.READ)
    async with database.read() as connection:
        found = await read_health(connection, app_id)
    if not found:
        raise NotFound(KIND, app_id)
    return found[0]


async def list_health(database: Database, actor: Actor) -> list[AppHealth]:
    """Every app, by label."""
    actor.require(Permission.READ)
    async with database.read() as connection:
        return await read_health(connection)


async def read_health(connection: Connection, app_id: str | None = None) -> list[AppHealth]:
    """The same inside somebody's transaction."""
    now = datetime.now(UTC)
    return [health_of(row, now) for row in await store.read_health(connection, app_id)]


def health_of(row: HealthRow, now: datetime) -> AppHealth:
    """Derive what is shown from what is stored."""
    standing, reason, since, next_try = _standing(row)
    return AppHealth(
        row.app_id,
        row.label,
        standing,
        reason,
        since,
        next_try,
        row.failing_tries if standing is Standing.QUARANTINED else 0,
        row.paused_by,
        row.throughput,
        _lanes(row, standing, next_try, now),
        row,
    )


def _standing(row: HealthRow) -> tuple[Standing, str, datetime | None, datetime | None]:
    if row.status != "ACTIVE":
        return Standing.OFF, "The app is deactivated.", None, None
    if row.connection != "ENABLED":
        return Standing.OFF, "There is no API integration, or it is switched off.", None, None
    if row.paused_since is not None:
        return Standing.PAUSED, row.paused_for or "", row.paused_since, None
    if row.stopped:
        return Standing.REFUSED, row.pause_reason or "", None, None
    if row.failing_since is not None:
        return Standing.QUARANTINED, row.failing_reason or "", row.failing_since, row.until
    if row.until is not None:
        return Standing.RESTING, row.pause_reason or "The app asked for a rest.", None, row.until
    waiting = any(number for _, number, _, _ in row.lanes)
    return (Standing.WORKING if waiting or row.gathering else Standing.IDLE), "", None, None


def _lanes(row: HealthRow, standing: Standing, next_try: datetime | None, now: datetime) -> list[LaneQueue]:
    """Lanes are served in their order, so each is done when those before it are."""
    found, before, known = [], 0, True
    goes_on = standing in (Standing.WORKING, Standing.RESTING)
    speed = _speed(row)
    for number, waiting, parked, oldest in row.lanes:
        before += waiting
        more = waiting + parked >= MOST_WAITING
        known = known and not more
        left: timedelta | None = None
        if goes_on and known and waiting and speed:
            rest = next_try - now if next_try is not None else timedelta()
            left = max(rest, timedelta()) + timedelta(seconds=before / speed)
        moment = datetime.fromtimestamp(float(oldest), UTC) if oldest is not None else None
        found.append(LaneQueue(Lane(number), waiting, parked, moment, left, more))
    return found


def _speed(row: HealthRow) -> float | None:
    """People a second: as measured, but no more than the app's rate lets through, by one request each."""
    rate = Limits.parse(row.limits).rate
    return row.throughput if row.throughput is None or rate is None else min(row.throughput, rate)


async def pause_app(database: Database, actor: Actor, app_id: str, reason: str = "") -> AppHealth:
    """Have nothing sent to the app, deactivations neither, until somebody resumes it. What is on the wire is finished.

    Repeating changes nothing.
    """
    actor.require(Permission.MANAGE_APPS)
    reason = reason.strip()
    if len(reason) > LONGEST_REASON:
        raise Invalid.one("reason", f"has {len(reason)} characters; at most {LONGEST_REASON} are taken")
    async with database.begin(actor) as work:
        await held_app(work.connection, app_id)
        if await leases.stop(work.connection, app_id, actor.id, reason):
            work.log(Event(EventType.APP_PAUSE, app_id=app_id, reason=reason or None))
            work.wake([app_id])
        (found,) = await read_health(work.connection, app_id)
    return found


async def resume_app(database: Database, actor: Actor, app_id: str) -> AppHealth:
    """End a pause, and any rest: what waits is sent, and an app that fails is tried at once.

    Repeating changes nothing.
    """
    actor.require(Permission.MANAGE_APPS)
    async with database.begin(actor) as work:
        await held_app(work.connection, app_id)
        if await leases.resume(work.connection, app_id):
            work.log(Event(EventType.APP_RESUME, app_id=app_id))
            work.wake([app_id])
        (found,) = await read_health(work.connection, app_id)
    return found

"""Apps at a glance: whether provisioning is off, on or paused and why, and how many people are in what state."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from provisor.apps.app import App, AppStatus
from provisor.services.actor import Actor, Permission
from provisor.services.apps import KIND
from provisor.services.apps_features import SWITCHES
from provisor.services.errors import NotFound
from provisor.services.work import Database
from provisor.store import app_summaries as store
from provisor.store.app_summaries import MOST, SummaryRow
from provisor.store.connections import ConnectionStatus

MOST_IN_LISTS = 1_000
"""People counted for one line of a list."""


class Provisioning(StrEnum):
    """Whether anything is sent to an app."""

    OFF = "OFF"
    ON = "ON"
    PAUSED = "PAUSED"


@dataclass(frozen=True, slots=True)
class Count:
    number: int
    more: bool
    """There are more than were counted."""

    @classmethod
    def of(cls, counted: int, most: int) -> Count:
        return cls(min(counted, most), counted > most)

    def __bool__(self) -> bool:
        return self.number > 0


@dataclass(frozen=True, slots=True)
class AppSummary:
    app: App
    connected: bool
    """There is an API integration, enabled or not."""
    enabled: bool
    base_url: str | None
    provisioning: Provisioning
    reason: str
    """Why it is off or paused; empty when it is on."""
    needs_person: bool
    """Paused until somebody acts."""
    resting_until: datetime | None
    held: bool
    sweeping: bool
    people: Count
    waiting: Count
    tasks: Count


def summarise(row: SummaryRow, most: int) -> AppSummary:
    """Derive what is shown from what is stored."""
    state, reason = state_of(row)
    return AppSummary(
        row.app,
        row.connection is not None,
        row.connection == ConnectionStatus.ENABLED,
        row.base_url,
        state,
        reason,
        state is Provisioning.PAUSED and row.stopped,
        row.resting_until,
        row.held,
        row.sweeping,
        Count.of(row.people, most),
        Count.of(row.waiting, most),
        Count.of(row.tasks, most),
    )


def state_of(row: SummaryRow) -> tuple[Provisioning, str]:
    """Whether anything is sent, and if not, the first reason an administrator would have to mend."""
    if row.app.status is not AppStatus.ACTIVE:
        return Provisioning.OFF, "The app is deactivated."
    if row.connection is None:
        return Provisioning.OFF, "No API integration yet."
    if row.connection != ConnectionStatus.ENABLED:
        return Provisioning.OFF, "The API integration is switched off."
    if not any(getattr(row.app.features, name) for name in SWITCHES):
        return Provisioning.OFF, "Connected, but nothing is switched on under To App."
    if row.stopped or row.resting_until is not None:
        return Provisioning.PAUSED, row.pause_reason or "The app asked for a rest."
    return Provisioning.ON, ""


async def list_summaries(
    database: Database,
    actor: Actor,
    *,
    words: str | None = None,
    status: AppStatus | None = None,
    after: tuple[str, str] | None = None,
    limit: int = 25,
) -> tuple[list[AppSummary], tuple[str, str] | None]:
    """A page of apps by label, and the key after which the next one begins."""
    actor.require(Permission.READ)
    async with database.read() as connection:
        rows = await store.list_summaries(
            connection, words=words, status=status, after=after, limit=limit + 1, most=MOST_IN_LISTS + 1
        )
    shown = [summarise(row, MOST_IN_LISTS) for row in rows[:limit]]
    last = rows[limit - 1] if len(rows) > limit else None
    return shown, (last.sort_key, last.app.id) if last else None


async def get_summary(database: Database, actor: Actor, app_id: str) -> AppSummary:
    """One app; raises `NotFound`."""
    actor.require(Permission.READ)
    async with database.read() as connection:
        row = await store.find_summary(connection, app_id, MOST + 1)
    if row is None:
        raise NotFound(KIND, app_id)
    return summarise(row, MOST)

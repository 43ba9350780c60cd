"""Use cases of conversion: individual assignments that groups take over, and group assignments made individual too.

Accounts and their values stay as they are. What changes is what ends the assignment: leaving the groups, or a word of
an administrator about this one person.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from provisor.directory.ids import Prefix
from provisor.services import sweeping
from provisor.services.actor import Actor, Permission
from provisor.services.app_summaries import Count
from provisor.services.apps import existing_app
from provisor.services.errors import Invalid
from provisor.services.work import Database
from provisor.store import conversion as store
from provisor.store.app_summaries import MOST
from provisor.store.conversion import Concerned
from provisor.store.sweeps import Sweep, SweepKind

NAMED = 20
"""People whom a preview names."""
MOST_CHOSEN = 10_000
EVERYBODY = 2**31 - 1


class Towards(StrEnum):
    """The scope that assignments get; the wire value is the one of Okta's app users."""

    GROUP = "GROUP"
    USER = "USER"

    @property
    def sweep(self) -> SweepKind:
        return SweepKind.TO_GROUP if self is Towards.GROUP else SweepKind.TO_PERSON


@dataclass(frozen=True, slots=True)
class Conversion:
    """What a conversion would change."""

    towards: Towards
    converts: Count
    people: Sequence[Concerned]
    """The first of them."""
    stays: Count
    """People who stay assigned individually, because no group of theirs is assigned."""


@dataclass(frozen=True, slots=True)
class Converted:
    people: Sequence[str]
    """Who was converted, where people were chosen."""
    refused: Sequence[str]
    """Chosen people who could not be: without an assigned group, or assigned in this way alone already."""
    count: int


async def preview(
    database: Database, actor: Actor, app_id: str, towards: Towards, user_ids: Sequence[str] | None = None
) -> Conversion:
    """Whom a conversion of these people (None = everybody) would concern."""
    actor.require(Permission.READ)
    to_group = towards is Towards.GROUP
    async with database.read() as connection:
        await existing_app(connection, app_id)
        if user_ids is None:
            converts, stays = await store.count(connection, app_id, to_group=to_group, most=MOST + 1)
            people = await store.concerned(connection, app_id, None, to_group=to_group, limit=NAMED)
        else:
            people = await store.concerned(connection, app_id, user_ids, to_group=to_group, limit=MOST_CHOSEN)
            converts, stays = len(people), len(set(user_ids)) - len(people)
    return Conversion(towards, Count.of(converts, MOST), people[:NAMED], Count.of(stays, MOST))


async def convert(
    database: Database, actor: Actor, app_id: str, towards: Towards, user_ids: Sequence[str] | None = None
) -> Converted:
    """Convert these people's assignments (None = everybody's who can be). Repeating changes nothing."""
    actor.require(Permission.MANAGE_APPS)
    if user_ids is None:
        return await _convert_all(database, actor, app_id, towards)
    if len(user_ids) > MOST_CHOSEN:
        raise Invalid.one("users", f"holds more than {MOST_CHOSEN} people; leave it out to convert everybody")
    async with database.begin(actor) as work:
        await existing_app(work.connection, app_id)
        done = await sweeping.convert(work, app_id, sorted(set(user_ids)), towards.sweep)
    refused = sorted(set(user_ids) - set(done))
    return Converted(done, refused, len(done))


async def _convert_all(database: Database, actor: Actor, app_id: str, towards: Towards) -> Converted:
    async with database.begin(actor) as work:
        await existing_app(work.connection, app_id)
        number, _ = await store.count(work.connection, app_id, to_group=towards is Towards.GROUP, most=EVERYBODY)
        sweep = Sweep(work.ids.new(Prefix.SWEEP), app_id, towards.sweep, None, "", work.transaction_id, work.actor.id)
        await sweeping.begin(work, sweep)
    await sweeping.finish(database, sweep.id)
    return Converted((), (), number)

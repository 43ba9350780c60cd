"""What a change of mapping, app schema or username format entails, in its transaction and after it.

The app's epoch rises, so that nobody is served by the old set-up; whether groups are read is noted; an app that rested
because its mapping was broken goes on; and if it is to apply now, everybody in the app is looked at again.
"""

from __future__ import annotations

from provisor.apps.mapping import USERNAME
from provisor.directory.ids import Prefix
from provisor.provisioning.settlement import TaskKind
from provisor.services import sweeping
from provisor.services.app_setup import AppSetup
from provisor.services.errors import Invalid
from provisor.services.mapping_ends import needed_setup
from provisor.services.work import Work
from provisor.store import mappings, task_list
from provisor.store.database import Connection
from provisor.store.sweeps import Sweep, SweepKind
from provisor.systemlog import Event, EventType


async def remapped(work: Work, before: AppSetup, *, apply_now: bool) -> str | None:
    """Draw the consequences of what this transaction has stored; the sweep to finish after the commit, if any."""
    app_id = before.row.id
    await mappings.bump(work.connection, app_id)
    after = await needed_setup(work.connection, app_id)
    await note_groups(work.connection, after)
    if before.problem is not None and after.problem is None:
        await mappings.wake_rested(work.connection, app_id)
        for task in await task_list.resolve_kind(work.connection, app_id, TaskKind.MAPPING):
            work.log(Event(EventType.TASK_DEACTIVATE, app_id=app_id, detail={"task": task}))
    work.wake([app_id])
    return await begin_sync(work, app_id) if apply_now else None


async def begin_sync(work: Work, app_id: str) -> str:
    """Look at everybody in the app again; only those whose values changed are sent. The sweep to finish."""
    sweep = Sweep(work.ids.new(Prefix.SWEEP), app_id, SweepKind.SYNC, None, "", work.transaction_id, work.actor.id)
    work.log(Event(EventType.FORCE_SYNC_START, app_id=app_id))
    await sweeping.begin(work, sweep)
    return sweep.id


async def note_groups(connection: Connection, setup: AppSetup) -> None:
    """Store whether a change of somebody's groups or status has to be looked at in this app."""
    await mappings.set_reads_groups(connection, setup.row.id, reads_groups(setup))


def reads_groups(setup: AppSetup) -> bool:
    """Whether a change of somebody's groups or status may change their account.

    One note for both: they change rarely, and a look costs little. A mapping that is broken reads nothing.
    """
    tried = setup.on_trial()
    if tried is not None and tried.needs.beside_the_profile:
        return True
    for type_id in setup.types:
        try:
            if setup.mappings_for(type_id).needs.beside_the_profile:
                return True
        except Invalid:
            continue
    return False


def names_of(setup: AppSetup) -> tuple[str, bool]:
    """What decides what accounts are called, where no mapping of its own does."""
    return setup.row.username_template, setup.row.keeps_name


async def refuse_format(connection: Connection, app_id: str, path: str) -> None:
    """Raise `Invalid` if the username format that was just stored cannot be used for a type of people."""
    setup = await needed_setup(connection, app_id)
    for type_id in setup.types:
        try:
            setup.mappings_for(type_id)
        except Invalid as problem:
            if problem.diagnostics[0].path == USERNAME:
                raise Invalid.one(path, problem.diagnostics[0].message) from None

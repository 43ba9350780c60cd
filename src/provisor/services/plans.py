"""Previews: what apps would be sent, for whom, and where each value comes from; and “what if”.

The same load and decide as a real push, stopped before anything is sent. Nothing is written.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from provisor.directory.logins import fold
from provisor.provisioning.changes import ValueChange, changes, values
from provisor.provisioning.explaining import hidden_targets, mask
from provisor.provisioning.plan import Patience, Plan, Step, plan, project
from provisor.provisioning.subject import Subject
from provisor.services.actor import Actor, Permission
from provisor.services.app_setup import AppSetup, load_setup
from provisor.services.errors import NotFound
from provisor.services.explaining import hidden_attributes
from provisor.services.work import Database
from provisor.store import previews, work_queue
from provisor.store.database import Connection
from provisor.store.previews import Origin

SHOWN = 1000
"""Operations that one preview shows; all are counted."""
PATIENCE = Patience(0.0, 0.0)


@dataclass(frozen=True, slots=True)
class ExplainedChange:
    change: ValueChange
    origin: Origin | None
    """The profile change that set the source attribute; None for constants."""


@dataclass(frozen=True, slots=True)
class PlannedOperation:
    app_id: str
    app_label: str
    user_id: str
    login: str
    step: Step
    reason: str
    changes: list[ExplainedChange]
    values: list[ExplainedChange]
    """Every value of the account; only filled for previews of one person."""


@dataclass(frozen=True, slots=True)
class AppPlan:
    app_id: str
    label: str
    operations: list[PlannedOperation]
    counts: Mapping[Step, int]
    """All people, by step; also those beyond `SHOWN`."""
    held: bool


async def plan_app(database: Database, actor: Actor, app_id: str, user: str | None = None) -> AppPlan:
    """What the app would be sent: for everybody who needs something, or for one person whatever they need.

    `user` is an id or a login. Raises `NotFound`.
    """
    actor.require(Permission.READ)
    async with database.read() as connection:
        setup = await load_setup(connection, app_id)
        if setup is None:
            raise NotFound("AppInstance", app_id)
        if user is not None:
            subjects = await work_queue.subjects_of(connection, app_id, setup.needs, await _user_id(connection, user))
            if not subjects:
                raise NotFound("AppUser", user)
            shown = [(each, _decide(each, setup)) for each in subjects]
            counts = Counter(each.step for _, each in shown)
        else:
            shown, counts = await _everybody(connection, setup)
        operations = await explained(connection, setup, shown, everything=user is not None)
    return AppPlan(app_id, setup.row.label, operations, counts, setup.row.held)


@dataclass(frozen=True, slots=True)
class WhatIf:
    """A change that has not been made."""

    profile: Mapping[str, Any]
    """Attributes to set; null clears."""
    status: str | None = None
    join: Sequence[str] = ()
    leave: Sequence[str] = ()
    """Group ids."""


async def preview_user(database: Database, actor: Actor, user: str, change: WhatIf) -> list[PlannedOperation]:
    """What every app would be sent if this change were made to a person. Raises `NotFound`."""
    actor.require(Permission.READ)
    operations: list[PlannedOperation] = []
    async with database.read() as connection:
        user_id = await _user_id(connection, user)
        for each in await previews.apps_of_user(connection, user_id, change.join, change.leave):
            setup = await load_setup(connection, each.app_id)
            if setup is None:
                continue
            profile = {**each.subject.profile, **change.profile}
            subject = replace(each.subject, profile=profile, status=change.status or each.subject.status)
            operations += await explained(connection, setup, [(subject, _decide(subject, setup))], everything=False)
    return operations


async def _user_id(connection: Connection, user: str) -> str:
    found = await previews.find_user(connection, user) or await previews.find_user(connection, fold(user))
    if found is None:
        raise NotFound("User", user)
    return found


def _decide(subject: Subject, setup: AppSetup) -> Plan:
    return plan(subject, setup.mappings_for(subject.type_id, subject.user_id), setup.features, PATIENCE)


async def _everybody(connection: Connection, setup: AppSetup) -> tuple[list[tuple[Subject, Plan]], Counter[Step]]:
    shown: list[tuple[Subject, Plan]] = []
    counts: Counter[Step] = Counter()
    after = ""
    needs = setup.needs
    while subjects := await work_queue.subjects_of(connection, setup.row.id, needs, None, after):
        after = subjects[-1].user_id
        for subject in subjects:
            decided = _decide(subject, setup)
            counts[decided.step] += 1
            if decided.step is not Step.NOTHING and len(shown) < SHOWN:
                shown.append((subject, decided))
    return shown, counts


async def explained(
    connection: Connection, setup: AppSetup, shown: Sequence[tuple[Subject, Plan]], *, everything: bool
) -> list[PlannedOperation]:
    """What each would be sent, value by value, with what gave the values; `everything` also where nothing changes."""
    people = [subject.user_id for subject, _ in shown]
    pushed = await previews.pushed_profiles(connection, setup.row.id, people)
    origins = await previews.origins(connection, people)

    def explain(subject: Subject, found: Sequence[ValueChange]) -> list[ExplainedChange]:
        user_id, hidden = subject.user_id, _hidden(setup, subject)
        shown = [replace(c, before=mask(c.before), after=mask(c.after)) if c.attribute in hidden else c for c in found]
        return [ExplainedChange(c, origins.get((user_id, c.source)) if c.source else None) for c in shown]

    operations = []
    for subject, decided in shown:
        before = pushed.get(subject.user_id, {})
        operations.append(
            PlannedOperation(
                setup.row.id,
                setup.row.label,
                subject.user_id,
                str(subject.profile.get("login", "")),
                decided.step,
                decided.reason,
                explain(subject, changes(decided, before)) if decided.step is not Step.NOTHING else [],
                explain(subject, values(_projected(subject, decided, setup), before)) if everything else [],
            )
        )
    return operations


def _hidden(setup: AppSetup, subject: Subject) -> frozenset[str]:
    """Attributes of the account whose values are not shown."""
    mappings = setup.mappings_for(subject.type_id, subject.user_id)
    return hidden_targets(mappings, hidden_attributes(setup, subject.type_id))


def _projected(subject: Subject, decided: Plan, setup: AppSetup) -> Plan:
    """The plan with the projection that a person who needs nothing would have too."""
    if decided.projection:
        return decided
    return replace(
        decided, projection=project(subject, setup.mappings_for(subject.type_id, subject.user_id), setup.features)
    )

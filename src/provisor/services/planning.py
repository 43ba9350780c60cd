"""What a change that has not been made would do: an app's set-up with the change in it, and everybody decided by that.

The decision is the push's own (`provisioning.plan`), people stand in the app as they would then. Writes nothing.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import orjson

from provisor.apps.defaults import username_expression
from provisor.apps.ends import merged_lines
from provisor.apps.examples import parse_examples
from provisor.apps.mapping import Direction, Mapping, MappingError, PushStatus, render_mapping
from provisor.directory.schemas import render_stored
from provisor.directory.user import DEFAULT_TYPE
from provisor.provisioning.overwrites import overwritten
from provisor.provisioning.pending import (
    STAYING,
    AssignmentChange,
    MappingChange,
    Moves,
    PendingChange,
    SchemaChange,
    UsernameChange,
)
from provisor.provisioning.plan import Plan, Step, plan
from provisor.provisioning.planned import IDLE, Planned, Tally
from provisor.provisioning.subject import Subject
from provisor.services.app_schemas import check_changes, is_elsewhere
from provisor.services.app_setup import AppSetup
from provisor.services.errors import Invalid, NotFound
from provisor.services.mapping_checks import check_examples, check_lines, check_sensitive
from provisor.services.mapping_ends import ends_of, lines_of
from provisor.services.mappings import KIND as MAPPING
from provisor.services.plans import PATIENCE
from provisor.services.work import Work
from provisor.store import mappings, planning, previews
from provisor.store.database import Connection

STRETCH = 1000
"""People decided between two queries."""

Decided = tuple[Subject, Plan]


@dataclass(frozen=True, slots=True)
class Candidate:
    """An app as it would be."""

    setup: AppSetup
    moves: Moves = STAYING
    moved: frozenset[str] = frozenset()
    """Attributes that would be elsewhere in the app's resource: who has one needs it sent again."""


async def candidate(connection: Connection, setup: AppSetup, change: PendingChange) -> Candidate:
    """The app with the change in it; raises `Invalid` for one that could not be saved, `NotFound`."""
    match change:
        case MappingChange():
            found = await _with_lines(connection, setup, change)
        case SchemaChange():
            found = _with_attributes(setup, change)
        case UsernameChange(template, push_status):
            keeps = setup.row.keeps_name if push_status is None else push_status is PushStatus.DONT_PUSH
            try:
                username_expression(template)
            except MappingError as problem:
                raise Invalid.one("template", str(problem)) from None
            found = Candidate(replace(setup, row=replace(setup.row, username_template=template, keeps_name=keeps)))
        case AssignmentChange(moves):
            users, groups = moves.join_users | moves.leave_users, moves.join_groups | moves.leave_groups
            if gone := await planning.missing(connection, list(users), list(groups)):
                raise NotFound("User or UserGroup", gone[0])
            found = Candidate(setup, moves)
        case _:
            found = Candidate(setup)
    _ = found.setup.needs  # compiles everything
    return found


async def _with_lines(connection: Connection, setup: AppSetup, change: MappingChange) -> Candidate:
    row = await mapping_of(connection, setup, change)
    ends = ends_of(setup, row.type_id, Direction.TO_APP)
    lines = merged_lines(lines_of(row, ends), change.lines, ends.shipped)
    check_lines(lines, ends)
    stored = orjson.loads(setup.row.mappings) | {row.type_id: [render_mapping(each) for each in lines]}
    return Candidate(replace(setup, row=replace(setup.row, mappings=orjson.dumps(stored).decode())))


async def lines_then(work: Work, setup: AppSetup, change: MappingChange) -> tuple[Mapping, ...]:
    """The whole mapping with the change in it, if whoever acts may save that and its examples come out."""
    row = await mapping_of(work.connection, setup, change)
    ends = ends_of(setup, row.type_id, Direction.TO_APP)
    now = lines_of(row, ends)
    lines = merged_lines(now, change.lines, ends.shipped)
    check_lines(lines, ends)
    check_sensitive(work.actor, [each for each in lines if each not in now], ends)
    check_examples(parse_examples(row.examples), lines, ends)
    return lines


async def mapping_of(connection: Connection, setup: AppSetup, change: MappingChange) -> mappings.MappingRow:
    """The mapping that the change is of; raises `NotFound`, `Invalid` for one of another app or from an app."""
    if change.mapping_id is None:
        row = await mappings.find_of(connection, setup.row.id, DEFAULT_TYPE, Direction.TO_APP)
    else:
        row = await mappings.find(connection, change.mapping_id)
    if row is None:
        raise NotFound(MAPPING, change.mapping_id or "")
    if row.app_id != setup.row.id or row.direction is not Direction.TO_APP:
        raise Invalid.one("mappingId", f"must be a mapping to “{setup.row.label}”")
    return row


def _with_attributes(setup: AppSetup, change: SchemaChange) -> Candidate:
    now = {each.name: each for each in setup.schema}
    check_changes(now, change.attributes)
    then = {name: each for name, each in {**now, **change.attributes}.items() if each is not None}
    moved = frozenset(name for name, each in change.attributes.items() if is_elsewhere(now.get(name), each))
    schema = orjson.dumps(render_stored(tuple(then.values()))).decode()
    return Candidate(replace(setup, row=replace(setup.row, schema=schema)), moved=moved)


async def everybody(connection: Connection, candidate: Candidate, at: datetime) -> AsyncIterator[list[Decided]]:
    """Everybody whom the app knows or would, decided as of this moment, a stretch at a time by id."""
    after, app_id, needs = "", candidate.setup.row.id, candidate.setup.needs
    while people := await planning.subjects_if(connection, app_id, needs, candidate.moves, after, STRETCH):
        after = people[-1].user_id
        yield await _decided(connection, candidate, people, at)


async def some(connection: Connection, candidate: Candidate, user_ids: Sequence[str], at: datetime) -> list[Decided]:
    """These people, decided as of this moment."""
    needs = candidate.setup.needs
    people = await planning.named_if(connection, candidate.setup.row.id, needs, candidate.moves, user_ids)
    return await _decided(connection, candidate, people, at)


async def _decided(
    connection: Connection, candidate: Candidate, people: Sequence[Subject], at: datetime
) -> list[Decided]:
    setup = candidate.setup
    if setup.needs.time:  # Else nothing planned would be the same a moment later.
        people = [replace(each, beside=replace(each.beside, now=at)) for each in people]
    if candidate.moved:
        pushed = await previews.pushed_profiles(connection, setup.row.id, [each.user_id for each in people])
        people = [
            replace(each, link=replace(each.link, digest=None))
            if candidate.moved & pushed.get(each.user_id, {}).keys()
            else each
            for each in people
        ]
    return [(each, decide(each, setup)) for each in people]


def decide(subject: Subject, setup: AppSetup) -> Plan:
    """What a push would do for somebody, were there nothing to wait for."""
    return plan(subject, setup.mappings_for(subject.type_id, subject.user_id), setup.features, PATIENCE)


async def tallied(connection: Connection, setup: AppSetup, decided: Sequence[Decided], tally: Tally) -> list[Planned]:
    """Count a stretch, and say what of it is in the plan."""
    tally.steps.update(each.step for _, each in decided)
    writing = [subject.user_id for subject, each in decided if each.step in (Step.UPDATE, Step.REACTIVATE)]
    pushed = await previews.pushed_profiles(connection, setup.row.id, writing) if writing else {}
    for subject, each in decided:
        if (before := pushed.get(subject.user_id)) is not None:
            tally.overwrites.update(overwritten(each, before, setup.features))
    return [Planned.of(subject, each) for subject, each in decided if each.step not in IDLE]

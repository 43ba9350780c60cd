"""Use cases of mappings: see them, change them, apply them again.

Everything is compiled against both schemas before it is stored, and the mapping's examples are run: what cannot be used
is refused with every problem at once (`mapping_checks`). What a change sets in motion is `remapping`.
"""

from __future__ import annotations

from collections.abc import Mapping as Map
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from provisor.apps.ends import Ends, Tried, merged_lines
from provisor.apps.examples import Example, parse_examples, render_example
from provisor.apps.layers import has_value
from provisor.apps.linting import warnings
from provisor.apps.mapping import Direction, Mapping, render_mapping
from provisor.connector import Json
from provisor.directory.diagnostics import Diagnostic
from provisor.directory.logins import fold
from provisor.expression import Subject
from provisor.provisioning.explaining import MASK
from provisor.services import sweeping
from provisor.services.actor import Actor, Permission
from provisor.services.apps import held_app
from provisor.services.errors import Invalid, NotFound
from provisor.services.mapping_checks import check_examples, check_lines, check_sensitive, check_version
from provisor.services.mapping_ends import ends_of, lines_of, needed_setup
from provisor.services.remapping import begin_sync, remapped
from provisor.services.work import Database, Work
from provisor.store import mapping_people, profile_schemas
from provisor.store import mappings as store
from provisor.store.database import Connection
from provisor.store.mapping_people import MappedPerson
from provisor.store.mappings import NamedMapping
from provisor.systemlog import Event, EventType

KIND = "ProfileMapping"
NOTHING: Map[str, Mapping | None] = {}


@dataclass(frozen=True, slots=True)
class ShownMapping:
    id: str
    app_id: str
    app_label: str
    type_id: str
    type_name: str
    """For programs; `type_title` is for people."""
    direction: Direction
    mappings: tuple[Mapping, ...]
    """The lines in force; the username format is not among them."""
    examples: tuple[Example, ...]
    version: int
    last_updated: datetime
    shipped: bool
    """Nothing was changed yet."""
    app_name: str
    """The catalogue entry."""
    type_title: str
    warnings: tuple[Diagnostic, ...]
    """What may be saved and will probably not do what was meant, by target."""

    @property
    def source_id(self) -> str:
        return self.type_id if self.direction is Direction.TO_APP else self.app_id

    @property
    def target_id(self) -> str:
        return self.app_id if self.direction is Direction.TO_APP else self.type_id

    def find(self, target: str) -> Mapping | None:
        return next((each for each in self.mappings if each.target == target), None)


def shown_mapping(named: NamedMapping, ends: Ends) -> ShownMapping:
    row = named.row
    lines = lines_of(row, ends)
    return ShownMapping(
        row.id,
        row.app_id,
        named.app_label,
        row.type_id,
        named.type_name,
        row.direction,
        lines,
        parse_examples(row.examples),
        row.version,
        row.last_updated,
        row.properties is None,
        named.app_name,
        named.type_title,
        tuple(warnings(lines, ends)),
    )


async def list_mappings(
    database: Database,
    actor: Actor,
    *,
    source_id: str | None = None,
    target_id: str | None = None,
    after: str | None = None,
    limit: int = 200,
) -> list[ShownMapping]:
    """A page by id. Of a mapping to an app the source is a type of people and the target the app."""
    actor.require(Permission.READ)
    async with database.read() as connection:
        found = await store.list_named(connection, source_id, target_id, after, limit)
        setups = {each: await needed_setup(connection, each) for each in {each.row.app_id for each in found}}
    return [
        shown_mapping(each, ends_of(setups[each.row.app_id], each.row.type_id, each.row.direction)) for each in found
    ]


async def get_mapping(database: Database, actor: Actor, mapping_id: str) -> ShownMapping:
    actor.require(Permission.READ)
    async with database.read() as connection:
        return await _shown(connection, await needed_mapping(connection, mapping_id))


async def get_mapping_of(
    database: Database, actor: Actor, app_id: str, type_id: str, direction: Direction
) -> ShownMapping:
    actor.require(Permission.READ)
    async with database.read() as connection:
        named = await store.find_named_of(connection, app_id, type_id, direction)
        if named is None:
            raise NotFound(KIND, f"{app_id}/{type_id}/{direction}")
        return await _shown(connection, named)


async def change_mapping(
    database: Database,
    actor: Actor,
    mapping_id: str,
    changes: Map[str, Mapping | None],
    *,
    seen_version: int | None = None,
    apply_now: bool = True,
    examples: Sequence[Example] | None = None,
) -> ShownMapping:
    """Change lines by target, None for “do not map”, and leave the rest; returns when everybody concerned is marked.

    `examples` replaces those kept with the mapping. With `apply_now` false a change shows when somebody's account is
    looked at next. What changes nothing leaves no trace. Raises `Invalid` with paths such as
    `properties.title.expression`, and `ExampleFails`.
    """
    actor.require(Permission.MANAGE_APPS)
    async with database.begin(actor) as work:
        sweep = await store_change(
            work, mapping_id, changes, seen_version=seen_version, apply_now=apply_now, examples=examples
        )
        shown = await _shown(work.connection, await needed_mapping(work.connection, mapping_id))
    if sweep is not None:
        await sweeping.finish(database, sweep)
    return shown


async def store_change(
    work: Work,
    mapping_id: str,
    changes: Map[str, Mapping | None],
    *,
    seen_version: int | None = None,
    apply_now: bool = True,
    examples: Sequence[Example] | None = None,
) -> str | None:
    """`change_mapping` within a transaction; the sweep to finish after it, if any."""
    await profile_schemas.share(work.connection)
    named = await needed_mapping(work.connection, mapping_id)
    app_id, direction = named.row.app_id, named.row.direction
    await held_app(work.connection, app_id)
    named = await needed_mapping(work.connection, mapping_id)
    check_version(seen_version, named.row.version, "The mapping")
    before = await needed_setup(work.connection, app_id)
    ends = ends_of(before, named.row.type_id, direction)
    now = lines_of(named.row, ends)
    lines = merged_lines(now, changes, ends.shipped)
    check_lines(lines, ends)
    had = parse_examples(named.row.examples)
    kept = had if examples is None else tuple(examples)
    if lines == now and kept == had:
        return None
    check_sensitive(work.actor, [each for each in lines if each not in now], ends)
    check_examples(kept, lines, ends)
    stored = [render_mapping(each) for each in lines]
    await store.update(work.connection, mapping_id, stored, [render_example(each) for each in kept])
    changed = sorted({each.target for each in {*now} ^ {*lines}})
    work.log(Event(EventType.MAPPING_UPDATE, app_id=app_id, detail={"mapping": mapping_id, "targets": changed}))
    if direction is Direction.TO_APP and changed:
        return await remapped(work, before, apply_now=apply_now)
    return None


async def reapply(database: Database, actor: Actor, mapping_id: str) -> None:
    """Apply a mapping to everybody again; only those whose values changed are sent. From an app, imports apply it."""
    actor.require(Permission.MANAGE_APPS)
    async with database.begin(actor) as work:
        named = await needed_mapping(work.connection, mapping_id)
        if named.row.direction is not Direction.TO_APP:
            return
        sweep = await begin_sync(work, named.row.app_id)
    await sweeping.finish(database, sweep)


@dataclass(frozen=True, slots=True)
class PreviewValue:
    """What a line would give for one person."""

    target: str
    expression: str
    """Empty for a line that the changes take away."""
    value: Json
    problem: str | None
    """Why there is no result, or why the line cannot be used."""
    before: Json
    """What the stored mapping gives."""


async def preview(
    database: Database, actor: Actor, mapping_id: str, user: str, changes: Map[str, Mapping | None] = NOTHING
) -> list[PreviewValue]:
    """What the mapping with these changes would give for one person (an id or a login), assigned or not.

    Every line is tried by itself: one that cannot be used does not hide the others. From an app, the account's values
    as they were last confirmed are read. Values by hand and of groups are not looked at. What a sensitive attribute
    comes to is asterisks, but for who may say what is sensitive. Raises `NotFound`, `Invalid`.
    """
    actor.require(Permission.READ)
    async with database.read() as connection:
        named = await needed_mapping(connection, mapping_id)
        person = await needed_person(connection, user, named.row.app_id)
        ends = ends_of(await needed_setup(connection, named.row.app_id), named.row.type_id, named.row.direction)
    if person.type_id != named.row.type_id:
        raise Invalid.one("user", f"is of another type of people than “{named.type_title}”, which this mapping is for")
    if not ends.to_app and person.account is None:
        raise Invalid.one("user", "has no account in the app that anything is known of")
    subject = ends.subject(person.profile if ends.to_app else person.account or {}, person.beside)
    now = lines_of(named.row, ends)
    then = {each.target: each for each in ends.complete(merged_lines(now, changes, ends.shipped))}
    before = {each.target: each for each in ends.complete(now)}
    sees = actor.may(Permission.MANAGE_SCHEMAS)
    found = []
    for target in {**then, **before}:
        line, old = then.get(target), before.get(target)
        tried, was = (_tried(each, ends, subject, sees) for each in (line, old))
        expression = line.expression if line is not None else ""
        found.append(PreviewValue(target, expression, tried.value, tried.problem, was.value))
    return found


def _tried(line: Mapping | None, ends: Ends, subject: Subject, sees: bool) -> Tried:
    if line is None:
        return Tried()
    tried = ends.attempt(line, subject)
    if sees or not ends.reads_sensitive(line):
        return tried
    return Tried(MASK if has_value(tried.value) else None, tried.problem and "There is no result.")


async def needed_person(connection: Connection, user: str, app_id: str | None) -> MappedPerson:
    """The person by id or login; raises `NotFound`."""
    person = await mapping_people.find_person(connection, user, app_id)
    person = person or await mapping_people.find_person(connection, fold(user), app_id)
    if person is None:
        raise NotFound("User", user)
    return person


async def needed_mapping(connection: Connection, mapping_id: str) -> NamedMapping:
    """The mapping; raises `NotFound`."""
    named = await store.find_named(connection, mapping_id)
    if named is None:
        raise NotFound(KIND, mapping_id)
    return named


async def _shown(connection: Connection, named: NamedMapping) -> ShownMapping:
    setup = await needed_setup(connection, named.row.app_id)
    return shown_mapping(named, ends_of(setup, named.row.type_id, named.row.direction))

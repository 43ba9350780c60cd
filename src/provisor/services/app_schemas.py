"""Use cases of the attributes that an app's accounts have: see them, add, change, delete.

1. `userName` stays as it is; the type of an attribute never changes.
2. An attribute that a mapping fills or reads is not deleted: `InUse` names the mappings.
3. Whether external names can be written is the connector's affair, which `Places` asks.
"""

from __future__ import annotations

from collections.abc import Mapping

from provisor.apps import catalogue
from provisor.apps.ends import Ends
from provisor.apps.mapping import USERNAME, MappingError
from provisor.apps.mapping import Mapping as Line
from provisor.apps.schemas import TEMPLATE_NAMES, account_attributes
from provisor.connector import ConfigError, Places
from provisor.directory.attributes import Attribute
from provisor.directory.diagnostics import Diagnostic
from provisor.directory.schema import Schema
from provisor.directory.schemas import Unreadable, parse_attribute, render_attribute, render_stored
from provisor.services.actor import Actor, Permission
from provisor.services.app_setup import AppSetup, app_schema
from provisor.services.apps import held_app
from provisor.services.connecting import ConnectorFactory
from provisor.services.errors import InUse, Invalid, Use
from provisor.services.mapping_checks import check_version
from provisor.services.mapping_ends import ends_of, lines_of, needed_setup
from provisor.services.remapping import remapped
from provisor.services.work import Database, Work
from provisor.store import app_users, mappings, profile_schemas, user_types
from provisor.store.database import Connection
from provisor.systemlog import Event, EventType

MOST_ATTRIBUTES = 500
SUBJECT = "The app's attributes"


async def get_app_schema(database: Database, actor: Actor, app_id: str) -> Schema:
    """The attributes of an app's accounts; raises `NotFound`."""
    actor.require(Permission.READ)
    async with database.read() as connection:
        return await _schema(connection, await needed_setup(connection, app_id))


async def list_app_schemas(database: Database, actor: Actor, words: str = "", limit: int = 200) -> list[Schema]:
    """The schemas of the apps whose name holds these words, by name."""
    actor.require(Permission.READ)
    async with database.read() as connection:
        rows = await profile_schemas.list_of_apps(connection, words, limit)
    return [
        Schema(app_id, label, app_schema(text), TEMPLATE_NAMES, version or 0, last_updated)
        for app_id, label, text, version, last_updated in rows
    ]


async def change_app_schema(
    database: Database,
    actor: Actor,
    factory: ConnectorFactory,
    app_id: str,
    changes: Mapping[str, Attribute | None],
    *,
    seen_version: int | None = None,
) -> Schema:
    """Add or replace attributes by name, None to delete; the rest stays.

    Raises `Invalid` with paths such as `title.externalName`, `InUse`, `ChangedMeanwhile`. A changed default shows when
    somebody's account is looked at next.
    """
    actor.require(Permission.MANAGE_APPS)
    async with database.begin(actor) as work:
        return await store_change(work, factory, app_id, changes, seen_version=seen_version)


async def store_change(
    work: Work,
    factory: ConnectorFactory,
    app_id: str,
    changes: Mapping[str, Attribute | None],
    *,
    seen_version: int | None = None,
) -> Schema:
    """`change_app_schema` within a transaction."""
    await held_app(work.connection, app_id)
    before = await needed_setup(work.connection, app_id)
    schema = await _schema(work.connection, before)
    check_version(seen_version, schema.version, SUBJECT)
    now = {each.name: each for each in before.schema}
    changes = {name: each for name, each in changes.items() if now.get(name) != each}
    if not changes:
        return schema
    if any(_marks_sensitive(now.get(name), each) for name, each in changes.items()):
        work.actor.require(Permission.MANAGE_SCHEMAS)
    check_changes(now, changes)
    then = {name: each for name, each in {**now, **changes}.items() if each is not None}
    dialect = catalogue.entry(before.row.name).dialect.value
    check_places(factory.places, dialect, then, [name for name, each in changes.items() if each is not None])
    if uses := await _uses(work.connection, before, {name for name, each in changes.items() if each is None}):
        raise InUse(uses)
    await profile_schemas.put(work.connection, app_id, render_stored(tuple(then.values())))
    if moved := [name for name, each in changes.items() if is_elsewhere(now.get(name), each)]:
        await app_users.distrust(work.connection, app_id, moved)
    await remapped(work, before, apply_now=False)
    work.log(Event(EventType.APP_SCHEMA_UPDATE, app_id=app_id, detail={"attributes": sorted(changes)}))
    return await _schema(work.connection, await needed_setup(work.connection, app_id))


def check_changes(now: Mapping[str, Attribute], changes: Mapping[str, Attribute | None]) -> None:
    """Raise `Invalid` with everything that may not be done to these attributes."""
    problems: list[Diagnostic] = []
    known = {name.lower(): name for name in now if changes.get(name, now[name]) is not None}
    for name, attribute in changes.items():
        old = now.get(name)
        if name == USERNAME:
            problems.append(Diagnostic(name, "is the account's name and stays as it is"))
        elif attribute is None:
            continue
        elif old is None and known.setdefault(name.lower(), name) != name:
            problems.append(Diagnostic(name, f"is there already as “{known[name.lower()]}”"))
        elif old is not None and (old.type, old.item) != (attribute.type, attribute.item):
            problems.append(Diagnostic(f"{name}.type", "cannot be changed; delete the attribute and add another"))
        else:
            problems += _problems(name, attribute)
    if len(now) + len(changes) > MOST_ATTRIBUTES and len({**now, **changes}) > MOST_ATTRIBUTES:
        problems.append(Diagnostic("attributes", f"may be at most {MOST_ATTRIBUTES}"))
    if problems:
        raise Invalid(problems[0].path, problems)


def check_places(places: Places, dialect: str, then: Mapping[str, Attribute], names: list[str]) -> None:
    """Raise `Invalid` naming the attributes among `names` that have no place of their own in the app's resource."""
    placed = {name: each for name, each in then.items() if name not in names}
    problems: list[Diagnostic] = []
    for name in names:
        placed[name] = then[name]
        try:
            places.check(dialect, account_attributes(placed.values()))
        except ConfigError as problem:
            problems.append(Diagnostic(f"{name}.externalName", problem.message))
            del placed[name]
    if problems:
        raise Invalid(problems[0].path, problems)


def _problems(name: str, attribute: Attribute) -> list[Diagnostic]:
    """What is wrong with a definition, however it was made."""
    try:
        parse_attribute(name, render_attribute(attribute))
    except Unreadable as problem:
        return problem.problems
    return []


def _marks_sensitive(old: Attribute | None, new: Attribute | None) -> bool:
    return (old is not None and old.sensitive) != (new is not None and new.sensitive)


def is_elsewhere(old: Attribute | None, new: Attribute | None) -> bool:
    """Whether what accounts were confirmed to hold under this name was somewhere else."""
    if new is None:
        return False
    return old is None or (old.external_name, old.external_namespace) != (new.external_name, new.external_namespace)


async def _uses(connection: Connection, setup: AppSetup, names: set[str]) -> list[Use]:
    """The lines of the app's mappings that fill one of these attributes, read it or go along with it."""
    if not names:
        return []
    titles = {each.id: each.display_name for each in await user_types.list_types(connection)}
    uses = []
    for row in await mappings.list_of_app(connection, setup.row.id):
        ends = ends_of(setup, row.type_id, row.direction)
        uses += [
            Use(name, row.id, row.app_id, setup.row.label, titles[row.type_id], row.direction, line.target, row.type_id)
            for line in lines_of(row, ends)
            for name in sorted(names & _touched(line, ends))
        ]
    return uses


def _touched(line: Line, ends: Ends) -> set[str]:
    """The app's attributes that a line has to do with."""
    if ends.to_app:
        return {line.target, line.along_with or line.target}
    try:
        return {*ends.read_by(ends.compile(line))}
    except MappingError:
        return {each for each in ends.sources if each in line.expression}


async def _schema(connection: Connection, setup: AppSetup) -> Schema:
    row = await profile_schemas.find(connection, setup.row.id) or profile_schemas.UNCHANGED
    return Schema(setup.row.id, setup.row.label, setup.schema, TEMPLATE_NAMES, row.version, row.last_updated)

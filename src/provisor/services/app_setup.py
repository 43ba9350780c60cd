"""Prepares an app's stored set-up for deciding: parsed switches and limits, schema, compiled mappings.

Mappings are compiled once for each text: two hundred apps with the mapping that comes with Provisor share one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache, reduce

import orjson

from provisor.apps.app import Features, Limits
from provisor.apps.compiling import kinds_of
from provisor.apps.defaults import shipped_mappings, username_expression
from provisor.apps.mapping import Direction, MappingError, parse_mapping
from provisor.apps.projection import MappingSet, Needs, compile_mappings
from provisor.apps.schemas import SCIM_SCHEMA
from provisor.directory.attributes import Attribute
from provisor.directory.people import person_attributes
from provisor.directory.schemas import parse_stored
from provisor.provisioning.trial import Stage, Trial
from provisor.services.actor import Actor, Permission
from provisor.services.errors import Invalid, NotFound
from provisor.services.work import Database
from provisor.store.app_setup import SetupRow, find_setup
from provisor.store.database import Connection


@dataclass(frozen=True, slots=True)
class AppSetup:
    row: SetupRow
    features: Features
    limits: Limits

    @property
    def resting(self) -> float:
        """Seconds the app still has to be left alone; infinity until a person acts."""
        return float("inf") if self.row.stopped else max(0.0, self.row.pause_left or 0.0)

    @property
    def schema(self) -> tuple[Attribute, ...]:
        """The attributes of the app's accounts."""
        return app_schema(self.row.schema)

    @property
    def types(self) -> tuple[str, ...]:
        """The types of people there are."""
        return tuple(orjson.loads(self.row.mappings))

    @property
    def needs(self) -> Needs:
        """What the mappings read, of whatever type of people; one on trial too."""
        needs = reduce(Needs.__or__, (self.mappings_for(each).needs for each in self.types), Needs())
        tried = self.on_trial()
        return needs if tried is None else needs | tried.needs

    @property
    def problem(self) -> str | None:
        """Why nobody can be decided: a mapping that was sound when it was saved and is not any more."""
        try:
            _ = self.needs
        except Invalid as problem:
            return str(problem)
        return None

    @property
    def trial(self) -> Trial | None:
        """Whom a mapping is tried on; None when none is."""
        return None if self.row.trial is None else _trial(self.row.trial)[0]

    def mappings_for(self, type_id: str, user_id: str | None = None) -> MappingSet:
        """The mappings of people of this type, or of this person of it, who may be on trial.

        Raises `Invalid` for one that cannot be used any more.
        """
        if user_id is not None and self.row.trial is not None and _trial(self.row.trial)[0].includes(type_id, user_id):
            tried = self.on_trial()
            if tried is not None:
                return tried
        try:
            return self._compiled(self.row.mappings, type_id)
        except MappingError as problem:
            raise Invalid.one(problem.target or "mapping", str(problem)) from None

    def on_trial(self) -> MappingSet | None:
        """The mapping on trial; None when the schema has changed so that it cannot be used: a trial stops nobody."""
        if self.row.trial is None:
            return None
        trial, mappings = _trial(self.row.trial)
        try:
            return self._compiled(mappings, trial.type_id)
        except MappingError:
            return None

    def _compiled(self, mappings: str, type_id: str) -> MappingSet:
        row = self.row
        return _mapping_set(
            mappings,
            type_id,
            row.schema,
            row.profiles,
            row.username_template,
            row.keeps_name,
            (row.id, row.name, row.label),
        )


async def load_setup(connection: Connection, app_id: str) -> AppSetup | None:
    """The app's set-up, ready for use; None when there is no such app."""
    row = await find_setup(connection, app_id)
    return None if row is None else AppSetup(row, Features.parse(row.features), Limits.parse(row.limits))


async def get_setup(database: Database, actor: Actor, app_id: str) -> AppSetup:
    """The app's set-up for who may look at it; raises `NotFound`."""
    actor.require(Permission.READ)
    async with database.read() as connection:
        setup = await load_setup(connection, app_id)
    if setup is None:
        raise NotFound("AppInstance", app_id)
    return setup


@lru_cache(maxsize=256)
def app_schema(stored: str | None) -> tuple[Attribute, ...]:
    """An app's attributes as they are stored; None: those that come with Provisor."""
    return SCIM_SCHEMA if stored is None else parse_stored(orjson.loads(stored))


@lru_cache(maxsize=256)
def _trial(stored: str) -> tuple[Trial, str]:
    """A trial as it is stored, and its mapping as `_mapping_set` reads it."""
    row = orjson.loads(stored)
    stage = Stage(row["percent"], frozenset(row["people"]))
    return Trial(row["plan"], row["type"], stage), orjson.dumps({row["type"]: row["properties"]}).decode()


@lru_cache(maxsize=2048)
def _mapping_set(
    mappings: str,
    type_id: str,
    schema: str | None,
    profiles: str,
    username_template: str,
    keeps_name: bool,
    app: tuple[str, str, str],
) -> MappingSet:
    stored = orjson.loads(mappings).get(type_id)
    attributes: Mapping[str, Attribute] = {each.name: each for each in app_schema(schema)}
    people = person_attributes(orjson.loads(profiles).get(type_id, []))
    return compile_mappings(
        shipped_mappings(Direction.TO_APP, attributes)
        if stored is None
        else tuple(parse_mapping(each) for each in stored),
        username_expression(username_template),
        attributes,
        kinds_of(people),
        {"app": dict(zip(("id", "name", "label"), app, strict=True))},
        keeps_name=keeps_name,
        secret=frozenset(each.name for each in people if each.sensitive),
    )

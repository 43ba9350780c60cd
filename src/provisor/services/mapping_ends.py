"""Gathers the two ends of a mapping from what is stored: the app's schema, the people's, the username format."""

from __future__ import annotations

import orjson

from provisor.apps.defaults import username_expression
from provisor.apps.ends import Ends
from provisor.apps.mapping import Direction, Mapping, parse_mapping
from provisor.directory.people import person_attributes
from provisor.services.app_setup import AppSetup, load_setup
from provisor.services.errors import NotFound
from provisor.store.database import Connection
from provisor.store.mappings import MappingRow

APP_KIND = "AppInstance"


def ends_of(setup: AppSetup, type_id: str, direction: Direction) -> Ends:
    """The ends of this app's mapping for this type of people."""
    row = setup.row
    return Ends(
        direction,
        person_attributes(orjson.loads(row.profiles).get(type_id, [])),
        setup.schema,
        username_expression(row.username_template) if direction is Direction.TO_APP else "",
        {"app": {"id": row.id, "name": row.name, "label": row.label}},
    )


def lines_of(row: MappingRow, ends: Ends) -> tuple[Mapping, ...]:
    """A mapping's lines as they are in force."""
    return ends.shipped if row.properties is None else tuple(parse_mapping(each) for each in row.properties)


async def needed_setup(connection: Connection, app_id: str) -> AppSetup:
    """The app's set-up; raises `NotFound`."""
    setup = await load_setup(connection, app_id)
    if setup is None:
        raise NotFound(APP_KIND, app_id)
    return setup

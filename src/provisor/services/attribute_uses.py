"""Where an attribute of people is used by mappings, so that nobody removes one that something reads or fills."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from provisor.apps.compiling import Kinds, compile_mapping, kinds_of
from provisor.apps.defaults import username_expression
from provisor.apps.mapping import USERNAME, Direction, MappingError, parse_mapping
from provisor.apps.mapping import Mapping as Line
from provisor.directory.attributes import Attribute
from provisor.services.errors import Use
from provisor.store import mappings
from provisor.store.database import Connection
from provisor.store.mappings import UsedMapping


async def uses_of(
    connection: Connection, type_id: str, attributes: Sequence[Attribute], names: Sequence[str]
) -> list[Use]:
    """The lines of mappings of people of this type that read or fill one of these attributes, of every app.

    `attributes` is the schema that the mappings were made for. Mappings that come with Provisor know base attributes
    alone.
    """
    profile = kinds_of(attributes)
    return [
        Use(name, row.id, row.app_id, row.app_label, row.type_title, row.direction, target, type_id)
        for row in await mappings.list_of_type(connection, type_id)
        for target, used in _used(row, profile)
        for name in names
        if name in used
    ]


def _used(row: UsedMapping, profile: Kinds) -> Iterator[tuple[str, frozenset[str]]]:
    """Each line's target, and what it reads or fills of a person's profile."""
    lines = [parse_mapping(each) for each in row.properties or []]
    if row.direction is Direction.FROM_APP:
        yield from ((each.target, frozenset({each.target})) for each in lines)
        return
    if USERNAME not in {each.target for each in lines}:
        lines.append(Line(USERNAME, _username(row.username_template)))
    yield from ((each.target, _sources(each, profile)) for each in lines)


def _username(template: str) -> str:
    try:
        return username_expression(template)
    except MappingError:
        return template


def _sources(line: Line, profile: Kinds) -> frozenset[str]:
    """The attributes that it reads; of one that cannot be understood, all that are named in its text."""
    try:
        return compile_mapping(line, profile, None).sources
    except MappingError:
        return frozenset(name for name in profile if name in line.expression)

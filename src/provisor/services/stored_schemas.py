"""Profile schemas of people and groups as they are stored, read for use and written. Decides no change."""

from __future__ import annotations

from dataclasses import replace

from provisor.directory.attributes import Attribute, Unique
from provisor.directory.group import GROUP_ATTRIBUTES
from provisor.directory.people import person_attributes
from provisor.directory.schema import Schema
from provisor.directory.schema_rules import GROUPS, PEOPLE, Rules, kept
from provisor.directory.schemas import parse_stored, render_stored
from provisor.services.errors import NotFound
from provisor.store import profile_schemas, user_types
from provisor.store.database import Connection
from provisor.store.profile_schemas import GROUP, UNCHANGED


async def load_schema(connection: Connection, owner: str) -> Schema:
    """The schema of groups, or of a type of people; raises `NotFound`."""
    if owner == GROUP:
        name, base = "Group", GROUPS.base
    else:
        kind = await user_types.find(connection, owner)
        if kind is None:
            raise NotFound("UserType", owner)
        name, base = kind.display_name, PEOPLE.base
    row = await profile_schemas.find(connection, owner) or UNCHANGED
    attributes = group_attributes(row.attributes) if owner == GROUP else person_attributes(row.attributes)
    return Schema(owner, name, attributes, frozenset(base), row.version, row.last_updated)


async def store_schema(connection: Connection, schema: Schema) -> None:
    """Replace a schema, which is held."""
    await profile_schemas.put(connection, schema.owner, render_stored(kept(schema.attributes, rules_of(schema.owner))))


async def settle_uniqueness(connection: Connection, owner: str, attribute: str, unique: Unique | None) -> Schema:
    """All values were looked through: the attribute is unique, or (None) cannot be. The schemas are held."""
    schema = await load_schema(connection, owner)
    settled = (replace(each, unique=unique) if each.name == attribute else each for each in schema.attributes)
    schema = replace(schema, attributes=tuple(settled))
    await store_schema(connection, schema)
    return schema


def rules_of(owner: str) -> Rules:
    return GROUPS if owner == GROUP else PEOPLE


def group_attributes(stored: list[dict[str, object]]) -> tuple[Attribute, ...]:
    """What every group has, as it was changed, then what was added; `stored` is as `render_stored` made it."""
    changed = {each.name: each for each in parse_stored(stored)}
    base = (changed.get(each.name, each) for each in GROUP_ATTRIBUTES)
    return (*base, *(each for name, each in changed.items() if name not in GROUPS.base))

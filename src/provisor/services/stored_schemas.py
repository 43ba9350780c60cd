"""Profile schemas of people and groups as they are stored, read for use and written. Decides no change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import TypeAlias

import orjson

from provisor.directory.attributes import Attribute, Unique
from provisor.directory.group import GROUP_ATTRIBUTES
from provisor.directory.people import ProfileRules, person_attributes
from provisor.directory.schema import Schema
from provisor.directory.schema_rules import GROUPS, PEOPLE, Rules, kept
from provisor.directory.schemas import parse_stored, render_stored
from provisor.services.errors import NotFound
from provisor.store import profile_schemas, user_types
from provisor.store.database import Connection
from provisor.store.profile_schemas import GROUP, UNCHANGED

Types: TypeAlias = Mapping[str, ProfileRules]
"""By id, every type of people."""


async def hold_types(connection: Connection) -> Types:
    """What profiles may hold, which stays so until the transaction ends. Comes before any row is locked."""
    await profile_schemas.share(connection)
    return await load_types(connection)


async def load_types(connection: Connection) -> Types:
    """What profiles may hold now."""
    return {type_id: person_rules(stored) for type_id, stored in (await profile_schemas.of_people(connection)).items()}


async def hold_groups(connection: Connection) -> ProfileRules:
    """What profiles of groups may hold, which stays so until the transaction ends."""
    await profile_schemas.share(connection)
    return group_rules(await profile_schemas.find_text(connection, GROUP))


@lru_cache(maxsize=64)
def person_rules(stored: str | None) -> ProfileRules:
    """Made once for each text that is stored."""
    return ProfileRules(person_attributes(orjson.loads(stored or "[]")))


@lru_cache(maxsize=16)
def group_rules(stored: str | None) -> ProfileRules:
    """Made once for each text that is stored."""
    return ProfileRules(group_attributes(orjson.loads(stored or "[]")), "group")


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

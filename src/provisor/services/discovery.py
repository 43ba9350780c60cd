"""Use cases of discovery: what an app says its accounts can have and its schema here does not, and adding some of it.

The app is asked anew each time, outside of any transaction. Nothing is added that nobody chose.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from provisor.apps.schemas import account_attributes, title_of
from provisor.connector import DataType, Discovered, DiscoversAttributes, PeerError, Writing
from provisor.directory.attributes import Attribute, AttributeType, Mutability
from provisor.directory.schema import Schema
from provisor.directory.schemas import LONGEST_NAME, LONGEST_TEXT
from provisor.services.actor import Actor, Permission
from provisor.services.app_schemas import change_app_schema, get_app_schema
from provisor.services.connecting import ConnectorFactory
from provisor.services.connections import TestFailed
from provisor.services.errors import Forbidden, Invalid
from provisor.services.work import Database

TYPES = {
    DataType.STRING: AttributeType.STRING,
    DataType.BOOLEAN: AttributeType.BOOLEAN,
    DataType.NUMBER: AttributeType.NUMBER,
    DataType.INTEGER: AttributeType.INTEGER,
}
WRITING = {
    Writing.ALWAYS: Mutability.READ_WRITE,
    Writing.ONCE: Mutability.IMMUTABLE,
    Writing.UNSEEN: Mutability.WRITE_ONLY,
}
NOT_A_NAME = re.compile(r"\W", re.ASCII)


async def discover_attributes(
    database: Database, actor: Actor, factory: ConnectorFactory, app_id: str
) -> list[Attribute]:
    """The attributes that could be added, in the app's order; empty when it declares nothing else.

    Raises `TestFailed` when the app cannot be asked, `NotFound`, and `Forbidden` for a kind that describes nothing.
    """
    actor.require(Permission.MANAGE_APPS)
    schema = await get_app_schema(database, actor, app_id)
    return proposed(await _ask(factory, app_id), schema)


async def add_discovered(
    database: Database,
    actor: Actor,
    factory: ConnectorFactory,
    app_id: str,
    names: Sequence[str],
    *,
    seen_version: int | None = None,
) -> Schema:
    """Ask the app again and add these of what it declares. Raises as `discover_attributes` and `change_app_schema`."""
    actor.require(Permission.MANAGE_APPS)
    found = {each.name: each for each in await discover_attributes(database, actor, factory, app_id)}
    if unknown := [name for name in names if name not in found]:
        raise Invalid.one("add", f"the app declares nothing to add by the name of {', '.join(unknown)}")
    changes = {name: found[name] for name in names}
    return await change_app_schema(database, actor, factory, app_id, changes, seen_version=seen_version)


async def _ask(factory: ConnectorFactory, app_id: str) -> Sequence[Discovered]:
    try:
        connector = await factory.open(app_id, disabled_too=True)
    except PeerError as problem:
        raise TestFailed(problem) from None
    try:
        if not isinstance(connector, DiscoversAttributes):
            raise Forbidden("This kind of app does not say which attributes its accounts have.")
        return await connector.discover_attributes()
    except PeerError as problem:
        raise TestFailed(problem) from None
    finally:
        await connector.close()


def proposed(found: Sequence[Discovered], schema: Schema) -> list[Attribute]:
    """What is not in the schema yet, under names that are free there."""
    there = {(each.external_name, each.external_namespace) for each in account_attributes(schema.attributes)}
    taken = {each.name.lower() for each in schema.attributes}
    attributes = []
    for each in found:
        if (each.attribute.external_name, each.attribute.external_namespace) in there:
            continue
        name = _free(each.attribute.name, taken)
        taken.add(name.lower())
        attributes.append(_attribute(name, each))
    return attributes


def _free(wanted: str, taken: set[str]) -> str:
    base = NOT_A_NAME.sub("_", wanted)[: LONGEST_NAME - 4]
    name, number = base, 1
    while name.lower() in taken:
        number += 1
        name = f"{base}{number}"
    return name


def _attribute(name: str, found: Discovered) -> Attribute:
    kind = TYPES[found.type]
    listable = kind if kind is not AttributeType.BOOLEAN else AttributeType.STRING
    return Attribute(
        name,
        title_of(name),
        AttributeType.ARRAY if found.many else kind,
        required=found.attribute.required,
        item=listable if found.many else None,
        description=found.description[:LONGEST_TEXT],
        mutability=WRITING[found.writing],
        external_name=found.attribute.external_name,
        external_namespace=found.attribute.external_namespace,
    )

"""Schemas of people and groups: changing them, and what follows for the profiles that are there."""

from dataclasses import replace

import pytest

from provisor.directory.attributes import Attribute, AttributeType, Unique
from provisor.directory.user import DEFAULT_TYPE
from provisor.services import profile_sweeping
from provisor.services.actor import SYSTEM
from provisor.services.errors import ChangedMeanwhile, Invalid
from provisor.services.schemas import change_group_schema, change_user_schema, get_group_schema, get_user_schema
from provisor.services.user_types import create_type, delete_type, list_types, update_type
from tests.services.conftest import Company

SIZE = Attribute("size", "T-shirt")


async def test_an_attribute_is_added_changed_and_removed(company: Company) -> None:
    """The schema shows it with a new version; a change that changes nothing leaves no trace."""
    database = company.database
    added = await change_user_schema(database, SYSTEM, DEFAULT_TYPE, {"size": SIZE})
    assert (added.version, added.added) == (1, (SIZE,))
    assert await change_user_schema(database, SYSTEM, DEFAULT_TYPE, {"size": SIZE}) == added
    changed = await change_user_schema(database, SYSTEM, DEFAULT_TYPE, {"size": replace(SIZE, title="Size")})
    assert (changed.version, changed.find("size")) == (2, replace(SIZE, title="Size"))
    removed = await change_user_schema(database, SYSTEM, DEFAULT_TYPE, {"size": None})
    assert removed.added == ()
    assert await get_user_schema(database, SYSTEM) == removed
    assert len(await company.events("directory.user_profile.update")) == 3


async def test_a_change_of_a_schema_that_somebody_else_changed_is_refused(company: Company) -> None:
    """Whoever saw an older version is told, and nothing is saved."""
    database = company.database
    seen = (await get_group_schema(database, SYSTEM)).version
    await change_group_schema(database, SYSTEM, {"size": SIZE})
    with pytest.raises(ChangedMeanwhile):
        await change_group_schema(database, SYSTEM, {"size": None}, seen_version=seen)


async def test_a_new_attribute_is_unique_at_once(company: Company) -> None:
    """Nobody has a value yet, so there is nothing to look through."""
    schema = await change_user_schema(
        company.database,
        SYSTEM,
        DEFAULT_TYPE,
        {"badge": Attribute("badge", "Badge", AttributeType.INTEGER, unique=Unique.PENDING_UNIQUENESS)},
    )
    badge = schema.find("badge")
    assert badge is not None and badge.unique is Unique.UNIQUE_VALIDATED
    assert await profile_sweeping.finish(company.database) == 0


async def test_types_are_made_changed_and_deleted(company: Company) -> None:
    """Each has the base attributes; names are taken whatever their case and never change."""
    database = company.database
    kind = await create_type(database, SYSTEM, "contractor", "Contractor")
    with pytest.raises(Invalid):
        await create_type(database, SYSTEM, "Contractor", "Another")
    with pytest.raises(Invalid):
        await update_type(database, SYSTEM, kind.id, name="vendor")
    assert (await update_type(database, SYSTEM, kind.id, display_name="Contractors")).display_name == "Contractors"
    assert len((await get_user_schema(database, SYSTEM, kind.id)).attributes) == 31
    assert [each.name for each in await list_types(database, SYSTEM)] == ["user", "contractor"]
    await delete_type(database, SYSTEM, kind.id)
    assert [each.name for each in await list_types(database, SYSTEM)] == ["user"]

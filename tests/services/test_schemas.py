"""Schemas of people and groups: changing them, and what follows for the profiles that are there."""

from dataclasses import replace

import pytest
from tests.services.conftest import Company

from provisor.apps.mapping import Direction, Mapping
from provisor.directory.attributes import Attribute, AttributeType, Unique
from provisor.directory.user import DEFAULT_TYPE
from provisor.services import profile_sweeping
from provisor.services.actor import SYSTEM
from provisor.services.apps import create_app
from provisor.services.apps_definition import AppDefinition, parse_definition
from provisor.services.errors import ChangedMeanwhile, InUse, Invalid
from provisor.services.mappings import change_mapping, get_mapping_of
from provisor.services.schemas import (
    change_group_schema,
    change_user_schema,
    get_group_schema,
    get_user_schema,
    list_sweeps,
)
from provisor.services.user_types import create_type, delete_type, list_types, update_type
from provisor.services.users import Credentials, update_user
from provisor.store import profile_sweeps
from provisor.store.profile_sweeps import ProfileSweepKind

SIZE = Attribute("size", "T-shirt")


def defined(label: str) -> AppDefinition:
    return parse_definition({"name": "scim2", "label": label, "signOnMode": "AUTO_LOGIN"})


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


MANY = profile_sweeps.STRETCH + 1_000


async def crowd(company: Company, attribute: str, *, twice: bool) -> None:
    """More people than one stretch takes, each with a value; with `twice` the last one has that of the one before."""
    value = f"least(n, {MANY - 1})" if twice else "n"
    await company.execute(
        f"""INSERT INTO users (id, status, login_key, fold_version, profile, name_key, reversed_key)
        SELECT '00u' || lpad(n::text, 17, '0'), 'ACTIVE', 'p' || n || '@example.com', 1,
          jsonb_build_object('login', 'p' || n || '@example.com', 'email', 'p' || n || '@example.com', 'firstName', 'P',
            'lastName', 'N', '{attribute}', ({value})::text), '', ''
        FROM generate_series(1, {MANY}) AS n"""
    )


def member(number: int) -> str:
    return f"00u{number:017}"


async def test_values_of_a_removed_attribute_go_in_stretches(company: Company) -> None:
    """Until they are gone nobody sees them, nobody trips over them, and the name cannot be used again."""
    database = company.database
    await change_user_schema(database, SYSTEM, DEFAULT_TYPE, {"size": SIZE})
    await crowd(company, "size", twice=False)
    await change_user_schema(database, SYSTEM, DEFAULT_TYPE, {"size": None})
    [(sweep, total)] = await list_sweeps(database, SYSTEM)
    assert (sweep.kind, sweep.checked, total) == (ProfileSweepKind.REMOVE, profile_sweeps.STRETCH, MANY)
    last = await update_user(database, SYSTEM, member(MANY), {"title": "Lead"}, Credentials())
    assert "size" not in last.profile and last.profile["title"] == "Lead"
    with pytest.raises(Invalid, match="still being deleted"):
        await change_user_schema(database, SYSTEM, DEFAULT_TYPE, {"size": SIZE})
    assert await profile_sweeping.finish(database) == 1
    left = await database.pool.fetchval("SELECT count(*) FROM users WHERE profile ? 'size'")
    kept = await database.pool.fetchval("SELECT before FROM profile_change WHERE user_id = $1", member(7))
    assert (left, kept) == (0, {"size": "7"})
    await change_user_schema(database, SYSTEM, DEFAULT_TYPE, {"size": SIZE})


async def test_uniqueness_that_is_switched_on_is_pending_until_everybody_was_looked_at(company: Company) -> None:
    """New duplicates of what was seen are refused meanwhile; then it holds."""
    database = company.database
    await change_user_schema(database, SYSTEM, DEFAULT_TYPE, {"size": SIZE})
    await crowd(company, "size", twice=False)
    wanted = {"size": replace(SIZE, unique=Unique.PENDING_UNIQUENESS)}
    asked = (await change_user_schema(database, SYSTEM, DEFAULT_TYPE, wanted)).find("size")
    assert asked is not None and asked.unique is Unique.PENDING_UNIQUENESS
    with pytest.raises(Invalid, match="nobody may share it"):
        await update_user(database, SYSTEM, member(MANY), {"size": "7"}, Credentials())
    moved = await update_user(database, SYSTEM, member(MANY), {"size": "new"}, Credentials())
    assert moved.profile["size"] == "new"
    await profile_sweeping.finish(database)
    found = (await get_user_schema(database, SYSTEM)).find("size")
    assert found is not None and found.unique is Unique.UNIQUE_VALIDATED
    assert await database.pool.fetchval("SELECT count(*) FROM unique_value") == MANY


async def test_duplicates_far_apart_clear_the_wish(company: Company) -> None:
    """Values that were noted on the way are forgotten, and the log names who shares one."""
    database = company.database
    await change_user_schema(database, SYSTEM, DEFAULT_TYPE, {"size": SIZE})
    await crowd(company, "size", twice=True)
    await company.execute('UPDATE users SET profile = profile || \'{"size": "5999"}\' WHERE id = $1', member(3))
    wanted = {"size": replace(SIZE, unique=Unique.PENDING_UNIQUENESS)}
    await change_user_schema(database, SYSTEM, DEFAULT_TYPE, wanted)
    await profile_sweeping.finish(database)
    found = (await get_user_schema(database, SYSTEM)).find("size")
    assert found is not None and found.unique is None
    row = await database.pool.fetchrow("SELECT outcome, detail FROM event WHERE type = 'provisor.profile.uniqueness'")
    assert row is not None
    named = f"{member(3)} and {member(MANY - 1)}; {member(3)} and {member(MANY)}"
    assert (row["outcome"], row["detail"]["duplicates"], row["detail"]["examples"]) == ("FAILURE", 2, named)
    assert await database.pool.fetchval("SELECT count(*) FROM unique_value") == 0


async def test_an_attribute_that_a_mapping_uses_is_not_removed(company: Company) -> None:
    """The refusal says where it is used: read by a mapping to the app, filled by one from it."""
    database = company.database
    app = await create_app(database, SYSTEM, defined("Wiki"))
    await change_user_schema(database, SYSTEM, DEFAULT_TYPE, {"size": SIZE})
    ways = (
        (Direction.TO_APP, Mapping("title", "String.toUpperCase(user.size)")),
        (Direction.FROM_APP, Mapping("size", "appuser.title")),
    )
    for direction, line in ways:
        mapping = await get_mapping_of(database, SYSTEM, app.id, DEFAULT_TYPE, direction)
        await change_mapping(database, SYSTEM, mapping.id, {line.target: line})
    with pytest.raises(InUse) as refused:
        await change_user_schema(database, SYSTEM, DEFAULT_TYPE, {"size": None})
    places = [(each.app_label, each.direction, each.target) for each in refused.value.uses]
    assert places == [("Wiki", Direction.TO_APP, "title"), ("Wiki", Direction.FROM_APP, "size")]
    for direction, line in ways:
        mapping = await get_mapping_of(database, SYSTEM, app.id, DEFAULT_TYPE, direction)
        await change_mapping(database, SYSTEM, mapping.id, {line.target: None})
    assert (await change_user_schema(database, SYSTEM, DEFAULT_TYPE, {"size": None})).added == ()


async def test_a_type_brings_a_mapping_for_each_app_and_way(company: Company) -> None:
    """An app made before and one made after have both; they go with the type."""
    database = company.database
    await create_app(database, SYSTEM, defined("Before"))
    kind = await create_type(database, SYSTEM, "contractor", "Contractor")
    await create_app(database, SYSTEM, defined("After"))
    count = "SELECT count(*) FROM mapping WHERE type_id = $1"
    assert await database.pool.fetchval(count, kind.id) == 4
    await delete_type(database, SYSTEM, kind.id)
    assert await database.pool.fetchval(count, kind.id) == 0

"""Mappings and app schemas as services: what is stored, what is refused, what a change sets in motion."""

import pytest
from tests.services.conftest import Company

from provisor.apps.mapping import Direction, Mapping, PushStatus
from provisor.directory.attributes import Attribute
from provisor.directory.user import DEFAULT_TYPE
from provisor.provisioning.explaining import MASK
from provisor.services.actor import SYSTEM, NotAllowed, Role
from provisor.services.app_schemas import change_app_schema, get_app_schema
from provisor.services.apps import create_app
from provisor.services.apps_definition import parse_definition
from provisor.services.connecting import ConnectorFactory
from provisor.services.errors import ChangedMeanwhile, InUse, Invalid
from provisor.services.expressions import evaluate
from provisor.services.mappings import ShownMapping, change_mapping, get_mapping_of, list_mappings, preview
from provisor.services.schemas import change_user_schema
from provisor.services.secrets import Sealer
from provisor.settings import Settings
from provisor.wiring_scim import build_scim_connector


@pytest.fixture
async def app(company: Company) -> str:
    """The id of an app."""
    made = await create_app(company.database, SYSTEM, parse_definition({"name": "scim2", "label": "Wiki"}))
    return made.id


def factory_of(company: Company) -> ConnectorFactory:
    return ConnectorFactory(company.database, Sealer(b"k" * 32), Settings.read({}), build_scim_connector)


async def mapping_of(company: Company, app: str, direction: Direction = Direction.TO_APP) -> ShownMapping:
    return await get_mapping_of(company.database, SYSTEM, app, DEFAULT_TYPE, direction)


async def test_a_mapping_is_changed_line_by_line(company: Company, app: str) -> None:
    """One line is replaced, one taken away, the rest stays, and the version rises."""
    before = await mapping_of(company, app)
    changes = {"title": Mapping("title", "'Dr ' + user.title", PushStatus.DONT_PUSH), "nickName": None}
    after = await change_mapping(company.database, SYSTEM, before.id, changes)
    assert before.shipped and not after.shipped
    assert after.version == before.version + 1
    assert after.find("title") == Mapping("title", "'Dr ' + user.title", PushStatus.DONT_PUSH)
    assert after.find("nickName") is None
    assert len(after.mappings) == len(before.mappings) - 1
    with pytest.raises(ChangedMeanwhile):
        await change_mapping(company.database, SYSTEM, before.id, changes, seen_version=before.version)


async def test_what_cannot_be_used_is_refused_with_its_path(company: Company, app: str) -> None:
    """Every broken line is named, and nothing is stored."""
    before = await mapping_of(company, app)
    changes = {"title": Mapping("title", "user.titel"), "nope": Mapping("nope", "user.title")}
    with pytest.raises(Invalid) as refusal:
        await change_mapping(company.database, SYSTEM, before.id, changes)
    assert {each.path for each in refusal.value.diagnostics} == {
        "properties.title.expression",
        "properties.nope.expression",
    }
    assert await mapping_of(company, app) == before


async def test_a_person_is_previewed_with_changes(company: Company, app: str) -> None:
    """A pending change shows beside what the stored mapping gives."""
    await company.person("ada")
    mapping = await mapping_of(company, app)
    changes = {"displayName": Mapping("displayName", "user.lastName + ', ' + user.firstName"), "email": None}
    found = {
        each.target: each for each in await preview(company.database, SYSTEM, mapping.id, "ada@example.com", changes)
    }
    assert (found["displayName"].value, found["displayName"].before) == ("Example, Ada", None)
    assert (found["email"].value, found["email"].before) == (None, "ada@example.com")
    assert found["userName"].value == "ada@example.com"


async def test_an_attribute_in_use_is_not_deleted(company: Company, app: str) -> None:
    """The refusal names the lines both ways; once they are gone it goes."""
    with pytest.raises(InUse) as refusal:
        await change_app_schema(company.database, SYSTEM, factory_of(company), app, {"title": None})
    assert {(each.direction, each.target) for each in refusal.value.uses} == {
        (Direction.TO_APP, "title"),
        (Direction.FROM_APP, "title"),
    }
    for direction in Direction:
        mapping = await mapping_of(company, app, direction)
        await change_mapping(company.database, SYSTEM, mapping.id, {"title": None})
    schema = await change_app_schema(company.database, SYSTEM, factory_of(company), app, {"title": None})
    assert schema.find("title") is None


async def test_an_attribute_is_added_with_a_place_of_its_own(company: Company, app: str) -> None:
    """An external name is read by the connector's grammar, and two cannot claim one place."""
    factory = factory_of(company)
    badge = Attribute("badge", "Badge", external_name="badge", external_namespace="urn:example:badge:1.0:User")
    schema = await change_app_schema(company.database, SYSTEM, factory, app, {"badge": badge})
    assert schema.find("badge") == badge and schema.version == 1
    for name, external in (("wrong", "emails.^[primary"), ("second", "title"), ("third", "name")):
        with pytest.raises(Invalid, match=f"{name}.externalName"):
            await change_app_schema(
                company.database, SYSTEM, factory, app, {name: Attribute(name, name, external_name=external)}
            )
    assert await get_app_schema(company.database, SYSTEM, app) == schema


async def test_mappings_are_listed_by_source_and_target(company: Company, app: str) -> None:
    """Of a mapping to an app the type is the source, of one from it the app."""
    to_app = await list_mappings(company.database, SYSTEM, source_id=DEFAULT_TYPE)
    from_app = await list_mappings(company.database, SYSTEM, source_id=app)
    assert [each.direction for each in to_app] == [Direction.TO_APP]
    assert [each.direction for each in from_app] == [Direction.FROM_APP]
    assert from_app[0].find("login") == Mapping("login", "appuser.userName")


async def test_sensitive_attributes_are_mapped_by_super_administrators_alone(company: Company, app: str) -> None:
    """Others may neither map them nor see in a preview what they come to; the rest of the mapping is theirs."""
    salary = Attribute("salary", "Salary", sensitive=True)
    await change_user_schema(company.database, SYSTEM, DEFAULT_TYPE, {"salary": salary})
    await company.person("ada")
    await company.person("max", Role.APP_ADMIN)
    max_ = await company.actor("max")
    mapping = await mapping_of(company, app)
    told = {"title": Mapping("title", "'earns ' + user.salary")}
    with pytest.raises(NotAllowed):
        await change_mapping(company.database, max_, mapping.id, told)
    await change_mapping(company.database, SYSTEM, mapping.id, told)
    after = await change_mapping(company.database, max_, mapping.id, {"nickName": None})
    assert after.find("title") is not None and after.find("nickName") is None
    for actor, value in ((max_, MASK), (SYSTEM, "earns ")):
        values = await preview(company.database, actor, mapping.id, "ada@example.com")
        assert next(each.value for each in values if each.target == "title") == value
    hidden = await evaluate(company.database, max_, "user.salary == '9'", user="ada@example.com")
    assert hidden.value is None and "sensitive" in (hidden.problem or "")
    with pytest.raises(NotAllowed):
        secret = {"badge": Attribute("badge", "Badge", sensitive=True)}
        await change_app_schema(company.database, max_, factory_of(company), app, secret)


async def test_the_way_back_is_previewed_with_what_the_app_was_last_confirmed_to_hold(
    company: Company, app: str
) -> None:
    """Stored and checked like the other way; nothing is sent or changed by it."""
    ada = await company.person("ada")
    mapping = await mapping_of(company, app, Direction.FROM_APP)
    with pytest.raises(Invalid, match="has no account"):
        await preview(company.database, SYSTEM, mapping.id, ada.id)
    await company.execute(
        "INSERT INTO app_user_state (app_id, user_id, pushed) VALUES ($1, $2, $3)",
        app,
        ada.id,
        {"userName": "ada@corp", "givenName": "Ada"},
    )
    line = Mapping("displayName", "appuser.givenName + '!'")
    values = await preview(company.database, SYSTEM, mapping.id, ada.id, {"displayName": line})
    found = {each.target: (each.value, each.before) for each in values}
    assert found["displayName"] == ("Ada!", None)
    assert found["login"] == ("ada@corp", "ada@corp")
    with pytest.raises(Invalid, match=r"properties\.displayName\.expression"):
        wrong = {"displayName": Mapping("displayName", "user.title")}
        await change_mapping(company.database, SYSTEM, mapping.id, wrong)


async def test_whether_groups_are_read_follows_mappings_and_formats(company: Company, app: str) -> None:
    """It is noted at creation, by a line, by a username format, and taken back with them."""

    async def reads(app_id: str) -> bool:
        return bool(await company.database.pool.fetchval("SELECT reads_groups FROM apps WHERE id = $1", app_id))

    assert not await reads(app)
    mapping = await mapping_of(company, app)
    line = Mapping("title", "isMemberOfGroupName('Pilots') ? 'Pilot' : null")
    await change_mapping(company.database, SYSTEM, mapping.id, {"title": line}, apply_now=False)
    assert await reads(app)
    await change_mapping(company.database, SYSTEM, mapping.id, {"title": None}, apply_now=False)
    assert not await reads(app)
    template = "isMemberOfGroupName('Pilots') ? user.email : user.login"
    body = {"name": "scim2", "label": "Named", "credentials": {"userNameTemplate": {"template": template}}}
    assert await reads((await create_app(company.database, SYSTEM, parse_definition(body))).id)

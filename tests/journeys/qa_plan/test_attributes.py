"""Okta's QA plan, “Attributes” and custom attributes: what an app's profile has, and where its values come from."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.journeys.qa_plan.scene import OLD, Case

from provisor.apps.mapping import Direction, Mapping
from provisor.connectors.scim import CORE
from provisor.directory.attributes import Attribute, AttributeType, Scope
from provisor.directory.user import DEFAULT_TYPE
from provisor.services import app_schemas, apps, discovery, mappings, schemas
from provisor.services.actor import SYSTEM
from provisor.services.apps_definition import parse_definition

GUIDE = Path(__file__).parents[3] / "docs" / "how-to" / "connect-an-app.md"
ROW = re.compile(r"^\| `(\w+)` \| `([^`]+)` \| `([^`]+)` \|$", re.MULTILINE)
MOBILE = "phoneNumbers.^[type=='mobile'].value"
ROLE = "roles.^[primary==true].value"


@pytest.fixture
async def new_app(company: Any) -> str:
    """An app as the catalogue gives it."""
    body = {"name": "scim2_bearer_token", "label": "New"}
    return (await apps.create_app(company.database, SYSTEM, parse_definition(body))).id


async def test_C9289_every_attribute_has_a_type_and_who_somebody_is_no_group_decides(
    company: Any, new_app: str
) -> None:
    """C9289: user name, names and e-mail are personal; groups may set all others; each attribute has a type."""
    schema = await app_schemas.get_app_schema(company.database, SYSTEM, new_app)
    personal = {each.name for each in schema.attributes if each.scope is Scope.SELF}
    assert personal == {"userName", "givenName", "familyName", "email"}
    assert {each.type for each in schema.attributes} == {AttributeType.STRING}
    assert {each.name for each in schema.attributes if each.scope is Scope.NONE} >= {"title", "department", "locale"}


async def test_C9344_the_basic_attributes_are_there_and_required(company: Any, new_app: str) -> None:
    """C9344: user name, given name and family name."""
    schema = await app_schemas.get_app_schema(company.database, SYSTEM, new_app)
    required = {each.name: each.external_name for each in schema.attributes if each.required}
    assert required.pop("email").startswith("emails")
    assert required == {"userName": "userName", "givenName": "name.givenName", "familyName": "name.familyName"}


async def test_C9345_a_new_apps_mapping_is_that_of_the_guide(company: Any, new_app: str) -> None:
    """C9345: the table in the guide names every mapped attribute, its expression, and its place in the app."""
    shown = await mappings.get_mapping_of(company.database, SYSTEM, new_app, DEFAULT_TYPE, Direction.TO_APP)
    schema = await app_schemas.get_app_schema(company.database, SYSTEM, new_app)
    places = {each.name: each.external_name for each in schema.attributes}
    real = [(each.target, each.expression, places[each.target]) for each in shown.mappings]
    assert ROW.findall(GUIDE.read_text(encoding="utf-8")) == real


async def test_C9391_custom_attributes_are_added_to_the_apps_profile(case: Case) -> None:
    """C9391: attributes with a place of their own in the app are in its profile afterwards, beside the others."""
    own = await with_custom_attributes(case)
    schema = await app_schemas.get_app_schema(case.company.database, SYSTEM, own.app)
    places = {each.name: (each.external_name, each.external_namespace) for each in schema.attributes}
    assert (places["mobilePhone"], places["jobFunction"]) == ((MOBILE, CORE), (ROLE, CORE))
    assert "title" in places


async def test_C9392_a_person_is_created_with_custom_attributes(case: Case) -> None:
    """C9392: a person who has values for them is assigned; the account has the values in their places."""
    own = await with_custom_attributes(case)
    ann = await own.assigned("ann", primaryPhone="+47 1", mobilePhone="+47 2", jobFunction="Pilot")
    assert await own.tasks(ann) == []
    account = await own.account("ann")
    assert {(each["type"], each["value"]) for each in account["phoneNumbers"]} == {
        ("work", "+47 1"),
        ("mobile", "+47 2"),
    }
    assert [each["value"] for each in account["roles"]] == ["Pilot"]


async def test_C9393_custom_attributes_are_updated(case: Case) -> None:
    """C9393: their values change, and one loses its value; the account follows, its other values stay."""
    own = await with_custom_attributes(case)
    ann = await own.assigned("ann", primaryPhone="+47 1", mobilePhone="+47 2", jobFunction="Pilot")
    await case.company.edit(ann, mobilePhone="+47 3", jobFunction="Captain")
    await own.settled()
    account = await own.account("ann")
    assert {(each["type"], each["value"]) for each in account["phoneNumbers"]} == {
        ("work", "+47 1"),
        ("mobile", "+47 3"),
    }
    assert [each["value"] for each in account["roles"]] == ["Captain"]
    await case.company.edit(ann, jobFunction=None)
    await own.settled()
    assert await own.tasks(ann) == []
    account = await own.account("ann")
    assert account.get("roles", []) == []
    assert len(account["phoneNumbers"]) == 2


async def with_custom_attributes(case: Case) -> Case:
    """The same with an app of its own, whose profile has two more attributes, mapped from the person's."""
    database = case.company.database
    job = Attribute("jobFunction", "Job function")
    await schemas.change_user_schema(database, SYSTEM, DEFAULT_TYPE, {"jobFunction": job})
    app = await case.company.app(case.target, case.entry)
    new = {
        "mobilePhone": Attribute("mobilePhone", "Mobile", external_name=MOBILE, external_namespace=CORE),
        "jobFunction": replace(job, external_name=ROLE, external_namespace=CORE),
    }
    await app_schemas.change_app_schema(database, SYSTEM, case.company.connectors, app, new)
    mapping = await mappings.get_mapping_of(database, SYSTEM, app, DEFAULT_TYPE, Direction.TO_APP)
    lines = {name: Mapping(name, f"user.{name}") for name in new}
    await mappings.change_mapping(database, SYSTEM, mapping.id, lines)
    return replace(case, app=app)


async def test_C9390_attributes_that_the_app_declares_are_offered_until_they_are_added(case: Case) -> None:
    """C9390: what the app's own schemas have beyond its profile is listed for picking; what is picked is in it."""
    database, connectors = case.company.database, case.company.connectors
    app = await case.company.app(case.target, case.entry)
    offered = {each.name: each for each in await discovery.discover_attributes(database, SYSTEM, connectors, app)}
    if case.target.name == OLD:  # declares two attributes, which are in the profile
        assert offered == {}
        return
    assert offered
    assert not {"userName", "title", "department"} & offered.keys()
    picked = sorted(offered)[0]
    schema = await discovery.add_discovered(database, SYSTEM, connectors, app, [picked])
    assert picked in {each.name for each in schema.attributes}
    again = await discovery.discover_attributes(database, SYSTEM, connectors, app)
    assert {each.name for each in again} == offered.keys() - {picked}

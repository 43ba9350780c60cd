"""Okta's own Python client, unchanged: profile schemas and types of people."""

import os
from collections.abc import AsyncIterator
from typing import Any

import pytest
from okta.client import Client
from okta.models import (
    CreateUserRequest,
    CreateUserRequestType,
    GroupSchema,
    GroupSchemaAttribute,
    GroupSchemaCustom,
    GroupSchemaDefinitions,
    UserProfile,
    UserSchema,
    UserSchemaAttribute,
    UserSchemaAttributeEnum,
    UserSchemaAttributeType,
    UserSchemaDefinitions,
    UserSchemaPublic,
    UserType,
    UserTypePostRequest,
    UserTypePutRequest,
)
from okta.models.group_schema_attribute_enum_inner import GroupSchemaAttributeEnumInner

# The client takes this from nowhere else.
os.environ["OKTA_TESTING_TESTINGDISABLEHTTPSCHECK"] = "true"


@pytest.fixture
async def okta(api: Any) -> AsyncIterator[Client]:
    """A client of this API."""
    async with Client({"orgUrl": api.url, "token": api.token, "logging": {"enabled": False}}) as client:
        yield client


def good(answer: tuple[Any, ...]) -> Any:
    """The result of a call that went well."""
    *result, _, error = answer
    assert error is None, error
    return result[0] if result else None


def people(**attributes: UserSchemaAttribute) -> UserSchema:
    return UserSchema(definitions=UserSchemaDefinitions(custom=UserSchemaPublic(properties=attributes)))


async def test_attributes_of_people_through_the_client(okta: Client) -> None:
    """Read, added with a choice of values, changed in part, filled."""
    schema = good(await okta.get_user_schema("default"))
    assert schema.name == "user" and schema.definitions.base.properties.first_name.required is True
    size = UserSchemaAttribute(
        title="Size",
        type=UserSchemaAttributeType.STRING,
        enum=[GroupSchemaAttributeEnumInner("S"), GroupSchemaAttributeEnumInner("M")],
        one_of=[UserSchemaAttributeEnum(const="S", title="Small"), UserSchemaAttributeEnum(const="M", title="Medium")],
    )
    good(await okta.update_user_profile("default", people(size=size)))
    good(await okta.update_user_profile("default", people(size=UserSchemaAttribute(description="Of shirts"))))
    custom = good(await okta.get_user_schema("default")).definitions.custom.properties
    shown = custom["size"]
    assert (shown.title, shown.description) == ("Size", "Of shirts")
    assert [each.title for each in shown.one_of] == ["Small", "Medium"]
    profile = {"login": "ann@example.com", "email": "ann@example.com", "firstName": "Ann", "lastName": "Lee"}
    user = UserProfile.from_dict({**profile, "size": "M"})
    made = good(await okta.create_user(CreateUserRequest(profile=user)))
    assert made.profile.additional_properties["size"] == "M"
    wrong = UserProfile.from_dict({**profile, "login": "bob@example.com", "size": "XL"})
    _, _, error = await okta.create_user(CreateUserRequest(profile=wrong))
    assert "size: must be one of S, M" in str(error.error_causes)


async def test_types_of_people_through_the_client(okta: Client) -> None:
    """Made, renamed both ways, given to a person, deleted."""
    made = good(await okta.create_user_type(UserType(name="contractor", display_name="Contractor")))
    assert (made.name, made.default) == ("contractor", False)
    renamed = UserTypePostRequest(display_name="Contractors")
    assert good(await okta.update_user_type(made.id, renamed)).display_name == "Contractors"
    whole = UserTypePutRequest(name="contractor", display_name="Contractor", description="From agencies")
    assert good(await okta.replace_user_type(made.id, whole)).description == "From agencies"
    assert [each.name for each in good(await okta.list_user_types())] == ["user", "contractor"]
    schema_id = good(await okta.get_user_type(made.id)).links.var_schema.href.rpartition("/")[2]
    assert good(await okta.get_user_schema(schema_id)).title == "Contractor"
    profile = UserProfile(login="ann@example.com", email="ann@example.com", firstName="Ann", lastName="Lee")
    request = CreateUserRequest(profile=profile, type=CreateUserRequestType(id=made.id))
    user = good(await okta.create_user(request))
    assert user.type.id == made.id
    assert (await okta.delete_user_type(made.id))[-1] is not None
    for _ in range(2):
        good(await okta.delete_user(user.id))
    good(await okta.delete_user_type(made.id))


async def test_attributes_of_groups_through_the_client(okta: Client) -> None:
    """Read and added."""
    floor = GroupSchemaAttribute(title="Floor", type=UserSchemaAttributeType.INTEGER)
    body = GroupSchema(definitions=GroupSchemaDefinitions(custom=GroupSchemaCustom(properties={"floor": floor})))
    good(await okta.update_group_schema(body))
    schema = good(await okta.get_group_schema())
    assert schema.definitions.custom.properties["floor"].title == "Floor"

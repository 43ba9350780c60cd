"""Okta's own Python client, unchanged, against our API: an app's schema and the mappings of people to it."""

import os
from typing import Any

from okta.client import Client
from okta.models import (
    ProfileMappingProperty,
    ProfileMappingPropertyPushStatus,
    ProfileMappingRequest,
    UserSchema,
    UserSchemaAttribute,
    UserSchemaDefinitions,
    UserSchemaPublic,
)

from provisor.directory.user import DEFAULT_TYPE

# The client takes this from nowhere else.
os.environ["OKTA_TESTING_TESTINGDISABLEHTTPSCHECK"] = "true"


def good(answer: tuple[Any, ...]) -> Any:
    """The result of a call that went well."""
    *result, _, error = answer
    assert error is None, error
    return result[0] if result else None


async def test_an_attribute_is_added_and_mapped_by_the_client(api) -> None:
    """A custom attribute with a namespace of its own and its mapping, both read back. Nulls the client cannot send."""
    app = (await api.call("POST", "/apps", {"name": "scim2", "label": "Wiki"})).body["id"]
    async with Client({"orgUrl": api.url, "token": api.token, "logging": {"enabled": False}}) as okta:
        badge = UserSchemaAttribute(
            title="Badge", type="string", external_name="badge", external_namespace="urn:example:1.0:User"
        )
        public = UserSchemaPublic(properties={"badge": badge})
        change = UserSchema(definitions=UserSchemaDefinitions(custom=public))
        changed = good(await okta.update_application_user_profile(app, change))
        read = good(await okta.get_application_user_schema(app))
        assert read.definitions.custom.properties["badge"].external_namespace == "urn:example:1.0:User"
        assert changed.definitions.custom.properties.keys() == {"badge"}

        listed = good(await okta.list_profile_mappings(source_id=DEFAULT_TYPE, target_id=app))
        line = ProfileMappingProperty(
            expression="'B' + user.employeeNumber", push_status=ProfileMappingPropertyPushStatus.PUSH
        )
        await okta.update_profile_mapping(listed[0].id, ProfileMappingRequest(properties={"badge": line}))
        mapping = good(await okta.get_profile_mapping(listed[0].id))
        assert mapping.properties["badge"].expression == "'B' + user.employeeNumber"
        assert (mapping.source.type, mapping.target.id) == ("user", app)


async def test_what_the_client_read_it_may_write_back(api) -> None:
    """A schema that was read and sent unchanged changes nothing, though the client adds nulls."""
    app = (await api.call("POST", "/apps", {"name": "scim2", "label": "Wiki"})).body["id"]
    async with Client({"orgUrl": api.url, "token": api.token, "logging": {"enabled": False}}) as okta:
        path = f"/meta/schemas/apps/{app}/default"
        before = (await api.call("GET", path)).body
        good(await okta.update_application_user_profile(app, good(await okta.get_application_user_schema(app))))
        assert (await api.call("GET", path)).body == before

"""Okta's own Python client, unchanged, against our API: apps, connections, features, app users and app groups."""

import os
from collections.abc import AsyncIterator
from typing import Any

import pytest
from okta.client import Client
from okta.models import (
    ApplicationFeatureType,
    ApplicationGroupAssignment,
    AppUserAssignRequest,
    AppUserProfileRequestPayload,
    AppUserUpdateRequest,
    AutoLoginApplication,
    BasicApplicationSettings,
    BasicApplicationSettingsApplication,
    BasicAuthApplication,
    BookmarkApplication,
    BookmarkApplicationSettings,
    BookmarkApplicationSettingsApplication,
    CapabilitiesCreateObject,
    CapabilitiesObject,
    CapabilitiesUpdateObject,
    JsonPatchOperation,
    LifecycleCreateSettingObject,
    LifecycleDeactivateSettingObject,
    PatchAction,
    ProfileSettingObject,
    ProvisioningConnectionTokenRequest,
    ProvisioningConnectionTokenRequestProfile,
    UpdateDefaultProvisioningConnectionForApplicationRequest,
    UpdateFeatureForApplicationRequest,
)

from provisor.scimserver.auth import basic
from provisor.scimserver.options import Options
from provisor.scimserver.testing import Peer, running

# The client takes this from nowhere else.
os.environ["OKTA_TESTING_TESTINGDISABLEHTTPSCHECK"] = "true"

NAMES = ["scim2_bearer_token", "scim2_header_auth", "scim2_basic_auth", "scim2_custom"]
ON = {"status": "ENABLED"}


@pytest.fixture
async def okta(api) -> AsyncIterator[Client]:
    """A client of this API."""
    async with Client({"orgUrl": api.url, "token": api.token, "logging": {"enabled": False}}) as client:
        yield client


@pytest.fixture
async def peer() -> AsyncIterator[Peer]:
    """A reference app that takes a bearer token."""
    async with running() as peer:
        yield peer


def good(answer: tuple[Any, ...]) -> Any:
    """The result of a call that went well."""
    *result, _, error = answer
    assert error is None, error
    return result[0] if result else None


def refused(answer: tuple[Any, ...]) -> str:
    """The code of a call that did not."""
    assert answer[-1] is not None
    return answer[-1].error_code


async def make_app(okta: Client, name: str = "scim2_bearer_token", label: str = "Wiki") -> Any:
    """The client keeps `name` only in some of its models; the bookmark (nobody signs on) is the plainest of them."""
    link = BookmarkApplicationSettingsApplication(url="https://wiki.example.com")
    settings = BookmarkApplicationSettings(app=link)
    app = BookmarkApplication(name=name, label=label, sign_on_mode="BOOKMARK", settings=settings)
    return good(await okta.create_application(app))


async def make_user(api: Any, name: str) -> str:
    profile = {"login": f"{name}@example.com", "email": f"{name}@example.com", "firstName": name, "lastName": "Lee"}
    return (await api.post("/users?activate=true", {"profile": profile})).body["id"]


def connection(url: str, token: str) -> UpdateDefaultProvisioningConnectionForApplicationRequest:
    profile = ProvisioningConnectionTokenRequestProfile(auth_scheme="TOKEN", token=token)
    return UpdateDefaultProvisioningConnectionForApplicationRequest(
        ProvisioningConnectionTokenRequest(base_url=url, profile=profile)
    )


def everything() -> UpdateFeatureForApplicationRequest:
    return UpdateFeatureForApplicationRequest(
        CapabilitiesObject(
            create=CapabilitiesCreateObject(lifecycle_create=LifecycleCreateSettingObject(**ON)),
            update=CapabilitiesUpdateObject(
                profile=ProfileSettingObject(**ON), lifecycle_deactivate=LifecycleDeactivateSettingObject(**ON)
            ),
        )
    )


@pytest.mark.parametrize("name", NAMES)
async def test_an_app_of_each_kind_is_made_read_replaced_switched_and_deleted(okta, name):
    """The whole life of an app through the client's models, which refuse anything they do not know."""
    app = await make_app(okta, name)
    assert (app.name, app.label, app.status.value) == (name, "Wiki", "ACTIVE")
    read = good(await okta.get_application(app.id))
    assert read == app
    read.label = "Docs"
    assert good(await okta.replace_application(app.id, read)).label == "Docs"
    assert [each.label for each in good(await okta.list_applications(q="doc"))] == ["Docs"]
    assert [each.id for each in good(await okta.list_applications(filter='status eq "ACTIVE"', limit=5))] == [app.id]
    assert refused(await okta.delete_application(app.id)) == "E0000056"
    good(await okta.deactivate_application(app.id))
    assert good(await okta.get_application(app.id)).status.value == "INACTIVE"
    good(await okta.activate_application(app.id))
    good(await okta.deactivate_application(app.id))
    good(await okta.delete_application(app.id))
    assert refused(await okta.get_application(app.id)) == "E0000007"


async def test_an_app_made_elsewhere_from_a_name_and_a_label_is_read(okta, api):
    """What our own command line makes fits one of the client's models."""
    made = (await api.post("/apps", {"name": "scim2_custom", "label": "Wiki"})).body
    for read in (good(await okta.get_application(made["id"])), good(await okta.list_applications())[0]):
        assert (read.id, read.name, read.label) == (made["id"], "scim2_custom", "Wiki")
        assert isinstance(read, AutoLoginApplication)
    assert good(await okta.replace_application(made["id"], read)).id == made["id"]


async def test_an_app_keeps_the_settings_of_its_sign_on_mode(okta):
    """A client that thinks in sign-on modes reads back what it wrote."""
    settings = BasicApplicationSettings(
        app=BasicApplicationSettingsApplication(auth_url="https://a.example/auth", url="https://a.example")
    )
    app = good(
        await okta.create_application(
            BasicAuthApplication(name="scim2_basic_auth", label="Old", sign_on_mode="BASIC_AUTH", settings=settings)
        )
    )
    assert isinstance(app, BasicAuthApplication)
    assert good(await okta.get_application(app.id)).settings.app.url == "https://a.example"


async def test_an_unknown_kind_of_app_is_an_error_of_the_client(okta):
    """The client's error carries our code."""
    nameless = AutoLoginApplication(label="Wiki", sign_on_mode="AUTO_LOGIN")
    assert refused(await okta.create_application(nameless)) == "E0000001"


async def test_a_connection_is_saved_read_and_switched(okta, peer):
    """A token goes in; status and address come out."""
    app = await make_app(okta)
    assert good(await okta.get_default_provisioning_connection_for_application(app.id)).status.value == "UNKNOWN"
    saved = good(
        await okta.update_default_provisioning_connection_for_application(
            app.id, connection(peer.url, peer.token), activate=True
        )
    )
    assert (saved.status.value, saved.base_url, saved.auth_scheme.value) == ("ENABLED", peer.url, "TOKEN")
    good(await okta.deactivate_default_provisioning_connection_for_application(app.id))
    assert good(await okta.get_default_provisioning_connection_for_application(app.id)).status.value == "DISABLED"
    good(await okta.activate_default_provisioning_connection_for_application(app.id))
    assert good(await okta.get_default_provisioning_connection_for_application(app.id)).status.value == "ENABLED"
    wrong = await okta.update_default_provisioning_connection_for_application(app.id, connection(peer.url, "wrong"))
    assert refused(wrong) == "E0000059"


async def test_a_connection_of_a_scheme_that_okta_does_not_have_is_read(okta, api):
    """The client refuses values it does not know, so they are shown where it does not look."""
    app = await make_app(okta, "scim2_basic_auth")
    async with running(Options(credential=basic("svc", "pw"), faults=True)) as peer:
        profile = {"authScheme": "BASIC", "username": "svc", "password": "pw"}
        path = f"/apps/{app.id}/connections/default?activate=true"
        assert (await api.post(path, {"baseUrl": peer.url, "profile": profile})).status == 200
    read = good(await okta.get_default_provisioning_connection_for_application(app.id))
    assert (read.status.value, read.profile.auth_scheme.value, read.base_url) == ("ENABLED", "UNKNOWN", peer.url)


async def test_features_are_listed_read_and_changed(okta, peer):
    """Both features, and the capabilities of the outbound one."""
    app = await make_app(okta)
    named = ApplicationFeatureType.USER_PROVISIONING
    assert refused(await okta.update_feature_for_application(app.id, named, everything())) == "E0000001"
    good(
        await okta.update_default_provisioning_connection_for_application(
            app.id, connection(peer.url, peer.token), activate=True
        )
    )
    changed = good(await okta.update_feature_for_application(app.id, named, everything()))
    assert changed.capabilities.create.lifecycle_create.status.value == "ENABLED"
    assert changed.capabilities.update.password.status.value == "DISABLED"
    assert good(await okta.get_feature_for_application(app.id, named)).capabilities == changed.capabilities
    features = good(await okta.list_features_for_application(app.id))
    assert [(each.name.value, each.status.value) for each in features] == [
        ("USER_PROVISIONING", "ENABLED"),
        ("INBOUND_PROVISIONING", "DISABLED"),
    ]
    assert "PUSH_NEW_USERS" in good(await okta.get_application(app.id)).features


async def test_people_are_assigned_read_changed_listed_and_unassigned(okta, api, peer):
    """App users through the client's models."""
    app, user = await make_app(okta), await make_user(api, "ann")
    good(
        await okta.update_default_provisioning_connection_for_application(
            app.id, connection(peer.url, peer.token), activate=True
        )
    )
    good(await okta.update_feature_for_application(app.id, ApplicationFeatureType.USER_PROVISIONING, everything()))
    assigned = good(
        await okta.assign_user_to_application(app.id, AppUserAssignRequest(id=user, profile={"givenName": "Given"}))
    )
    assert (assigned.id, assigned.scope, assigned.status.value) == (user, "USER", "STAGED")
    assert assigned.sync_state.value == "OUT_OF_SYNC"
    assert assigned.profile["givenName"] == "ann"
    assert good(await okta.get_application_user(app.id, user)).credentials.user_name == "ann@example.com"
    unmapped = AppUserUpdateRequest(AppUserProfileRequestPayload(profile={"favouriteColour": "blue"}))
    changed = good(await okta.update_application_user(app.id, user, unmapped))
    assert changed.profile["favouriteColour"] == "blue"
    mapped = AppUserUpdateRequest(AppUserProfileRequestPayload(profile={"givenName": "Other"}))
    assert refused(await okta.update_application_user(app.id, user, mapped)) == "E0000075"
    assert [each.id for each in good(await okta.list_application_users(app.id, q="ann", limit=10))] == [user]
    good(await okta.unassign_user_from_application(app.id, user))
    assert good(await okta.list_application_users(app.id)) == []


async def test_groups_are_assigned_read_changed_listed_and_unassigned(okta, api):
    """App groups through the client's models."""
    app, user = await make_app(okta), await make_user(api, "ann")
    group = (await api.post("/groups", {"profile": {"name": "Staff"}})).body["id"]
    await api.put(f"/groups/{group}/users/{user}")
    chief, north = {"title": "Chief"}, {"division": "North"}
    assigned = good(
        await okta.assign_group_to_application(app.id, group, ApplicationGroupAssignment(priority=2, profile=chief))
    )
    assert (assigned.id, assigned.priority, assigned.profile) == (group, 2, chief)
    operation = JsonPatchOperation(op=PatchAction.REPLACE, path="/profile", value=north)
    changed = good(await okta.update_group_assignment_to_application(app.id, group, [operation]))
    assert (changed.priority, changed.profile) == (2, north)
    assert good(await okta.get_application_group_assignment(app.id, group)).id == group
    assert [each.id for each in good(await okta.list_application_group_assignments(app.id, limit=20))] == [group]
    assert [(each.id, each.scope) for each in good(await okta.list_application_users(app.id))] == [(user, "GROUP")]
    good(await okta.unassign_application_from_group(app.id, group))
    assert good(await okta.list_application_users(app.id)) == []

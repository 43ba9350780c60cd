"""Mappings and app schemas through the API: partial writes, refusals with their paths, previews, examples."""

from typing import Any

import pytest
from tests.api.conftest import Api

from provisor.directory.user import DEFAULT_TYPE
from provisor.scimserver.testing import running

PERSON = {"login": "ada@example.com", "email": "ada@example.com", "firstName": "Ada", "lastName": "Lovelace"}
OWN = "/provisor/v1"


@pytest.fixture
async def app(api: Api) -> str:
    """The id of an app."""
    return (await api.call("POST", "/apps", {"name": "scim2", "label": "Wiki"})).body["id"]


async def to_app(api: Api, app: str) -> dict[str, Any]:
    """The mapping of people to the app."""
    found = (await api.call("GET", f"/mappings?sourceId={DEFAULT_TYPE}&targetId={app}")).body
    return (await api.call("GET", f"/mappings/{found[0]['id']}")).body


async def own(api: Api, method: str, path: str, body: Any = None) -> Any:
    return await api.call(method, f"{api.url}{OWN}{path}", body)


async def test_mappings_are_listed_with_their_ends(api: Api, app: str) -> None:
    """Every app has one each way; source and target say which, and pages follow one another."""
    found = (await api.call("GET", "/mappings?limit=1")).body
    rest = await api.call("GET", (await api.call("GET", "/mappings?limit=1")).next or "")
    both = [*found, *rest.body]
    ends = {(each["source"]["type"], each["source"]["id"], each["target"]["id"]) for each in both}
    assert ends == {("user", DEFAULT_TYPE, app), ("appuser", app, DEFAULT_TYPE)}
    assert rest.next is None
    assert both[0]["source"]["name"] == "user" or both[0]["target"]["name"] == "user"
    assert "properties" not in both[0]


async def test_a_partial_write_changes_what_it_names(api: Api, app: str) -> None:
    """Null takes a line away, a push status alone changes only that, the rest stays."""
    before = await to_app(api, app)
    path = f"/mappings/{before['id']}"
    body = {
        "title": {"expression": "user.title + '!'", "pushStatus": "PUSH"},
        "nickName": {"expression": None, "pushStatus": None},
        "locale": {"pushStatus": "DONT_PUSH"},
    }
    after = (await api.call("POST", path, {"properties": body})).body
    assert after["properties"]["title"] == {"expression": "user.title + '!'", "pushStatus": "PUSH"}
    assert after["properties"]["locale"] == {"expression": "user.locale", "pushStatus": "DONT_PUSH"}
    expected = {**before["properties"], "title": body["title"], "locale": after["properties"]["locale"]}
    del expected["nickName"]
    assert after["properties"] == expected
    assert (await api.call("GET", path)).body == after


async def test_a_refusal_names_the_expression_and_where_it_breaks(api: Api, app: str) -> None:
    """E0000001 with the path of each line that cannot be used, with line and column."""
    mapping = await to_app(api, app)
    body = {"title": {"expression": "user.titel"}, "nope": {"expression": "'x'"}, "locale": {"pushStatus": "LATER"}}
    answer = await api.call("POST", f"/mappings/{mapping['id']}", {"properties": body})
    assert (answer.status, answer.code) == (400, "E0000001")
    assert answer.causes[0].startswith("properties.locale.pushStatus: ")
    for unclear in ({}, {"pushStatus": "PUSH"}, {"expression": " "}, {"expression": 7}):
        answer = await api.call("POST", f"/mappings/{mapping['id']}", {"properties": {"badge": unclear}})
        assert answer.causes[0].startswith("properties.badge.expression: ")
    answer = await api.call("POST", f"/mappings/{mapping['id']}", {"properties": {**body, "locale": None}})
    assert sorted(cause.partition(": ")[0] for cause in answer.causes) == [
        "properties.nope.expression",
        "properties.title.expression",
    ]
    assert any("line 1, column" in cause for cause in answer.causes)
    assert (await to_app(api, app))["properties"] == mapping["properties"]


async def test_a_preview_shows_one_person_with_pending_changes(api: Api, app: str) -> None:
    """A broken line has its problem beside it and hides no other."""
    await api.call("POST", "/users?activate=false", {"profile": PERSON})
    mapping = await to_app(api, app)
    body = {
        "user": PERSON["login"],
        "properties": {
            "displayName": {"expression": "user.firstName + ' ' + user.lastName"},
            "title": {"expression": "user."},
        },
    }
    answer = await own(api, "POST", f"/mappings/{mapping['id']}/preview", body)
    values = {each["target"]: each for each in answer.body["values"]}
    assert (values["displayName"]["value"], values["displayName"]["before"]) == ("Ada Lovelace", None)
    assert values["title"]["value"] is None and "line 1" in values["title"]["problem"]
    assert values["userName"]["value"] == PERSON["login"]


async def test_examples_guard_a_mapping(api: Api, app: str) -> None:
    """A change that an example contradicts is refused until the example goes; tests tell what differs."""
    mapping = await to_app(api, app)
    path = f"/mappings/{mapping['id']}"
    example = {"name": "Engineer", "profile": {"title": "Engineer"}, "expected": {"title": "Engineer", "locale": None}}
    kept = await api.call("POST", path, {"provisor": {"examples": [example]}})
    assert kept.body["provisor"]["examples"] == [example]
    tested = (await own(api, "POST", f"{path}/test")).body
    assert (tested["passed"], tested["examples"], tested["mismatches"]) == (True, 1, [])
    change = {"properties": {"title": {"expression": "String.toUpperCase(user.title)"}}}
    refused = await api.call("POST", path, change)
    assert refused.causes == [
        "properties.title.expression: “Engineer” expects “Engineer”, but the mapping gives “ENGINEER”"
    ]
    assert (await api.call("POST", path, {**change, "provisor": {"examples": []}})).status == 200
    bad = await api.call("POST", path, {"provisor": {"examples": [{"name": "", "expected": {}}]}})
    assert {cause.partition(": ")[0] for cause in bad.causes} == {
        "provisor.examples[0].name",
        "provisor.examples[0].expected",
    }


async def test_warnings_stand_beside_what_was_saved(api: Api, app: str) -> None:
    """What is required and may stay empty is said and saved."""
    mapping = await to_app(api, app)
    assert mapping["provisor"]["warnings"] == []
    body = {"familyName": {"expression": "user.nickName"}, "givenName": None}
    after = (await api.call("POST", f"/mappings/{mapping['id']}", {"properties": body})).body
    assert [each["target"] for each in after["provisor"]["warnings"]] == ["givenName", "familyName"]


async def test_terraforms_reapplying_is_understood(api: Api, app: str) -> None:
    """The internal path that the provider's `always_apply` takes."""
    answer = await api.call("PUT", f"{api.url}/api/internal/v1/mappings/reapply?source={DEFAULT_TYPE}&target={app}")
    assert answer.status == 200
    missing = await api.call("PUT", f"{api.url}/api/internal/v1/mappings/reapply?source={app}&target={app}")
    assert missing.status == 404


async def test_an_apps_schema_is_shown_and_changed_in_parts(api: Api, app: str) -> None:
    """Attributes are added under `custom`, changed key by key, and deleted with null."""
    path = f"/meta/schemas/apps/{app}/default"
    schema = (await api.call("GET", path)).body
    assert schema["definitions"]["base"]["required"] == ["userName", "givenName", "familyName", "email"]
    assert schema["definitions"]["base"]["properties"]["email"]["externalName"] == "emails.^[primary==true].value"
    badge = {"title": "Badge", "type": "integer", "externalName": "badge", "externalNamespace": "urn:example:1:User"}
    added = await api.call("POST", path, {"definitions": {"custom": {"properties": {"badge": badge}}}})
    shown = added.body["definitions"]["custom"]["properties"]["badge"]
    assert badge.items() <= shown.items()
    change = {"definitions": {"custom": {"properties": {"badge": {"description": "On the lanyard"}}}}}
    changed = (await api.call("POST", path, change)).body["definitions"]["custom"]["properties"]["badge"]
    assert changed == {**shown, "description": "On the lanyard"}
    gone = await api.call("POST", path, {"definitions": {"custom": {"properties": {"badge": None}}}})
    assert gone.body["definitions"]["custom"]["properties"] == {}


async def test_an_apps_schema_refuses_what_would_break_it(api: Api, app: str) -> None:
    """The account's name stays, types stay, two attributes do not share a place, what is mapped is not deleted."""
    path = f"/meta/schemas/apps/{app}/default"
    changes = {
        "userName": {"title": "Handle"},
        "title": {"type": "integer"},
        "Nickname": {"title": "Twice", "externalName": "other"},
    }
    answer = await api.call("POST", path, {"definitions": {"custom": {"properties": changes}}})
    assert sorted(cause.partition(": ")[0] for cause in answer.causes) == ["Nickname", "title.type", "userName"]
    twice = {"second": {"title": "Second", "externalName": "title"}}
    answer = await api.call("POST", path, {"definitions": {"custom": {"properties": twice}}})
    assert answer.causes[0].startswith("second.externalName: ")
    answer = await api.call("POST", path, {"definitions": {"base": {"properties": {"title": None}}}})
    assert answer.code == "E0000001" and len(answer.causes) == 2
    assert answer.causes[0].startswith("“title” is used by the mapping of “title” from User to Wiki")


async def test_what_an_app_declares_is_shown_and_chosen_from(api: Api, app: str) -> None:
    """Attributes that its schema does not have, by a name; those that are chosen are added, and no others."""
    async with running() as peer:
        saved = await api.call(
            "POST",
            f"/apps/{app}/connections/default?activate=TRUE",
            {"baseUrl": peer.url, "profile": {"authScheme": "TOKEN", "token": peer.token}},
        )
        assert saved.status == 200
        found = (await own(api, "POST", f"/apps/{app}/schema/discover")).body["attributes"]
        places = {each["name"]: each["externalName"] for each in found}
        assert places["imsPrimary"] == "ims.^[primary==true].value"
        assert "emails.^[primary==true].value" not in places.values()
        added = await own(api, "POST", f"/apps/{app}/schema/discover", {"add": ["imsPrimary"]})
        assert added.body["definitions"]["custom"]["properties"].keys() == {"imsPrimary"}
        refused = await own(api, "POST", f"/apps/{app}/schema/discover", {"add": ["imsPrimary"]})
        assert refused.causes[0].startswith("add: ")
    away = await own(api, "POST", f"/apps/{app}/schema/discover")
    assert away.code == "E0000059"

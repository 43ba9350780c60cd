"""How an app is treated: what ships, what a probe proposes, what an administrator decides, and who may."""

from typing import Any

import pytest
from tests.api.conftest import Answer, Api
from tests.contracts.odd_app import odd_app


async def connected(api: Api, url: str, entry: str = "scim2") -> str:
    """The id of an app that is connected."""
    app = (await api.post("/apps", {"name": entry, "label": "Wiki"})).body["id"]
    saved = await api.post(
        f"/apps/{app}/connections/default?activate=TRUE",
        {"baseUrl": url, "profile": {"authScheme": "TOKEN", "token": "token-of-wiki"}},
    )
    assert saved.status == 200, saved.body
    return str(app)


async def at(api: Api, method: str, path: str, body: Any = None) -> Answer:
    """A call of Provisor's own interface."""
    return await api.call(method, f"{api.url}/provisor/v1/apps/{path}", body)


async def test_a_probe_proposes_and_an_administrator_adopts(api: Api) -> None:
    """Nothing is in force before that; afterwards only the difference is stored, with a version and an event."""
    async with odd_app(patch=501) as odd:
        app = await connected(api, odd.url)
        before = (await at(api, "GET", f"{app}/policy")).body
        assert (before["dialect"], before["version"], before["changes"]) == ("MINIMAL", 0, {})
        found = (await at(api, "POST", f"{app}/probe", {"scratch": True})).body
        assert found["probe"]["proposal"]["profile_by"] == "put"
        assert "deactivated" in found["probe"]["left"]
        assert (await at(api, "GET", f"{app}/policy")).body["changes"] == {}
        (scratch,) = odd.users.values()
        assert scratch["active"] is False
    one = await at(api, "POST", f"{app}/policy/adopt", {"fields": ["profile_by"]})
    assert (one.status, one.body["changes"], one.body["version"]) == (200, {"profile_by": "put"}, 1)
    everything = (await at(api, "POST", f"{app}/policy/adopt")).body
    assert {"profile_by": "put", "switch_by": "put"}.items() <= everything["changes"].items()
    assert everything["probe"]["proposal"] == {}
    events = (await api.get('/logs?filter=eventType eq "provisor.app.policy.update"')).body
    assert "profile_by: patch → put" in str(events[0])
    assert len((await api.get('/logs?filter=eventType eq "provisor.app.probe"')).body) == 1


async def test_single_fields_are_set_and_everything_goes_back(api: Api) -> None:
    """What equals the dialect's is no difference; a field that is not there, or a wrong value, is refused with why."""
    app = (await api.post("/apps", {"name": "scim2_bearer_token", "label": "Wiki"})).body["id"]
    set_ = await at(api, "POST", f"{app}/policy", {"clear_as": "keep", "page": 20, "profile_by": "put"})
    assert set_.body["changes"] == {"clear_as": "keep", "page": 20}
    field = next(each for each in set_.body["fields"] if each["name"] == "clear_as")
    assert (field["value"], field["shipped"], field["kind"]) == ("keep", "omit", "CHOICE")
    assert field["choices"] == ["omit", "null", "empty", "keep"]
    single = await at(api, "POST", f"{app}/policy", {"page": None})
    assert (single.body["changes"], single.body["version"]) == ({"clear_as": "keep"}, 2)
    for wrong in ({"colour": "red"}, {"page": 0}, {"clear_as": "burn"}, {"bulk": "yes"}):
        refused = await at(api, "POST", f"{app}/policy", wrong)
        assert (refused.status, next(iter(wrong)) in str(refused.body)) == (400, True)
    assert (await at(api, "DELETE", f"{app}/policy")).status == 204
    after = (await at(api, "GET", f"{app}/policy")).body
    assert (after["changes"], after["version"]) == ({}, 3)


@pytest.mark.parametrize(("body", "status"), [({"fields": "all"}, 400), ({"fields": ["page"]}, 400), (None, 200)])
async def test_only_what_was_proposed_is_adopted(api: Api, body: Any, status: int) -> None:
    """An app that nobody probed has nothing to adopt, and all of nothing changes nothing."""
    app = (await api.post("/apps", {"name": "scim2", "label": "Wiki"})).body["id"]
    answer = await at(api, "POST", f"{app}/policy/adopt", body)
    assert answer.status == status
    assert (await at(api, "GET", f"{app}/policy")).body["version"] == 0


async def test_an_app_that_does_not_let_us_in_cannot_be_probed(api: Api) -> None:
    """The app's reason comes back, as for the test of credentials."""
    async with odd_app() as odd:
        app = await connected(api, odd.url)
    refused = await at(api, "POST", f"{app}/probe")
    assert (refused.status, refused.code) == (400, "E0000059")

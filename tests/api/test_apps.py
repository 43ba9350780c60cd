"""App instances through the API: from the catalogue to their deletion."""

from typing import Any

import pytest


async def make_app(api: Any, name: str = "scim2_bearer_token", label: str = "Wiki", **more: Any) -> Any:
    answer = await api.post("/apps", {"name": name, "label": label, **more})
    assert answer.status == 200, answer.body
    return answer.body


async def test_a_name_and_a_label_are_enough_to_make_an_app(api):
    """An app starts active, with nothing switched on."""
    app = await make_app(api)
    assert app["id"].startswith("0oa")
    assert (app["name"], app["label"], app["status"]) == ("scim2_bearer_token", "Wiki", "ACTIVE")
    assert app["features"] == ["SCIM_PROVISIONING"]
    assert app["credentials"]["userNameTemplate"]["template"] == "${source.login}"
    assert app["_links"]["self"]["href"] == f"{api.url}/api/v1/apps/{app['id']}"
    assert (await api.get(f"/apps/{app['id']}")).body == app


async def test_an_app_can_be_made_inactive(api):
    """`?activate=false` makes an app that provisions nobody yet."""
    answer = await api.post("/apps?activate=false", {"name": "scim2_custom", "label": "Wiki"})
    assert answer.body["status"] == "INACTIVE"
    assert "activate" in answer.body["_links"]


async def test_an_unknown_catalogue_entry_is_refused_with_the_known_ones(api):
    """The refusal says what there is."""
    answer = await api.post("/apps", {"name": "scim3", "label": "Wiki"})
    assert (answer.status, answer.code) == (400, "E0000001")
    assert "scim2_basic_auth, scim2_bearer_token, scim2_custom, scim2_header_auth" in answer.causes[0]
    assert (await api.get("/apps")).body == []


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"label": ""}, "label"),
        ({"label": None}, "label"),
        ({"label": "x" * 101}, "label"),
        ({"name": 7}, "name"),
        ({"settings": []}, "settings"),
        ({"signOnMode": "MAGIC"}, "signOnMode"),
        ({"credentials": {"userNameTemplate": "x"}}, "credentials.userNameTemplate"),
        ({"credentials": {"userNameTemplate": {"template": "${"}}}, "credentials.userNameTemplate.template"),
        *(
            ({"credentials": {"userNameTemplate": {name: value}}}, f"credentials.userNameTemplate.{name}")
            for name, value in (
                ("template", "${source.nothing}"),
                ("type", "MAGIC"),
                ("pushStatus", "LATER"),
                ("userSuffix", "${source.login}"),
            )
        ),
        ({"settings": {"provisor": {"limits": {"concurrency": 0}}}}, "settings.provisor.limits.concurrency"),
        ({"settings": {"provisor": {"limits": {"rate": -1}}}}, "settings.provisor.limits.rate"),
        ({"settings": {"provisor": {"limits": {"holdPercent": True}}}}, "settings.provisor.limits.holdPercent"),
        ({"settings": {"provisor": {"limits": {"speed": 1}}}}, "settings.provisor.limits.speed"),
        ({"settings": {"provisor": {"limit": {}}}}, "settings.provisor"),
    ],
)
async def test_a_value_that_cannot_be_used_is_named(api, change, path):
    """The error names the property, and nothing is made."""
    answer = await api.post("/apps", {"name": "scim2_custom", "label": "Wiki", **change})
    assert (answer.status, answer.code) == (400, "E0000001")
    assert answer.causes[0].startswith(f"{path}: ")
    assert (await api.get("/apps")).body == []


async def test_what_okta_clients_send_is_echoed_but_no_password(api):
    """Settings and the like come back; of credentials only the user name template does."""
    sent = {
        "settings": {"notifications": {"vpn": {"network": {"connection": "DISABLED"}}}},
        "visibility": {"autoSubmitToolbar": True, "hide": {"iOS": True, "web": False}},
        "accessibility": {"selfService": True},
        "signOnMode": "BASIC_AUTH",
        "credentials": {
            "scheme": "SHARED_USERNAME_AND_PASSWORD",
            "password": {"value": "s3cret"},
            "userNameTemplate": {"template": "${source.email}", "type": "CUSTOM"},
        },
    }
    app = await make_app(api, **sent)
    assert app["settings"]["notifications"] == sent["settings"]["notifications"]
    assert app["visibility"] == sent["visibility"]
    assert app["accessibility"] == sent["accessibility"]
    assert app["signOnMode"] == "BASIC_AUTH"
    assert app["credentials"] == {"userNameTemplate": {"template": "${source.email}", "type": "CUSTOM"}}


async def test_limits_stay_when_a_client_writes_back_an_app_without_them(api):
    """A client that knows only Okta's object must not take a safeguard away."""
    limits = {"concurrency": 4, "rate": 2.5, "holdPercent": 5, "holdFloor": 3}
    limits |= {"overwritePercent": 7, "overwriteFloor": 9}
    app = await make_app(api, settings={"provisor": {"limits": limits}})
    assert app["settings"]["provisor"]["limits"] == limits
    answer = await api.put(f"/apps/{app['id']}", {"name": app["name"], "label": "Wiki 2", "settings": {}})
    assert answer.body["label"] == "Wiki 2"
    assert answer.body["settings"]["provisor"]["limits"] == limits
    answer = await api.put(f"/apps/{app['id']}", {"label": "Wiki 2", "settings": {"provisor": {"limits": {}}}})
    assert answer.body["settings"]["provisor"]["limits"] == {
        "concurrency": 16, "rate": None, "holdPercent": 20, "holdFloor": 50,
        "overwritePercent": 25, "overwriteFloor": 100,
    }  # fmt: skip


async def test_a_put_replaces_and_the_catalogue_entry_stays(api):
    """What a PUT leaves out is cleared; an app cannot become another kind of app."""
    app = await make_app(api, accessibility={"selfService": True})
    answer = await api.put(f"/apps/{app['id']}", {"name": app["name"], "label": "Docs"})
    assert answer.status == 200
    assert answer.body["accessibility"] == {"selfService": False}
    refused = await api.put(f"/apps/{app['id']}", {"name": "scim2_custom", "label": "Docs"})
    assert (refused.status, refused.code) == (400, "E0000001")
    assert "scim2_bearer_token" in refused.causes[0]


async def test_only_an_inactive_app_can_be_deleted(api):
    """Deactivating comes first; afterwards nothing of the app is left but the log."""
    app = await make_app(api)
    path = f"/apps/{app['id']}"
    refused = await api.delete(path)
    assert (refused.status, refused.code) == (403, "E0000056")
    assert (await api.post(f"{path}/lifecycle/deactivate")).status == 200
    assert (await api.post(f"{path}/lifecycle/deactivate")).status == 200
    assert (await api.get(path)).body["status"] == "INACTIVE"
    assert (await api.delete(path)).status == 204
    gone = await api.get(path)
    assert (gone.status, gone.code) == (404, "E0000007")
    async with api.database.read() as connection:
        types = [
            row[0] for row in await connection.fetch("SELECT type FROM event WHERE app_id = $1 ORDER BY seq", app["id"])
        ]
    assert types == [
        "application.lifecycle.create",
        "application.lifecycle.deactivate",
        "application.lifecycle.delete",
    ]


async def test_deleting_an_app_forgets_its_people(api):
    """No row of anybody in the app stays behind."""
    app = await make_app(api)
    user = (await api.post("/users?activate=true", {"profile": profile("ann@example.com")})).body
    await api.post(f"/apps/{app['id']}/users", {"id": user["id"], "profile": {"costCenter": "1"}})
    await api.post(f"/apps/{app['id']}/lifecycle/deactivate")
    assert (await api.delete(f"/apps/{app['id']}")).status == 204
    async with api.database.read() as connection:
        for table in ("app_user", "app_user_state", "dirty", "task"):
            assert await connection.fetchval(f"SELECT count(*) FROM {table}") == 0, table


async def test_apps_are_listed_page_by_page_and_found_by_prefix_and_filter(api):
    """`q` is a prefix of label or name; `filter` compares status, name, user and group."""
    made = [await make_app(api, label=f"App {number}") for number in range(5)]
    await api.post(f"/apps/{made[0]['id']}/lifecycle/deactivate")
    seen, address = [], "/apps?limit=2"
    while address:
        answer = await api.get(address)
        seen += [app["label"] for app in answer.body]
        address = answer.next
    assert seen == [f"App {number}" for number in range(5)]
    assert [a["label"] for a in (await api.get("/apps?q=app%203")).body] == ["App 3"]
    assert len((await api.get("/apps?q=scim2")).body) == 5
    inactive = await api.get("/apps", params={"filter": 'status eq "INACTIVE"'})
    assert [app["label"] for app in inactive.body] == ["App 0"]
    either = await api.get(
        "/apps", params={"filter": f'(id eq "{made[1]["id"]}" or id eq "{made[2]["id"]}") and status eq "ACTIVE"'}
    )
    assert [app["label"] for app in either.body] == ["App 1", "App 2"]
    assert (await api.get("/apps", params={"filter": 'user.id eq "00u"'})).body == []


@pytest.mark.parametrize(
    "filter", ['label eq "x"', 'status ne "ACTIVE"', "status eq", 'not (status eq "ACTIVE")', "status eq 1"]
)
async def test_a_filter_that_apps_do_not_have_is_refused(api, filter):
    """Neither a wrong filter nor an unsupported one is taken for “everything”."""
    answer = await api.get("/apps", params={"filter": filter})
    assert answer.status == 400
    assert answer.code in ("E0000053", "E0000094", "E0000031")


def profile(login: str) -> dict[str, str]:
    return {"login": login, "email": login, "firstName": "Ann", "lastName": "Lee"}

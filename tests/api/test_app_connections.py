"""The connection of an app: tested on save, never shown again, and what saving a good one sets right."""

import asyncio

import pytest
from okta.models import ProvisioningConnectionResponse

from provisor.connector import ConfigError
from provisor.scimserver.auth import basic, raw_header
from provisor.scimserver.options import Options
from provisor.scimserver.testing import Rule, running
from provisor.store.database import connect


@pytest.fixture
async def peer():
    """A reference app that takes a bearer token."""
    async with running() as peer:
        yield peer


async def make_app(api, name: str = "scim2_bearer_token") -> str:
    """The path of a new app."""
    answer = await api.post("/apps", {"name": name, "label": "Wiki"})
    assert answer.status == 200, answer.body
    return f"/apps/{answer.body['id']}"


def token(peer, value: str | None = None):
    return {"baseUrl": peer.url, "profile": {"authScheme": "TOKEN", "token": value or peer.token}}


async def count(api, sql: str, *values) -> int:
    async with api.database.read() as connection:
        return await connection.fetchval(sql, *values)


async def test_an_app_without_a_connection_shows_an_unknown_one(api):
    """Okta's word for it; there is nothing to activate."""
    app = await make_app(api)
    shown = await api.get(f"{app}/connections/default")
    assert shown.body["status"] == "UNKNOWN"
    assert list(shown.body["_links"]) == ["self"]
    refused = await api.post(f"{app}/connections/default/lifecycle/activate")
    assert (refused.status, refused.code) == (404, "E0000007")


async def test_good_credentials_are_tested_saved_and_never_shown(api, peer):
    """Okta's test request goes out; the token comes back in no answer and stands readable in no row."""
    app = await make_app(api)
    saved = await api.post(f"{app}/connections/default?activate=TRUE", token(peer))
    assert saved.status == 200, saved.body
    assert saved.body["status"] == "ENABLED"
    assert saved.body["profile"] == {"authScheme": "TOKEN", "provisor": {"authScheme": "TOKEN"}}
    assert saved.body["baseUrl"] == peer.url
    assert "deactivate" in saved.body["_links"]
    assert [(each.method, each.target) for each in peer.journal] == [("GET", "/scim/v2/Users?startIndex=1&count=2")]
    shown = await api.get(f"{app}/connections/default")
    assert shown.body == saved.body
    async with api.database.read() as connection:
        row = await connection.fetchrow("SELECT * FROM app_connection")
        events = await connection.fetch("SELECT * FROM event")
    assert peer.token.encode() not in bytes(row["secret"])
    assert peer.token not in str(events)


async def test_a_new_connection_waits_for_its_activation(api, peer):
    """Without `?activate=true` it is saved and disabled; later saves keep what it was."""
    app = await make_app(api)
    saved = await api.post(f"{app}/connections/default", token(peer))
    assert saved.body["status"] == "DISABLED"
    assert (await api.post(f"{app}/connections/default/lifecycle/activate")).status == 204
    assert (await api.get(f"{app}/connections/default")).body["status"] == "ENABLED"
    assert (await api.post(f"{app}/connections/default", token(peer))).body["status"] == "ENABLED"
    assert (await api.post(f"{app}/connections/default/lifecycle/deactivate")).status == 204
    assert (await api.get(f"{app}/connections/default")).body["status"] == "DISABLED"


async def test_bad_credentials_are_refused_with_the_apps_reason_and_nothing_is_saved(api, peer):
    """E0000059 carries what the app said, and not the token."""
    app = await make_app(api)
    refused = await api.post(f"{app}/connections/default?activate=true", token(peer, "wrong-token-value"))
    assert (refused.status, refused.code) == (400, "E0000059")
    assert refused.causes[0].startswith("Error authenticating: ")
    assert "wrong-token-value" not in str(refused.body)
    assert await count(api, "SELECT count(*) FROM app_connection") == 0


async def test_a_bad_save_leaves_the_good_connection_as_it_was(api, peer):
    """The stored credentials are replaced only by ones that work."""
    app = await make_app(api)
    await api.post(f"{app}/connections/default?activate=true", token(peer))
    before = await count(api, "SELECT secret FROM app_connection")
    await api.post(f"{app}/connections/default?activate=true", token(peer, "wrong"))
    assert await count(api, "SELECT secret FROM app_connection") == before


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        (Rule(status=500, body="<html>oops</html>"), "Internal Server Error"),
        (Rule(status=200, body="<html>hello</html>"), "No results for users returned"),
        (Rule(status=404, body=""), "check the base URL"),
        (Rule(drop="after"), "closed the connection"),
        (Rule(status=302, headers={"location": "https://example.com/"}), "https://example.com/"),
        (Rule(status=429, headers={"retry-after": "7"}), "Too Many Requests"),
    ],
)
async def test_whatever_the_app_answers_becomes_a_sentence(api, peer, rule, reason):
    """A server that fails, lies, is elsewhere or hangs up: E0000059 with what was seen."""
    app = await make_app(api)
    peer.faults.add(rule)
    refused = await api.post(f"{app}/connections/default?activate=true", token(peer))
    assert (refused.status, refused.code) == (400, "E0000059")
    assert reason in refused.causes[0]


@pytest.mark.parametrize(
    ("base_url", "reason"),
    [
        ("ftp://127.0.0.1/scim", "https://"),
        ("https://user:pass@127.0.0.1/scim", "holds credentials"),
        ("http://169.254.169.254/latest", "metadata"),
        ("http://10.1.2.3/scim", "PROVISOR_EGRESS_ALLOW"),
        ("http://127.0.0.1:1/scim", "Connect to 127.0.0.1:1 failed"),
        ("https://no-such-host.invalid/scim", "cannot be resolved"),
    ],
)
async def test_an_address_that_cannot_be_used_is_refused_with_its_reason(api, base_url, reason):
    """Addresses nobody may reach name the setting; addresses nobody answers at say so."""
    app = await make_app(api)
    body = {"baseUrl": base_url, "profile": {"authScheme": "TOKEN", "token": "t"}}
    refused = await api.post(f"{app}/connections/default", body)
    assert (refused.status, refused.code) == (400, "E0000059")
    assert reason in refused.causes[0]


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({}, "profile"),
        ({"profile": "x"}, "profile"),
        ({"profile": {}}, "profile.authScheme"),
        ({"profile": {"authScheme": "KERBEROS"}}, "profile.authScheme"),
        ({"profile": {"authScheme": "OAUTH2"}}, "profile.clientId"),
        ({"profile": {"authScheme": "TOKEN"}}, "profile.token"),
        ({"profile": {"authScheme": "TOKEN", "token": ""}}, "profile.token"),
        ({"profile": {"authScheme": "TOKEN", "token": "t"}}, "baseUrl"),
        ({"baseUrl": 1, "profile": {"authScheme": "TOKEN", "token": "t"}}, "baseUrl"),
        ({"baseUrl": "https://a.example", "profile": {"authScheme": "BASIC", "username": "u"}}, "profile.password"),
        ({"baseUrl": "https://a.example", "profile": {"authScheme": "HEADER", "token": "t"}}, "profile.authScheme"),
    ],
)
async def test_an_incomplete_connection_names_what_is_missing(api, body, path):
    """Nothing is sent to the app for it."""
    app = await make_app(api)
    refused = await api.post(f"{app}/connections/default", body)
    assert (refused.status, refused.code) == (400, "E0000001")
    assert refused.causes[0].startswith(path)


async def test_an_unknown_app_has_no_connection(api):
    """404 before anything else."""
    body = {"baseUrl": "https://a.example", "profile": {"authScheme": "TOKEN", "token": "t"}}
    for answer in (
        await api.get("/apps/0oanone/connections/default"),
        await api.post("/apps/0oanone/connections/default", body),
    ):
        assert (answer.status, answer.code) == (404, "E0000007")


async def test_basic_credentials_serve(api):
    """User name and password, for the template that takes them."""
    async with running(Options(credential=basic("svc", "p:ä$$"), faults=True)) as peer:
        app = await make_app(api, "scim2_basic_auth")
        profile = {"authScheme": "BASIC", "username": "svc", "password": "p:ä$$"}
        saved = await api.post(f"{app}/connections/default?activate=true", {"baseUrl": peer.url, "profile": profile})
        assert saved.status == 200, saved.body
        assert saved.body["profile"] == {"authScheme": "UNKNOWN", "provisor": {"authScheme": "BASIC"}}


async def test_a_header_is_sent_as_it_is_and_a_wizards_header_as_a_bearer_token(api):
    """The same scheme means two things, as the catalogue entry says."""
    async with running(Options(credential=raw_header("s3cret value"), faults=True)) as peer:
        app = await make_app(api, "scim2_header_auth")
        profile = {"authScheme": "HEADER", "token": "s3cret value"}
        saved = await api.post(f"{app}/connections/default?activate=true", {"baseUrl": peer.url, "profile": profile})
        assert saved.status == 200, saved.body
    async with running() as peer:
        app = await make_app(api, "scim2_custom")
        profile = {"authScheme": "HEADER", "token": peer.token}
        saved = await api.post(f"{app}/connections/default?activate=true", {"baseUrl": peer.url, "profile": profile})
        assert saved.status == 200, saved.body
        assert saved.body["profile"] == {"authScheme": "UNKNOWN", "provisor": {"authScheme": "HEADER"}}


async def test_an_oauth_client_is_shown_without_its_secret_and_waits_for_a_person(api, peer):
    """Okta's fields where it has some, ours beside them; `okta`'s own model takes the answer."""
    app = await make_app(api)
    ours = {
        "grantType": "authorization_code",
        "clientSecret": "s3cret-of-a-client",
        "tokenUrl": "http://127.0.0.1:1/token",
        "authorizeUrl": "http://127.0.0.1:1/authorize",
        "scope": "scim offline_access",
        "parameters": {"audience": "https://api.example.com"},
    }
    profile = {"authScheme": "OAUTH2", "clientId": "c1", "provisor": ours}
    saved = await api.post(f"{app}/connections/default?activate=true", {"baseUrl": peer.url, "profile": profile})
    assert (saved.status, saved.body["status"]) == (200, "DISABLED"), saved.body
    shown = saved.body["profile"]
    assert (shown["clientId"], shown["provisor"]["authorization"]) == ("c1", {"status": "WAITING"})
    assert shown["provisor"]["redirectUri"].endswith(
        f"{app.replace('/apps', '/admin/apps')}/provisioning/integration/callback"
    )
    assert {name: shown["provisor"][name] for name in ours if name != "clientSecret"} == {
        name: value for name, value in ours.items() if name != "clientSecret"
    }
    assert "s3cret" not in str(saved.body)
    model = ProvisioningConnectionResponse.from_dict(saved.body)
    assert model.profile.auth_scheme.value == "OAUTH2"
    refused = await api.post(f"{app}/connections/default/lifecycle/activate")
    assert refused.status == 403 and "authorized" in str(refused.body)
    assert peer.journal == []


async def test_the_end_of_credentials_is_shown(api, peer):
    """As a moment, whether it was typed as a date or not."""
    app = await make_app(api)
    profile = {"authScheme": "TOKEN", "token": peer.token, "provisor": {"expires": "2031-05-06"}}
    saved = await api.post(f"{app}/connections/default?activate=true", {"baseUrl": peer.url, "profile": profile})
    assert saved.body["profile"]["provisor"]["expires"] == "2031-05-06T23:59:59.999Z"
    refused = await api.post(
        f"{app}/connections/default", {"profile": {**profile, "provisor": {"expires": "next year"}}}
    )
    assert refused.causes[0].startswith("profile.provisor.expires: ")


@pytest.mark.parametrize("header", ["Host", "content-length", "X Y", "X:Y", "", "X\r\nY", 7])
async def test_a_header_that_would_break_the_request_is_refused(api, peer, header):
    """The name is checked before anything is sent."""
    app = await make_app(api, "scim2_header_auth")
    profile = {"authScheme": "HEADER", "token": "t", "header": header}
    refused = await api.post(f"{app}/connections/default", {"baseUrl": peer.url, "profile": profile})
    assert (refused.status, refused.code) == (400, "E0000001")
    assert peer.journal == []


async def test_good_credentials_end_the_pause_and_close_the_task(api, peer, database):
    """An app that stopped for bad credentials goes on when good ones are saved, and nobody has to tell it twice."""
    app = await make_app(api)
    await api.post(f"{app}/connections/default?activate=true", token(peer))
    app_id = app.rpartition("/")[2]
    connection = await connect(database)
    await connection.execute(
        "INSERT INTO app_lease (app_id, paused_until, pause_reason) VALUES ($1, 'infinity', 'refused')", app_id
    )
    await connection.execute(
        "INSERT INTO task (id, kind, app_id, summary, detail) VALUES ('tsk1', 'CREDENTIALS', $1, 's', 'd')", app_id
    )
    woken: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    await connection.add_listener("provisor_dirty", lambda _c, _pid, _channel, payload: woken.set_result(payload))
    assert (await api.post(f"{app}/connections/default", token(peer))).status == 200
    async with asyncio.timeout(10):
        assert await woken == app_id
    await connection.close()
    assert await count(api, "SELECT count(*) FROM task WHERE resolved IS NULL") == 0
    assert await count(api, "SELECT count(*) FROM app_lease WHERE paused_until > now() OR pause_reason <> ''") == 0


async def test_the_factory_opens_what_was_saved(api, peer):
    """The worker gets a connector that serves; its revision moves with every change."""
    app = await make_app(api)
    app_id = app.rpartition("/")[2]
    with pytest.raises(ConfigError, match="has no connection"):
        await api.connectors.open(app_id)
    assert await api.connectors.revision(app_id) is None
    await api.post(f"{app}/connections/default?activate=true", token(peer))
    connector = await api.connectors.open(app_id)
    await connector.test()
    await connector.close()
    first = await api.connectors.revision(app_id)
    await api.post(f"{app}/connections/default", token(peer))
    assert await api.connectors.revision(app_id) > first
    await api.post(f"{app}/connections/default/lifecycle/deactivate")
    assert await api.connectors.revision(app_id) is None
    with pytest.raises(ConfigError, match="deactivated"):
        await api.connectors.open(app_id)


async def test_credentials_sealed_with_a_lost_key_ask_to_be_entered_anew(api, peer):
    """A restore without the key says which app needs what, instead of failing oddly."""
    app = await make_app(api)
    await api.post(f"{app}/connections/default?activate=true", token(peer))
    async with api.database.pool.acquire() as connection:
        await connection.execute("UPDATE app_connection SET secret = set_byte(secret, 3, get_byte(secret, 3) # 1)")
    with pytest.raises(ConfigError, match="another key"):
        await api.connectors.open(app.rpartition("/")[2])


async def test_features_need_an_active_connection(api, peer):
    """Nothing can be switched on for an app that cannot be reached, and the refusal says so."""
    app = await make_app(api)
    enable = {"create": {"lifecycleCreate": {"status": "ENABLED"}}}
    shown = (await api.get(f"{app}/features/USER_PROVISIONING")).body
    assert shown["status"] == "DISABLED"
    refused = await api.put(f"{app}/features/USER_PROVISIONING", enable)
    assert (refused.status, refused.code) == (400, "E0000001")
    assert "no active connection" in refused.causes[0]
    await api.post(f"{app}/connections/default?activate=true", token(peer))
    shown = (await api.put(f"{app}/features/USER_PROVISIONING", enable)).body
    assert shown["status"] == "ENABLED"
    assert shown["capabilities"] == {
        "create": {"lifecycleCreate": {"status": "ENABLED"}},
        "update": {
            "profile": {"status": "DISABLED"},
            "lifecycleDeactivate": {"status": "DISABLED"},
            "password": {"status": "DISABLED", "seed": "RANDOM", "change": "KEEP_EXISTING"},
        },
        "provisor": {
            "excludeUsernameUpdates": {"status": "DISABLED"},
            "pushNullValues": {"status": "ENABLED"},
        },
    }


async def test_a_put_of_features_is_partial_and_shows_on_the_app(api, peer):
    """What the body leaves out stays; the app's `features` list follows."""
    app = await make_app(api)
    await api.post(f"{app}/connections/default?activate=true", token(peer))
    await api.put(f"{app}/features/USER_PROVISIONING", {"create": {"lifecycleCreate": {"status": "ENABLED"}}})
    both = {"update": {"profile": {"status": "ENABLED"}, "lifecycleDeactivate": {"status": "ENABLED"}}}
    await api.put(f"{app}/features/USER_PROVISIONING", both)
    assert (await api.get(app)).body["features"] == [
        "SCIM_PROVISIONING",
        "PUSH_NEW_USERS",
        "PUSH_PROFILE_UPDATES",
        "PUSH_USER_DEACTIVATION",
        "REACTIVATE_USERS",
    ]
    await api.put(f"{app}/features/USER_PROVISIONING", {"create": {"lifecycleCreate": {"status": "DISABLED"}}})
    assert "PUSH_NEW_USERS" not in (await api.get(app)).body["features"]
    assert [each["name"] for each in (await api.get(f"{app}/features")).body] == [
        "USER_PROVISIONING",
        "INBOUND_PROVISIONING",
    ]


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"create": 1}, "create: "),
        ({"create": {"lifecycleCreate": {"status": "ON"}}}, "create.lifecycleCreate.status: "),
        ({"update": {"password": {"seed": "MINE"}}}, "update.password.seed: "),
        ({"update": {"password": {"status": "ENABLED", "seed": "OKTA"}}}, "update.password.seed: "),
    ],
)
async def test_a_capability_that_cannot_be_used_is_named(api, peer, body, path):
    """And nothing of the same body is switched."""
    app = await make_app(api)
    await api.post(f"{app}/connections/default?activate=true", token(peer))
    refused = await api.put(f"{app}/features/USER_PROVISIONING", body)
    assert (refused.status, refused.code) == (400, "E0000001")
    assert refused.causes[0].startswith(path)


async def test_how_updates_are_sent_is_switched_under_our_own_key(api):
    """Exclude Username Updates and Push Null Values need no connection, and Okta's name of the one shows on the app."""
    app = await make_app(api)
    body = {"provisor": {"excludeUsernameUpdates": {"status": "ENABLED"}, "pushNullValues": {"status": "DISABLED"}}}
    shown = (await api.put(f"{app}/features/USER_PROVISIONING", body)).body
    assert shown["capabilities"]["provisor"] == body["provisor"]
    assert (await api.get(app)).body["features"] == ["SCIM_PROVISIONING", "EXCLUDE_USERNAME_UPDATE_ON_PROFILE_PUSH"]
    wrong = await api.put(f"{app}/features/USER_PROVISIONING", {"provisor": {"pushNullValues": {"status": "MAYBE"}}})
    assert wrong.causes == ["provisor.pushNullValues.status: must be ENABLED or DISABLED"]


async def test_unknown_features_are_not_found_and_imports_cannot_be_switched_on(api):
    """Two features exist; the inbound one is shown, off."""
    app = await make_app(api)
    assert (await api.get(f"{app}/features/MAGIC")).code == "E0000007"
    assert (await api.get(f"{app}/features/INBOUND_PROVISIONING")).body["status"] == "DISABLED"
    assert (await api.put(f"{app}/features/INBOUND_PROVISIONING", {})).code == "E0000001"

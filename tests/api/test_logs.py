"""The System Log over HTTP: what a LogEvent holds, bounded queries, and polling."""

from urllib.parse import quote

import asyncpg

ANN = {"login": "ann@example.com", "email": "ann@example.com", "firstName": "Ann", "lastName": "Lee"}


async def make_user(api, login: str = "ann@example.com", query: str = "") -> str:
    return (await api.post(f"/users{query}", {"profile": {**ANN, "login": login}})).body["id"]


async def types(api, **params) -> list[str]:
    answer = await api.get("/logs", params=params)
    assert answer.status == 200, answer.body
    return [event["eventType"].removeprefix("user.lifecycle.") for event in answer.body]


async def test_an_event_has_oktas_shape(api):
    """Who did what to whom, from where, in which request."""
    made = await api.post("/users?activate=false", {"profile": ANN}, headers={"User-Agent": "curl/8"})
    event = (await api.get("/logs")).body[-1]
    token = (await api.get("/users/me")).body["id"]
    assert event == {
        "uuid": event["uuid"],
        "version": "0",
        "published": event["published"],
        "eventType": "user.lifecycle.create",
        "legacyEventType": None,
        "displayMessage": "Create user",
        "severity": "INFO",
        "actor": {
            "id": token,
            "type": "PublicClientApp",
            "alternateId": "bootstrap",
            "displayName": "bootstrap",
            "detailEntry": None,
        },
        "client": {
            "id": None,
            "device": "Unknown",
            "ipAddress": "127.0.0.1",
            "zone": "null",
            "userAgent": {"rawUserAgent": "curl/8", "os": "Unknown", "browser": "UNKNOWN"},
            "geographicalContext": None,
        },
        "authenticationContext": {
            "authenticationProvider": None,
            "authenticationStep": 0,
            "credentialProvider": None,
            "credentialType": None,
            "externalSessionId": event["transaction"]["id"],
            "interface": None,
            "issuer": None,
        },
        "outcome": {"result": "SUCCESS", "reason": None},
        "securityContext": {"asNumber": None, "asOrg": None, "isp": None, "domain": None, "isProxy": None},
        "debugContext": {"debugData": {"requestUri": "/api/v1/users"}},
        "transaction": {
            "type": "WEB",
            "id": made.headers["x-okta-request-id"],
            "detail": {"requestApiTokenId": token},
        },
        "request": {"ipChain": [{"ip": "127.0.0.1", "version": "V4", "source": None, "geographicalContext": None}]},
        "target": [
            {
                "id": made.body["id"],
                "type": "User",
                "alternateId": "ann@example.com",
                "displayName": "Ann Lee",
                "detailEntry": None,
            }
        ],
    }


async def test_an_assignment_names_the_person_their_account_and_the_app(api):
    """In Okta's order: User, AppUser, AppInstance."""
    user_id = await make_user(api)
    app = (await api.post("/apps", {"name": "scim2_bearer_token", "label": "Wiki"})).body
    await api.post(f"/apps/{app['id']}/users", {"id": user_id})
    event = (await api.get(f'/logs?filter=target.id eq "{app["id"]}" and target.type eq "AppUser"')).body[0]
    assert event["eventType"] == "application.user_membership.add"
    assert [target["type"] for target in event["target"]] == ["User", "AppUser", "AppInstance"]
    assert [target["id"][:3] for target in event["target"]] == ["00u", "0ua", "0oa"]
    assert event["target"][2]["displayName"] == "Wiki"


async def test_events_are_filtered(api):
    """By what the database knows, by anything else in the event, and by both."""
    ann = await make_user(api)
    bob = await make_user(api, "bob@example.com", "?activate=false")
    await api.post(f"/users/{ann}/lifecycle/deactivate")
    token = (await api.get("/users/me")).body["id"]
    for filter, found in (
        ('eventType eq "user.lifecycle.create"', ["create", "create"]),
        ('eventType eq "USER.lifecycle.create"', ["create", "create"]),
        (f'target.id eq "{ann}"', ["create", "activate", "deactivate"]),
        (f'target.id eq "{ann}" or target.id eq "{bob}"', ["create", "activate", "create", "deactivate"]),
        (f'target.id eq "{ann}" and eventType sw "user.lifecycle.a"', ["activate"]),
        (
            'eventType eq "user.lifecycle.activate" or eventType eq "user.lifecycle.deactivate"',
            ["activate", "deactivate"],
        ),
        (f'actor.id eq "{token}" and outcome.result eq "success"', ["create", "activate", "create", "deactivate"]),
        ('outcome.result eq "FAILURE"', []),
        ('target.displayName eq "ann lee" and eventType co "lifecycle.de"', ["deactivate"]),
        ('not (eventType ew "create")', ["activate", "deactivate"]),
        ("outcome.reason pr", []),
        ('severity eq "INFO" and (eventType eq "x" or eventType ew "activate")', ["activate", "deactivate"]),
        ('transaction.id eq "none"', []),
        ('target.id eq "elsewhere"', []),
    ):
        assert await types(api, filter=filter) == found, filter


async def test_keywords_are_found_anywhere(api):
    """All of them, without regard to case; at most ten of forty characters."""
    await make_user(api)
    await make_user(api, "bob@example.com")
    assert await types(api, q="BOB@example lifecycle.cre") == ["create"]
    assert await types(api, q="bob zebra") == []
    assert await types(api, q="create", filter='eventType eq "user.lifecycle.activate"') == []
    for q in ("x " * 11, "x" * 41):
        answer = await api.get("/logs", params={"q": q})
        assert (answer.status, answer.code) == (400, "E0000031")


async def test_what_cannot_be_asked_is_refused(api):
    """With Okta's code for each."""
    for params, code in (
        ({"filter": "eventType"}, "E0000053"),
        ({"filter": 'published gt "2026-01-01T00:00:00.000Z"'}, "E0000053"),
        ({"filter": 'target[type eq "User"]'}, "E0000053"),
        ({"since": "2020-01-01T00:00:00.000Z"}, "E0000053"),
        ({"since": "yesterday"}, "E0000030"),
        ({"until": "0000"}, "E0000030"),
        ({"until": "0001-01-01T00:00:00Z"}, "E0000030"),
        ({"until": "9999-12-31T23:59:59-12:00"}, "E0000030"),
        ({"after": "WzkyMjMzNzIwMzY4NTQ3NzU4MDgsMV0"}, "E0000054"),
        ({"limit": "x"}, "E0000029"),
        ({"after": "x"}, "E0000054"),
        ({"sortOrder": "UP"}, "E0000001"),
    ):
        answer = await api.get("/logs", params=params)
        assert (answer.status, answer.code) == (400, code), params


async def test_a_bounded_query_ends(api):
    """Pages until there are no more, in both orders; `until` is not part of it."""
    for number in range(3):
        await make_user(api, f"user{number}@example.com", "?activate=false")
    events = (await api.get("/logs")).body
    await make_user(api, "later@example.com")
    until = (await api.get("/logs")).body[-1]["published"]
    for order in ("ASCENDING", "DESCENDING"):
        answer = await api.get("/logs", params={"until": until, "limit": "2", "sortOrder": order})
        found = []
        while True:
            found += [event["uuid"] for event in answer.body]
            if answer.next is None:
                break
            answer = await api.get(answer.next)
        ordered = events if order == "ASCENDING" else events[::-1]
        assert [uuid for uuid in found if uuid in {each["uuid"] for each in events}] == [e["uuid"] for e in ordered]
    first = events[1]["published"]
    since = await api.get("/logs", params={"since": first, "until": until})
    assert all(event["published"] >= first for event in since.body)


async def test_polling_always_has_a_next_link_and_goes_on_where_it_was(api):
    """Also on an empty page; what is new arrives once."""
    answer = await api.get("/logs?since=2999-01-01T00:00:00.000Z")
    assert answer.body == [] and answer.next is not None
    await make_user(api, query="?activate=false")
    answer = await api.get("/logs")
    assert answer.body[-1]["eventType"] == "user.lifecycle.create"
    empty = await api.get(answer.next)
    assert empty.body == [] and empty.next is not None
    await make_user(api, "bob@example.com", "?activate=false")
    fresh = await api.get(empty.next)
    assert [event["target"][0]["alternateId"] for event in fresh.body] == ["bob@example.com"]
    filtered = await api.get('/logs?filter=eventType eq "x"')
    assert filtered.body == [] and filtered.next is not None
    assert (await api.get(filtered.next)).body == []


async def test_polling_does_not_skip_the_events_of_a_long_transaction(api, database):
    """Events of transactions that began before others ended wait, and then arrive."""
    slow = await asyncpg.connect(database)
    transaction = slow.transaction()
    await transaction.start()
    await slow.execute(
        """INSERT INTO event (type, transaction_id, actor_id, user_id)
        VALUES ('user.lifecycle.create', 'trnslow', 'provisor', '00uslow')"""
    )
    await make_user(api, query="?activate=false")
    before = await api.get("/logs")
    assert all(event["eventType"] != "user.lifecycle.create" for event in before.body)
    await transaction.commit()
    await slow.close()
    after = await api.get(before.next)
    created = [event for event in after.body if event["eventType"] == "user.lifecycle.create"]
    assert [event["target"][0]["alternateId"] for event in created] == ["unknown", "ann@example.com"]
    assert created[0]["actor"]["alternateId"] == "system@provisor"
    assert [event["transaction"]["type"] for event in created] == ["JOB", "WEB"]


async def test_names_that_vanished_are_told_as_such(api):
    """A deleted person's events stay, without the name."""
    user_id = await make_user(api)
    for _ in range(2):
        await api.delete(f"/users/{user_id}")
    log = (await api.get(f"/logs?filter={quote(f'target.id eq {chr(34)}{user_id}{chr(34)}')}")).body
    assert {event["target"][0]["displayName"] for event in log} == {"A person who was deleted"}

"""Making and changing people over HTTP, and what each change leaves behind."""

import asyncio

import pytest

ANN = {"login": "ann@example.com", "email": "ann@example.com", "firstName": "Ann", "lastName": "Lee"}


async def make(api, query: str = "", **attributes) -> dict:
    """A person."""
    answer = await api.post(f"/users{query}", {"profile": {**ANN, **attributes}})
    assert answer.status == 200, answer.body
    return answer.body


async def test_a_new_user_has_okta_shape(api):
    """Every field, with nulls where Okta has nulls."""
    user = await make(api, title="Lead")
    assert user["id"].startswith("00u") and len(user["id"]) == 20
    assert user["status"] == "PROVISIONED"
    assert user["profile"] == {**ANN, "title": "Lead", "mobilePhone": None, "secondEmail": None}
    assert user["credentials"] == {"provider": {"type": "OKTA", "name": "OKTA"}}
    assert user["activated"] == user["statusChanged"] == user["created"]
    assert user["created"].endswith("Z") and len(user["created"]) == 24
    assert user["lastLogin"] is user["passwordChanged"] is None
    assert (await api.get(f"/users/{user['id']}")).body == user


@pytest.mark.parametrize(
    ("query", "credentials", "status"),
    [
        ("?activate=false", {}, "STAGED"),
        ("?activate=false", {"password": {"value": "correct horse"}}, "STAGED"),
        ("?activate=true", {}, "PROVISIONED"),
        ("", {"password": {"value": "correct horse"}}, "ACTIVE"),
        ("?nextLogin=changePassword", {"password": {"value": "correct horse"}}, "PASSWORD_EXPIRED"),
        ("?provider=true", {"provider": {"type": "FEDERATION", "name": "FEDERATION"}}, "ACTIVE"),
        ("?provider=true&activate=false", {"provider": {"type": "SOCIAL"}}, "STAGED"),
        ("", {"password": {"hash": {"algorithm": "MD5", "value": "x"}}}, "PROVISIONED"),
        ("", {"provider": {"type": "FEDERATION"}}, "PROVISIONED"),
    ],
)
async def test_a_user_begins_in_the_status_that_the_request_means(api, query, credentials, status):
    """By activation, password and provider."""
    answer = await api.post(f"/users{query}", {"profile": ANN, "credentials": credentials})
    assert answer.body["status"] == status
    assert ("password" in answer.body["credentials"]) == ("value" in credentials.get("password", {}))


async def test_expiring_a_password_needs_one(api):
    """Nobody is made."""
    answer = await api.post("/users?nextLogin=changePassword", {"profile": ANN})
    assert (answer.status, answer.code) == (400, "E0000124")
    assert (await api.get("/users")).body == []


async def test_a_user_is_found_by_id_and_by_login(api):
    """The login without regard to case and diacritics."""
    user = await make(api, login="josé@example.com")
    for key in (user["id"], "josé@example.com", "JOSE@EXAMPLE.COM"):
        assert (await api.get(f"/users/{key}")).body["id"] == user["id"]
    assert (await api.get("/users/joe@example.com")).code == "E0000007"


async def test_a_login_belongs_to_one_person(api):
    """Case and diacritics do not make another; the refused one changes nothing."""
    await make(api, login="josé@example.com")
    other = await make(api, login="other@example.com")
    taken = ["login: An object with this field already exists in the current organization"]
    for login in ("josé@example.com", "Jose@example.com", "jose\u0301@example.com"):
        answer = await api.post("/users", {"profile": {**ANN, "login": login}})
        assert (answer.status, answer.code, answer.causes) == (400, "E0000001", taken)
        assert answer.body["errorSummary"] == "Api validation failed: login"
        answer = await api.post(f"/users/{other['id']}", {"profile": {"login": login, "title": "x"}})
        assert (answer.status, answer.code, answer.causes) == (400, "E0000001", taken)
    assert "title" not in (await api.get(f"/users/{other['id']}")).body["profile"]


async def test_one_of_many_with_the_same_login_wins(api):
    """However they meet, one is made and the others get the error of a duplicate."""
    answers = await asyncio.gather(*(api.post("/users", {"profile": ANN}) for _ in range(8)))
    assert sorted(answer.status for answer in answers) == [200, *[400] * 7]


@pytest.mark.parametrize(
    ("attributes", "causes"),
    [
        ({"shoeSize": "44"}, ["shoeSize: is not an attribute of the user profile"]),
        ({"title": 7}, ["title: must be a text, not a number"]),
        ({"title": ["x"]}, ["title: must be a text, not a list"]),
        ({"firstName": None}, ["firstName: The field cannot be left blank"]),
        ({"firstName": ""}, ["firstName: The field cannot be left blank"]),
        ({"lastName": "x" * 51}, ["lastName: has 51 characters; at most 50 are allowed"]),
        ({"login": "a@b"}, ["login: has 3 characters; at least 5 are needed"]),
        ({"email": "ann"}, ["email: has 3 characters; at least 5 are needed"]),
        ({"email": "ann at example"}, ["email: must be in the form of an email address"]),
        (
            {"countryCode": "1A", "profileUrl": "nowhere"},
            [
                "countryCode: must be a country code of two letters (ISO 3166-1), such as US",
                "profileUrl: must be a URL, such as https://example.com/ann",
            ],
        ),
    ],
)
async def test_a_profile_that_does_not_fit_is_refused_with_every_reason(api, attributes, causes):
    """At creation and at a change, with the path of each attribute, and nothing changed."""
    answer = await api.post("/users", {"profile": {**ANN, **attributes}})
    assert (answer.status, answer.code, answer.causes) == (400, "E0000001", causes)
    user = await make(api)
    answer = await api.post(f"/users/{user['id']}", {"profile": attributes})
    assert (answer.status, answer.code, answer.causes) == (400, "E0000001", causes)
    assert (await api.get(f"/users/{user['id']}")).body == user


async def test_parts_of_the_body_of_the_wrong_type_are_refused(api):
    """Each with its path."""
    for body, path in (
        ({}, "login"),
        ({"profile": []}, "profile"),
        ({"profile": ANN, "credentials": "x"}, "credentials"),
        ({"profile": ANN, "credentials": {"password": "x"}}, "credentials.password"),
        ({"profile": ANN, "credentials": {"password": {"value": 1}}}, "password"),
        ({"profile": ANN, "credentials": {"password": {"value": "x" * 73}}}, "password"),
        ({"profile": ANN, "groupIds": "00g"}, "groupIds"),
        ({"profile": ANN, "type": {"id": "oty1"}}, "type"),
    ):
        answer = await api.post("/users", body)
        assert (answer.status, answer.code) == (400, "E0000001"), body
        assert answer.body["errorSummary"] == f"Api validation failed: {path}"
    assert (await api.post("/users?activate=maybe", {"profile": ANN})).code == "E0000001"
    assert (await api.get("/users")).body == []


async def test_a_partial_update_changes_what_it_names(api):
    """A null clears, an empty text stays as one, the rest is untouched."""
    user = await make(api, title="Lead", city="Bern", department="Sales")
    answer = await api.post(f"/users/{user['id']}", {"profile": {"title": None, "city": "", "division": "North"}})
    kept = {**ANN, "department": "Sales", "city": "", "division": "North", "mobilePhone": None, "secondEmail": None}
    assert answer.body["profile"] == kept
    assert (await api.get(f"/users/{user['id']}")).body == answer.body


async def test_a_full_replace_clears_what_it_does_not_name(api):
    """And needs what is required."""
    user = await make(api, title="Lead", city="Bern")
    answer = await api.put(f"/users/{user['id']}", {"profile": {**ANN, "city": "Basel"}})
    assert answer.body["profile"] == {**ANN, "city": "Basel", "mobilePhone": None, "secondEmail": None}
    refused = await api.put(f"/users/{user['id']}", {"profile": {"login": ANN["login"]}})
    assert [cause.partition(":")[0] for cause in refused.causes] == ["email", "firstName", "lastName"]
    assert (await api.put(f"/users/{user['id']}", {})).code == "E0000001"


async def test_a_change_is_logged_and_kept_in_the_history(api):
    """In the same transaction: who, when, what it was and what it is."""
    user = await make(api, title="Lead", city="Bern")
    changed = await api.post(f"/users/{user['id']}", {"profile": {"title": "Head", "city": None, "state": "BE"}})
    event = (await api.get('/logs?filter=eventType eq "user.account.update_profile"')).body[0]
    assert event["transaction"]["id"] == changed.headers["x-okta-request-id"]
    assert event["target"][0]["changeDetails"] == {
        "from": {"title": "Lead", "city": "Bern"},
        "to": {"title": "Head", "state": "BE"},
    }
    rows = await api.database.pool.fetch("SELECT * FROM profile_change ORDER BY version")
    assert [(row["version"], row["event_type"]) for row in rows] == [
        (1, "user.lifecycle.create"),
        (2, "user.account.update_profile"),
    ]
    assert rows[0]["after"] == {**ANN, "title": "Lead", "city": "Bern"}


async def test_what_changes_nothing_leaves_no_trace(api):
    """No event, no version, no new time."""
    user = await make(api, title="Lead")
    await api.post(f"/users/{user['id']}", {"profile": {"title": "Lead", "city": None}})
    assert (await api.get(f"/users/{user['id']}")).body == user
    assert (await api.get('/logs?filter=eventType eq "user.account.update_profile"')).body == []


async def test_changes_that_meet_are_all_kept(api):
    """Each of them sees the one before: nothing is lost."""
    user = await make(api)
    names = ("title", "city", "state", "division", "department", "organization", "costCenter", "userType")
    await asyncio.gather(*(api.post(f"/users/{user['id']}", {"profile": {name: name}}) for name in names))
    profile = (await api.get(f"/users/{user['id']}")).body["profile"]
    assert all(profile[name] == name for name in names)
    assert await api.database.pool.fetchval("SELECT version FROM users") == 1 + len(names)


async def test_a_deactivated_person_is_not_changed(api):
    """The refusal says what to do first."""
    user = await make(api)
    await api.post(f"/users/{user['id']}/lifecycle/deactivate")
    answer = await api.post(f"/users/{user['id']}", {"profile": {"title": "Lead"}})
    assert (answer.status, answer.code) == (403, "E0000038")


async def test_credentials_are_kept_as_hashes_and_never_shown(api):
    """The question is shown, its answer and the password are not."""
    credentials = {
        "password": {"value": "correct horse"},
        "recovery_question": {"question": "First pet?", "answer": "Rex the dog"},
    }
    answer = await api.post("/users", {"profile": ANN, "credentials": credentials})
    assert answer.body["credentials"]["recovery_question"] == {"question": "First pet?"}
    assert answer.body["passwordChanged"] is not None
    row = await api.database.pool.fetchrow("SELECT password_hash, recovery FROM users")
    assert row["password_hash"].startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert "Rex" not in str(dict(row))
    assert "horse" not in str((await api.get("/logs")).body)


async def test_a_user_is_made_a_member_of_groups(api):
    """All or nothing: an unknown group makes nobody."""
    groups = [(await api.post("/groups", {"profile": {"name": name}})).body["id"] for name in ("A", "B")]
    answer = await api.post("/users", {"profile": ANN, "groupIds": [*groups, groups[0]]})
    names = [group["profile"]["name"] for group in (await api.get(f"/users/{answer.body['id']}/groups")).body]
    assert names == ["Everyone", "A", "B"]
    other = {**ANN, "login": "bob@example.com"}
    refused = await api.post("/users", {"profile": other, "groupIds": ["00gunknown"]})
    assert (refused.status, refused.code) == (404, "E0000007")
    many = await api.post("/users", {"profile": other, "groupIds": ["00g"] * 21})
    assert many.code == "E0000093"
    assert len((await api.get("/users")).body) == 1


async def test_the_token_is_its_own_user(api):
    """Terraform begins by asking who it is."""
    answer = await api.get("/users/me")
    assert answer.status == 200
    assert answer.body["id"].startswith("00T")
    assert answer.body["profile"]["lastName"] == "bootstrap"


async def test_there_are_no_links_to_sign_in_at(api):
    """Provisor has no sign-in; an unknown person is still unknown."""
    user = await make(api)
    assert (await api.get(f"/users/{user['id']}/appLinks")).body == []
    assert (await api.get("/users/nobody/appLinks")).code == "E0000007"

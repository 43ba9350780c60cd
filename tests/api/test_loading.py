"""Loading many people in one request."""

import asyncio

import pytest


def row(line: int, login: str, **attributes) -> dict:
    profile = {"login": login, "email": login, "firstName": "Ann", "lastName": "Lee", **attributes}
    return {"line": line, "profile": profile}


@pytest.fixture
def load(api):
    """Loads rows; the body of the answer."""

    async def load(*rows: dict, activate: bool = True) -> dict:
        answer = await api.post(f"{api.url}/provisor/v1/users/load", {"activate": activate, "rows": list(rows)})
        assert answer.status == 200, answer.body
        return answer.body

    return load


async def test_new_people_are_made_and_activated(api, load):
    """As if each had been made by itself: in Everyone, in the log, in the history."""
    counts = await load(row(2, "ann@example.com"), row(3, "bob@example.com", title="Lead"))
    assert counts == {"created": 2, "updated": 0, "unchanged": 0, "refused": []}
    bob = (await api.get("/users/bob@example.com")).body
    assert (bob["status"], bob["profile"]["title"]) == ("PROVISIONED", "Lead")
    assert len((await api.get("/groups/00g00000000everyone0/users")).body) == 2
    assert len((await api.get('/logs?filter=eventType eq "user.lifecycle.activate"')).body) == 2
    assert await api.database.pool.fetchval("SELECT count(*) FROM profile_change") == 2


async def test_people_wait_when_they_are_not_activated(api, load):
    """A later load that activates takes them on."""
    await load(row(2, "ann@example.com"), activate=False)
    assert (await api.get("/users/ann@example.com")).body["status"] == "STAGED"
    assert (await load(row(2, "ann@example.com")))["updated"] == 1
    assert (await api.get("/users/ann@example.com")).body["status"] == "PROVISIONED"
    assert (await load(row(2, "ann@example.com")))["unchanged"] == 1


async def test_the_same_login_is_a_partial_update(api, load):
    """In whatever case: given attributes replace, a null clears, others stay; repeating changes nothing."""
    await load(row(2, "ann@example.com", title="Lead", city="Bern"))
    again = {"line": 2, "profile": {"login": "ann@example.com", "title": "Head", "city": None}}
    assert (await load(again))["updated"] == 1
    assert (await load(again))["unchanged"] == 1
    profile = (await api.get("/users/ann@example.com")).body["profile"]
    assert profile["title"] == "Head" and profile["firstName"] == "Ann" and "city" not in profile
    assert (await load({"line": 2, "profile": {"login": "ANN@example.com", "title": "Boss"}}))["updated"] == 1
    assert len((await api.get("/users")).body) == 1


async def test_rows_that_cannot_be_used_are_refused_by_line_and_the_others_load(api, load):
    """With every reason, in the order of the lines."""
    body = await load(
        row(2, "ann@example.com"),
        row(3, "bob@example.com", shoeSize="44", title=7),
        row(4, "ANN@example.com"),
        {"line": 5, "profile": {"title": "Nobody"}},
        row(6, "x" * 100 + "@example.com"),
        {"line": 7, "profile": {"login": "new@example.com"}},
        row(8, "nul@example.com", title="a\u0000b"),
        row(9, "zoe@example.com"),
    )
    assert body["created"] == 2
    assert {refused["line"]: refused["reasons"] for refused in body["refused"]} == {
        3: ["shoeSize: is not an attribute of the user profile", "title: must be a text, not a number"],
        4: ["login: is already in line 2"],
        5: ["login: The field cannot be left blank"],
        6: [
            "login: has 112 characters; at most 100 are allowed",
            "email: has 112 characters; at most 100 are allowed",
        ],
        7: [f"{name}: The field cannot be left blank" for name in ("email", "firstName", "lastName")],
        8: ["'title': holds U+0000, which text cannot hold"],
    }
    assert [refused["line"] for refused in body["refused"]] == [3, 4, 5, 6, 7, 8]
    assert body["refused"][1]["login"] == "ANN@example.com"


async def test_a_load_does_not_bring_back_or_change_somebody_who_left(api, load):
    """A file that is loaded again must not undo a deactivation; a row that agrees is fine."""
    await load(row(2, "ann@example.com", title="Lead"))
    await api.post("/users/ann@example.com/lifecycle/deactivate")
    assert (await load(row(2, "ann@example.com", title="Lead")))["unchanged"] == 1
    body = await load(row(2, "ann@example.com", title="Head"))
    assert body["refused"][0]["reasons"] == ["status: The user is deactivated. Activate the user first."]
    user = (await api.get("/users/ann@example.com")).body
    assert (user["status"], user["profile"]["title"]) == ("DEPROVISIONED", "Lead")


async def test_loads_that_meet_make_each_person_once(api, load):
    """Whichever comes second finds the people of the first."""
    rows = [row(number, f"user{number}@example.com") for number in range(200)]
    bodies = await asyncio.gather(load(*rows), load(*rows[::-1]), load(*rows))
    assert sum(body["created"] for body in bodies) == 200
    assert sum(body["unchanged"] for body in bodies) == 400
    assert await api.database.pool.fetchval("SELECT count(*) FROM users") == 200


async def test_a_body_of_another_shape_is_refused(api):
    """Nothing is loaded."""
    for body, code in (
        ({}, "E0000001"),
        ({"rows": {}}, "E0000001"),
        ({"rows": [{"profile": {}}]}, "E0000001"),
        ({"rows": [{"line": True, "profile": {}}]}, "E0000001"),
        ({"rows": [{"line": 1, "profile": []}]}, "E0000001"),
        ({"rows": [], "activate": "yes"}, "E0000001"),
        ({"rows": [{"line": 1, "profile": {}}] * 5001}, "E0000093"),
    ):
        answer = await api.post(f"{api.url}/provisor/v1/users/load", body)
        assert (answer.status, answer.code) == (400, code)


async def test_loaded_people_reach_the_apps_of_everyone(api, load):
    """A group assignment covers whoever is loaded later; a change marks those concerned."""
    app = (await api.post("/apps", {"name": "scim2_bearer_token", "label": "Wiki"})).body
    await api.put(f"/apps/{app['id']}/groups/00g00000000everyone0", {})
    await load(*(row(number, f"user{number}@example.com") for number in range(150)))
    assert await api.database.pool.fetchval("SELECT count(*) FROM app_user WHERE assigned") == 150
    await api.database.pool.execute("UPDATE app_user SET wanted = true")
    await load(row(2, "user2@example.com", title="Lead"))
    assert await api.database.pool.fetchval("SELECT count(*) FROM dirty") == 1

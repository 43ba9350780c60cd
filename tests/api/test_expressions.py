"""Expressions tried out through the API: for people, for given values, at each place."""

from typing import Any

from tests.api.conftest import Api

PERSON = {"login": "ada@example.com", "email": "ada@example.com", "firstName": "Ada", "lastName": "Lovelace"}


async def evaluate(api: Api, expression: str, **more: Any) -> Any:
    body = {"expression": expression, **more}
    return (await api.call("POST", f"{api.url}/provisor/v1/expressions/evaluate", body)).body


async def test_an_expression_is_worked_out_for_a_person(api: Api) -> None:
    """Value, kind and what it reads; given values stand in for the person's."""
    await api.call("POST", "/users?activate=false", {"profile": PERSON})
    found = await evaluate(api, "user.firstName + '.' + lastName", user="ADA@example.com")
    assert found == {
        "value": "Ada.Lovelace",
        "kind": "text",
        "reads": ["source.lastName", "user.firstName"],
        "sources": [],
        "error": None,
    }
    given = await evaluate(
        api, "user.firstName + '.' + lastName", user=PERSON["login"], attributes={"firstName": "Bob"}
    )
    assert given["value"] == "Bob.Lovelace"
    grouped = await evaluate(api, "isMemberOfGroupName('Everyone')", user=PERSON["login"], place="GROUP_RULE")
    assert (grouped["value"], grouped["kind"], grouped["sources"]) == (True, "boolean", ["groups"])


async def test_what_is_wrong_with_an_expression_is_an_answer(api: Api) -> None:
    """Line and column for what cannot be used; a sentence for what has no result."""
    broken = await evaluate(api, "user.firstName +\n  user.nope")
    assert (broken["error"]["line"], broken["error"]["column"], broken["value"]) == (2, 3, None)
    no_result = await evaluate(api, "user.title < 3", attributes={"title": "x"})
    assert no_result["error"]["line"] is None and "cannot be compared" in no_result["error"]["message"]
    wrong_place = await evaluate(api, "Time.now()", place="MAPPING")
    assert "cannot be used in a mapping" in wrong_place["error"]["message"]
    assert (await evaluate(api, "Time.now()", place="CREATION", user=None))["error"] is None


async def test_each_place_has_its_own_roots(api: Api) -> None:
    """An import reads the app's accounts, a username format has holes, the app tells of itself."""
    app = (await api.call("POST", "/apps", {"name": "scim2", "label": "Wiki"})).body["id"]
    imported = await evaluate(api, "appuser.givenName + '!'", place="IMPORT", app=app, attributes={"givenName": "Ada"})
    assert imported["value"] == "Ada!"
    name = await evaluate(
        api, "${fn:substringBefore(source.login, '@')}", place="USERNAME", attributes={"login": "ada@example.com"}
    )
    assert name["value"] == "ada"
    assert (await evaluate(api, "app.label", app=app))["value"] == "Wiki"


async def test_a_question_that_cannot_be_asked_is_refused(api: Api) -> None:
    """What is wrong with the request is no answer about the expression."""
    for body, path in (
        ({"expression": ""}, "expression"),
        ({"expression": "1", "place": "TOKEN"}, "place"),
        ({"expression": "1", "place": "IMPORT"}, "app"),
        ({"expression": "1", "attributes": {"nope": 1}}, "attributes.nope"),
        ({"expression": "1", "attributes": {"title": 1}}, "attributes.title"),
        ({"expression": "x" * 10_001}, "expression"),
    ):
        answer = await api.call("POST", f"{api.url}/provisor/v1/expressions/evaluate", body)
        assert (answer.code, answer.causes[0].partition(":")[0]) == ("E0000001", path)
    missing = {"expression": "1", "user": "nobody@example.com"}
    assert (await api.call("POST", f"{api.url}/provisor/v1/expressions/evaluate", missing)).status == 404

"""`provisor mappings` and `provisor expr` against a running server."""

import json
from typing import Any

import pytest

PERSON = {"login": "mia@example.com", "email": "mia@example.com", "firstName": "Mia", "lastName": "Wong"}


@pytest.fixture(scope="module")
def app(server: Any, provisor: Any) -> str:
    """The label of an app, beside a person."""
    token = (provisor.data_dir / "cli-token").read_text().strip()
    server.call("POST", "/api/v1/users?activate=false", {"profile": PERSON}, token)
    server.call("POST", "/api/v1/apps", {"name": "scim2", "label": "Mapped"}, token)
    return "Mapped"


def test_a_mapping_is_seen_changed_and_tried(provisor: Any, app: str) -> None:
    """Previewed before it is set, shown afterwards, taken away again."""
    expression = "user.firstName + ' ' + user.lastName"
    tried = provisor.run("mappings", "preview", app, PERSON["login"], "--set", f"displayName={expression}")
    assert "displayName: Mia Wong   (was -)" in tried.stdout, tried.stderr
    done = provisor.run("mappings", "set", app, "displayName", expression, "--create-only")
    line = next(each for each in done.stdout.splitlines() if each.startswith("displayName"))
    assert line.split(None, 3)[1:] == ["create", "only", expression]
    assert provisor.run("mappings", "unset", app, "displayName").returncode == 0
    shown = json.loads(provisor.run("mappings", "show", app, "--json").stdout)
    assert "displayName" not in shown["properties"]
    refused = provisor.run("mappings", "set", app, "displayName", "user.nope")
    assert refused.returncode == 1 and "properties.displayName.expression" in refused.stderr
    back = provisor.run("mappings", "show", app, "--from-app")
    assert "appuser.userName" in back.stdout
    listed = provisor.run("mappings", "list", app)
    assert listed.stdout.count("prm") == 2


def test_examples_that_do_not_come_out_end_with_three(provisor: Any, app: str, call: Any) -> None:
    """What an example expects is compared with what the mapping gives once something beside it has changed."""
    mapping = next(each["id"] for each in call("GET", "/api/v1/mappings") if each["target"]["type"] == "appuser")
    example = {"name": "Plain", "profile": {"login": "a@example.com"}, "expected": {"userName": "a@example.com"}}
    call("POST", f"/api/v1/mappings/{mapping}", {"provisor": {"examples": [example]}})
    held = provisor.run("mappings", "test")
    assert (held.returncode, held.stdout.count("1 example, ok")) == (0, 1)
    app_id = call("GET", f"/api/v1/mappings/{mapping}")["target"]["id"]
    body = call("GET", f"/api/v1/apps/{app_id}")
    body["credentials"] = {"userNameTemplate": {"template": "String.toUpperCase(user.login)", "type": "CUSTOM"}}
    call("PUT", f"/api/v1/apps/{app_id}", body)
    broken = provisor.run("mappings", "test", app_id)
    assert broken.returncode == 3
    assert "Plain: userName should be a@example.com; is A@EXAMPLE.COM" in broken.stdout
    call("POST", f"/api/v1/mappings/{mapping}", {"provisor": {"examples": []}})


def test_an_expression_is_tried_out(provisor: Any, app: str) -> None:
    """Its value, or where it breaks, pointed at."""
    found = provisor.run("expr", "eval", "user.firstName + '!'", "--user", PERSON["login"])
    assert found.stdout.splitlines() == ["Mia!", "Gives text; reads user.firstName."]
    given = provisor.run("expr", "eval", "user.title", "--attribute", "title=CEO", "--json")
    assert json.loads(given.stdout)["value"] == "CEO"
    broken = provisor.run("expr", "eval", "user.firstName + user.nope")
    assert broken.returncode == 1
    assert broken.stdout.splitlines()[1:3] == ["    user.firstName + user.nope", "    " + " " * 17 + "^"]
    assert provisor.run("expr", "eval", "1", "--group-rule", "--from-app").returncode == 2


def test_attributes_of_an_app_are_shown_and_removed(provisor: Any, app: str) -> None:
    """With their places; one goes once no mapping uses it either way; an app without a connection declares nothing."""
    held = provisor.run("apps", "attributes", app, "--remove", "locale")
    assert held.returncode == 1 and "“locale” is used by the mapping of “locale”" in held.stderr
    for way in ([], ["--from-app"]):
        assert provisor.run("mappings", "unset", app, "locale", *way).returncode == 0
    gone = provisor.run("apps", "attributes", app, "--remove", "locale")
    lines = {each.split()[0]: each.split() for each in gone.stdout.splitlines()}
    assert "locale" not in lines
    assert lines["email"][1:3] == ["string", "emails.^[primary==true].value"]
    unconnected = provisor.run("apps", "attributes", app, "--discover")
    assert unconnected.returncode == 1 and "no connection" in unconnected.stderr

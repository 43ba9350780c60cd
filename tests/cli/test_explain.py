"""`explain`, `why` and `assignments` against a running server."""

from typing import Any

import orjson
import pytest

LOGIN = "ines@example.com"


@pytest.fixture(scope="module")
def crew(server: Any, provisor: Any) -> str:
    """An app to which somebody is assigned by herself and by a group; its label."""

    def call(method: str, path: str, body: Any = None) -> Any:
        return server.call(method, path, body, "bootstrap-token")

    app = orjson.loads(provisor.run("apps", "create", "scim2_bearer_token", "--label", "Crew list", "--json").stdout)
    profile = {"login": LOGIN, "email": LOGIN, "firstName": "Ines", "lastName": "Lee", "title": "Clerk"}
    user = call("POST", "/api/v1/users?activate=true", {"profile": profile})["id"]
    group = call("POST", "/api/v1/groups", {"profile": {"name": "Sailors"}})["id"]
    call("PUT", f"/api/v1/groups/{group}/users/{user}")
    call("POST", f"/api/v1/apps/{app['id']}/users", {"id": user})
    call("PUT", f"/api/v1/apps/{app['id']}/groups/{group}", {"profile": {"division": "Sea"}})
    return "Crew list"


def test_values_are_explained_set_and_reset(provisor: Any, crew: str) -> None:
    """Who wins, who would otherwise, and what the mapping read; a value typed as JSON is no text."""
    shown = provisor.run("explain", crew, LOGIN, "title")
    assert shown.returncode == 0, shown.stderr
    assert "title: Clerk" in shown.stdout and "reads      title = Clerk" in shown.stdout
    assert "group Sailors" in provisor.run("explain", crew, LOGIN, "division").stdout
    done = provisor.run("assignments", "set", crew, LOGIN, "title=Captain", "department=null")
    assert done.returncode == 0, done.stderr
    told = provisor.run("explain", crew, LOGIN, "title").stdout
    assert "wins       set by an administrator: Captain" in told and "otherwise  mapped: Clerk" in told
    answer = orjson.loads(provisor.run("explain", crew, LOGIN, "--json").stdout)
    assert answer["overridden"] == ["department", "title"]
    assert provisor.run("assignments", "set", crew, LOGIN, "nothing=1").returncode == 1
    assert provisor.run("assignments", "set", crew, LOGIN, "title").returncode == 2
    assert provisor.run("assignments", "reset", crew, LOGIN, "title").returncode == 0
    assert "title: Clerk" in provisor.run("explain", crew, LOGIN, "title").stdout


def test_why_is_the_first_unmet_condition_and_what_to_do(provisor: Any, crew: str) -> None:
    """In three lines."""
    lines = provisor.run("why", crew, LOGIN).stdout.splitlines()
    assert lines[0].startswith(f"{LOGIN} has no account in Crew list")
    assert lines[1:3] == [
        "Assigned while provisioning was off.",
        "Connect the app and switch Create Users on, then use Provision User.",
    ]
    assert provisor.run("why", crew, "nobody@example.com").returncode == 1


def test_assignments_are_converted_and_what_cannot_be_is_said(provisor: Any, crew: str) -> None:
    """A dry run changes nothing; exit code 3 when one of those named could not be converted."""
    seen = provisor.run("assignments", "convert", crew, "--to", "group", "--dry-run")
    assert "1 person in Crew list would be converted" in seen.stdout and LOGIN in seen.stdout
    done = provisor.run("assignments", "convert", crew, LOGIN, "--to", "group")
    assert (done.returncode, "1 person" in done.stdout) == (0, True)
    again = provisor.run("assignments", "convert", crew, LOGIN, "--to", "group")
    assert (again.returncode, "Not converted" in again.stdout) == (3, True)
    assert "1 person" in provisor.run("assignments", "convert", crew, "--to", "individual").stdout

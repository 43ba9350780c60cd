"""`provisor tokens`, and the real server's `/scim/v2` with what it makes."""

import urllib.error
import urllib.request
from typing import Any

import orjson


def ask(url: str, token: str, body: Any = None, scheme: str = "Bearer") -> tuple[int, Any]:
    """Status and JSON of a request."""
    headers = {"Authorization": f"{scheme} {token}", "Content-Type": "application/scim+json"}
    request = urllib.request.Request(url, orjson.dumps(body) if body else None, headers)
    try:
        with urllib.request.urlopen(request, timeout=20) as response:
            return response.status, orjson.loads(response.read())
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, orjson.loads(refused.read())


def test_a_token_for_a_source_pushes_people_in_and_does_nothing_else(provisor: Any, server: Any) -> None:
    """Made on the command line, good at `/scim/v2`, refused by the management API, gone when it is revoked."""
    made = provisor.run("tokens", "create", "HR", "--scope", "scim", "--days", "30", "--json")
    token = orjson.loads(made.stdout)
    assert (token["scopes"], token["expires"] is not None) == (["scim"], True)
    body = {"userName": "pushed@example.com", "name": {"givenName": "Pu", "familyName": "Shed"}}
    status, person = ask(f"{server.url}/scim/v2/Users", token["token"], body)
    assert (status, person["meta"]["location"]) == (201, f"{server.url}/scim/v2/Users/{person['id']}")
    assert ask(f"{server.url}/api/v1/users/{person['id']}", token["token"], scheme="SSWS")[0] == 403
    assert provisor.run("tokens", "revoke", token["id"]).returncode == 0
    assert provisor.run("tokens", "revoke", token["id"]).returncode == 1


def test_a_token_needs_a_scope(provisor: Any, server: Any) -> None:
    """The command line says which there are."""
    refused = provisor.run("tokens", "create", "HR")
    assert refused.returncode == 2
    assert "--scope" in refused.stderr


def test_what_makes_no_token_is_refused_by_the_api(server: Any) -> None:
    """A name, scopes that exist, days that are a number."""
    for body in (
        {"scopes": ["scim"]},
        {"name": "x", "scopes": ["everything"]},
        {"name": "x", "scopes": "scim"},
        {"name": "x", "scopes": ["scim"], "days": 0},
    ):
        status, answer = ask(f"{server.url}/provisor/v1/tokens", "bootstrap-token", body, "SSWS")
        assert (status, answer["errorCode"]) == (400, "E0000001")

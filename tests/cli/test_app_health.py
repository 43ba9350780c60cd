"""`provisor apps health`, `pause`, `resume`, `policy` and `probe`: what they print and how they end."""

from typing import Any

import orjson
import pytest


@pytest.fixture(scope="module")
def wiki(server: Any, provisor: Any) -> str:
    """The id of an app that is not connected."""
    made = provisor.run("apps", "create", "scim2", "--label", "Health of Wiki", "--json")
    return str(orjson.loads(made.stdout)["id"])


def test_an_app_is_paused_looked_at_and_resumed(provisor: Any, wiki: str) -> None:
    """By label or id, one app or all, in words or as JSON."""
    paused = provisor.run("apps", "pause", "Health of Wiki", "--reason", "They move.")
    assert (paused.returncode, "deactivations neither" in paused.stdout) == (0, True)
    shown = provisor.run("apps", "health", wiki)
    assert (shown.returncode, "Health of Wiki: OFF" in shown.stdout, "LEAVING" in shown.stdout) == (0, True, True)
    found = orjson.loads(provisor.run("apps", "health", wiki, "--json").stdout)
    assert (found["appId"], found["secondsLeft"], found["waiting"]) == (wiki, None, 0)
    everything = provisor.run("apps", "health")
    assert (everything.returncode, "Health of Wiki" in everything.stdout) == (0, True)
    assert provisor.run("apps", "resume", wiki).returncode == 0


def test_fields_of_the_policy_are_set_and_reset(provisor: Any, wiki: str) -> None:
    """What is set for the app is marked; a wrong value is refused with the choices."""
    assert provisor.run("apps", "policy", wiki, "--set", "clear_as=keep", "--set", "page=20").returncode == 0
    shown = provisor.run("apps", "policy", wiki)
    assert "set for this app (version 1)" in shown.stdout
    assert [line.split()[:3] for line in shown.stdout.splitlines() if "*" in line][:2] == [
        ["page", "*", "20"],
        ["clear_as", "*", "keep"],
    ]
    refused = provisor.run("apps", "policy", wiki, "--set", "clear_as=burn")
    assert (refused.returncode, "'omit'" in refused.stderr) == (1, True)
    provisor.run("apps", "policy", wiki, "--set", "page=")
    changes = orjson.loads(provisor.run("apps", "policy", wiki, "--json").stdout)["changes"]
    assert changes == {"clear_as": "keep"}
    assert provisor.run("apps", "policy", wiki, "--reset").returncode == 0
    assert orjson.loads(provisor.run("apps", "policy", wiki, "--json").stdout)["changes"] == {}


def test_a_probe_of_an_app_without_a_connection_says_what_is_missing(provisor: Any, wiki: str) -> None:
    """And --delete alone is a misunderstanding."""
    refused = provisor.run("apps", "probe", wiki)
    assert (refused.returncode, "no connection" in refused.stderr) == (1, True)
    assert provisor.run("apps", "probe", wiki, "--delete").returncode == 2

"""`provisor plan`: changes planned, shown, applied, tried; and `provisor plan APP` as ever."""

from typing import Any

import orjson
import pytest


@pytest.fixture(scope="module")
def wiki(server: Any, provisor: Any) -> str:
    """The id of an app that is not connected."""
    made = provisor.run("apps", "create", "scim2", "--label", "Plans of Wiki", "--json")
    return str(orjson.loads(made.stdout)["id"])


def planned(provisor: Any, app: str, *options: str) -> dict[str, Any]:
    made = provisor.run("plan", "create", app, *options, "--json")
    assert made.returncode == 0, made.stderr
    plan: dict[str, Any] = orjson.loads(made.stdout)
    return plan


def test_a_plan_is_made_shown_applied_and_outdated(provisor: Any, wiki: str) -> None:
    """Applying ends with 0; a plan from before ends with 3, says what has changed, and nothing is done."""
    first = planned(provisor, "Plans of Wiki", "--mapping", "title=user.firstName + ' = x'")
    second = planned(provisor, wiki, "--mapping", "title=user.lastName", "--create-only", "--unmap", "nickName")
    assert first["change"]["properties"]["title"]["expression"] == "user.firstName + ' = x'"
    assert second["change"]["properties"]["title"]["pushStatus"] == "DONT_PUSH"
    assert second["change"]["properties"]["nickName"] is None
    shown = provisor.run("plan", "show", first["id"])
    assert (shown.returncode, f"provisor plan apply {first['id']}" in shown.stdout) == (0, True)
    applied = provisor.run("plan", "apply", first["id"])
    assert (applied.returncode, "APPLIED" in applied.stdout) == (0, True)
    refused = provisor.run("plan", "apply", second["id"])
    assert (refused.returncode, "Changed since: mapping prm" in refused.stderr) == (3, True)
    listed = provisor.run("plan", "list", wiki).stdout
    assert [line.split()[1] for line in listed.splitlines()[1:]] == ["PENDING", "APPLIED"]
    assert provisor.run("plan", "discard", second["id"]).returncode == 0
    assert provisor.run("plan", "show", second["id"]).returncode == 1


def test_a_trial_begins_and_is_taken_back(provisor: Any, wiki: str) -> None:
    """A share at first, then nobody."""
    plan = planned(provisor, wiki, "--mapping", "title=user.title")["id"]
    tried = provisor.run("plan", "try", plan, "--percent", "10")
    assert (tried.returncode, "TRIAL" in tried.stdout, "10 %" in tried.stdout) == (0, True, True)
    taken = orjson.loads(provisor.run("plan", "take-back", plan, "--json").stdout)
    assert taken["state"] == "TAKEN_BACK"


def test_what_waits_now_is_planned_as_ever(provisor: Any, wiki: str) -> None:
    """Without another command's name the argument is an app, with options before or after it."""
    for arguments in (("plan", wiki), ("plan", "--json", wiki), ("plan", "of", "Plans of Wiki")):
        assert provisor.run(*arguments).returncode == 0
    assert planned(provisor, wiki)["change"] == {"kind": "NOTHING"}


def test_a_plan_is_of_one_kind_of_change(provisor: Any, wiki: str) -> None:
    """Two kinds at once, half a mapping or an unknown group are usage errors."""
    assert provisor.run("plan", "create", wiki, "--mapping", "title=user.title", "--username", "x").returncode == 2
    assert provisor.run("plan", "create", wiki, "--mapping", "title").returncode == 2
    assert provisor.run("plan", "create", wiki, "--unassign-group", "Nobody's group").returncode == 2

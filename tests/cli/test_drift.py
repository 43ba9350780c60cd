"""`provisor drift`: an app that cannot be checked, and how what was found is said."""

from typing import Any

from provisor.cli.drift import describe

ADA = {
    "kind": "CHANGED_THERE",
    "user": {"id": "00uada", "login": "ada@example.com"},
    "userName": "ada@example.com",
    "attributes": [{"name": "title", "ours": "Countess", "there": None, "kept": True}],
    "repaired": True,
}
RUN = {
    "accounts": 2,
    "counts": {"AS_PUSHED": 1, "CHANGED_THERE": 1, "MISSING": 0},
    "notKept": {"locale": 2},
    "repaired": 1,
    "complete": False,
    "reason": "The app listed 3 accounts more than once.",
}


def test_an_app_without_a_connection_cannot_be_checked(server: Any, provisor: Any) -> None:
    """The command fails with a sentence that says what to do."""
    assert provisor.run("apps", "create", "scim2", "--label", "Drift of Wiki").returncode == 0
    refused = provisor.run("drift", "Drift of Wiki", "--repair")
    assert (refused.returncode, "API Integration" in refused.stderr) == (1, True)
    assert provisor.run("drift", "Nothing of that name").returncode == 2


def test_what_was_found_is_said_person_by_person_and_in_sum() -> None:
    """Before and after of every value, what is not kept, and why nobody is said to be gone."""
    said = "\n".join(describe(RUN, [ADA]))
    assert "ada@example.com: changed in the app, repaired\n    title: Countess -> -" in said
    assert "2 accounts: 1 changed in the app." in said
    assert "locale (2)" in said
    assert "more than once. Whether accounts are gone is not known." in said
    assert list(describe({**RUN, "counts": {}, "notKept": {}, "repaired": 0, "complete": True}, [])) == [
        "2 accounts: all as confirmed."
    ]

"""`provisor holds` and `provisor tasks`: what they say when nothing waits, and how they refuse."""

from typing import Any


def test_nothing_is_held_and_nothing_waits(provisor: Any, server: Any) -> None:
    """In words and as JSON."""
    assert provisor.run("holds", "list").stdout == "Nothing is held back.\n"
    assert provisor.run("holds", "list", "--json").stdout == "[]\n"


def test_a_hold_that_is_not_there_is_a_refusal(provisor: Any, server: Any) -> None:
    """Whatever is to be done with it."""
    for act in ("show", "release", "discard"):
        refused = provisor.run("holds", act, "hldNone")
        assert (refused.returncode, "held change" in refused.stderr) == (1, True)


def test_tasks_to_retry_are_named_or_an_app_is(provisor: Any, server: Any) -> None:
    """Neither, or both, is a usage error; a task that is not there cannot be dismissed."""
    assert provisor.run("tasks", "retry").returncode == 2
    assert provisor.run("tasks", "retry", "tskNone", "--app", "Wiki").returncode == 2
    assert provisor.run("tasks", "dismiss", "tskNone").returncode == 1

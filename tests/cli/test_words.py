"""How answers of the server are put into words."""

from typing import Any

import pytest

from provisor.cli.log import line_of
from provisor.cli.output import counted, readable, table
from provisor.cli.plan import describe

APP = {"id": "0oaWiki", "label": "Wiki"}


def operation(step: str, **more: Any) -> dict[str, Any]:
    return {"user": {"id": "00uAnn", "login": "ann@example.com"}, "operation": step, "reason": "", **more}


def answer(*operations: dict[str, Any], held: bool = False, **counts: int) -> dict[str, Any]:
    counted_here = counts or {each["operation"]: 1 for each in operations}
    return {"app": APP, "operations": list(operations), "counts": counted_here, "held": held}


def value(attribute: str, before: Any, after: Any, **more: Any) -> dict[str, Any]:
    return {"attribute": attribute, "before": before, "after": after, "mapping": f"user.{attribute}", **more}


def test_an_empty_plan_says_so() -> None:
    """Nobody needs anything, although many were looked at."""
    assert list(describe(answer(NOTHING=107))) == ["Wiki: nothing to do."]


def test_a_change_shows_both_values_and_who_set_the_new_one() -> None:
    """Each changed value has its mapping and the event that last set its source."""
    change = value("title", "Clerk", "Head of Sales", event="user.account.update_profile", changed="2026-11-21")
    shown = list(describe(answer(operation("UPDATE", reason="the profile differs", changes=[change]))))
    assert shown[:2] == [
        "ann@example.com: update (the profile differs)",
        "    title  Clerk -> Head of Sales   (user.title, set by user.account.update_profile at 2026-11-21)",
    ]
    assert shown[-1] == "Wiki: 1 person to update. Nothing was sent."


def test_values_that_stay_follow_those_that_change() -> None:
    """Asked about one person, a plan shows every value of the account and repeats none."""
    changed, stays = value("title", None, "Clerk"), value("email", "a@example.com", "a@example.com")
    shown = list(describe(answer(operation("UPDATE", changes=[changed], values=[changed, stays]))))
    assert shown[1:3] == ["    title  - -> Clerk      (user.title)", "    email  a@example.com   (user.email)"]


def test_a_held_plan_names_the_command_that_releases_it() -> None:
    """What a safeguard holds is said last, with what to do when the plan is right."""
    shown = list(describe(answer(operation("DEACTIVATE"), held=True)))
    assert shown[-1].endswith("provisor release 0oaWiki")


def test_a_long_plan_says_how_much_it_leaves_out() -> None:
    """Everybody is counted, also those that are not shown."""
    shown = list(describe(answer(operation("DEACTIVATE"), DEACTIVATE=2000)))
    assert shown[-1] == "Wiki: 2,000 people to switch off. The first 1 are shown. Nothing was sent."


def test_a_log_entry_is_one_line_with_each_name_once() -> None:
    """A person and their account are two targets of one name."""
    entry = {
        "published": "2026-11-21T10:00:00.000Z",
        "eventType": "application.provision.user.push",
        "outcome": {"result": "FAILURE", "reason": "no\nanswer"},
        "actor": {"displayName": "Provisor"},
        "target": [{"displayName": "Ann"}, {"displayName": "Ann"}, {"displayName": "Wiki"}],
    }
    assert line_of(entry).endswith("Provisor > Ann, Wiki  no\\nanswer")


@pytest.mark.parametrize(
    ("given", "shown"),
    [(None, "-"), ("plain", "plain"), ("\x1b[31mred", "\\x1b[31mred"), (["a", 1], '["a",1]'), (True, "true")],
)
def test_values_from_outside_cannot_play_with_the_terminal(given: object, shown: str) -> None:
    """Control characters are made visible, and other values are JSON."""
    assert readable(given) == shown


def test_a_table_is_as_wide_as_its_content() -> None:
    """Columns line up, and the last one has no blanks after it."""
    assert table(("ID", "LABEL"), [("0oa1", "Wiki"), ("0", "CRM")]) == "ID    LABEL\n0oa1  Wiki\n0     CRM"


def test_numbers_agree_with_their_nouns() -> None:
    """One row, two rows, many people."""
    assert [counted(1, "row"), counted(2, "row"), counted(1200, "person")] == ["1 row", "2 rows", "1,200 people"]

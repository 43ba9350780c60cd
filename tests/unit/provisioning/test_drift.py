"""How an account that was read back stands, what a repair makes of it, and when a listing is believed."""

from dataclasses import replace
from typing import Any

import orjson
import pytest

from provisor.apps.projection import digest
from provisor.provisioning.drift import (
    Difference,
    Earlier,
    Finding,
    Kind,
    Observed,
    Record,
    Tally,
    doubt,
    judge,
    repair,
    same,
)

PUSHED = {"userName": "ada@example.com", "title": "Countess", "department": "Engines"}
RECORD = Record("00uada", True, PUSHED, {"title", "department", "nickName"}, {"title", "department", "nickName"})


def there(**changes: Any) -> Observed:
    """The account as it was confirmed, but for these; None takes a value away."""
    account = {"username": "ada@example.com", "active": True, **PUSHED, **changes}
    values = {n: v for n, v in account.items() if n not in ("username", "active", "userName") and v is not None}
    return Observed("1", account["username"], account["active"], values)


@pytest.mark.parametrize(
    ("record", "observed", "kind", "names"),
    [
        (RECORD, there(), Kind.AS_PUSHED, []),
        (RECORD, there(title="Wizard"), Kind.CHANGED_THERE, ["title"]),
        (RECORD, there(title=None, nickName="Ada"), Kind.CHANGED_THERE, ["nickName", "title"]),
        (RECORD, there(username="ADA@example.com"), Kind.AS_PUSHED, []),
        (RECORD, there(username="lovelace@example.com"), Kind.CHANGED_THERE, ["userName"]),
        (RECORD, there(username=None), Kind.AS_PUSHED, []),
        (RECORD, there(costCenter="7"), Kind.AS_PUSHED, []),
        (RECORD, there(active=False), Kind.SWITCHED_OFF_THERE, []),
        (RECORD, there(active=None), Kind.AS_PUSHED, []),
        (replace(RECORD, active=False), there(title="Wizard"), Kind.SWITCHED_ON_THERE, []),
        (replace(RECORD, active=False), there(active=False, title="Wizard"), Kind.AS_PUSHED, []),
        (replace(RECORD, waiting=True), there(title="Wizard"), Kind.WAITING, []),
        (replace(RECORD, active=None), there(title="Wizard"), Kind.WAITING, []),
        (replace(RECORD, pushed=None), there(title="Wizard"), Kind.AS_PUSHED, []),
        (replace(RECORD, shown={"department"}), there(title=None), Kind.AS_PUSHED, []),
        (replace(RECORD, mapped=()), there(nickName="Ada"), Kind.AS_PUSHED, []),
        (None, there(), Kind.UNKNOWN_THERE, []),
    ],
)
def test_an_account_is_compared_with_what_was_confirmed(
    record: Record | None, observed: Observed, kind: Kind, names: list[str]
) -> None:
    """Only what the app shows and we fill counts; whoever is in the queue is left to it."""
    found = judge(record, observed)
    assert (found.kind, [each.name for each in found.differences]) == (kind, names)


@pytest.mark.parametrize(
    ("ours", "theirs", "equal"),
    [
        (None, "", True),
        ([], None, True),
        (False, None, False),
        (0, None, False),
        (True, 1, False),
        (1, 1.0, True),
        (["a", "b"], ["b", "a"], True),
        (["a", "a"], ["a", "b"], False),
        ("a", "A", False),
    ],
)
def test_values_are_the_same_to_people(ours: Any, theirs: Any, equal: bool) -> None:
    """No value is no value however it is spelt, and lists have no order; case counts but in names."""
    assert same("x", ours, theirs) is same("x", theirs, ours) is equal


def test_what_comes_back_the_same_after_it_was_written_is_not_kept_by_the_app() -> None:
    """A later edit of another kind is repaired again, and so is one of a value that is another by now."""
    before = Earlier([Difference("title", "Countess", "COUNTESS")], written_since=True)
    found = judge(replace(RECORD, earlier=before), there(title="COUNTESS"))
    assert (found.kind, found.differences) == (
        Kind.NOT_KEPT, (Difference("title", "Countess", "COUNTESS", kept=False),)
    )  # fmt: skip
    # It stays so, written again or not; without having been written it is an edit like others.
    assert judge(replace(RECORD, earlier=Earlier(found.differences)), there(title="COUNTESS")).kind is Kind.NOT_KEPT
    unwritten = replace(before, written_since=False)
    assert judge(replace(RECORD, earlier=unwritten), there(title="COUNTESS")).kind is Kind.CHANGED_THERE
    assert judge(replace(RECORD, earlier=before), there(title="Wizard")).kind is Kind.CHANGED_THERE
    both = judge(replace(RECORD, earlier=before), there(title="COUNTESS", department="Magic"))
    assert (both.kind, [each.kept for each in both.differences]) == (Kind.CHANGED_THERE, [True, False])


def made_of(record: Record, observed: Observed, *, keeps_name: bool = False) -> Any:
    return repair(record, observed, judge(record, observed), keeps_name=keeps_name)


def test_a_repair_records_what_the_account_holds() -> None:
    """The plan compares with that, so that only what differs from what is wanted counts as overwritten."""
    made = made_of(RECORD, there(title="Wizard", department=None))
    assert orjson.loads(made.pushed) == {"userName": "ada@example.com", "title": "Wizard"}
    assert made.digest == digest(made.pushed)
    assert (made.active, made.username, made.leaves) == (True, None, False)
    off = made_of(RECORD, there(active=False))
    assert (off.active, orjson.loads(off.pushed)) == (False, PUSHED)
    on = made_of(replace(RECORD, active=False), there())
    assert (on.active, on.leaves) == (True, True)


def test_a_name_that_the_app_may_choose_is_taken_over() -> None:
    """With “exclude username updates” the account keeps its new name; without, it gets ours back."""
    renamed = there(username="lovelace@example.com")
    assert made_of(RECORD, renamed, keeps_name=True).username == "lovelace@example.com"
    assert made_of(RECORD, renamed).username is None


def test_what_is_not_repaired_leaves_our_records_alone() -> None:
    """Accounts that are gone, of strangers, as they should be, or that the app does not keep as they were sent."""
    gone = Finding(Kind.MISSING, "00uada", "1", None)
    assert repair(RECORD, there(), gone, keeps_name=False) is None
    assert made_of(RECORD, there()) is None
    stubborn = replace(RECORD, earlier=Earlier([Difference("title", "Countess", "COUNTESS")], written_since=True))
    assert made_of(stubborn, there(title="COUNTESS")) is None
    mixed = made_of(stubborn, there(title="COUNTESS", department="Magic"))
    assert orjson.loads(mixed.pushed) == {**PUSHED, "department": "Magic"}


def test_a_listing_is_believed_only_when_it_is_proven_complete() -> None:
    """Every account once, as many as the app says there are, and none deleted on the way."""
    whole = Tally().page(100, 100, None, 150).page(50, 50, 150, 150)
    assert (whole.seen, doubt(whole, 150)) == (150, "")
    assert "listed 150" in doubt(whole, 151)
    assert "more than once" in doubt(whole.page(50, 0, 150, 150), 150)
    assert "does not say" in doubt(whole, None)
    # A page moved up when somebody was deleted: the number may fit although somebody was skipped.
    fell = Tally().page(100, 100, None, 151).page(50, 50, 151, 150)
    assert "deleted" in doubt(fell, 150)
    assert doubt(Tally().page(100, 100, None, 150).page(51, 51, 150, 151), 151) == ""


def test_a_tally_survives_being_stored() -> None:
    """parse(render(x)) = x, with findings counted by kind."""
    tally = Tally().page(2, 2, None, 2).plus([judge(RECORD, there(title="W")), judge(None, there())])
    assert Tally.parse(orjson.loads(orjson.dumps(tally.render()))) == tally
    assert (tally.drifted, tally.of(Kind.UNKNOWN_THERE)) == (1, 1)

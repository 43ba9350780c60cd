"""Whose account it is, and how many may leave unasked."""

import pytest

from provisor.apps.app import Limits
from provisor.connector import Account
from provisor.provisioning.guard import Hold, Proceed, guard
from provisor.provisioning.matching import Ambiguous, Match, NoMatch, is_ours, match


def account(name: str | None, subject: str | None = None) -> Account:
    return Account("a1", name, True, subject, {})


def test_no_account_is_no_match() -> None:
    """An empty list is a miss."""
    assert match([], "ann@example.com") == NoMatch()


def test_a_name_matches_whatever_its_case() -> None:
    """userName is not case-exact."""
    found = account("ANN@Example.com")
    assert match([found], "ann@example.com") == Match(found)


@pytest.mark.parametrize(
    "returned",
    [
        [account("stranger@example.com")],
        [account(None)],
        [account("ann@example.com"), account("bob@example.com")],
        [account("ann@example.com"), account("Ann@example.com")],
    ],
)
def test_anything_else_is_for_a_person_to_tell(returned: list[Account]) -> None:
    """A server that ignores the filter must not give us its first user."""
    assert isinstance(match(returned, "ann@example.com"), Ambiguous)


def test_an_account_that_remembers_somebody_else_is_not_ours() -> None:
    """After a lost create, one that remembers us or nobody is."""
    assert is_ours(account("ann", None), "00u1")
    assert is_ours(account("ann", "00u1"), "00u1")
    assert not is_ours(account("ann", "00u2"), "00u1")


@pytest.mark.parametrize(
    ("leaving", "accounts", "held"),
    [(50, 10, False), (51, 10, True), (200, 1000, False), (201, 1000, True)],
)
def test_both_the_floor_and_the_share_have_to_be_passed(leaving: int, accounts: int, held: bool) -> None:
    """Twenty per cent, and never fewer than fifty."""
    assert isinstance(guard(leaving, accounts, Limits()), Hold if held else Proceed)


def test_zero_and_zero_hold_everybody() -> None:
    """A strict app asks for every single one."""
    assert guard(1, 1000, Limits(hold_percent=0, hold_floor=0)) == Hold(1, 0)

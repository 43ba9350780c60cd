"""The guard of single attributes: who goes, who waits, what is counted."""

from hypothesis import given
from hypothesis import strategies as st

from provisor.apps.app import Limits
from provisor.provisioning.guard import guard_overwrites, may_overwrite

PEOPLE = [f"00u{number}" for number in range(6)]
NOBODY: frozenset[tuple[str, str]] = frozenset()


def test_the_first_go_and_the_rest_wait() -> None:
    """As many as are allowed are counted; everybody after them is held for that attribute, which tripped."""
    judged = guard_overwrites([(each, ["title"]) for each in PEOPLE], {}, NOBODY, frozenset(), 2)
    assert judged.counted == [("title", "00u0"), ("title", "00u1")]
    assert judged.held == {each: ["title"] for each in PEOPLE[2:]} and judged.tripped == {"title": 4}


def test_what_was_counted_before_counts_and_repeats_go() -> None:
    """Somebody whose push is repeated is not counted twice, even while others wait."""
    judged = guard_overwrites(
        [("00u0", ["title"]), ("00u1", ["title"])], {"title": 2}, frozenset({("title", "00u0")}), {"title"}, 2
    )
    assert (judged.counted, judged.held, judged.tripped) == ([], {"00u1": ["title"]}, {})


def test_other_attributes_go_on() -> None:
    """Only updates of the stopped attribute wait; who waits for one is not counted for another."""
    asked = [("00u0", ["title", "department"]), ("00u1", ["department"]), ("00u2", ["title"])]
    judged = guard_overwrites(asked, {}, NOBODY, {"title"}, 10)
    assert judged.held == {"00u0": ["title"], "00u2": ["title"]}
    assert judged.counted == [("department", "00u1")] and judged.tripped == {}


def test_how_many_may_be_overwritten() -> None:
    """The larger of a share of the accounts and a number."""
    limits = Limits(overwrite_percent=25, overwrite_floor=100)
    assert [may_overwrite(accounts, limits) for accounts in (0, 400, 1000)] == [100, 100, 250]


@given(
    st.lists(st.tuples(st.sampled_from(PEOPLE), st.lists(st.sampled_from("abc"), unique=True, min_size=1))),
    st.integers(0, 4),
)
def test_no_attribute_is_ever_overwritten_more_often_than_allowed(
    asked: list[tuple[str, list[str]]], allowed: int
) -> None:
    """Whatever is asked for, each person is held or counted, and no count passes the limit."""
    once = list(dict(asked).items())
    judged = guard_overwrites(once, {}, NOBODY, frozenset(), allowed)
    for name in "abc":
        assert sum(each == name for each, _ in judged.counted) <= allowed
    assert {user for _, user in judged.counted} | judged.held.keys() == {user for user, _ in once}
    assert not {user for _, user in judged.counted} & judged.held.keys()

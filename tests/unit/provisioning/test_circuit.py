"""When an app that fails is left alone, and what ends that."""

import pytest

from provisor.provisioning.circuit import CLOSED, MISSES, Circuit


def after(*people: str, before: Circuit = CLOSED) -> Circuit:
    for each in people:
        before = before.missed(each)
    return before


def test_many_failures_in_a_row_of_several_people_begin_it() -> None:
    """One fewer does not, and an answer in between begins the count anew."""
    several = [f"person{number}" for number in range(MISSES)]
    assert not after(*several[:-1]).failing
    assert (after(*several).failing, after(*several).tries) == (True, 1)
    assert not after(*several[:-1], before=after(*several[:-1]).answered()).failing


def test_one_person_whose_change_always_fails_stops_nobody() -> None:
    """However often; the first other one who fails as well does."""
    alone = after(*["ann"] * (5 * MISSES))
    assert not alone.failing
    assert alone.missed("bob").failing


def test_each_failed_try_of_another_person_lengthens_the_rest() -> None:
    """`tries` rises, which doubles the rest; nobody is alone."""
    failing = after(*"abcdefghij")
    tried = after("k", "l", "m", before=failing)
    assert (tried.tries, tried.alone) == (4, False)


def test_the_same_person_failing_again_lets_others_be_tried() -> None:
    """Then that person rests, not the app."""
    tried = after("k", "k", before=after(*"abcdefghij"))
    assert (tried.tries, tried.alone) == (3, True)
    assert not tried.missed("l").alone


@pytest.mark.parametrize("failing", [after(*"abcdefghij"), Circuit(failing=True, tries=7)])
def test_an_answer_ends_it(failing: Circuit) -> None:
    """Whatever the app said, and whichever worker saw it begin."""
    assert failing.failing
    assert failing.answered() == CLOSED

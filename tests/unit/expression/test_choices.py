"""What Okta's pages leave open, and what we chose: one test for each choice that the reference lists."""

from datetime import UTC, datetime
from typing import Any

import pytest
from tests.unit.expression.people import value

from provisor.expression import EvaluationError, Subject
from provisor.expression.choices import CHOICES


@pytest.mark.parametrize(
    ("text", "result"),
    [(text, result) for choice in CHOICES for text, result in choice.examples],
    ids=[text[:60] for choice in CHOICES for text, _ in choice.examples],
)
def test_a_choice_is_kept(text: str, result: Any) -> None:
    """The reference's examples of our choices."""
    assert value(text) == result


@pytest.mark.parametrize("text", [text for choice in CHOICES for text in choice.refused])
def test_what_is_refused_for_a_person_says_why(text: str) -> None:
    """An evaluation that has no result is an error, and names no more of a value than its beginning."""
    with pytest.raises(EvaluationError):
        value(text)


def test_nothing_grows_beyond_measure() -> None:
    """Texts and arrays that double in each step stop at a limit."""
    text = "user.t"
    for _ in range(6):
        text = f"String.replace({text}, 'a', {text})"
    with pytest.raises(EvaluationError, match="grew beyond"):
        value(text, Subject({"t": "a" * 20}))


def test_the_language_reaches_no_python_attributes() -> None:
    """A member of a value is looked up in a dictionary or not at all."""
    assert value("user.__class__") is None
    with pytest.raises(EvaluationError):
        value("Arrays.get({'a'}, 0).__class__")


def test_an_expensive_pattern_costs_no_more_than_the_text_is_long() -> None:
    """RE2 does not go back: a pattern that takes Python's own module for ever is answered."""
    subject = Subject({"t": "a" * 5000 + "b"})
    assert value("user.t matches '(a+)+'", subject) is False


def test_time_is_the_callers() -> None:
    """There is no clock in an expression."""
    assert value("Time.now()", Subject(now=datetime(2026, 1, 2, tzinfo=UTC))) == "2026-01-02T00:00:00.000Z"
    with pytest.raises(EvaluationError):
        value("Time.now()", Subject())

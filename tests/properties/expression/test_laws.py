"""Laws of the language: nothing but its own errors comes out, and what is read is all that counts."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from tests.unit.expression.people import ANYWHERE, GROUPS, WINSTON

from provisor.expression import EvaluationError, ExpressionError, Subject, compile_expression
from provisor.expression.functions import FUNCTIONS

scalars = st.none() | st.booleans() | st.integers(-5, 5) | st.floats(allow_nan=False) | st.text(max_size=8)
values = scalars | st.lists(scalars, max_size=3)
attributes = st.sampled_from("abcd")
leaves = (
    attributes.map(lambda name: f"user.{name}")
    | st.sampled_from(["'x'", '"a,b"', "1", "2.5", "null", "true", "{1, 'a'}", "{}"])
    | st.just("isMemberOfGroupName('Everyone')")
)


def wider(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    operators = st.sampled_from(["+", "==", "!=", "<", ">=", "AND", "||", "?:", "matches"])
    calls = st.sampled_from(sorted(FUNCTIONS))
    return (
        st.tuples(inner, operators, inner).map(lambda each: f"({each[0]} {each[1]} {each[2]})")
        | st.tuples(inner, inner, inner).map(lambda each: f"({each[0]} ? {each[1]} : {each[2]})")
        | st.tuples(calls, st.lists(inner, max_size=4)).map(lambda each: f"{each[0]}({', '.join(each[1])})")
        | inner.map(lambda each: f"!{each}")
        | st.tuples(inner, inner).map(lambda each: f"{each[0]}[{each[1]}]")
    )


expressions = st.recursive(leaves, wider, max_leaves=12)
profiles = st.dictionaries(attributes, values, max_size=4)


def outcome(text: str, subject: Subject) -> Any:
    try:
        return compile_expression(text, ANYWHERE).evaluate(subject)
    except EvaluationError as problem:
        return str(problem)


@given(st.text(max_size=60))
def test_any_text_is_an_expression_or_an_error(text: str) -> None:
    """Nothing but `ExpressionError` and `EvaluationError` ever comes out."""
    try:
        outcome(text, WINSTON)
    except ExpressionError as problem:
        assert problem.position.line >= 1


@given(expressions, profiles)
def test_evaluating_gives_plain_json_or_its_own_error(text: str, profile: dict[str, Any]) -> None:
    """Whatever the profile holds."""
    subject = Subject(profile, profile, groups=GROUPS, now=WINSTON.now)
    try:
        found = outcome(text, subject)
    except ExpressionError:
        return
    assert found is None or isinstance(found, (str, int, float, bool, list))


@given(expressions, profiles, attributes, values)
def test_an_attribute_that_is_not_read_changes_nothing(
    text: str, profile: dict[str, Any], name: str, other: Any
) -> None:
    """`reads` is what a change is compared with: leaving something out would leave accounts behind."""
    try:
        reads = compile_expression(text, ANYWHERE).reads
    except ExpressionError:
        return
    if name in reads.user:
        return
    changed = {**profile, name: other}
    before, after = (outcome(text, Subject(each, each, groups=GROUPS, now=WINSTON.now)) for each in (profile, changed))
    assert repr(before) == repr(after)


@given(expressions, profiles)
def test_evaluating_twice_gives_the_same(text: str, profile: dict[str, Any]) -> None:
    """There is no state."""
    subject = Subject(profile, profile, groups=GROUPS, now=WINSTON.now)
    try:
        assert repr(outcome(text, subject)) == repr(outcome(text, subject))
    except ExpressionError:
        return

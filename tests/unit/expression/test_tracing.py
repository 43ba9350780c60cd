"""How an expression came to its value, shown term by term; and trees written as text again."""

import pytest
from tests.unit.expression.people import ANYWHERE, WINSTON
from tests.unit.expression.test_functions import EXAMPLES, RECIPES

from provisor.expression import EvaluationError, compile_expression
from provisor.expression.choices import CHOICES
from provisor.expression.tracing import Term, trace
from provisor.expression.tree import Node, walk
from provisor.expression.writing import written

TEXTS = sorted(
    {text for text, _ in EXAMPLES}
    | set(RECIPES)
    | {text for each in CHOICES for text, _ in each.examples}
    | {text for each in CHOICES for text in each.refused}
    | {
        "(user.a == 1) == (user.b == 2)",
        "!(user.isContractor AND !user.a) OR user.b == null",
        "(1 + 2) + (3 + 4)",
        "(user.a ?: user.b) + 'it''s'",
        "user.a ? (user.b ? 1 : 2) : user.c ? 3 : 4",
        "(user.a ? user.b : user.c) ?: (user.d ?: -1.5)",
        "(user.roles ?: {1, 'a', true, null})[0]",
    }
)


def traced(text: str) -> list[Term]:
    return trace(compile_expression(text, ANYWHERE).tree, "source", WINSTON)


def shape(node: Node) -> list[tuple[object, ...]]:
    """A tree without the places in its text."""
    return [
        (type(each), *(getattr(each, name, None) for name in ("value", "name", "operator")))
        for each in walk(node)
        if not hasattr(each, "value") or not hasattr(each.value, "at")
    ]


@pytest.mark.parametrize("text", TEXTS)
def test_a_tree_written_as_text_reads_as_the_same_tree(text: str) -> None:
    """Every example of the reference, and what needs parentheses; writing it again changes nothing."""
    tree = compile_expression(text, ANYWHERE).tree
    again = compile_expression(written(tree), ANYWHERE).tree
    assert shape(again) == shape(tree)
    assert written(again) == written(tree)


@pytest.mark.parametrize("text", TEXTS)
def test_the_whole_of_a_trace_is_what_evaluating_gives(text: str) -> None:
    """The value, or the reason why there is none."""
    whole = traced(text)[0]
    try:
        assert whole.value == compile_expression(text, ANYWHERE).evaluate(WINSTON) and whole.problem is None
    except EvaluationError as problem:
        assert whole.problem == str(problem)


@pytest.mark.parametrize("text", TEXTS)
def test_every_term_of_a_trace_has_the_value_of_its_own_text(text: str) -> None:
    """What is shown for a part is what that part gives by itself; groups are shown by their names."""
    for term in traced(text)[1:]:
        if term.problem is None and "getGroups" not in term.text:
            tree = compile_expression(f"{{{term.text}}}", ANYWHERE).tree
            assert trace(tree, "source", WINSTON)[0].value == [term.value]


def test_a_trace_shows_what_the_whole_is_made_of() -> None:
    """Terms stand below what they belong to, sums with all their operands, constants not at all."""
    found = traced("user.firstName + ' ' + String.toUpperCase(user.lastName)")
    assert [(each.depth, each.text, each.value) for each in found] == [
        (0, "user.firstName + ' ' + String.toUpperCase(user.lastName)", "Winston CHURCHILL"),
        (1, "user.firstName", "Winston"),
        (1, "String.toUpperCase(user.lastName)", "CHURCHILL"),
        (2, "user.lastName", "Churchill"),
    ]
    assert found[0].reads == {"firstName", "lastName"}


@pytest.mark.parametrize(
    ("text", "unused"),
    [
        ("user.nickName ?: user.firstName", set()),
        ("user.firstName ?: user.lastName", {"user.lastName"}),
        ("user.isContractor ? user.title : user.email", {"user.title"}),
        ("user.title ? user.title : user.email", {"user.title", "user.email"}),
        ("user.isContractor AND user.salary > 5", {"user.salary > 5", "user.salary"}),
        ("!user.isContractor OR user.salary > 5", {"user.salary > 5", "user.salary"}),
        ("user.isContractor OR user.salary > 5", set()),
    ],
)
def test_the_branch_that_was_not_taken_is_shown_as_such(text: str, unused: set[str]) -> None:
    """It has its value too, and everything below it is as little used."""
    assert {each.text for each in traced(text) if not each.used} == unused


def test_a_term_without_a_result_says_why() -> None:
    """The problem is where it arose, and in all that it is part of."""
    found = {each.text: each.problem for each in traced("Convert.toInt(user.title) + 1")}
    assert found["user.title"] is None
    assert "Prime Minister" in (found["Convert.toInt(user.title)"] or "")
    assert found["Convert.toInt(user.title) + 1"] == found["Convert.toInt(user.title)"]

"""Both ends of a mapping: what may be read and filled, lines tried one by one, examples, and warnings."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisor.apps.defaults import SCIM_MAPPINGS, shipped_mappings
from provisor.apps.ends import Ends, merged_lines
from provisor.apps.examples import Example, ExamplesUnreadable, mismatches, parse_examples, render_example
from provisor.apps.linting import warnings
from provisor.apps.mapping import Direction, Mapping, MappingError, PushStatus
from provisor.apps.projection import Circumstances, compile_mappings
from provisor.apps.schemas import SCIM_SCHEMA
from provisor.directory.attributes import BASE_ATTRIBUTES, Attribute, AttributeType
from provisor.expression import Group

SECRET = Attribute("salary", "Salary", AttributeType.INTEGER, sensitive=True)
PEOPLE = (*BASE_ATTRIBUTES, SECRET)
OUT = Ends(
    Direction.TO_APP, PEOPLE, SCIM_SCHEMA, "user.login", {"app": {"id": "0oa1", "name": "scim2", "label": "Wiki"}}
)
IN = replace(OUT, direction=Direction.FROM_APP)
ANN = {"login": "ann@example.com", "email": "ann@example.com", "firstName": "Ann", "lastName": "Day", "title": "Clerk"}


@pytest.mark.parametrize(
    ("ends", "line"),
    [
        (OUT, Mapping("nothing", "user.title")),
        (OUT, Mapping("title", "appuser.title")),
        (OUT, Mapping("title", "user.title", along_with="nothing")),
        (OUT, Mapping("title", "user.getGroups({'group.id': 'x'}).![name]")),
        (IN, Mapping("title", "user.title")),
        (IN, Mapping("title", "appuser.nothing")),
        (IN, Mapping("badge", "appuser.title")),
        (IN, Mapping("title", "isMemberOfGroupName('Pilots')")),
    ],
)
def test_a_line_reads_one_side_and_fills_the_other(ends: Ends, line: Mapping) -> None:
    """What is not there, on either side, or does not fit, is refused; an import knows of no groups yet."""
    with pytest.raises(MappingError):
        ends.compile(line)


def test_lines_of_an_import_are_worked_out_for_an_account() -> None:
    """`appuser` and bare names are the account's attributes, `app` the app."""
    subject = IN.subject({"givenName": "Ann", "title": "Clerk"}, Circumstances())
    tried = IN.attempt(Mapping("displayName", "appuser.givenName + ', ' + title + ' at ' + app.label"), subject)
    assert tried.value == "Ann, Clerk at Wiki"


def test_a_line_that_fails_has_a_problem_and_no_value() -> None:
    """Whether it cannot be understood or has no result for this person."""
    subject = OUT.subject(ANN, Circumstances())
    assert "line 1" in (OUT.attempt(Mapping("title", "user."), subject).problem or "")
    assert "not a number" in (OUT.attempt(Mapping("title", "'' + Convert.toInt(user.title)"), subject).problem or "")


def test_sensitive_attributes_are_found_on_both_sides() -> None:
    """What a line reads, and what it fills."""
    assert OUT.reads_sensitive(Mapping("title", "'' + user.salary"))
    assert not OUT.reads_sensitive(Mapping("title", "user.title"))
    assert OUT.reads_sensitive(Mapping("title", "user.salary +"))
    assert IN.reads_sensitive(Mapping("salary", "Convert.toInt(appuser.title)"))


def test_trying_line_by_line_agrees_with_the_projection() -> None:
    """What a preview shows is what a push would send."""
    subject = OUT.subject(ANN, Circumstances())
    sent = compile_mappings(SCIM_MAPPINGS, "user.login").project(ANN).attributes
    tried = {each.target: OUT.attempt(each, subject).value for each in SCIM_MAPPINGS if each.along_with is None}
    assert {name: value for name, value in tried.items() if value is not None} == {
        name: value for name, value in sent.items() if not name.endswith("Type")
    }


def test_what_ships_leaves_out_what_the_app_does_not_have() -> None:
    """Neither a missing target nor what would go along with one."""
    without = {each.name for each in SCIM_SCHEMA} - {"email", "title"}
    out = {each.target for each in shipped_mappings(Direction.TO_APP, without)}
    assert out == {each.target for each in SCIM_MAPPINGS} - {"email", "emailType", "title"}
    back = {each.target for each in shipped_mappings(Direction.FROM_APP, without)}
    assert "login" in back and not {"email", "title"} & back


NAMES = st.sampled_from(["title", "locale", "email", "emailType", "nickName"])
LINES = st.builds(Mapping, NAMES, st.sampled_from(["user.title", "'x'"]), st.sampled_from(PushStatus))


@given(st.lists(LINES, unique_by=lambda line: line.target), st.dictionaries(NAMES, st.none() | LINES))
def test_a_change_touches_what_it_names_and_nothing_else(now: list[Mapping], wanted: dict[str, Mapping | None]) -> None:
    """Replaced lines stay where they are, new ones come last, None takes away; twice is once."""
    changes = {name: None if line is None else replace(line, target=name) for name, line in wanted.items()}
    after = merged_lines(now, changes, SCIM_MAPPINGS)
    names = [each.target for each in after]
    kept = [each.target for each in now if changes.get(each.target, each) is not None]
    assert names[: len(kept)] == kept
    assert set(names) == {*kept, *(name for name, line in changes.items() if line is not None)}
    assert [each for each in after if each.target not in changes] == [
        each for each in now if each.target not in changes
    ]
    assert merged_lines(after, changes, SCIM_MAPPINGS) == after
    new = [each for each in after if each.target == "emailType" and each.target not in {line.target for line in now}]
    assert all(each.along_with == "email" for each in new)


def example(**more: Any) -> Example:
    return Example("Ann", ANN, **more)


def test_an_example_speaks_of_the_targets_it_names() -> None:
    """What differs, what has no result and what nobody maps are told apart; no value is null, empty or absent."""
    lines = [Mapping("title", "user.title"), Mapping("locale", "'' + Convert.toInt(user.title)")]
    fits = {"title": "Clerk", "userName": "ann@example.com", "nickName": None, "userType": ""}
    assert mismatches([example(expected=fits)], lines, OUT) == []
    found = mismatches([example(expected={"title": "Chief", "locale": "no", "city": "Oslo"})], lines, OUT)
    assert [(each.target, each.found, each.problem is None) for each in found] == [
        ("title", "Clerk", True),
        ("locale", None, False),
        ("city", None, True),
    ]
    assert str(found[0]) == "“Ann” expects “Chief”, but the mapping gives “Clerk”"


def test_an_examples_groups_are_read() -> None:
    """By their names."""
    line = Mapping("title", "isMemberOfGroupName('Pilots') ? 'Pilot' : null")
    assert mismatches([example(expected={"title": "Pilot"}, groups=("Pilots",))], [line], OUT) == []
    assert mismatches([example(expected={"title": None})], [line], OUT) == []
    subject = OUT.subject(ANN, Circumstances(groups=[Group("00g1", "Pilots")]))
    assert OUT.attempt(line, subject).value == "Pilot"


def test_examples_are_read_as_they_are_written() -> None:
    """One without groups has no key for them."""
    both = [example(expected={"title": "Clerk"}), Example("B", {}, {"title": None}, ("Pilots",))]
    stored = [render_example(each) for each in both]
    assert "groups" not in stored[0]
    assert parse_examples(stored) == tuple(both)


@pytest.mark.parametrize(
    ("stored", "path"),
    [
        ({}, "examples"),
        ([{}] * 51, "examples"),
        ([7], "examples[0]"),
        ([{"name": "a", "expected": {}}], "examples[0].expected"),
        ([{"name": " ", "expected": {"title": 1}}], "examples[0].name"),
        ([{"name": "a", "expected": {"title": 1}, "profile": []}], "examples[0].profile"),
        ([{"name": "a", "expected": {"title": 1}, "groups": "x"}], "examples[0].groups"),
        ([{"name": "a", "expected": {"title": 1}, "user": "x"}], "examples[0].user"),
        ([{"name": "a", "expected": {"title": 1}}] * 2, "examples"),
    ],
)
def test_an_example_that_cannot_be_read_is_named(stored: Any, path: str) -> None:
    """The problem's path says where."""
    with pytest.raises(ExamplesUnreadable) as refusal:
        parse_examples(stored)
    assert refusal.value.problems[0].path == path


def test_what_ships_needs_no_warning() -> None:
    """Either way."""
    assert warnings(SCIM_MAPPINGS, OUT) == []
    assert warnings(IN.shipped, IN) == []


@pytest.mark.parametrize(
    ("line", "warned"),
    [
        (Mapping("givenName", "user.nickName"), ["givenName"]),
        (Mapping("givenName", "nickName"), ["givenName"]),
        (Mapping("givenName", "user.nickName ?: user.firstName"), []),
        (Mapping("givenName", "'Somebody'"), []),
        (Mapping("userName", "user.email", PushStatus.DONT_PUSH), ["userName"]),
        (Mapping("nickName", "user.middleName"), []),
    ],
)
def test_what_may_be_saved_and_is_probably_not_meant_is_warned_of(line: Mapping, warned: list[str]) -> None:
    """A required attribute that may stay empty, and a name that is never changed."""
    lines = merged_lines(SCIM_MAPPINGS, {line.target: line}, SCIM_MAPPINGS)
    assert [each.path for each in warnings(lines, OUT)] == warned


def test_a_required_attribute_that_nothing_fills_is_warned_of_unless_it_has_a_default() -> None:
    """Somebody by hand, or a group, may still set it."""
    lines = merged_lines(SCIM_MAPPINGS, {"email": None}, SCIM_MAPPINGS)
    assert [each.path for each in warnings(lines, OUT)] == ["email"]
    schema = tuple(replace(e, default="x@example.com") if e.name == "email" else e for e in SCIM_SCHEMA)
    assert warnings(lines, replace(OUT, account=schema)) == []

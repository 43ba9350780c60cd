"""Pending changes as data, whom a trial is for, and which values a plan would overwrite."""

from typing import Any

import pytest

from provisor.apps.app import Features
from provisor.apps.mapping import Mapping
from provisor.apps.projection import compile_mappings
from provisor.directory.schemas import Unreadable
from provisor.provisioning.overwrites import overwritten
from provisor.provisioning.pending import parse_change, render_change
from provisor.provisioning.plan import Patience, Step, plan
from provisor.provisioning.planned import Planned
from provisor.provisioning.subject import Link, Mark, Subject
from provisor.provisioning.trial import Stage, TrialLimits, too_many

ON = Features(create=True, update=True, deactivate=True)
MAPPINGS = compile_mappings([Mapping("title", "user.title"), Mapping("department", "user.department")], "user.login")


DESK = {"title": "Desk", "type": "string"}


def subject(link: Link, **profile: Any) -> Subject:
    values = {"login": "ann@example.com", **profile}
    return Subject("0oa1", "00u1", "ACTIVE", values, True, True, link, Mark(1, 1, 0, "trn1"))


@pytest.mark.parametrize(
    "body",
    [
        {"kind": "NOTHING"},
        {
            "kind": "MAPPING",
            "mappingId": "prm1",
            "properties": {
                "title": {"expression": "user.title", "pushStatus": "DONT_PUSH"},
                "emailType": {"expression": "'work'", "pushStatus": "PUSH", "alongWith": "email"},
                "nickName": None,
            },
        },
        {"kind": "USERNAME", "template": "${source.login}", "pushStatus": None},
        {
            "kind": "ASSIGNMENT",
            "assign": {"users": ["00u1"], "groups": []},
            "unassign": {"users": [], "groups": ["00g1", "00g2"]},
        },
    ],
)
def test_a_change_is_read_and_written_the_same(body: dict[str, Any]) -> None:
    """What is stored of a plan is what its maker wrote."""
    assert render_change(parse_change(body)) == body


def test_an_attribute_of_the_app_is_read_and_written_the_same() -> None:
    """Definitions are completed the first time, and stay so."""
    once = render_change(parse_change({"kind": "SCHEMA", "attributes": {"desk": DESK, "title": None}}))
    assert once["attributes"]["title"] is None and once["attributes"]["desk"]["type"] == "string"
    assert render_change(parse_change(once)) == once


@pytest.mark.parametrize(
    ("body", "paths"),
    [
        ({}, ["kind"]),
        ({"kind": ["MAPPING"]}, ["kind"]),
        ({"kind": "MAPPING", "properties": {}}, ["properties"]),
        ({"kind": "MAPPING", "mappingId": 7, "properties": {"a": {}}}, ["properties.a", "mappingId"]),
        ({"kind": "MAPPING", "properties": {"a": {"expression": "1", "pushStatus": 1}}}, ["properties.a.pushStatus"]),
        ({"kind": "MAPPING", "properties": {"a": {"expression": "1", "alongWith": 1}}}, ["properties.a.alongWith"]),
        ({"kind": "SCHEMA", "attributes": {"a": 1}}, ["attributes.a"]),
        ({"kind": "USERNAME", "pushStatus": "x"}, ["template", "pushStatus"]),
        (
            {"kind": "ASSIGNMENT", "assign": [], "unassign": {"users": [1]}},
            ["assign.users", "assign.groups", "unassign.users"],
        ),
        ({"kind": "ASSIGNMENT", "assign": {"users": ["00u1"]}, "unassign": {"users": ["00u1"]}}, ["unassign"]),
    ],
)
def test_everything_wrong_with_a_change_is_said_at_once(body: dict[str, Any], paths: list[str]) -> None:
    """Each problem names its place in the change."""
    with pytest.raises(Unreadable) as refused:
        parse_change(body)
    assert [each.path for each in refused.value.problems] == paths


def test_a_wider_stage_has_everybody_of_a_narrower_one() -> None:
    """Shares grow: nobody leaves a trial because it was widened, and it reaches everybody in the end."""
    people = [f"00u{number}" for number in range(500)]
    reached: set[str] = set()
    for percent in range(101):
        now = {each for each in people if Stage(percent).includes("pln1", each)}
        assert now >= reached
        reached = now
    assert reached == set(people)
    share = sum(Stage(10).includes("pln1", each) for each in people)
    assert 20 <= share <= 80
    assert {each for each in people if Stage(10).includes("pln2", each)} != {
        each for each in people if Stage(10).includes("pln1", each)
    }


def test_those_who_are_named_are_on_trial_whatever_the_share() -> None:
    """A named person is in every stage."""
    assert Stage(0, frozenset({"00u1"})).includes("pln1", "00u1")
    assert not Stage(0, frozenset({"00u1"})).includes("pln1", "00u2")


@pytest.mark.parametrize(
    ("failed", "on_trial", "stops"),
    [(0, 0, False), (1, 1, True), (1, 20, False), (2, 20, True), (3, 1000, False), (4, 1000, True)],
)
def test_a_trial_stops_beyond_a_number_or_a_share(failed: int, on_trial: int, stops: bool) -> None:
    """More than 3 people, or more than 5 % of those on trial."""
    assert too_many(failed, on_trial, TrialLimits(3, 5)) is stops


@pytest.mark.parametrize(
    ("pushed", "profile", "features", "names"),
    [
        ({"userName": "ann@example.com", "title": "A"}, {"title": "B"}, ON, ["title"]),
        ({"userName": "ann@example.com", "title": "A"}, {}, ON, ["title"]),
        ({"userName": "ann@example.com"}, {"title": "B"}, ON, []),
        ({"userName": "ann@example.com", "title": ""}, {"title": "B"}, ON, []),
        ({"userName": "old@example.com", "title": "A"}, {"title": "A"}, ON, ["userName"]),
        ({"title": "A", "userName": "ann@example.com"}, {}, Features(update=True, push_nulls=False), []),
    ],
)
def test_what_a_plan_overwrites(
    pushed: dict[str, Any], profile: dict[str, Any], features: Features, names: list[str]
) -> None:
    """Other values and cleared ones are overwrites; first values are none, nor is what is not sent."""
    decided = plan(subject(Link("a1", True, b"other"), **profile), MAPPINGS, features, Patience(0, 0))
    assert overwritten(decided, pushed, features) == names


def test_a_create_overwrites_nothing() -> None:
    """There is no account whose values could be lost."""
    decided = plan(subject(Link(), title="B"), MAPPINGS, ON, Patience(0, 0))
    assert decided.step is Step.CREATE and overwritten(decided, {"title": "A"}, ON) == []


def test_what_is_kept_of_a_decision_tells_other_values_and_other_accounts_apart() -> None:
    """The digests differ exactly with what would be sent, and with what is known of the account."""

    def kept(link: Link, title: str) -> Planned:
        person = subject(link, title=title)
        return Planned.of(person, plan(person, MAPPINGS, ON, Patience(0, 0)))

    known = Link("a1", True, b"digest")
    assert kept(known, "A") == kept(known, "A")
    assert kept(known, "A").sent != kept(known, "B").sent and kept(known, "A").held == kept(known, "B").held
    other = Link("a1", True, b"other")
    assert kept(known, "A").sent == kept(other, "A").sent and kept(known, "A").held != kept(other, "A").held
    assert kept(Link(), "A").sent != kept(known, "A").sent

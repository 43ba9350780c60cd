"""Why each attribute of an account is as it is, who would win otherwise, and what the app confirmed."""

from dataclasses import replace
from typing import Any

import pytest
from tests.unit.apps.test_projection import SCHEMA

from provisor.apps.app import Features
from provisor.apps.compiling import PROFILE
from provisor.apps.layers import GroupValues, Origin
from provisor.apps.mapping import Mapping, PushStatus
from provisor.apps.projection import Circumstances, compile_mappings
from provisor.directory.attributes import Attribute
from provisor.provisioning.explaining import MASK, ValueExplanation, explain
from provisor.provisioning.plan import project
from provisor.provisioning.subject import Link, Mark, Subject

ANN = Subject(
    "0oa1",
    "00u1",
    "ACTIVE",
    {"login": "ann@example.com", "title": "Lead", "city": "Oslo", "lastName": "Lee"},
    assigned=True,
    wanted=True,
    link=Link(),
    mark=Mark(0, 1, 0, ""),
)
LINKED = replace(ANN, link=Link("7", True, b"", "ann.old", None))
GROUPS = (
    GroupValues("00g1", {"teams": ["a"], "tags": ["x"], "role": "first", "desk": "1"}),
    GroupValues("00g2", {"teams": ["b"], "tags": ["y"], "role": "second"}),
)
ROLE = Mapping("role", "user.title")
ON = Features(create=True, update=True)


def mapped(*mappings: Mapping, schema: dict[str, Attribute] = SCHEMA) -> Any:
    return compile_mappings(mappings, "user.login", schema, PROFILE)


def found(
    subject: Subject, *mappings: Mapping, confirmed: dict[str, Any] | None = None, features: Features = ON
) -> dict[str, ValueExplanation]:
    return {each.attribute.name: each for each in explain(subject, mapped(*mappings), features, confirmed)[1]}


def layers(value: ValueExplanation) -> list[tuple[Origin, Any, bool]]:
    return [(each.origin, each.value, each.wins) for each in value.candidates]


@pytest.mark.parametrize(
    "beside",
    [
        Circumstances(),
        Circumstances(group_values=GROUPS),
        Circumstances(group_values=GROUPS, overrides={"role": "mine", "level": 3, "userName": "other"}),
        Circumstances(group_values=GROUPS, overrides={"role": None, "teams": []}, given={"note": "n", "role": "g"}),
        Circumstances(account={"role": "as created", "note": "kept"}),
    ],
)
@pytest.mark.parametrize("push", PushStatus)
def test_what_is_explained_is_what_is_sent(beside: Circumstances, push: PushStatus) -> None:
    """For every attribute of the schema the winner has the projection's value, and nobody else wins."""
    mappings = mapped(Mapping("role", "user.title", push), Mapping("note", "user.city + '!'"))
    subject = replace(ANN, beside=beside)
    projection = project(subject, mappings, ON)
    assert projection.problem is None
    _, values = explain(subject, mappings, ON, None)
    assert [each.attribute.name for each in values] == list(SCHEMA)
    for each in values:
        name = each.attribute.name
        expected = projection.username if name == "userName" else projection.attributes.get(name)
        assert each.value == expected
        winners: list[Any] = [candidate.value for candidate in each.candidates if candidate.wins]
        if isinstance(expected, list):
            assert [item for winner in winners for item in winner] == expected
        else:
            assert [value for value in winners if value not in (None, [])] == ([] if expected is None else [expected])


def test_the_layers_below_the_winner_say_who_would_win_otherwise() -> None:
    """The strongest first; the group of the highest priority before the others."""
    subject = replace(ANN, beside=Circumstances(group_values=GROUPS, overrides={"role": "mine"}))
    role = found(subject, ROLE)["role"]
    assert layers(role) == [
        (Origin.OVERRIDE, "mine", True),
        (Origin.GROUP, "first", False),
        (Origin.GROUP, "second", False),
        (Origin.MAPPING, "Lead", False),
        (Origin.DEFAULT, "guest", False),
    ]
    assert role.otherwise is not None and role.otherwise.group_id == "00g1"


def test_combined_lists_have_several_winners() -> None:
    """Elsewhere the first group wins; what is personal is set by none."""
    values = found(replace(ANN, beside=Circumstances(group_values=GROUPS)))
    assert [each.wins for each in values["teams"].candidates] == [True, True]
    assert [each.wins for each in values["tags"].candidates] == [True, False]
    assert values["desk"].candidates == ()


def test_what_the_app_confirmed_is_compared() -> None:
    """Only where there is an account."""
    values = found(LINKED, ROLE, confirmed={"role": "Boss", "userName": "ann@example.com", "note": "odd"})
    assert (values["role"].confirmed, values["role"].differs) == ("Boss", True)
    assert (values["note"].confirmed, values["note"].value, values["note"].differs) == ("odd", None, True)
    assert not values["userName"].differs
    assert not any(each.differs for each in found(ANN, ROLE).values())


def test_an_account_that_keeps_its_name_says_so() -> None:
    """With the name that the mapping would give beside it."""
    name = found(LINKED, features=replace(ON, exclude_username=True))["userName"]
    assert (name.value, name.origin) == ("ann.old", Origin.CREATION)
    assert layers(name)[1] == (Origin.MAPPING, "ann@example.com", False)
    assert name.note


def test_what_is_mapped_on_create_only_keeps_what_it_was_created_with() -> None:
    """The mapping is not asked again."""
    beside = Circumstances(account={"role": "as created"})
    role = found(replace(LINKED, beside=beside), Mapping("role", "user.title", PushStatus.DONT_PUSH))["role"]
    assert (role.value, role.origin, bool(role.note)) == ("as created", Origin.CREATION, True)
    assert layers(role)[1] == (Origin.DEFAULT, "guest", False)


def test_a_value_that_goes_along_with_another_says_what_it_lacks() -> None:
    """A follower without its leader is not sent."""
    note = found(ANN, Mapping("note", "'work'", along_with="desk"))["note"]
    assert (note.value, note.note) == (None, "Sent only along with “desk”, which has no value.")


def test_a_mapping_without_a_result_is_found_among_the_others() -> None:
    """The whole account waits for it, but the others are explained all the same."""
    problem, values = explain(ANN, mapped(Mapping("level", "Convert.toInt(user.title)"), ROLE), ON, None)
    each = {value.attribute.name: value for value in values}
    assert "level" in (problem or "")
    assert each["level"].problem and [term.text for term in each["level"].terms] == [
        "Convert.toInt(user.title)",
        "user.title",
    ]
    assert layers(each["role"])[0] == (Origin.MAPPING, "Lead", True)


@pytest.mark.parametrize("secret", [frozenset({"title"}), frozenset()])
def test_sensitive_values_are_nowhere_in_what_is_shown(secret: frozenset[str]) -> None:
    """An attribute that is sensitive itself, and one that is made of a sensitive one, in every layer and term."""
    schema = SCHEMA if secret else {**SCHEMA, "role": replace(SCHEMA["role"], sensitive=True)}
    mappings = mapped(Mapping("role", "user.title + '!'"), Mapping("note", "user.city"), schema=schema)
    subject = replace(LINKED, beside=Circumstances(group_values=(GroupValues("00g1", {"role": "Lead3"}),)))
    _, values = explain(subject, mappings, ON, {"role": "Lead2"}, secret)
    each = {value.attribute.name: value for value in values}
    shown = replace(each["role"], attribute=SCHEMA["note"], expression="")
    assert "Lead" not in str(replace(shown, terms=tuple(replace(term, text="") for term in shown.terms)))
    assert (each["role"].value, each["role"].confirmed, each["role"].masked) == (MASK, MASK, True)
    assert each["role"].differs
    assert (each["note"].value, each["note"].masked) == ("Oslo", False)

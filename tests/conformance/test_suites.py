"""The suites as data: whatever is added to them can be carried out, reported and traced to its source."""

import random
import re

import pytest

from provisor.conformance import SUITES, Level, Step, Suite, Template, chosen
from provisor.conformance.expect import named_status
from provisor.conformance.variables import fill, made_up, needed

STEPS = [pytest.param(suite, step, id=f"{suite.id}/{step.id}") for suite in SUITES for step in suite.steps]
NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def test_ids_are_unique() -> None:
    """A suite and a step in it can be named."""
    assert len({each.id for each in SUITES}) == len(SUITES)
    for suite in SUITES:
        assert len({each.id for each in suite.steps}) == len(suite.steps), suite.id


@pytest.mark.parametrize(("suite", "step"), STEPS)
def test_a_step_says_what_it_does_and_where_it_comes_from(suite: Suite, step: Step) -> None:
    """Name, source and normative sentence are there, and every assertion reads as a statement."""
    assert NAME.fullmatch(step.id)
    assert step.source.reference
    assert step.source.says.endswith((".", "?", ")"))
    for assertion in step.expect:
        assert " " in assertion.text
        assert assertion.level in (None, *Level)


@pytest.mark.parametrize("suite", SUITES, ids=lambda each: each.id)
def test_every_variable_comes_from_somewhere(suite: Suite) -> None:
    """What a step needs is made up, or captured by a step before it."""
    known = set(made_up(random.Random(1))) | {"item"}
    earlier: set[str] = set()
    for step in suite.steps:
        assert needed(step) <= known, step.id
        assert set(step.after) <= earlier, step.id
        assert not step.each or step.each in known, step.id
        known |= set(step.captures)
        earlier.add(step.id)


@pytest.mark.parametrize("suite", SUITES, ids=lambda each: each.id)
def test_only_what_the_run_created_is_written_to(suite: Suite) -> None:
    """PUT, PATCH and DELETE go to an id that a POST of the same suite gave, or to one that nobody has."""
    own = {"unknown_id", "another_unknown_id"}
    for step in suite.steps:
        if step.request.method == "POST":
            own |= {name for name, path in step.captures.items() if path == "id"}
        if step.request.method in ("PUT", "PATCH", "DELETE"):
            target = re.fullmatch(r"/(?:Users|Groups)/\{(\w+)\}", step.request.path)
            assert target is None or target[1] in own, step.id
            # The collection itself is only ever asked for a change that is none, to see it refused.
            nothing = step.request.method == "PATCH" and step.request.body["Operations"] == []
            assert target is not None or nothing, step.id


def test_the_published_suites_have_their_published_steps() -> None:
    """Twelve for SCIM 2.0, sixteen for SCIM 1.1, each restated once and in order."""
    for name, number in (("scim2-spec", 12), ("scim1-spec", 16)):
        (suite,) = chosen([name])
        stated = [each.source.reference for each in suite.steps if not each.prepares]
        assert [int(each.rpartition(" ")[2]) for each in stated] == list(range(1, number + 1))


def test_the_default_is_the_newer_version() -> None:
    """Without a name the suites of SCIM 2.0 run; with names those, in the catalogue's order."""
    assert "scim2-spec" in [each.id for each in chosen([])]
    assert {each.protocol for each in chosen([])} == {"2.0"}
    assert [each.id for each in chosen([], "1.1")] == ["scim1-spec"]
    assert [each.id for each in chosen(["patch", "scim2-spec"])] == ["scim2-spec", "patch"]


def test_made_up_people_are_nobodys() -> None:
    """Names have capitals, are new at every run, and their addresses belong to nobody (RFC 2606)."""
    source = random.Random(7)
    one, other = made_up(source), made_up(source)
    for prefix in ("", "second_", "third_"):
        name = one[f"{prefix}user_name"]
        assert name.endswith("@example.com")
        assert name not in (name.lower(), name.upper(), other[f"{prefix}user_name"])


def test_an_unknown_status_has_a_name_too() -> None:
    """Servers may answer numbers that no standard knows."""
    assert (named_status(404), named_status(799)) == ("404 Not Found", "799")


@pytest.mark.parametrize(
    ("id_", "path"),
    [
        ("7", "/Users/7"),
        ("a b/c?d#e", "/Users/a%20b%2Fc%3Fd%23e"),
        ("/admin", "/Users/%2Fadmin"),
        ("..", "/Users/%2E%2E"),
        ("../../admin", "/Users/..%2F..%2Fadmin"),
        ("{other}", "/Users/%7Bother%7D"),
    ],
)
def test_an_id_is_one_segment_of_a_path(id_: str, path: str) -> None:
    """Whatever a server gives as an id, nothing but that resource is asked for, changed or deleted."""
    assert fill(Template("DELETE", "/Users/{user_id}"), {"user_id": id_}).target == path


def test_what_is_filled_in() -> None:
    """A placeholder alone takes the variable's type; queries are encoded with %20; a raw query is left as it is."""
    variables = {"user_name": 'a "b"&c', "flag": True, "item": "/Roles"}
    filled = fill(Template("POST", "{item}", (("filter", 'x eq "{user_name}"'),), body={"a": "{flag}"}), variables)
    assert filled.target == "/Roles?filter=x%20eq%20%22a%20%22b%22%26c%22"
    assert filled.body == b'{"a":true}'
    assert fill(Template("GET", "/Users", raw_query="a=b+{user_name}"), variables).target.endswith(
        "?a=b+a%20%22b%22%26c"
    )

"""What a mapping accepts and what it makes of a profile."""

import pytest

from provisor.apps.defaults import SCIM_MAPPINGS, username_expression
from provisor.apps.mapping import Mapping, MappingError, compile_mappings, digest


def test_a_projection_holds_mapped_values_and_leaves_empty_ones_out() -> None:
    """Null and empty text are both no value."""
    mappings = compile_mappings([Mapping("a", "user.x"), Mapping("b", "user.y"), Mapping("c", "'k'")], "user.login")
    projection = mappings.project({"login": "ann", "x": "1", "y": ""})
    assert (projection.username, projection.attributes) == ("ann", {"a": "1", "c": "k"})


def test_a_type_goes_only_along_with_its_value() -> None:
    """No e-mail, no e-mail type."""
    mappings = compile_mappings(SCIM_MAPPINGS, "user.login")
    assert "emailType" not in mappings.project({"login": "ann"}).attributes
    assert mappings.project({"login": "ann", "email": "a@b.c"}).attributes["emailType"] == "work"


def test_false_and_zero_are_values() -> None:
    """Only null and empty text mean nothing."""
    mappings = compile_mappings([Mapping("a", "user.x"), Mapping("b", "user.y")], "user.login")
    assert mappings.project({"x": False, "y": 0}).attributes == {"a": False, "b": 0}


@pytest.mark.parametrize("expression", ["", "user.", "user.x + user.y", "x", "'open", "user['x']"])
def test_an_expression_that_is_not_understood_names_its_target(expression: str) -> None:
    """The refusal says which mapping it is and what it takes."""
    with pytest.raises(MappingError, match="“title”"):
        compile_mappings([Mapping("title", expression)], "user.login")


def test_a_username_template_names_a_source_attribute() -> None:
    """The built-in form is understood, anything else refused."""
    assert username_expression("${source.email}") == "user.email"
    with pytest.raises(MappingError):
        username_expression("${fn:toLowerCase(source.email)}")


def test_the_explanation_is_that_of_the_values_sent() -> None:
    """One entry for each attribute, with its source and expression."""
    projection = compile_mappings([Mapping("a", "user.x"), Mapping("c", "'k'")], "user.login").project({"x": "1"})
    assert [(e.target, e.value, e.source, e.expression) for e in projection.explain()] == [
        ("a", "1", "x", "user.x"),
        ("c", "k", None, "'k'"),
    ]


def test_the_digest_does_not_depend_on_order() -> None:
    """Two profiles with the same values are the same."""
    mappings = compile_mappings(SCIM_MAPPINGS, "user.login")
    one = mappings.project({"login": "ann", "title": "Lead", "city": "Oslo"})
    other = mappings.project({"city": "Oslo", "title": "Lead", "login": "ann"})
    assert digest(one.canonical()) == digest(other.canonical())

"""Profiles under the rules of a type: what is checked, and what may stay."""

from provisor.directory.attributes import BASE_ATTRIBUTES, Attribute, AttributeType, Choice
from provisor.directory.people import ProfileRules

ANN = {"login": "ann@example.com", "email": "ann@example.com", "firstName": "Ann", "lastName": "Lee"}
SIZE = Attribute("size", "Size", choices=(Choice("S", "Small"),), required=True, default="S")
RULES = ProfileRules([*BASE_ATTRIBUTES, SIZE, Attribute("level", "L", AttributeType.INTEGER, most=5)])


def test_a_value_that_was_there_before_may_stay() -> None:
    """Rules that became narrower bind what is written, not who has a value from before."""
    before = {**ANN, "size": "XL", "level": 9}
    assert RULES.problems({**before, "title": "Lead"}, before) == []
    assert [each.path for each in RULES.problems({**before, "level": 8}, before)] == ["level"]
    assert [each.path for each in RULES.problems(before)] == ["size", "level"]


def test_what_is_required_now_is_demanded_of_every_change() -> None:
    """Also of who never had it."""
    assert [each.path for each in RULES.problems({**ANN, "title": "Lead"}, ANN)] == ["size"]


def test_new_people_get_defaults_and_null_is_a_value_that_is_given() -> None:
    """An explicit null asks for none."""
    assert RULES.begun(ANN)["size"] == "S"
    assert RULES.begun({**ANN, "size": None})["size"] is None


def test_values_of_removed_attributes_are_not_seen() -> None:
    """They are dropped with the next change."""
    assert RULES.known({**ANN, "gone": 1}) == ANN

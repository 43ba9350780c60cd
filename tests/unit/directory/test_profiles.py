"""What a profile may hold, and what a change of it means."""

import pytest

from provisor.directory.attributes import BASE_ATTRIBUTES, Attribute, AttributeType
from provisor.directory.formats import Format
from provisor.directory.profiles import BASE_SCHEMA, ProfileSchema, change, merged, settled

ANN = {"login": "ann@example.com", "email": "ann@example.com", "firstName": "Ann", "lastName": "Lee"}


def reasons(**attributes) -> list[str]:
    return [str(each) for each in BASE_SCHEMA.validate({**ANN, **attributes})]


def test_there_are_31_base_attributes():
    """Okta's, by the same names."""
    assert len(BASE_SCHEMA.attributes) == len(BASE_ATTRIBUTES) == 31
    assert BASE_SCHEMA.required == ("login", "email", "firstName", "lastName")


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("email", ["a@b.c", "o'neil+x@sub.example.co.uk", "é@bücher.example", "a@b-c.d"], []),
        ("email", [], ["a@b..c", "@b.cc", "a@@b.c", "a b@c.d", "a@-b.c", ".a@b.c", "a.@b.c", "a@b.c\n", "a@b,c.d"]),
        ("secondEmail", ["", "a@b.c"], ["nobody", "x@" + "y" * 99]),
        ("profileUrl", ["https://example.com/x?y=z", "urn:x"], ["example.com", "//x", "http://a b"]),
        ("countryCode", ["US", "ch", ""], ["USA", "1A", "U"]),
        ("preferredLanguage", ["en", "de-CH", "en_US", "en-US, fr;q=0.8"], ["english language", "e!"]),
        ("locale", ["en_US", "de-CH"], ["x", "en US"]),
        ("timezone", ["Europe/Berlin", "UTC", "America/Argentina/Buenos_Aires", "Etc/GMT+5"], ["Berlin time", "/x"]),
        ("streetAddress", ["x" * 1024], ["x" * 1025]),
        ("zipCode", ["x" * 50], ["x" * 51]),
        ("title", ["", "x" * 4096], ["x" * 4097]),
        ("firstName", ["Ann", "x" * 50], ["", "x" * 51]),
    ],
)
def test_lengths_and_formats_are_checked(name, good, bad):
    """Exactly at the limits, and an empty text is a value for what is optional."""
    for value in good:
        assert reasons(**{name: value}) == [], value
    for value in bad:
        assert len(reasons(**{name: value})) == 1, value


def test_every_fault_is_told_at_once():
    """Not only the first one."""
    found = BASE_SCHEMA.validate({"login": 1, "nope": "x", "title": {}})
    assert [each.path for each in found] == ["login", "nope", "title", "email", "firstName", "lastName"]


def test_a_required_attribute_cannot_be_cleared():
    """Neither by null nor by an empty text."""
    assert reasons(lastName=None) == reasons(lastName="") == ["lastName: The field cannot be left blank"]


def test_other_types_have_their_checks_too():
    """A schema is a value: attributes of one's own are checked by their types."""
    kinds = AttributeType
    schema = ProfileSchema(
        [
            Attribute("badge", "Badge", kinds.INTEGER),
            Attribute("rate", "Rate", kinds.NUMBER),
            Attribute("remote", "Remote", kinds.BOOLEAN),
            Attribute("tags", "Tags", kinds.ARRAY),
            Attribute("boss", "Boss", format=Format.EMAIL),
        ]
    )
    assert schema.validate({"badge": 7, "rate": 1, "remote": True, "tags": ["x"], "boss": "a@b.c"}) == []
    assert schema.validate({"rate": 1.5, "badge": None}) == []
    wrong = {"badge": True, "rate": "1", "remote": 1, "tags": "x", "boss": "a"}
    assert [each.path for each in schema.validate(wrong)] == list(wrong)


def test_a_partial_update_keeps_replaces_and_clears():
    """By leaving out, by a value, by null."""
    assert merged({"a": "1", "b": "2", "c": "3"}, {"b": "9", "c": None, "d": ""}) == {"a": "1", "b": "9", "d": ""}
    assert settled({"a": None, "b": ""}) == {"b": ""}


def test_a_change_names_only_what_differs():
    """An empty text differs from no value."""
    difference = change({"a": "1", "b": "2"}, {"a": "1", "c": ""})
    assert (difference.before, difference.after) == ({"b": "2"}, {"c": ""})
    assert not change({"a": "1"}, {"a": "1"})

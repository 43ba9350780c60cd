"""Laws of values that nobody shares, and of values as people write them."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from provisor.directory.attributes import Attribute, AttributeType
from provisor.directory.schemas import Unreadable, parse_attribute, render_attribute
from provisor.directory.uniqueness import exchange, holdings, key, rivals
from provisor.directory.written import as_text, read_text

NAMES = ("a", "b", "c")
KEYS = (
    "title", "type", "items", "format", "enum", "oneOf", "const", "minLength", "maxLength", "minimum", "maximum",
    "pattern", "required", "unique", "permissions", "principal", "action", "scope", "mutability", "sensitive",
    "default", "union", "description", "externalName",
)  # fmt: skip
WORDS = (
    "",
    "x",
    "string",
    "array",
    "integer",
    "number",
    "SELF",
    "HIDE",
    "ENABLE",
    "email",
    "[",
    "[z-a]+",
    ".+",
    "READ_ONLY",
)
PROFILES = st.dictionaries(st.sampled_from(NAMES), st.none() | st.sampled_from(["", "x", "y"]) | st.integers(0, 3))
UNIQUE = st.frozensets(st.sampled_from(NAMES))
LINE = st.text(st.characters(blacklist_categories=["Cs", "Cc"], blacklist_characters=";"), min_size=1).filter(
    lambda text: text == text.strip() and "\n" not in text
)
SCALARS = st.none() | st.booleans() | st.integers(-3, 3) | st.floats(allow_nan=False) | st.sampled_from(WORDS)
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner), max_leaves=4
)
VALUES: dict[AttributeType, st.SearchStrategy[Any]] = {
    AttributeType.STRING: st.text(min_size=1),
    AttributeType.BOOLEAN: st.booleans(),
    AttributeType.INTEGER: st.integers(-(2**63), 2**63 - 1),
    AttributeType.NUMBER: st.floats(allow_nan=False, allow_infinity=False),
}


@given(PROFILES, UNIQUE, PROFILES, UNIQUE)
def test_an_exchange_leads_from_what_was_held_to_what_is(
    before: dict[str, Any], old: frozenset[str], after: dict[str, Any], new: frozenset[str]
) -> None:
    """What is given was held, what is taken was not, and together they lead from one to the other."""
    had, has = holdings("u", before, old), holdings("u", after, new)
    made = exchange("u", before, old, after, new)
    assert made.gives <= had and not made.takes & had
    assert (had - made.gives) | made.takes == has
    assert bool(made) == (had != has)


@given(st.dictionaries(st.sampled_from(KEYS), JSON))
def test_any_definition_is_read_or_refused_with_its_path(body: dict[str, Any]) -> None:
    """Whatever JSON a client sends; what is read is read again from what is written of it."""
    try:
        attribute = parse_attribute("a", {"title": "A", **body})
    except Unreadable as refused:
        assert all(each.path.startswith("a.") for each in refused.problems)
    else:
        assert parse_attribute("a", render_attribute(attribute)) == attribute


@given(st.lists(PROFILES, max_size=6))
def test_of_a_batch_without_its_rivals_no_two_want_the_same(profiles: list[dict[str, Any]]) -> None:
    """Whoever comes first is never among the rivals."""
    wanted = [exchange(str(at), {}, (), profile, NAMES) for at, profile in enumerate(profiles)]
    late = rivals(wanted)
    taken = [(each.attribute, each.value) for one in wanted if one.holder not in late for each in one.takes]
    assert len(taken) == len(set(taken))
    assert "0" not in late


@given(st.text(), st.text())
def test_values_are_the_same_if_their_keys_are(one: str, other: str) -> None:
    """Also long ones, of which a digest is kept; an empty one has none."""
    assert (key(one) == key(other)) == (one == other)
    assert (key(one * 300) == key(other * 300)) == (one == other)
    assert key("") is None is key(None)


@given(st.sampled_from(list(VALUES)).flatmap(lambda kind: st.tuples(st.just(kind), VALUES[kind])))
def test_what_a_form_shows_means_the_value_it_shows(pair: tuple[AttributeType, Any]) -> None:
    """Reading is the inverse of showing, whatever the type."""
    kind, value = pair
    attribute = Attribute("a", "A", kind)
    assert read_text(attribute, as_text(attribute, {"a": value})) == value


@given(st.lists(LINE, min_size=1))
def test_lists_are_read_as_they_are_shown(value: list[str]) -> None:
    """One element in each line, or in one line with semicolons."""
    attribute = Attribute("a", "A", AttributeType.ARRAY, item=AttributeType.STRING)
    assert read_text(attribute, as_text(attribute, {"a": value})) == value
    assert read_text(attribute, "; ".join(value)) == value


@given(st.sampled_from(list(AttributeType)), st.text())
def test_any_text_is_read_without_an_error(kind: AttributeType, text: str) -> None:
    """What is none of the type stays a text, which the check then refuses."""
    read_text(Attribute("a", "A", kind, item=AttributeType.INTEGER), text)

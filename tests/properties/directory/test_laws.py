"""Laws of logins and profiles."""

from hypothesis import given
from hypothesis import strategies as st

from provisor.directory.attributes import BASE_ATTRIBUTES
from provisor.directory.logins import fold
from provisor.directory.profiles import BASE_SCHEMA, change, merged, settled

NAMES = st.sampled_from([each.name for each in BASE_ATTRIBUTES]) | st.text(max_size=8)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
PROFILES = st.dictionaries(NAMES, st.none() | st.text(max_size=8), max_size=8)


@given(st.text())
def test_folding_twice_is_folding_once(login):
    """So a stored form can be folded again."""
    assert fold(fold(login)) == fold(login)


@given(st.text(st.characters(max_codepoint=0x24F, exclude_characters="ı")))
def test_case_does_not_matter(login):
    """However a letter of the Latin alphabets is written; ı is a letter of its own, whose capital is not."""
    assert fold(login.upper()) == fold(login) == fold(login.lower())


@given(st.dictionaries(NAMES, JSON, max_size=10))
def test_validation_never_raises(profile):
    """Whatever JSON holds, the answer is a list, and every reason names an attribute."""
    for found in BASE_SCHEMA.validate(profile):
        assert found.message
        assert found.path in profile or found.path in BASE_SCHEMA.required


@given(PROFILES, PROFILES)
def test_a_partial_update_gives_what_it_names_and_keeps_the_rest(profile, given):
    """Given values are there, nulls are gone, everything else is as before; twice is once."""
    before = settled(profile)
    after = merged(before, given)
    for name in {*before, *given}:
        expected = given[name] if name in given else before.get(name)
        assert after.get(name) == expected
    assert None not in after.values()
    assert merged(after, given) == after


@given(PROFILES, PROFILES)
def test_a_change_leads_from_one_profile_to_the_other_and_back(one, other):
    """So any earlier profile can be rebuilt from a later one and the changes between."""
    before, after = settled(one), settled(other)
    difference = change(before, after)
    gone = dict.fromkeys(difference.before)
    assert merged(before, {**gone, **difference.after}) == after
    came = dict.fromkeys(difference.after)
    assert merged(after, {**came, **difference.before}) == before

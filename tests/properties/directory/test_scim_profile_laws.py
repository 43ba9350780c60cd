"""Laws of the mapping between profiles and SCIM users, and of places in the order."""

from urllib.parse import quote

from hypothesis import given
from hypothesis import strategies as st

from provisor.api.inbound.records import place, seq
from provisor.directory.ids import IdSource, Prefix
from provisor.directory.lifecycle import Status
from provisor.directory.profiles import BASE_SCHEMA
from provisor.directory.scim_profile import COVERED, PATHS, profile_of, resource_of
from provisor.directory.scim_schemas import DIRECTORY_USER
from provisor.scim.filters import parse_filter
from provisor.scim.policy import STRICT
from provisor.scim.resources import normalise, require

VALUES = st.text(min_size=1, max_size=20)
REQUIRED = {name: VALUES for name, each in BASE_SCHEMA.attributes.items() if each.required}
OPTIONAL = {name: VALUES for name, each in BASE_SCHEMA.attributes.items() if not each.required}
OPTIONAL["profileUrl"] = VALUES.map(lambda text: "https://example.com/" + quote(text))
PROFILES = st.fixed_dictionaries(REQUIRED, optional=OPTIONAL)


@given(PROFILES, st.sampled_from(Status), st.none() | VALUES)
def test_a_profile_comes_back_from_its_resource(profile, status, external_id):
    """profile_of(resource_of(p)) = p: what is shown and sent back is no change."""
    assert profile_of(resource_of(profile, status, external_id)) == profile


@given(PROFILES)
def test_what_is_shown_is_what_the_schemas_declare(profile):
    """A strict reading of the resource finds nothing to refuse or to drop."""
    resource = resource_of(
        {name: value.replace("\x00", "") or "x" for name, value in profile.items()}, Status.ACTIVE, "x"
    )
    assert normalise(resource, DIRECTORY_USER, STRICT) == resource
    require(resource, DIRECTORY_USER)


@given(st.lists(st.fixed_dictionaries({"value": VALUES}, optional={
    "type": st.sampled_from(["work", "Mobile", "home", "fax"]), "primary": st.booleans(),
}), max_size=5))  # fmt: skip
def test_any_list_of_numbers_settles_after_one_round(numbers):
    """What was kept of a list is kept whole when it is sent back."""
    kept = profile_of({"phoneNumbers": numbers})
    assert profile_of(resource_of(kept, Status.ACTIVE, None)) == kept


def test_the_table_covers_the_profile_and_its_paths_are_paths():
    """Every attribute has one place, and each place can be asked for."""
    assert COVERED == set(PATHS) == set(BASE_SCHEMA.attributes)
    for path in PATHS.values():
        parse_filter(f"{path.partition('[')[0]} pr")


@given(st.integers(0, 4_000_000_000_000), st.integers(1, 1_000_000))
def test_a_place_in_the_order_fits_into_64_bits_and_comes_back(milliseconds, rank):
    """Of any id of the next hundred years."""
    id = IdSource(lambda: milliseconds, lambda below: below - 1).new(Prefix.USER)
    number = seq(id, rank)
    assert number < 2**63
    assert place(number, Prefix.USER) == (id[:11], rank)

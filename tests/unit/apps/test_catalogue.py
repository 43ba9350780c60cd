"""The catalogue: what each kind of app takes."""

import pytest

import provisor.connectors.scim as spoken
from provisor.apps.catalogue import CATALOGUE, AuthScheme, Dialect, UnknownEntry, entry


def test_every_entry_speaks_the_dialect_of_its_name():
    """Ours is the least there is; Okta's templates switch accounts by PATCH, its wizard's apps only know PUT."""
    assert {name: each.dialect for name, each in CATALOGUE.items()} == {
        "scim2_bearer_token": Dialect.PATCH,
        "scim2_header_auth": Dialect.PATCH,
        "scim2_basic_auth": Dialect.PATCH,
        "scim2_custom": Dialect.PUT,
        "scim2_patch_user": Dialect.PATCH_USER,
        "scim2": Dialect.MINIMAL,
        "scim1_bearer_token": Dialect.SCIM11,
        "scim1_header_auth": Dialect.SCIM11,
        "scim1_basic_auth": Dialect.SCIM11,
        "scim1_custom": Dialect.SCIM11_PUT,
    }


def test_a_custom_apps_header_is_a_bearer_token():
    """The wizard prints `Bearer` before its header field; the header template sends the value as it is."""
    assert entry("scim2_custom").wire_scheme(AuthScheme.HEADER) is AuthScheme.TOKEN
    assert entry("scim2_custom").wire_scheme(AuthScheme.BASIC) is AuthScheme.BASIC
    assert entry("scim2_header_auth").wire_scheme(AuthScheme.HEADER) is AuthScheme.HEADER


def test_an_unknown_entry_names_the_known_ones():
    """Whoever mistyped a name can read the right one."""
    with pytest.raises(UnknownEntry, match="scim2_basic_auth, scim2_bearer_token"):
        entry("scim3")


def test_dialects_and_connectors_have_the_same_words():
    """The wiring turns one into the other by its value, and each tells an administrator what it sends."""
    assert [each.value for each in Dialect] == [each.value for each in spoken.Dialect]
    assert all(each.requests for each in Dialect)

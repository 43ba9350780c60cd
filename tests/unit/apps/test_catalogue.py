"""The catalogue: what each kind of app takes."""

import pytest

from provisor.apps.catalogue import CATALOGUE, AuthScheme, Dialect, UnknownEntry, entry


def test_the_templates_patch_and_the_custom_app_puts():
    """Okta's templates switch accounts by PATCH, its wizard's apps only know PUT."""
    assert {name: each.dialect for name, each in CATALOGUE.items()} == {
        "scim2_bearer_token": Dialect.PATCH,
        "scim2_header_auth": Dialect.PATCH,
        "scim2_basic_auth": Dialect.PATCH,
        "scim2_custom": Dialect.PUT,
    }


def test_a_custom_apps_header_is_a_bearer_token():
    """The wizard prints `Bearer` before its header field; the header template sends the value as it is."""
    assert entry("scim2_custom").wire_scheme(AuthScheme.HEADER) is AuthScheme.TOKEN
    assert entry("scim2_custom").wire_scheme(AuthScheme.BASIC) is AuthScheme.BASIC
    assert entry("scim2_header_auth").wire_scheme(AuthScheme.HEADER) is AuthScheme.HEADER


def test_an_unknown_entry_names_the_known_ones():
    """Whoever mistyped a name can read the right one."""
    with pytest.raises(UnknownEntry, match="scim2_basic_auth, scim2_bearer_token"):
        entry("scim2")

"""Base URLs, credentials and peer policies: what is taken and what each refusal says."""

from dataclasses import fields, replace

import pytest

from provisor.connector import ConfigError
from provisor.connectors.scim import (
    AuthScheme,
    ClearAs,
    Dialect,
    ExternalId,
    PeerPolicy,
    ScimSettings,
    authorization,
    load_policy,
    parse_base_url,
    parse_policy,
)


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("https://app.example/scim/v2/", "https://app.example/scim/v2"),
        (" https://app.example ", "https://app.example"),
        ("https://app.example:8443/t%20x/scim", "https://app.example:8443/t%20x/scim"),
        ("https://münchen.example/scim", "https://xn--mnchen-3ya.example/scim"),
        ("http://127.0.0.1:8080/scim/v2", "http://127.0.0.1:8080/scim/v2"),
        ("https://[::1]:8443/scim", "https://[::1]:8443/scim"),
    ],
)
def test_a_base_url_is_ready_for_paths_to_be_appended(text: str, url: str) -> None:
    """Encoded, and without the final slash."""
    assert parse_base_url(text) == url


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "begin with https"),
        ("app.example/scim", "begin with https"),
        ("ftp://app.example/scim", "begin with https"),
        ("https:///scim", "begin with https|cannot be read"),
        ("https://app.example:99999/scim", "cannot be read"),
        ("https://okta:pass@app.example/scim", "holds credentials"),
        ("https://app.example/scim?tenant=1", r"before '\?' and '#'"),
        ("https://app.example/scim#users", r"before '\?' and '#'"),
        ("https://app.example/scim\nHost: evil", "blanks or control characters|cannot be read"),
        ("https://app.example/" + "x" * 1024, "longer than 1024"),
    ],
)
def test_a_base_url_that_cannot_serve_says_why(text: str, reason: str) -> None:
    """And does not repeat credentials."""
    with pytest.raises(ConfigError, match=reason) as refused:
        parse_base_url(text)
    assert "pass" not in refused.value.message


def test_each_scheme_has_its_header() -> None:
    """TOKEN puts `Bearer` before it, HEADER nothing, BASIC encodes the pair."""
    assert authorization(AuthScheme.TOKEN, token="abc") == ("Authorization", "Bearer abc")
    assert authorization(AuthScheme.HEADER, token="Token abc") == ("Authorization", "Token abc")
    pair = authorization(AuthScheme.BASIC, username="Aladdin", password="open sesame")
    assert pair == ("Authorization", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==")  # RFC 7617 §2


@pytest.mark.parametrize("token", ["", " abc", "abc ", "a\nb", "a\r\nX-Injected: 1", "tökén"])
@pytest.mark.parametrize("scheme", [AuthScheme.TOKEN, AuthScheme.HEADER])
def test_a_token_that_cannot_be_a_header_is_refused(scheme: AuthScheme, token: str) -> None:
    """Before it is stored, and without showing it."""
    with pytest.raises(ConfigError) as refused:
        authorization(scheme, token=token)
    assert not token or token not in refused.value.message


@pytest.mark.parametrize(
    ("username", "password", "reason"),
    [("", "x", "needs a user name"), ("x", "", "needs a user name"), ("a:b", "x", "colon")],
)
def test_incomplete_basic_credentials_are_refused(username: str, password: str, reason: str) -> None:
    """Each with its sentence."""
    with pytest.raises(ConfigError, match=reason):
        authorization(AuthScheme.BASIC, username=username, password=password)


def test_a_token_pasted_with_its_scheme_is_refused() -> None:
    """`Bearer Bearer x` would fail at every app."""
    with pytest.raises(ConfigError, match="Enter the token alone"):
        authorization(AuthScheme.TOKEN, token="Bearer abc")


def test_settings_do_not_show_the_credentials() -> None:
    """Their representation may be logged."""
    assert "s3cret" not in repr(ScimSettings("https://app.example", ("Authorization", "Bearer s3cret")))


def test_the_default_policy_file_names_every_field_with_its_default() -> None:
    """The file is the reference, the class the truth: they cannot drift."""
    assert load_policy() == PeerPolicy()
    text = _source()
    assert [line.split(" =")[0] for line in text.splitlines() if "=" in line] == [f.name for f in fields(PeerPolicy)]


def test_a_policy_reads_its_choices() -> None:
    """Choices by their value, the rest by default."""
    policy = parse_policy('clear_as = "null"\nexternal_id = "claim"\nquoted_integers = true')
    assert policy == PeerPolicy(clear_as=ClearAs.NULL, external_id=ExternalId.CLAIM, quoted_integers=True)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("clear_as = ", "not TOML"),
        ("be_nice = true", "no field 'be_nice'; it knows bulk, clear_as"),
        ('quoted_integers = "yes"', "true or false"),
        ("page = 0", "at least 1"),
        ("page = true", "at least 1"),
        ('server_only = "manager"', "a list of paths"),
        ('clear_as = "vanish"', "one of 'omit', 'null', 'empty'"),
    ],
)
def test_a_policy_with_a_mistake_says_which(text: str, reason: str) -> None:
    """A typing error does not silently leave the default."""
    with pytest.raises(ConfigError, match=reason):
        parse_policy(text)


def test_an_unknown_policy_is_a_matter_of_settings() -> None:
    """By its name."""
    with pytest.raises(ConfigError, match="no peer policy 'acme'"):
        load_policy("acme")


def _source() -> str:
    from importlib.resources import files

    return files("provisor.connectors.scim").joinpath("peers", "default.toml").read_text()


@pytest.mark.parametrize("dialect", Dialect)
def test_every_dialect_has_its_file(dialect: Dialect) -> None:
    """A dialect is data: a file that names what differs from the default."""
    assert load_policy(dialect) == ScimSettings("https://app.example", ("Authorization", "x"), dialect).peer()


def test_a_policy_may_build_on_another() -> None:
    """What an app's server needs beyond its dialect is a few lines."""
    minimal = load_policy(Dialect.MINIMAL)
    assert parse_policy("page = 2", minimal) == replace(minimal, page=2)

"""Which addresses may be reached."""

import pytest

from provisor.connector import ConfigError
from provisor.connectors.egress import EgressPolicy, parse_allow_list

DEFAULT = EgressPolicy()
EVERYTHING = EgressPolicy(parse_allow_list("0.0.0.0/0 ::/0"))


@pytest.mark.parametrize("address", ["8.8.8.8", "172.32.0.1", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_public_addresses_are_open(address: str) -> None:
    """Nothing has to be set for an app on the internet."""
    DEFAULT.check(address)


@pytest.mark.parametrize(
    ("address", "suggestion"),
    [
        ("127.0.0.1", "127.0.0.0/8"),
        ("127.8.8.8", "127.0.0.0/8"),
        ("::1", "::1/128"),
        ("10.20.30.40", "10.0.0.0/8"),
        ("172.16.0.1", "172.16.0.0/12"),
        ("192.168.1.1", "192.168.0.0/16"),
        ("100.64.1.1", "100.64.0.0/10"),
        ("fd12::1", "fc00::/7"),
        ("0.0.0.0", "0.0.0.0/32"),
        ("::", "::/128"),
        ("240.0.0.1", "240.0.0.1/32"),
        ("224.0.0.1", "224.0.0.1/32"),
        ("255.255.255.255", "255.255.255.255/32"),
        ("192.0.2.1", "192.0.2.1/32"),
        ("2001:db8::1", "2001:db8::1/128"),
        ("fec0::1", "fec0::1/128"),
        ("ff02::1", "ff02::1/128"),
        ("::ffff:127.0.0.1", "127.0.0.0/8"),
        ("::ffff:10.0.0.1", "10.0.0.0/8"),
        ("2002:7f00:1::", "127.0.0.0/8"),
        ("64:ff9b::a00:1", "10.0.0.0/8"),
        ("::127.0.0.1", "::7f00:1/128"),
    ],
)
def test_everything_else_is_refused_with_the_setting_that_opens_it(address: str, suggestion: str) -> None:
    """The sentence names what to write, and what it names works."""
    with pytest.raises(ConfigError) as refused:
        DEFAULT.check(address)
    assert f"set PROVISOR_EGRESS_ALLOW={suggestion} and restart" in refused.value.message
    EgressPolicy(parse_allow_list(suggestion)).check(address)


@pytest.mark.parametrize(
    "address",
    [
        "169.254.169.254",
        "169.254.170.2",
        "fe80::1",
        "fe80::1%eth0",
        "fd00:ec2::254",
        "fd20:ce::254",
        "100.100.100.200",
        "192.0.0.192",
        "168.63.129.16",
        "::ffff:169.254.169.254",
        "64:ff9b::a9fe:a9fe",
    ],
)
def test_link_local_and_metadata_addresses_are_refused_whatever_is_allowed(address: str) -> None:
    """No setting opens them, and none is suggested."""
    with pytest.raises(ConfigError) as refused:
        EVERYTHING.check(address)
    assert "PROVISOR_EGRESS_ALLOW" not in refused.value.message


def test_plain_http_is_for_allowed_addresses_only() -> None:
    """A public address needs TLS or the operator's word."""
    with pytest.raises(ConfigError, match=r"Use https, or set PROVISOR_EGRESS_ALLOW=8\.8\.8\.8/32"):
        DEFAULT.check("8.8.8.8", plain=True)
    EgressPolicy(parse_allow_list("8.8.8.8")).check("8.8.8.8", plain=True)


def test_a_base_url_with_an_address_is_judged_before_anything_connects() -> None:
    """An address in the URL is refused early; a name is judged when it is known where it leads."""
    for url in ("https://127.0.0.1:8443/scim", "http://8.8.8.8/scim", "https://[::1]/scim"):
        with pytest.raises(ConfigError):
            DEFAULT.check_url(url)
    DEFAULT.check_url("https://8.8.8.8/scim")
    DEFAULT.check_url("http://localhost/scim")


def test_the_allow_list_reads_ranges_and_single_addresses() -> None:
    """Commas and blanks separate; a range may be written with any of its addresses."""
    shown = [str(network) for network in parse_allow_list(" 10.1.2.3/8, 192.168.7.9  ::1,")]
    assert shown == ["10.0.0.0/8", "192.168.7.9/32", "::1/128"]
    assert parse_allow_list("") == ()


def test_a_bad_allow_list_names_the_word() -> None:
    """The operator sees what to correct."""
    with pytest.raises(ValueError, match="PROVISOR_EGRESS_ALLOW: 'intranet' is not an address range"):
        parse_allow_list("10.0.0.0/8, intranet")

"""Decides which addresses a connector may talk to. Opens no socket and resolves no name.

An app's base URL is data that an administrator types in; without a check it could point the server at itself,
at its neighbours or at the cloud's metadata service. So public addresses are open, everything else needs the
operator's word (`PROVISOR_EGRESS_ALLOW`), and link-local and metadata addresses are never reached.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

from provisor.connector import ConfigError

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

SETTING = "PROVISOR_EGRESS_ALLOW"

# Never reachable, whatever the allow-list says: link-local, and the fixed addresses at which clouds hand
# credentials to anything that asks (AWS over IPv6, Google over IPv6, Alibaba, Oracle, Azure's wire server).
_NEVER: tuple[Network, ...] = tuple(
    ip_network(text)
    for text in (
        "169.254.0.0/16",
        "fe80::/10",
        "fd00:ec2::/32",
        "fd20:ce::/32",
        "100.100.100.200/32",
        "192.0.0.192/32",
        "168.63.129.16/32",
    )
)
# What a refusal calls an address, and the network it suggests to allow.
_KINDS: tuple[tuple[str, Network], ...] = tuple(
    (kind, ip_network(text))
    for kind, text in (
        ("a loopback", "127.0.0.0/8"),
        ("a loopback", "::1/128"),
        ("a private", "10.0.0.0/8"),
        ("a private", "172.16.0.0/12"),
        ("a private", "192.168.0.0/16"),
        ("a shared (carrier-grade NAT)", "100.64.0.0/10"),
        ("a unique-local", "fc00::/7"),
    )
)
_PUBLIC_V6 = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")


@dataclass(frozen=True, slots=True)
class EgressPolicy:
    """Public addresses plus what the operator allows."""

    allow: tuple[Network, ...] = ()

    def check(self, address: str | Address, *, plain: bool = False) -> None:
        """Raise `ConfigError` unless `address` may be reached; `plain` tells of http without TLS."""
        ip = _embedded_v4(ip_address(address) if isinstance(address, str) else address)
        if any(ip in network for network in _NEVER):
            raise ConfigError(
                f"{ip} is a link-local or metadata address, which apps never live at. "
                "Correct the base URL or the name it resolves to."
            )
        if any(ip in network for network in self.allow):
            return
        if not _is_public(ip):
            kind, network = _kind(ip)
            raise ConfigError(
                f"{ip} is {kind} address, which Provisor reaches only when the operator allows it. "
                f"If the app lives there, set {SETTING}={network} and restart."
            )
        if plain:
            raise ConfigError(
                f"Plain http to {ip} would send the credentials readable. Use https, "
                f"or set {SETTING}={_alone(ip)} and restart if the path is trusted."
            )

    def check_url(self, url: str) -> None:
        """Refuse early what `check` would refuse at connect time; a host name can only be judged then."""
        parts = urlsplit(url)
        try:
            address = ip_address(parts.hostname or "")
        except ValueError:
            return
        self.check(address, plain=parts.scheme == "http")


def parse_allow_list(text: str) -> tuple[Network, ...]:
    """Read networks and single addresses separated by commas or blanks; `ValueError` names a bad one."""
    networks = []
    for word in text.replace(",", " ").split():
        try:
            networks.append(ip_network(word, strict=False))
        except ValueError:
            raise ValueError(
                f"{SETTING}: {word!r} is not an address range; write for example 127.0.0.0/8 or 10.1.0.0/16"
            ) from None
    return tuple(networks)


def _embedded_v4(ip: Address) -> Address:
    """Return the IPv4 address that an IPv6 one stands for (mapped, 6to4, NAT64): that is where bytes go."""
    if isinstance(ip, IPv4Address):
        return ip
    if ip in _NAT64:
        return IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour or ip


def _is_public(ip: Address) -> bool:
    if isinstance(ip, IPv6Address):
        return ip in _PUBLIC_V6 and ip.is_global and not ip.is_multicast
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def _kind(ip: Address) -> tuple[str, Network]:
    for kind, network in _KINDS:
        if ip in network:
            return kind, network
    return "a reserved", _alone(ip)


def _alone(ip: Address) -> Network:
    return ip_network(int(ip).to_bytes(ip.max_prefixlen // 8, "big"))

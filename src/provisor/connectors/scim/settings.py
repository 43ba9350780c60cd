"""What a SCIM connection needs to know: address, credentials, dialect, attributes, policy. Reads no environment."""

from __future__ import annotations

from dataclasses import dataclass, field

from yarl import URL

from provisor.connector import AccountAttribute, ConfigError
from provisor.connectors.scim.attributes import DEFAULT_USER_ATTRIBUTES
from provisor.connectors.scim.policy import Dialect, PeerPolicy, load_policy

MAX_BASE_URL = 1024


@dataclass(frozen=True, slots=True)
class ScimSettings:
    base_url: str
    authorization: tuple[str, str] | None = field(repr=False)
    """Header name and value, from `auth.authorization`; None when the transport adds them."""
    dialect: Dialect = Dialect.PATCH
    attributes: tuple[AccountAttribute, ...] = DEFAULT_USER_ATTRIBUTES
    policy: PeerPolicy | None = None
    """What the app's server needs instead of the dialect as it ships."""

    def peer(self) -> PeerPolicy:
        """The policy in force."""
        return self.policy or load_policy(self.dialect)


def parse_base_url(text: str) -> str:
    """Return the URL that `/Users` is appended to, percent-encoded and without a final slash."""
    text = text.strip()
    if len(text) > MAX_BASE_URL:
        raise ConfigError(f"The base URL is longer than {MAX_BASE_URL} characters.")
    try:
        url = URL(text)
        host, port = url.host, url.port
    except ValueError:
        raise ConfigError("The base URL cannot be read; write https://host/scim/v2.") from None
    if url.scheme not in ("http", "https") or not host or not port:
        raise ConfigError("The base URL has to begin with https:// and a host name: https://host/scim/v2.")
    if url.raw_user is not None or url.raw_password is not None:
        raise ConfigError("The base URL holds credentials. Take them out and enter them as the app's credentials.")
    if "?" in text or "#" in text:
        raise ConfigError("The base URL has to end before '?' and '#': paths are appended to it.")
    if any(character <= " " or character == "\x7f" for character in text):
        raise ConfigError("The base URL holds blanks or control characters.")
    return str(url).rstrip("/")

"""Who may talk to the server: one credential, compared in constant time. It holds no users and no sessions."""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from enum import StrEnum


class Scheme(StrEnum):
    """The ways SCIM clients authenticate to an app."""

    BEARER = "bearer"
    BASIC = "basic"
    HEADER = "header"
    """`Authorization: <raw value>`, without a scheme, as Okta's header authentication sends it."""
    ANONYMOUS = "anonymous"
    NOBODY = "nobody"
    """Where only tenants can sign in."""


@dataclass(frozen=True, slots=True)
class Credential:
    """What the server expects in the Authorization header; only a digest of it is kept."""

    scheme: Scheme
    digest: bytes = b""

    def admits(self, authorization: bytes | None) -> bool:
        """Whether this header is the right one."""
        if self.scheme is Scheme.ANONYMOUS:
            return True
        if self.scheme is Scheme.NOBODY:
            return False
        given = _digest(self.scheme, authorization or b"")
        return hmac.compare_digest(given, self.digest) and authorization is not None

    @property
    def challenge(self) -> bytes:
        """The value of WWW-Authenticate (RFC 7235 §4.1)."""
        return b'Basic realm="scim"' if self.scheme is Scheme.BASIC else b'Bearer realm="scim"'


ANONYMOUS = Credential(Scheme.ANONYMOUS)
NOBODY = Credential(Scheme.NOBODY)


def bearer(token: str) -> Credential:
    """Expect `Authorization: Bearer <token>`."""
    return Credential(Scheme.BEARER, _digest(Scheme.BEARER, b"Bearer " + token.encode()))


def basic(user: str, password: str) -> Credential:
    """Expect `Authorization: Basic base64(user:password)`."""
    pair = base64.b64encode(f"{user}:{password}".encode())
    return Credential(Scheme.BASIC, _digest(Scheme.BASIC, b"Basic " + pair))


def raw_header(value: str) -> Credential:
    """Expect `Authorization: <value>`, byte for byte."""
    return Credential(Scheme.HEADER, _digest(Scheme.HEADER, value.encode()))


def _digest(scheme: Scheme, authorization: bytes) -> bytes:
    if scheme is not Scheme.HEADER:
        # The scheme's name ignores case (RFC 7235 §2.1), the credential does not.
        name, _, rest = authorization.partition(b" ")
        authorization = name.lower() + b" " + rest.strip()
    return hashlib.sha256(authorization).digest()

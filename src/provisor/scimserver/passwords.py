"""What becomes of a password: a hasher of the app's choice. No password is kept, logged or returned in clear.

The default is one fast keyed pass: right for a server of tests and demos, which would otherwise create a few users a
second, and wrong for people's accounts. There, plug in a memory-hard one (`examples/fastapi_app` has argon2).
"""

import hashlib
import hmac
import os
from typing import Protocol


class Hasher(Protocol):
    """Turns a password into what is stored; asynchronous, because a good one takes long and belongs in a thread."""

    async def hash(self, password: str) -> str:
        """Return what to store."""
        ...

    async def verify(self, password: str, stored: str) -> bool:
        """Whether this is the password that was hashed."""
        ...


class KeyedDigest:
    """BLAKE2b with a random salt for each password."""

    async def hash(self, password: str) -> str:
        """Return salt and digest."""
        salt = os.urandom(16)
        return f"{salt.hex()}${_digest(password, salt)}"

    async def verify(self, password: str, stored: str) -> bool:
        """Whether this is the password that was hashed."""
        return verify_digest(password, stored)


def verify_digest(password: str, stored: str) -> bool:
    """Whether this is the password that `KeyedDigest` hashed."""
    salt, _, digest = stored.partition("$")
    return hmac.compare_digest(_digest(password, bytes.fromhex(salt)), digest)


def _digest(password: str, salt: bytes) -> str:
    return hashlib.blake2b(password.encode(errors="surrogatepass"), salt=salt).hexdigest()

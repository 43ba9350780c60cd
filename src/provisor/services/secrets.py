"""Seals what apps are unlocked with, and keeps the key apart from the database that holds the sealed bytes.

AES-256-GCM. A sealed value is: format byte, key id, nonce, ciphertext with tag. What it belongs to (a logical name
and a row's id) is authenticated with it, so a value copied into another row does not open.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
import hmac
import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from provisor.settings import Settings, SettingsError
from provisor.store.database import Connection
from provisor.store.installation import claim_key_fingerprint

KEY_BYTES = 32
KEY_FILE = "secret.key"
FORMAT = 1
KEY_ID_BYTES = 8
NONCE_BYTES = 12
OVERHEAD = 1 + KEY_ID_BYTES + NONCE_BYTES


class KeyUnusable(Exception):
    """There is no key, or not the one this database was sealed with."""


class NotReadable(Exception):
    """A sealed value was not made by this key for this row."""


class Sealer:
    """Seals and opens with one key."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)
        self._key_id = _key_id(key)
        self._derive = hmac.new(key, b"provisor derived key\0", hashlib.sha256)

    @property
    def fingerprint(self) -> str:
        """Tells keys apart and gives nothing away."""
        return self._key_id.hex()

    def __repr__(self) -> str:
        return f"Sealer({self.fingerprint})"

    def key_for(self, purpose: str) -> bytes:
        """A key of its own for another purpose, the same in every process of the installation."""
        derived = self._derive.copy()
        derived.update(purpose.encode())
        return derived.digest()

    def seal(self, name: str, row_id: str, plaintext: bytes) -> bytes:
        nonce = secrets.token_bytes(NONCE_BYTES)
        sealed = self._cipher.encrypt(nonce, plaintext, self._context(name, row_id))
        return bytes([FORMAT]) + self._key_id + nonce + sealed

    def open(self, name: str, row_id: str, sealed: bytes) -> bytes:
        """The plaintext; `NotReadable` says why there is none."""
        if not sealed or sealed[0] != FORMAT:
            raise NotReadable(f"The sealed {name} of {row_id} has a format that this release does not know.")
        if sealed[1 : 1 + KEY_ID_BYTES] != self._key_id:
            raise NotReadable(f"The {name} of {row_id} was sealed with another key. Enter it anew.")
        nonce = sealed[OVERHEAD - NONCE_BYTES : OVERHEAD]
        try:
            return self._cipher.decrypt(nonce, sealed[OVERHEAD:], self._context(name, row_id))
        except (InvalidTag, ValueError):
            raise NotReadable(
                f"The sealed {name} of {row_id} was changed or belongs elsewhere. Enter it anew."
            ) from None

    def _context(self, name: str, row_id: str) -> bytes:
        return f"{name}\0{row_id}\0".encode() + self._key_id


def load_or_create_key(settings: Settings, data_dir: Path | None, fingerprint: str | None) -> bytes:
    """The key of this installation: from the setting, else the data directory's, else (only at first use) a new one.

    `fingerprint` is what the database says of the key in use; None while nothing was ever sealed.
    """
    if settings.secret_key is not None:
        return parse_key(settings.secret_key)
    path = data_dir / KEY_FILE if data_dir is not None else None
    if path is not None and path.exists():
        return _read(path)
    if fingerprint is not None:
        raise KeyUnusable(
            f"App credentials in this database are sealed with the key {fingerprint}, and this machine lacks it. "
            f"Set PROVISOR_SECRET_KEY, or copy {KEY_FILE} from the server's data directory"
            + (f" to {path}." if path else ".")
        )
    if path is None:
        raise KeyUnusable("There is no key to seal app credentials with. Set PROVISOR_SECRET_KEY or PROVISOR_DATA_DIR.")
    return _create(path)


async def check_key(connection: Connection, sealer: Sealer) -> None:
    """Bind the database to this key at first use; refuse another key ever after."""
    stored = await claim_key_fingerprint(connection, sealer.fingerprint)
    if stored != sealer.fingerprint:
        raise KeyUnusable(
            f"App credentials in this database are sealed with the key {stored}; the key given here is "
            f"{sealer.fingerprint}. Set PROVISOR_SECRET_KEY to the first, or copy its {KEY_FILE} here."
        )


def parse_key(text: str) -> bytes:
    """32 bytes from base64 (either alphabet) or hex."""
    compact = text.strip()
    try:
        key = bytes.fromhex(compact) if len(compact) == 2 * KEY_BYTES else _base64(compact)
    except (ValueError, binascii.Error):
        key = b""
    if len(key) != KEY_BYTES:
        # `from None` and no echo: the value is a secret even when it is malformed.
        raise SettingsError(
            "PROVISOR_SECRET_KEY has to be 32 bytes as base64 or hex; make one with: openssl rand -base64 32"
        ) from None
    return key


def _base64(text: str) -> bytes:
    padded = text.replace("-", "+").replace("_", "/") + "=" * (-len(text) % 4)
    return base64.b64decode(padded, validate=True)


def _read(path: Path) -> bytes:
    try:
        return parse_key(path.read_text(encoding="ascii"))
    except (SettingsError, UnicodeDecodeError):
        raise KeyUnusable(f"{path} does not hold a key. Restore it from a backup; do not delete it.") from None


def _create(path: Path) -> bytes:
    """Write a new key beside its final name, then link it there: of two processes, one wins and both read its key."""
    draft = path.with_name(f".{KEY_FILE}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode() + "\n")
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()
    return _read(path)


def _key_id(key: bytes) -> bytes:
    return hashlib.sha256(b"provisor key id\0" + key).digest()[:KEY_ID_BYTES]

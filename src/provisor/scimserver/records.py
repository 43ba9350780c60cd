"""What the server stores of a resource, and how that becomes JSON again.

A record's body is the canonical JSON of what the client wrote, encoded once. `id`, `meta`, `groups` and `members` are
spliced into the bytes when a response is made, so an unchanged resource is never decoded to be shown.
"""

import hashlib
import hmac
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

from provisor.scim.filters import fold
from provisor.scim.schemas import GROUP, USER, ResourceType

KINDS: Final[Mapping[str, ResourceType]] = {USER.name: USER, GROUP.name: GROUP}


@dataclass(frozen=True, slots=True)
class Record:
    """One stored resource, without its memberships."""

    kind: ResourceType
    id: str
    body: bytes
    """Canonical JSON object without `id`, `meta`, `password`, `groups`, `members`."""
    keys: tuple[tuple[str, str], ...]
    """Indexed attributes and their folded values."""
    label: str
    """The name shown where other resources refer to this one."""
    created: str
    modified: str
    version: int = 1
    password: str | None = None
    """Salted hash."""
    seq: int = 0
    """Position in the order of creation; the storage assigns it."""

    @property
    def etag(self) -> str:
        """The weak entity tag (RFC 7644 §3.14)."""
        return f'W/"{self.version}"'

    def key(self, attribute: str) -> str | None:
        """Return the indexed value of an attribute, or None."""
        return next((value for name, value in self.keys if name == attribute), None)


@dataclass(frozen=True, slots=True)
class Member:
    """One member of a group, as the client gave it."""

    id: str
    display: str | None = None
    type: str | None = None


def keys_of(resource: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Return what the storage indexes: userName and displayName ignoring case, externalId as it is."""
    keys = []
    for name in ("userName", "displayName"):
        value = resource.get(name)
        if value:
            keys.append((name, fold(value)))
    external_id = resource.get("externalId")
    if external_id:
        keys.append(("externalId", external_id))
    return tuple(keys)


def label_of(resource: Mapping[str, Any]) -> str:
    """Return the name to show for a resource."""
    return str(resource.get("displayName") or resource.get("userName") or "")


def hash_password(password: str) -> str:
    """Return a salted hash. One fast pass on purpose: this server keeps accounts of tests and demos, not of people."""
    salt = os.urandom(16)
    return f"{salt.hex()}${hashlib.blake2b(password.encode(errors='surrogatepass'), salt=salt).hexdigest()}"


def verify_password(password: str, stored: str) -> bool:
    """Whether the password is the one that was hashed."""
    salt, _, digest = stored.partition("$")
    given = hashlib.blake2b(password.encode(errors="surrogatepass"), salt=bytes.fromhex(salt)).hexdigest()
    return hmac.compare_digest(given, digest)


def render(record: Record, base: str, parts: bytes = b"") -> bytes:
    """Render the full resource; `parts` is `,"groups":[…]` or `,"members":[…]` or empty."""
    location = f"{base}{record.kind.endpoint}/{record.id}"
    meta = (
        f',"meta":{{"resourceType":"{record.kind.name}","created":"{record.created}",'
        f'"lastModified":"{record.modified}","version":"W/\\"{record.version}\\"","location":"{location}"}}}}'
    )
    return b'{"id":"%b",%b%b%b' % (record.id.encode(), record.body[1:-1], parts, meta.encode())


def render_groups(groups: Iterable[Record], base: str) -> bytes:
    """Render the computed `groups` of a user (RFC 7643 §4.1.2), or nothing when there are none."""
    shown = [
        {"value": group.id, "$ref": f"{base}/Groups/{group.id}", "display": group.label, "type": "direct"}
        for group in groups
    ]
    return b',"groups":' + orjson.dumps(shown) if shown else b""


def render_members(members: Iterable[tuple[Member, Record | None]], base: str) -> bytes:
    """Render `members`; a member that no record stands behind has no `$ref`."""
    shown = [render_member(member, record, base) for member, record in members]
    return b',"members":' + orjson.dumps(shown) if shown else b""


def render_member(member: Member, record: Record | None, base: str) -> dict[str, str]:
    """Render one member; what the client said wins over what the record says."""
    out = {"value": member.id}
    if record is not None:
        out["$ref"] = f"{base}{record.kind.endpoint}/{record.id}"
    display = member.display or (record.label if record else None)
    if display:
        out["display"] = display
    kind = record.kind.name if record else member.type
    if kind:
        out["type"] = kind
    return out

"""What the server stores of a resource, and how that becomes JSON again.

A record's body is the canonical JSON of what the client wrote, encoded once. `id`, `meta`, `groups` and `members` are
spliced into the bytes when a response is made, so an unchanged resource is never decoded to be shown.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson

from provisor.scim.schemas import ResourceType

from .catalogue import keys_of, name_of


class Record(NamedTuple):
    """One stored resource, without its memberships; a named tuple, because a page makes a hundred of them."""

    kind: ResourceType
    id: str
    body: bytes
    """Canonical JSON object without `id`, `meta`, `password`, `groups`, `members`."""
    keys: tuple[tuple[str, str], ...]
    """Indexed attributes and their folded values."""
    label: str
    """The name shown where other resources refer to this one."""
    created: str
    """When, in ISO 8601 with a time zone."""
    modified: str
    version: int = 1
    password: str | None = None
    """What the hasher made of it."""
    seq: int = 0
    """Grows in the order of creation; the storage assigns it."""

    @property
    def etag(self) -> str:
        """The weak entity tag (RFC 7644 §3.14)."""
        return f'W/"{self.version}"'

    @property
    def resource(self) -> dict[str, Any]:
        """The body, decoded: a dict of one's own."""
        decoded: dict[str, Any] = orjson.loads(self.body)
        return decoded

    def changed(self, **changes: Any) -> "Record":
        """Return a copy with other values in some fields."""
        return self._replace(**changes)

    def key(self, attribute: str) -> str | None:
        """Return the indexed value of an attribute, or None."""
        return next((value for name, value in self.keys if name == attribute), None)


def make_record(kind: ResourceType, id: str, resource: Mapping[str, Any], created: str, modified: str) -> Record:
    """Return the record of a canonical resource; storages that keep columns rather than JSON make theirs with it."""
    return Record(kind, id, orjson.dumps(resource), keys_of(resource, kind), name_of(resource), created, modified)


@dataclass(frozen=True, slots=True)
class Member:
    """One member of a group, as the client gave it."""

    id: str
    display: str | None = None
    type: str | None = None


@dataclass(frozen=True, slots=True)
class Label:
    """What stands for a resource where another one refers to it."""

    kind: str
    """The resource type's name."""
    id: str
    name: str


def render(record: Record, base: str, parts: bytes = b"") -> bytes:
    """Render the full resource; `parts` is `,"groups":[…]` or `,"members":[…]` or empty."""
    kind, id = record.kind, record.id
    meta = (
        f',"meta":{{"resourceType":"{kind.name}","created":"{record.created}",'
        f'"lastModified":"{record.modified}","version":"W/\\"{record.version}\\"",'
        f'"location":"{base}{kind.endpoint}/{id}"}}}}'
    )
    return b'{"id":"%b",%b%b%b' % (id.encode(), record.body[1:-1], parts, meta.encode())


def meta_of(record: Record, base: str) -> dict[str, str]:
    """Return `meta` (RFC 7643 §3.1)."""
    return {
        "resourceType": record.kind.name,
        "created": record.created,
        "lastModified": record.modified,
        "version": record.etag,
        "location": f"{base}{record.kind.endpoint}/{record.id}",
    }


def render_groups(groups: Iterable[Label], base: str) -> bytes:
    """Render the computed `groups` of a user (RFC 7643 §4.1.2), or nothing when there are none."""
    shown = [
        {"value": group.id, "$ref": f"{base}/Groups/{group.id}", "display": group.name, "type": "direct"}
        for group in groups
    ]
    return b',"groups":' + orjson.dumps(shown) if shown else b""


def render_members(
    members: Iterable[Member], known: Mapping[str, Label], endpoints: Mapping[str, str], base: str
) -> bytes:
    """Render `members`; a member that no record stands behind has no `$ref`."""
    shown = [render_member(member, known.get(member.id), endpoints, base) for member in members]
    return b',"members":' + orjson.dumps(shown) if shown else b""


def render_member(member: Member, label: Label | None, endpoints: Mapping[str, str], base: str) -> dict[str, str]:
    """Render one member; what the client said wins over what the record says."""
    out = {"value": member.id}
    if label is not None:
        out["$ref"] = f"{base}{endpoints[label.kind]}/{label.id}"
    display = member.display or (label.name if label else None)
    if display:
        out["display"] = display
    kind = label.kind if label else member.type
    if kind:
        out["type"] = kind
    return out

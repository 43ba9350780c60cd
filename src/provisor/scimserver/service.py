"""The protocol's rules as pure functions: what a payload may become, which version is meant, how a list reads.

Nothing here stores, waits, or knows the time; `handler` supplies what these functions need.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import orjson

from provisor.scim import urns
from provisor.scim.errors import BadRequest, ScimError, ScimType, VersionMismatch
from provisor.scim.limits import check_depth
from provisor.scim.policy import Policy
from provisor.scim.resources import validated
from provisor.scim.schemas import ResourceType

from .catalogue import is_group
from .membership import parse_members
from .records import Member, Record


@dataclass(frozen=True, slots=True)
class Draft:
    """A payload taken apart: what is stored as the body, what apart from it."""

    resource: dict[str, Any]
    password: str | None = None
    members: tuple[Member, ...] = ()

    @property
    def body(self) -> bytes:
        """The canonical JSON."""
        return encode(self.resource)


def encode(value: Any) -> bytes:
    """Encode JSON, or refuse what has no UTF-8 form or too large a number."""
    try:
        # orjson hands out a buffer of a power of two; a resource is kept for long, so it gets bytes of its own size.
        return bytes(memoryview(orjson.dumps(value)))
    except TypeError as error:
        raise BadRequest(ScimType.INVALID_VALUE, f"the resource cannot be written as JSON: {error}") from None


def decode(body: bytes, content_type: str, depth: int) -> Any:
    """Decode a request body (RFC 7644 §3.1: application/scim+json; application/json should be accepted too)."""
    media = content_type.partition(";")[0].strip().lower()
    if media not in ("application/scim+json", "application/json"):
        shown = media[:100] or "nothing"
        raise ScimError(415, f"the Content-Type must be application/scim+json or application/json, not {shown}")
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BadRequest(ScimType.INVALID_SYNTAX, f"the body is not JSON: {error}") from None
    if body.count(b"[") + body.count(b"{") > depth:
        check_depth(value, depth)
    return value


def draft(payload: Any, kind: ResourceType, policy: Policy) -> Draft:
    """Read a POST or PUT body."""
    resource = validated(payload, kind, policy)
    return take_apart(resource, kind, policy)


def take_apart(resource: dict[str, Any], kind: ResourceType, policy: Policy) -> Draft:
    """Part what is never returned (password) and what grows without bound (members) from the body."""
    members = parse_members(resource.pop("members", None), policy) if is_group(kind) else ()
    return Draft(resource, resource.pop("password", None), members)


def check_version(record: Record, if_match: str | None) -> None:
    """Refuse a write on a version that is not the client's (RFC 7644 §3.14)."""
    if if_match is not None and not matches_etag(record, if_match):
        raise VersionMismatch(f"the resource is at version {record.etag}, not at {if_match[:200]}")


def matches_etag(record: Record, header: str) -> bool:
    """Whether an If-Match or If-None-Match header names the record's version; SCIM's weak tags compare weakly."""
    return any(tag.strip().removeprefix("W/") in ("*", f'"{record.version}"') for tag in header.split(","))


def parse_query(query: str) -> dict[str, str]:
    """Read URL parameters; blanks may arrive as %20 or +, parameters in any order."""
    return dict(parse_qsl(query, keep_blank_values=True)) if query else {}


def list_body(resources: Sequence[bytes], total: int, start_index: int) -> bytes:
    """Join rendered resources to a ListResponse; itemsPerPage is what this page holds."""
    return b'{"schemas":["%b"],"totalResults":%d,"startIndex":%d,"itemsPerPage":%d,"Resources":[%b]}' % (
        urns.LIST_RESPONSE.encode(),
        total,
        start_index,
        len(resources),
        b",".join(resources),
    )


def cursor_body(resources: Sequence[bytes], total: int, following: str | None) -> bytes:
    """Join rendered resources to the ListResponse of a cursor's page (RFC 9865 §2); the last page has no nextCursor."""
    return b'{"schemas":["%b"],"totalResults":%d,"itemsPerPage":%d,%b"Resources":[%b]}' % (
        urns.LIST_RESPONSE.encode(),
        total,
        len(resources),
        b'"nextCursor":"%b",' % following.encode() if following else b"",
        b",".join(resources),
    )

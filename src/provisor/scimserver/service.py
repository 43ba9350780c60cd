"""The protocol's rules as pure functions: what a payload may become, which index answers a filter, how a list reads.

Nothing here stores, waits, or knows the time; `handler` supplies what these functions need.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl

import orjson

from provisor.scim import urns
from provisor.scim.errors import BadRequest, ScimError, ScimType, VersionMismatch
from provisor.scim.filters import (
    And,
    AttrPath,
    Compare,
    Filter,
    Not,
    Op,
    Or,
    Predicate,
    Present,
    ValuePath,
    compile_filter,
    fold,
    parse_attr_path,
    parse_filter,
)
from provisor.scim.policy import Policy
from provisor.scim.resources import normalise, require
from provisor.scim.schemas import GROUP, USER, ResourceType

from .membership import parse_members
from .records import KINDS, Member, Record


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


def decode(body: bytes, content_type: str) -> Any:
    """Decode a request body (RFC 7644 §3.1: application/scim+json; application/json should be accepted too)."""
    media = content_type.partition(";")[0].strip().lower()
    if media not in ("application/scim+json", "application/json"):
        shown = media[:100] or "nothing"
        raise ScimError(415, f"the Content-Type must be application/scim+json or application/json, not {shown}")
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BadRequest(ScimType.INVALID_SYNTAX, f"the body is not JSON: {error}") from None


def draft(payload: Any, kind: ResourceType, policy: Policy) -> Draft:
    """Read a POST or PUT body."""
    resource = normalise(payload, kind, policy)
    require(resource, kind)
    return take_apart(resource, kind, policy)


def take_apart(resource: dict[str, Any], kind: ResourceType, policy: Policy) -> Draft:
    """Part what is never returned (password) and what grows without bound (members) from the body."""
    if kind is USER:
        return Draft(resource, password=resource.pop("password", None))
    return Draft(resource, members=parse_members(resource.pop("members", None), policy))


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


@lru_cache(maxsize=1024)
def predicate(text: str, kind_name: str, policy: Policy) -> Predicate:
    """Return the compiled filter; clients repeat themselves, so each text is compiled once."""
    return compile_filter(parse_filter(text), KINDS[kind_name], policy=policy)


@dataclass(frozen=True, slots=True)
class Shortcut:
    """An index that holds every match of a filter."""

    attribute: str
    key: str
    exact: bool
    """Whether it holds nothing else."""


def shortcut(node: Filter, kind: ResourceType) -> Shortcut | None:
    """Find the index that answers a filter or at least one of its `and` terms."""
    match node:
        case Compare(path, Op.EQ, str(value)):
            return _indexed(path, value, kind)
        case ValuePath(path, Compare(inner, Op.EQ, str(value))) if _lowered(inner) == "value":
            return _indexed(path, value, kind) if _lowered(path) == "members" else None
        case And(terms):
            for term in terms:
                found = shortcut(term, kind)
                if found is not None:
                    return Shortcut(found.attribute, found.key, exact=False)
    return None


def _indexed(path: AttrPath, value: str, kind: ResourceType) -> Shortcut | None:
    if path.urn is not None and path.urn.lower() != kind.schema.id.lower():
        return None
    name = _lowered(path)
    match name:
        case "username" if kind is USER:
            return Shortcut("userName", fold(value), exact=True)
        case "displayname":
            return Shortcut("displayName", fold(value), exact=True)
        case "externalid":
            return Shortcut("externalId", value, exact=True)
        case "id":
            return Shortcut("id", value, exact=True)
        case "members" | "members.value" if kind is GROUP:
            return Shortcut("members", value, exact=True)
    return None


def _lowered(path: AttrPath) -> str:
    return ".".join(path.names).lower()


def mentions(node: Filter | None, name: str) -> bool:
    """Whether a filter reads this attribute (lower case), which the body does not hold."""
    match node:
        case Compare(path) | Present(path) | ValuePath(path):
            return path.names[0].lower() == name
        case And(terms) | Or(terms):
            return any(mentions(term, name) for term in terms)
        case Not(term):
            return mentions(term, name)
    return False


def sort_key(sort_by: str, kind: ResourceType) -> Any:
    """Return the key function of RFC 7644 §3.4.2.3: primary value of several, missing values last, case folded."""
    path = parse_attr_path(sort_by)
    extension, attribute = kind.locate(path.urn, path.names[0])
    if attribute is None:
        raise BadRequest(ScimType.INVALID_PATH, f"sortBy: no schema of a {kind.name} declares {sort_by[:200]!r}")
    sub = attribute.find(path.names[1] if len(path.names) > 1 else "value")
    leaf = sub or attribute

    def key(document: Mapping[str, Any]) -> tuple[bool, Any]:
        holder = document.get(extension.id) or {} if extension else document
        value = holder.get(attribute.name)
        if isinstance(value, list):
            value = next((v for v in value if isinstance(v, dict) and v.get("primary")), value[0] if value else None)
        if isinstance(value, dict):
            value = value.get(leaf.name)
        if value is None or isinstance(value, list | dict):
            return True, ""
        return False, fold(value) if isinstance(value, str) and not leaf.case_exact else value

    return key


def list_body(resources: Sequence[bytes], total: int, start_index: int) -> bytes:
    """Join rendered resources to a ListResponse; itemsPerPage is what this page holds."""
    return b'{"schemas":["%b"],"totalResults":%d,"startIndex":%d,"itemsPerPage":%d,"Resources":[%b]}' % (
        urns.LIST_RESPONSE.encode(),
        total,
        start_index,
        len(resources),
        b",".join(resources),
    )

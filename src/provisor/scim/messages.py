"""The messages of RFC 7644 besides resources: ListResponse, Error, PatchOp and SearchRequest, built and read.

Reading turns wire JSON into frozen values or raises `BadRequest`; it touches no resource.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from . import limits as sizes
from . import urns
from .cursors import PageLimits, read_cursor
from .errors import BadRequest, ScimError, ScimType
from .filters import Filter, parse_filter
from .limits import Limits
from .paths import Path, parse_path
from .policy import STRICT, Policy
from .projection import Projection, parse_projection

LIMITS: Final = PageLimits()
DEFAULT_COUNT: Final = LIMITS.default_count
MAX_COUNT: Final = LIMITS.max_count
# At most 18 digits: Python refuses to read numbers of thousands of digits, and no list is longer.
_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")


class Verb(StrEnum):
    """What a PATCH operation does (RFC 7644 §3.5.2)."""

    ADD = "add"
    REMOVE = "remove"
    REPLACE = "replace"


@dataclass(frozen=True, slots=True)
class Operation:
    """One PATCH operation; without a path the value is an object of attributes."""

    verb: Verb
    path: Path | None = None
    value: Any = None


@dataclass(frozen=True, slots=True)
class Search:
    """A query, from the URL or from a SearchRequest (RFC 7644 §3.4.2, §3.4.3)."""

    filter: Filter | None = None
    filter_text: str | None = None
    sort_by: str | None = None
    descending: bool = False
    start_index: int = 1
    count: int = DEFAULT_COUNT
    projection: Projection = field(default_factory=Projection)
    cursor: str | None = None
    """None = by index; "" = the first page by cursor (RFC 9865 §2)."""
    count_given: bool = False
    """Whether the client named the count, which a cursor is then compared with."""


@dataclass(frozen=True, slots=True)
class ListPage:
    """One page of a ListResponse, as a client reads it."""

    resources: list[dict[str, Any]]
    total: int
    start_index: int
    items_per_page: int


def cursor_response(
    resources: Sequence[Any], total: int | None, following: str | None = None, previous: str | None = None
) -> dict[str, Any]:
    """Build a ListResponse of a cursor's page (RFC 9865 §2): no startIndex; the last page has no nextCursor."""
    body: dict[str, Any] = {"schemas": [urns.LIST_RESPONSE]}
    if total is not None:
        body["totalResults"] = total
    body["itemsPerPage"] = len(resources)
    if previous is not None:
        body["previousCursor"] = previous
    if following is not None:
        body["nextCursor"] = following
    body["Resources"] = list(resources)
    return body


def list_response(resources: Sequence[Any], total: int, start_index: int = 1) -> dict[str, Any]:
    """Build a ListResponse; `itemsPerPage` is what this page really holds."""
    return {
        "schemas": [urns.LIST_RESPONSE],
        "totalResults": total,
        "startIndex": start_index,
        "itemsPerPage": len(resources),
        "Resources": list(resources),
    }


def parse_list_response(document: Any) -> ListPage:
    """Read a ListResponse, names ignoring case; raises `BadRequest` naming what is missing or of the wrong type.

    A quoted number is wrong: clients that page by it go astray, so it is better noticed than repaired.
    """
    if not isinstance(document, dict):
        raise BadRequest(ScimType.INVALID_SYNTAX, "a ListResponse must be a JSON object")
    given = {name.lower(): value for name, value in document.items()}
    resources = [] if given.get("resources") is None else given["resources"]
    if not isinstance(resources, list) or not all(isinstance(resource, dict) for resource in resources):
        raise BadRequest(ScimType.INVALID_SYNTAX, "Resources must be a list of objects")
    # RFC 7644 §3.4.2: startIndex and itemsPerPage are required only when the result is partial.
    numbers = {"totalResults": None, "startIndex": 1, "itemsPerPage": len(resources)}
    for name, default in numbers.items():
        value = given.get(name.lower(), default)
        if type(value) is not int:
            raise BadRequest(ScimType.INVALID_SYNTAX, f"{name} must be a JSON integer")
        numbers[name] = value
    return ListPage(resources, *(number or 0 for number in numbers.values()))


def parse_error(document: Any) -> tuple[int | None, str | None, str | None]:
    """Read status, scimType and detail of an Error, as far as they are there; peers send the status as a number too."""
    given = {name.lower(): value for name, value in document.items()} if isinstance(document, dict) else {}
    status, scim_type, detail = (given.get(name) for name in ("status", "scimtype", "detail"))
    return (
        read_status(status),
        scim_type if isinstance(scim_type, str) else None,
        detail if isinstance(detail, str) else None,
    )


def read_status(status: Any) -> int | None:
    """Read a status that a peer wrote as text or as a number."""
    return int(status) if isinstance(status, int | str) and _INTEGER.fullmatch(str(status)) else None


def error_response(error: ScimError) -> dict[str, Any]:
    """Build an Error; RFC 7644 §3.12 wants the status as a string."""
    body: dict[str, Any] = {"schemas": [urns.ERROR], "status": str(error.status), "detail": error.detail}
    if error.scim_type is not None:
        body["scimType"] = error.scim_type.value
    return body


def render_patch(operations: Iterable[Operation]) -> dict[str, Any]:
    """Build a PatchOp; `parse_patch` is its inverse."""
    rendered: list[dict[str, Any]] = []
    for operation in operations:
        entry: dict[str, Any] = {"op": operation.verb.value}
        if operation.path is not None:
            entry["path"] = str(operation.path)
        if operation.verb is not Verb.REMOVE or operation.value is not None:
            entry["value"] = operation.value
        rendered.append(entry)
    return {"schemas": [urns.PATCH_OP], "Operations": rendered}


def parse_patch(payload: Any, policy: Policy = STRICT, limits: Limits = sizes.DEFAULT) -> tuple[Operation, ...]:
    """Read a PatchOp, or raise `BadRequest` that names the operation at fault; too many operations are a 413."""
    if not isinstance(payload, dict):
        raise BadRequest(ScimType.INVALID_SYNTAX, "a PATCH body must be a JSON object with Operations")
    members = {key.lower(): value for key, value in payload.items()}
    schemas = members.get("schemas")
    if not (isinstance(schemas, list) and urns.PATCH_OP in schemas) and not policy.assume_schemas:
        raise BadRequest(ScimType.INVALID_SYNTAX, f"schemas must contain {urns.PATCH_OP}")
    operations = members.get("operations")
    if not isinstance(operations, list) or not operations:
        raise BadRequest(ScimType.INVALID_SYNTAX, "Operations must be a list of at least one operation")
    if len(operations) > limits.operations:
        raise ScimError(413, f"there are {len(operations)} operations; at most {limits.operations} are carried out")
    _check_keys(members, _PATCH_KEYS, "a PatchOp", policy)
    return tuple(_parse_operation(operation, number, policy, limits) for number, operation in enumerate(operations, 1))


_PATCH_KEYS: Final = frozenset({"schemas", "operations"})
_OPERATION_KEYS: Final = frozenset({"op", "path", "value"})


def _check_keys(given: Mapping[str, Any], known: frozenset[str], what: str, policy: Policy) -> None:
    if not policy.ignore_extra_keys and not given.keys() <= known:
        extra = min(given.keys() - known)
        raise BadRequest(ScimType.INVALID_SYNTAX, f"{what} has no {extra[:100]!r} (RFC 7644 §3.5.2)")


def _parse_operation(payload: Any, number: int, policy: Policy, limits: Limits) -> Operation:
    if not isinstance(payload, dict):
        raise BadRequest(ScimType.INVALID_SYNTAX, f"operation {number} must be an object")
    _check_keys(payload, _OPERATION_KEYS, f"operation {number}", policy)
    verb = payload.get("op")
    if isinstance(verb, str) and policy.fold_op_case:
        verb = verb.lower()
    if not isinstance(verb, str) or verb not in ("add", "remove", "replace"):
        raise BadRequest(ScimType.INVALID_SYNTAX, f"operation {number}: op must be add, remove or replace")
    path = payload.get("path")
    if path is not None and not isinstance(path, str):
        raise BadRequest(ScimType.INVALID_PATH, f"operation {number}: path must be text")
    if verb == "remove" and not path:
        raise BadRequest(ScimType.NO_TARGET, f"operation {number}: remove needs a path (RFC 7644 §3.5.2.2)")
    if verb != "remove" and "value" not in payload:
        raise BadRequest(ScimType.INVALID_VALUE, f"operation {number}: {verb} needs a value")
    return Operation(Verb(verb), parse_path(path, limits) if path else None, payload.get("value"))


def parse_search(
    parameters: Mapping[str, Any],
    limits: PageLimits = LIMITS,
    *,
    policy: Policy | None = None,
    sizes: Limits = sizes.DEFAULT,
) -> Search:
    """Read a SearchRequest body or query parameters (names ignoring case, numbers as text allowed)."""
    given = {name.lower(): value for name, value in parameters.items()}
    text = given.get("filter")
    if text is not None and not isinstance(text, str):
        raise BadRequest(ScimType.INVALID_FILTER, "filter must be text")
    order, sort_by = given.get("sortorder") or "ascending", given.get("sortby")
    if not isinstance(order, str) or order.lower() not in ("ascending", "descending"):
        raise BadRequest(ScimType.INVALID_VALUE, "sortOrder must be ascending or descending")
    if sort_by is not None and not isinstance(sort_by, str):
        raise BadRequest(ScimType.INVALID_PATH, "sortBy must be text")
    cursor = read_cursor(given, limits)
    return Search(
        filter=parse_filter(text, policy, sizes) if text else None,
        filter_text=text or None,
        sort_by=sort_by or None,
        descending=order.lower() == "descending",
        start_index=max(1, _integer(given, "startIndex", 1)),
        count=_count(given, limits, by_cursor=cursor is not None),
        projection=parse_projection(given.get("attributes"), given.get("excludedattributes")),
        cursor=cursor,
        count_given=given.get("count") not in (None, ""),
    )


def _count(given: Mapping[str, Any], limits: PageLimits, *, by_cursor: bool) -> int:
    """Return the page size: RFC 7644 §3.4.2.4 reads a negative count as 0, RFC 9865 §2.1 refuses it.

    More than the largest page is that page: a page may be smaller than asked.
    """
    try:
        count = _integer(given, "count", limits.default_count)
    except BadRequest as refusal:
        if by_cursor:
            raise BadRequest(ScimType.INVALID_COUNT, refusal.detail) from None
        raise
    if by_cursor and count < 0:
        raise BadRequest(ScimType.INVALID_COUNT, f"count must lie between 0 and {limits.max_count}, not be {count}")
    return min(limits.max_count, max(0, count))


def _integer(given: Mapping[str, Any], name: str, default: int) -> int:
    value = given.get(name.lower())
    if value is None or value == "":
        return default
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and _INTEGER.fullmatch(value):
        return int(value)
    raise BadRequest(ScimType.INVALID_VALUE, f"{name} must be an integer")

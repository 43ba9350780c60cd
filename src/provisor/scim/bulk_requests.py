"""BulkRequest as frozen data (RFC 7644 §3.7), read from JSON under limits; `bulk` decides about order and references.

A faulty operation does not fail the request: it carries its refusal and is reported in its place.
"""

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final

from . import urns
from .bulk_references import references
from .errors import BadRequest, ScimError, ScimType
from .limits import check_depth

_PATH: Final = re.compile(r"/[A-Za-z][A-Za-z0-9._~-]*(/[^/?#\s]+)?\Z")


class Method(StrEnum):
    """What an operation does."""

    POST = "POST"
    PUT = "PUT"
    PATCH = "PATCH"
    DELETE = "DELETE"


@dataclass(frozen=True, slots=True)
class BulkLimits:
    """What a server takes in one request, as its configuration announces it (RFC 7643 §5)."""

    max_operations: int = 1000
    max_payload: int = 1_048_576
    """Bytes of the body; the server counts them before it parses."""

    def check_payload(self, size: int) -> None:
        """Refuse a body that is too large with 413 (§3.7.4)."""
        if size > self.max_payload:
            raise ScimError(413, f"the body has {size} bytes; maxPayloadSize is {self.max_payload}")

    def render(self) -> dict[str, Any]:
        """Render the `bulk` attribute of ServiceProviderConfig."""
        return {"supported": True, "maxOperations": self.max_operations, "maxPayloadSize": self.max_payload}


DEFAULT: Final = BulkLimits()


@dataclass(frozen=True, slots=True)
class Request:
    """One operation, as the client sent it."""

    index: int
    method: Method
    path: str
    """Below the base URL, with a leading `/`."""
    bulk_id: str | None = None
    version: str | None = None
    data: Any = None
    references: frozenset[str] = frozenset()
    """The bulkIds in its path and data."""
    refusal: ScimError | None = None
    """Why it cannot be carried out, known from reading it alone."""

    @property
    def creates(self) -> bool:
        """Whether others can refer to what it makes, and its own references may be set when that exists."""
        return self.method is Method.POST


@dataclass(frozen=True, slots=True)
class Batch:
    """A BulkRequest."""

    requests: tuple[Request, ...]
    fail_on_errors: int | None = None
    """After so many errors the rest is left undone; None = never."""


def parse_bulk(payload: Any, limits: BulkLimits = DEFAULT) -> Batch:
    """Read a BulkRequest; raises `BadRequest`, or 413 for too many operations (§3.7.4)."""
    if not isinstance(payload, dict):
        raise BadRequest(ScimType.INVALID_SYNTAX, "a bulk request must be a JSON object with Operations")
    given = {key.lower(): value for key, value in payload.items()}
    schemas, operations, allowed = (given.get(name) for name in ("schemas", "operations", "failonerrors"))
    if not isinstance(schemas, list) or urns.BULK_REQUEST not in schemas:
        raise BadRequest(ScimType.INVALID_SYNTAX, f"schemas must contain {urns.BULK_REQUEST}")
    if not isinstance(operations, list):
        raise BadRequest(ScimType.INVALID_SYNTAX, "Operations must be a list")
    if len(operations) > limits.max_operations:
        raise ScimError(413, f"there are {len(operations)} operations; maxOperations is {limits.max_operations}")
    if allowed is not None and (type(allowed) is not int or allowed < 1):
        raise BadRequest(ScimType.INVALID_VALUE, "failOnErrors must be a positive integer")
    taken: set[str] = set()
    return Batch(tuple(_parse(operation, at, taken) for at, operation in enumerate(operations)), allowed)


def _parse(payload: Any, index: int, taken: set[str]) -> Request:
    """Read one operation; `taken` collects the bulkIds."""
    given = {key.lower(): value for key, value in payload.items()} if isinstance(payload, dict) else {}
    method, path, bulk_id, version = (given.get(name) for name in ("method", "path", "bulkid", "version"))
    request = Request(
        index,
        Method(method) if isinstance(method, str) and method in Method.__members__ else Method.POST,
        "/" + path.lstrip("/") if isinstance(path, str) else "/",
        bulk_id if isinstance(bulk_id, str) and bulk_id else None,
        version if isinstance(version, str) else None,
        given.get("data"),
    )
    try:
        check_depth(request.data)
        _check(request, method, taken)
    except ScimError as error:
        # A bulkId of a refused operation stays known, so that those who refer to it are refused for that reason.
        known = request.bulk_id if request.bulk_id not in taken else None
        request = replace(request, bulk_id=known, data=None, refusal=error)
    else:
        request = replace(request, references=references(request.path) | references(request.data))
    if request.bulk_id is not None:
        taken.add(request.bulk_id)
    return request


def _check(request: Request, method: Any, taken: set[str]) -> None:
    one = "/" in request.path[1:]
    why = None
    if request.method.value != method:
        why = "method must be POST, PUT, PATCH or DELETE"
    elif not _PATH.match(request.path):
        why = "path must be an endpoint such as /Users, or a resource below one"
    elif one is (request.method is Method.POST):
        why = f"a {method} goes to {'an endpoint' if one else 'a resource'}, not to {request.path[:100]}"
    elif request.method is Method.POST and request.bulk_id is None:
        why = "a POST needs a bulkId"
    elif request.bulk_id is not None and request.bulk_id in taken:
        why = "the bulkId is already taken in this request"
    elif request.method is not Method.DELETE and not isinstance(request.data, dict):
        why = f"a {method} needs an object as its data"
    if why is not None:
        raise BadRequest(ScimType.INVALID_SYNTAX, f"operation {request.index + 1}: {why}")

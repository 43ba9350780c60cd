"""How large the pieces of a request may be; each limit is a parameter with a default far above what clients send.

The size of a body in bytes is the server's to count; everything here is counted on what was parsed.
"""

from dataclasses import dataclass
from typing import Any, Final

from .errors import BadRequest, ScimType


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits on filters, paths, PATCH requests and documents."""

    filter_length: int = 20_000
    """Characters of a filter, and of a PATCH path with the filter in it."""
    filter_depth: int = 50
    """Nested brackets of a filter."""
    operations: int = 10_000
    """Operations of one PATCH request."""
    depth: int = 16
    """Nested objects and lists of a resource; SCIM itself needs 5 (RFC 7643 §2.1)."""


DEFAULT: Final = Limits()


def check_depth(document: Any, most: int = DEFAULT.depth) -> None:
    """Refuse a document whose objects and lists are nested deeper, without recursion."""
    level = [document]
    for _ in range(most + 1):
        level = [
            inner
            for value in level
            if isinstance(value, dict | list)
            for inner in (value.values() if isinstance(value, dict) else value)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return
    raise BadRequest(ScimType.INVALID_SYNTAX, f"the JSON is nested deeper than {most} levels")

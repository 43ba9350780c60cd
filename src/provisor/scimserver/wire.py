"""Requests and responses between the ASGI edge and the handler: values, no behaviour."""

from dataclasses import dataclass, field
from typing import Final

CONTENT_TYPE: Final = b"application/scim+json"


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request below the base path."""

    method: str
    path: str
    """Decoded, without the base path; starts with "/"."""
    query: str = ""
    """Raw, without "?"."""
    body: bytes = b""
    content_type: str = ""
    if_match: str | None = None
    if_none_match: str | None = None
    subject: str | None = None
    """The userName that `/Me` stands for."""


@dataclass(frozen=True, slots=True)
class Response:
    """One HTTP response; Content-Length is the edge's business."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[bytes, bytes], ...] = field(default=())

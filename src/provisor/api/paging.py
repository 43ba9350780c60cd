"""Pages of lists: `limit`, the opaque `after` cursor, and the two `link` headers with `next` last.

The PyPI `okta` client keeps only the last `link` header it sees, so `next` has to be that one.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import orjson
from starlette.requests import Request
from starlette.responses import Response

from provisor.api.context import link_to
from provisor.api.errors import ApiError


@dataclass(frozen=True, slots=True)
class Page:
    limit: int
    after: tuple[str | int, ...] | None
    """What the previous page's cursor said; None for the first page."""

    @classmethod
    def read(cls, request: Request, *, default: int, most: int, least: int = 1, key: tuple[type, ...] = (str,)) -> Page:
        """The page a request asks for; a larger limit than allowed means the largest.

        `key` are the types of the values that order the list, which a cursor has to hold.
        """
        text = request.query_params.get("limit")
        limit = default
        if text is not None:
            if not text.lstrip("-").isdigit() or not text.isascii() or len(text) > 10:
                raise ApiError("E0000029", causes=[f"limit: “{text[:40]}” is not a whole number."])
            limit = int(text)
            if limit == -1:
                limit = default
            if limit < least:
                raise ApiError("E0000029", causes=[f"limit: must be between {least} and {most}."])
        after = request.query_params.get("after")
        return cls(min(limit, most), parse_cursor(after, key) if after else None)


def render_cursor(values: Sequence[Any]) -> str:
    """An opaque cursor from the values that order a list, of its last row."""
    return base64.urlsafe_b64encode(orjson.dumps(list(values))).rstrip(b"=").decode()


def parse_cursor(text: str, key: tuple[type, ...]) -> tuple[str | int, ...]:
    """The inverse of `render_cursor`; raises E0000054 for anything else."""
    try:
        raw = base64.urlsafe_b64decode(text.encode() + b"=" * (-len(text) % 4))
        values = orjson.loads(raw)
    except (binascii.Error, ValueError):
        raw, values = b"", None
    if not isinstance(values, list) or tuple(map(type, values)) != key or b"\\u0000" in raw:
        raise ApiError("E0000054", causes=["after: this is not a cursor of this list. Start again without it."])
    return tuple(values)


def json_response(value: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(value), status, media_type="application/json")


def page_response(request: Request, rows: Sequence[Any], after: Sequence[Any] | None) -> Response:
    """A list with its links; `after` orders the next page, None = this was the last."""
    response = json_response(rows)
    path = quote(request.scope["path"], safe="/:@!$&'()*+,;=~")
    own = request.url.query
    add_link(response, link_to(request, f"{path}?{own}" if own else path), "self")
    if after is not None:
        kept = [(name, value) for name, value in request.query_params.multi_items() if name != "after"]
        query = urlencode([("after", render_cursor(after)), *kept])
        add_link(response, link_to(request, f"{path}?{query}"), "next")
    return response


def add_link(response: Response, address: str, relation: str) -> None:
    response.headers.append("link", f'<{address}>; rel="{relation}"')

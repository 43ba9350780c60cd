"""Reads single query parameters."""

from __future__ import annotations

from starlette.requests import Request

from provisor.api.errors import ApiError
from provisor.api.paging import Page

LONGEST_PREFIX = 200


def flag(request: Request, name: str, *, default: bool) -> bool:
    """A parameter that is true or false, in any case: clients send both `true` and `TRUE`."""
    text = request.query_params.get(name)
    if text is None:
        return default
    if text.lower() not in ("true", "false"):
        raise ApiError("E0000001", name, [f"{name}: must be true or false"])
    return text.lower() == "true"


def prefix_of(request: Request) -> str | None:
    """The parameter `q`; None when it is absent or empty."""
    text = request.query_params.get("q") or None
    if text is not None and len(text) > LONGEST_PREFIX:
        raise ApiError("E0000001", "q", [f"q: is longer than {LONGEST_PREFIX} characters"])
    return text


def after_id(page: Page) -> str | None:
    """The last id of the page before, in lists that are ordered by id."""
    return None if page.after is None else str(page.after[0])

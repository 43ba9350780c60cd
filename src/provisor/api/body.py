"""Reads a request's body: its size, its type, its JSON, and characters that PostgreSQL cannot store."""

from __future__ import annotations

import json
from typing import Any

import orjson
from starlette.requests import Request

from provisor.api.context import context_of
from provisor.api.errors import ApiError


async def read_object(request: Request, *, optional: bool = False, any_text: bool = False) -> dict[str, Any]:
    """The JSON object of the body; {} for an empty one if that is allowed.

    With `any_text` a U+0000 is left for the caller to refuse where it stands.
    """
    value = await read_json(request, optional=optional, any_text=any_text)
    if value is None and optional:
        return {}
    if not isinstance(value, dict):
        raise ApiError("E0000003", causes=["The body must be a JSON object."])
    return value


async def read_json(request: Request, *, optional: bool = False, any_text: bool = False) -> Any:
    """The JSON value of the body; None for an empty one if that is allowed."""
    body = await read_bytes(request)
    if optional and not body.strip():
        return None
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if not kind:
        raise ApiError("E0000018", causes=["Send the header Content-Type: application/json."])
    if kind != "application/json" and not kind.endswith("+json"):
        raise ApiError("E0000021", causes=[f"The body is {kind[:100]}; this path takes application/json."])
    return parse_json(body, any_text=any_text)


async def read_bytes(request: Request) -> bytes:
    """The body, unless it is larger than the setting allows. A handler that is repeated reads the same again."""
    state = request.scope["state"]
    if "body" not in state:
        state["body"] = await receive(request)
    body: bytes = state["body"]
    return body


async def receive(request: Request) -> bytes:
    most = context_of(request).settings.api_max_body
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > most:
        raise too_large(most)
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > most:
            raise too_large(most)
        chunks.append(chunk)
    return b"".join(chunks)


def too_large(most: int) -> ApiError:
    return ApiError(
        "E0000002",
        causes=[f"The body is larger than {most} bytes. Send less at a time, or raise PROVISOR_API_MAX_BODY."],
        status=413,
    )


def parse_json(body: bytes, *, any_text: bool = False) -> Any:
    """Parse JSON; a U+0000 or a lone surrogate is refused with the path of its attribute."""
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as problem:
        # A lone surrogate is all that the standard library lets through in addition and that we can point to.
        refuse_unstorable(parse_leniently(body))
        raise ApiError("E0000003", causes=[f"The body is not JSON: {problem}"]) from None
    if b"\\u0000" in body and not any_text:
        refuse_unstorable(value)
    return value


def parse_leniently(body: bytes) -> Any:
    try:
        return json.loads(body) if b"\\u" in body else None
    except (ValueError, RecursionError):
        return None


def refuse_unstorable(value: Any) -> None:
    """Raise if a text or a name in the value cannot be stored; its path is in the error."""
    waiting = [("", value)]
    while waiting:
        path, each = waiting.pop()
        if isinstance(each, str) and not storable(each):
            raise unstorable(path or "(body)")
        if isinstance(each, dict):
            for name in each:
                if not storable(name):
                    raise unstorable(f"{path}.{name}".lstrip("."))
            waiting.extend((f"{path}.{name}".lstrip("."), inner) for name, inner in each.items())
        elif isinstance(each, list):
            waiting.extend((f"{path}[{index}]", inner) for index, inner in enumerate(each))


def storable(text: str) -> bool:
    return "\x00" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def unstorable(path: str) -> ApiError:
    shown = path.encode("utf-8", "backslashreplace").decode().replace("\x00", "\\u0000")
    return ApiError("E0000001", shown, [f"{shown}: holds U+0000 or half of a surrogate pair, which text cannot hold"])

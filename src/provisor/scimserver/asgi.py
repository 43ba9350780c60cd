"""The ASGI edge: bytes to an answer and back, body limits, and the last resort for our own bugs.

It is raw ASGI, because a framework would cost as much as the work behind it. What the answer is, is decided elsewhere.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeAlias

from provisor.scim.errors import ScimError

from .handler import error
from .wire import Response

Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Headers: TypeAlias = dict[bytes, bytes]
Answer: TypeAlias = Callable[[Scope, Headers, bytes], Awaitable[Response]]
Around: TypeAlias = Callable[[Scope, Headers, bytes, Answer], Awaitable[Response | None]]
"""What may replace, delay or drop an answer; None = the connection is gone."""

log = logging.getLogger("provisor.scimserver")


class Edge:
    """Serves an `Answer` as an ASGI application."""

    def __init__(self, answer: Answer, max_body: int, *, latency: float = 0, around: Around | None = None) -> None:
        self._unguarded = answer
        self._max_body = max_body
        self._latency = latency
        self._around = around

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        headers = dict(scope["headers"])
        try:
            body = await _read(headers, receive, self._max_body)
        except ScimError as problem:
            await _respond(send, error(problem, (b"connection", b"close")))
            return
        except ConnectionError:
            return
        if self._around is None:
            response = await self._answer(scope, headers, body)
        else:
            altered = await self._around(scope, headers, body, self._answer)
            if altered is None:
                # The connection was dropped on purpose; wait until the server has noticed, or it reports a bug.
                await receive()
                return
            response = altered
        if self._latency:
            await asyncio.sleep(self._latency)
        await _respond(send, response)

    async def _answer(self, scope: Scope, headers: Headers, body: bytes) -> Response:
        try:
            return await self._unguarded(scope, headers, body)
        except Exception:
            log.exception("request failed: %s %s", scope["method"], scope["path"])
            return error(ScimError(500, "the server failed on this request; its log has the reason"))


async def _read(headers: Headers, receive: Receive, limit: int) -> bytes:
    announced = headers.get(b"content-length", b"0")
    if announced.isdigit() and int(announced[:19]) > limit:
        raise ScimError(413, f"the body has {announced[:19].decode()} bytes; at most {limit} are accepted")
    message = await receive()
    body: bytes = message.get("body", b"")
    if not message.get("more_body") and message["type"] == "http.request":
        return body
    parts, size = [body], len(body)
    while message.get("more_body"):
        message = await receive()
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > limit:
            raise ScimError(413, f"the body has more than {limit} bytes, which is all this server accepts")
    if message["type"] == "http.disconnect":
        raise ConnectionError("the client left before its request was complete")
    return b"".join(parts)


async def _respond(send: Send, response: Response) -> None:
    headers = [*response.headers, (b"content-length", b"%d" % len(response.body))]
    if response.status in (204, 304):
        headers.pop()
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": response.body})

"""The ASGI edge: bytes to a request, a response to bytes, authentication, and the last resort for our own bugs.

It is raw ASGI, because a framework would cost as much as the work behind it.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeAlias

from provisor.scim.errors import ScimError

from .faults import Faults
from .handler import Handler, error
from .options import BASE_PATH, Options
from .wire import Request, Response

Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]

log = logging.getLogger("provisor.scimserver")


class App:
    """The reference server as an ASGI application."""

    def __init__(self, handler: Handler, options: Options, faults: Faults | None = None) -> None:
        self._handler = handler
        self._options = options
        self._faults = faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        headers = dict(scope["headers"])
        try:
            body = await _read(headers, receive, self._options.max_body)
        except ScimError as problem:
            await _respond(send, error(problem, (b"connection", b"close")))
            return
        except ConnectionError:
            return
        if self._faults is None:
            response = await self._answer(scope, headers, body)
        else:
            faulted = await self._faults.around(scope, headers, body, self._answer)
            if faulted is None:
                # The connection was dropped on purpose; wait until the server has noticed, or it reports a bug.
                await receive()
                return
            response = faulted
        if self._options.latency:
            await asyncio.sleep(self._options.latency)
        await _respond(send, response)

    async def _answer(self, scope: Scope, headers: dict[bytes, bytes], body: bytes) -> Response:
        try:
            return await self._authenticated(scope, headers, body)
        except Exception:
            log.exception("request failed: %s %s", scope["method"], scope["path"])
            return error(ScimError(500, "the server failed on this request; its log has the reason"))

    async def _authenticated(self, scope: Scope, headers: dict[bytes, bytes], body: bytes) -> Response:
        credential = self._options.credential
        if not credential.admits(headers.get(b"authorization")):
            problem = ScimError(401, "the Authorization header is missing or not the one this server expects")
            return error(problem, (b"www-authenticate", credential.challenge))
        path: str = scope["path"]
        if self._faults is not None and path in ("/_faults", "/_requests"):
            return self._faults.administer(scope["method"], path, body)
        if not path.startswith(BASE_PATH):
            return error(ScimError(404, f"the SCIM service is at {BASE_PATH}, not at {path[:200]}"))
        if_match, if_none_match = headers.get(b"if-match"), headers.get(b"if-none-match")
        request = Request(
            scope["method"],
            path[len(BASE_PATH) :] or "/",
            scope["query_string"].decode("latin-1"),
            body,
            headers.get(b"content-type", b"").decode("latin-1"),
            if_match.decode("latin-1") if if_match is not None else None,
            if_none_match.decode("latin-1") if if_none_match is not None else None,
        )
        return await self._handler.handle(request)


async def _read(headers: dict[bytes, bytes], receive: Receive, limit: int) -> bytes:
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

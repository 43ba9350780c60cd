"""A server that speaks only what a test scripts and keeps every byte it is sent. Knows neither SCIM nor our client."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum
from http import HTTPStatus
from typing import Any


class Then(Enum):
    """What happens to the connection after the bytes of a reply."""

    KEEP = "keep"
    CLOSE = "close"
    HANG = "hang"
    DRIP = "drip"


@dataclass(frozen=True)
class Reply:
    """The bytes that answer one request."""

    raw: bytes = b""
    then: Then = Then.KEEP


DROP = Reply(then=Then.CLOSE)
SILENCE = Reply(then=Then.HANG)


def reply(status: int, body: Any = b"", **headers: str) -> Reply:
    """A well-formed answer; a body that is not bytes is sent as JSON, header names are written with `_` for `-`."""
    content = body if isinstance(body, bytes) else compact(body)
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    if status != HTTPStatus.NO_CONTENT:
        lines.append(f"Content-Length: {len(content)}")
    return Reply("\r\n".join([*lines, "", ""]).encode() + content)


def compact(value: Any) -> bytes:
    """JSON without blanks, in the order of the keys."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


@dataclass(frozen=True)
class Received:
    """One request, as it came."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


@dataclass
class RawServer:
    """A running server and what it has seen."""

    port: int
    script: list[Reply]
    received: list[Received] = field(default_factory=list)
    connections: int = 0
    _open: dict[asyncio.Task[None], asyncio.StreamWriter] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/scim/v2"

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        serving = asyncio.create_task(self._serve(reader, writer))
        self._open[serving] = writer
        serving.add_done_callback(self._open.pop)

    async def _hang_up(self) -> None:
        for writer in self._open.values():
            writer.close()
        await asyncio.gather(*self._open)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while (request := await _read_request(reader)) is not None:
                self.received.append(request)
                answer = self.script.pop(0) if self.script else reply(500, b"the test scripted no further reply")
                writer.write(answer.raw)
                await writer.drain()
                if answer.then is Then.CLOSE:
                    break
                if answer.then is Then.HANG:
                    await reader.read()  # until the client has had enough
                    break
                if answer.then is Then.DRIP:
                    await _drip(reader, writer)
                    break
        except ConnectionError:
            pass
        finally:
            writer.close()


async def _drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Send a byte now and then until the client has had enough."""
    while not reader.at_eof():
        writer.write(b" ")
        with suppress(TimeoutError):
            await asyncio.wait_for(reader.read(), 0.01)


async def _read_request(reader: asyncio.StreamReader) -> Received | None:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head.decode("latin-1").rstrip("\r\n").split("\r\n")
    method, target, _ = first.split(" ")
    headers = dict(line.split(": ", 1) for line in lines)
    body = await reader.readexactly(int(headers.get("Content-Length", 0)))
    return Received(method, target, headers, body)


@asynccontextmanager
async def raw_server(script: Iterable[Reply] = ()) -> AsyncIterator[RawServer]:
    """Serve the replies in turn, over however many connections the client opens."""
    running = RawServer(0, list(script))
    server = await asyncio.start_server(running._accept, "127.0.0.1", 0)
    running.port = server.sockets[0].getsockname()[1]
    try:
        yield running
    finally:
        server.close()
        await running._hang_up()
        await server.wait_closed()


@asynccontextmanager
async def closed_port() -> AsyncIterator[str]:
    """The address of a port on which nobody listens."""
    async with raw_server() as server:
        url = server.url
    yield url

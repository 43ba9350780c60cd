"""Serves an ASGI application on a socket until it is told to stop. Knows nothing of what it serves."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Callable

import uvicorn
from starlette.types import ASGIApp

from provisor.scimserver.serving import QuietServer

DRAIN_SECONDS = 10
"""How long requests under way may take once it is time to stop."""
ECHO_SECONDS = 1.0
"""Signals that follow the first so soon are its echo: `make` and `timeout` signal the process and its group."""


class AddressInUse(Exception):
    """The address cannot be listened on; the message says which and what else there is."""


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes a free one."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as problem:
        listener.close()
        raise AddressInUse(
            f"Cannot listen on {host} port {port}: {problem.strerror}. Choose with --host and --port; --port 0 takes a "
            "free one."
        ) from None
    return listener


def url_of(listener: socket.socket) -> str:
    """The address under which this machine reaches the socket."""
    host, port = listener.getsockname()[:2]
    own = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"http://[{own}]:{port}" if ":" in own else f"http://{own}:{port}"


async def serve_until(
    stop: asyncio.Event, application: ASGIApp, listener: socket.socket, on_ready: Callable[[], None]
) -> None:
    """Answer requests until `stop` is set, then finish those under way."""
    config = uvicorn.Config(
        application,
        http="httptools",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        timeout_graceful_shutdown=DRAIN_SECONDS,
    )
    server = _Server(config, on_ready)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait((serving, stopping), return_when=asyncio.FIRST_COMPLETED)
        server.end()
        await serving
    finally:
        stopping.cancel()
        serving.cancel()


class _Server(QuietServer):
    """Says when it listens. Signals are left to us, or the process would end before the database is left."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_ready()


def stop_on_signals() -> asyncio.Event:
    """An event that SIGINT and SIGTERM set; another one later cancels the calling task at once."""
    stop, loop, task = asyncio.Event(), asyncio.get_running_loop(), asyncio.current_task()
    first = 0.0

    def receive() -> None:
        nonlocal first
        if not stop.is_set():
            first = loop.time()
            stop.set()
        elif task is not None and loop.time() > first + ECHO_SECONDS:
            task.cancel()

    for each in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(each, receive)
    return stop

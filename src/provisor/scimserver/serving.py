"""Puts the reference server on a port: builds it from options, binds, and runs uvicorn.

The only module here that knows uvicorn and concrete storages.
"""

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from .application import ScimApp
from .asgi import Edge
from .durable import open_storage
from .faults import TRANSPORT, Faults
from .memory import MemoryStorage
from .options import BASE_PATH, Options
from .site import Site


class DroppableProtocol(HttpToolsProtocol):
    """uvicorn's protocol, with its transport in reach of the faults that drop connections."""

    def on_message_begin(self) -> None:
        """Start a request as uvicorn does and add our extension to its scope."""
        super().on_message_begin()
        self.scope["extensions"] = {TRANSPORT: {"transport": self.transport}}


class QuietServer(uvicorn.Server):
    """A uvicorn server whose owner deals with signals."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signal handlers alone."""
        yield


@dataclass(frozen=True, slots=True)
class Service:
    """One server, built and bound but not yet running."""

    server: QuietServer
    socket: socket.socket
    url: str
    storage: MemoryStorage
    faults: Faults | None

    async def run(self) -> None:
        """Serve until `server.should_exit`, then release the port and the data file."""
        try:
            await self.server.serve(sockets=[self.socket])
        finally:
            self.socket.close()
            await self.storage.close()


def bind(host: str, port: int) -> socket.socket:
    """Bind a listening socket; port 0 chooses a free one. Raises OSError when the port is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(2048)
    except OSError:
        listener.close()
        raise
    listener.setblocking(False)
    return listener


def build(options: Options, host: str = "127.0.0.1", port: int = 0) -> Service:
    """Bind the port, open the storage and put the server together."""
    listener = bind(host, port)
    try:
        storage = open_storage(options)
    except BaseException:
        listener.close()
        raise
    shown = f"[{host}]" if ":" in host else host
    url = f"http://{shown}:{listener.getsockname()[1]}{BASE_PATH}"
    faults = Faults(options.seed, options.journal) if options.faults else None
    site = Site(ScimApp(storage, options, base_url=options.public_url or url), options, faults)
    app: Any = Edge(site.answer, options.limits.body, latency=options.latency, around=faults.around if faults else None)
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http=DroppableProtocol if faults else "httptools",
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=2,
        timeout_keep_alive=75,
        backlog=2048,
    )
    return Service(QuietServer(config), listener, url, storage, faults)


def run(service: Service) -> None:
    """Serve in this thread, on a loop of its own."""
    with asyncio.Runner(loop_factory=_new_loop) as runner:
        runner.run(service.run())


def _new_loop() -> asyncio.AbstractEventLoop:
    import uvloop

    return uvloop.new_event_loop()

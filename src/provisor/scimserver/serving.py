"""Puts the reference server on a port: builds it from options, binds, and runs uvicorn.

The only module here that knows uvicorn and concrete storages.
"""

import asyncio
import contextlib
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from .asgi import Edge
from .auth import Credential
from .faults import TRANSPORT, Faults
from .memory import MemoryStorage
from .options import BASE_PATH, Options
from .site import Site
from .storage import Storage
from .storages import open_database, open_schemas, open_storage
from .watching import Recording, Watch

LOOK = 0.005
"""Seconds between two looks whether the last request is finished, once it is time to end."""


class DroppableProtocol(HttpToolsProtocol):
    """uvicorn's protocol, with its transport in reach of the faults that drop connections."""

    def on_message_begin(self) -> None:
        """Start a request as uvicorn does and add our extension to its scope."""
        super().on_message_begin()
        self.scope["extensions"] = {TRANSPORT: {"transport": self.transport}}


class QuietServer(uvicorn.Server):
    """A uvicorn server whose owner deals with signals, and which ends at once: uvicorn looks ten times a second."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._ending = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    def end(self) -> None:
        """Stop serving; may be called from any thread, and before the server runs."""
        self.should_exit = True
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # The loop is closed: it has ended by itself.
                self._loop.call_soon_threadsafe(self._ending.set)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signal handlers alone."""
        yield

    async def main_loop(self) -> None:
        """Renew the Date header each second until it is time to end."""
        self._loop = asyncio.get_running_loop()
        while not await self.on_tick(0):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(1):
                    await self._ending.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take no more connections, and finish the requests under way within the time that the settings give."""
        for each in (*self.servers, *(sockets or ())):
            each.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self.config.timeout_graceful_shutdown):
                # Both are sets of uvicorn's that nobody can wait for.
                while self.server_state.connections or self.server_state.tasks:  # noqa: ASYNC110
                    await asyncio.sleep(LOOK)
        for task in self.server_state.tasks:
            task.cancel()
        await self.lifespan.shutdown()


@dataclass(slots=True)
class Service:
    """One server, built and bound but not yet running."""

    options: Options
    server: QuietServer
    socket: socket.socket
    origin: str
    site: Site
    faults: Faults | None
    storages: dict[str | None, Storage]
    """By tenant; of a database there are none until the server runs."""

    @property
    def url(self) -> str:
        """The base URL of the first service."""
        return self.url_of(self.options.names()[0])

    @property
    def storage(self) -> MemoryStorage:
        """The storage behind `/scim/v2`, where it is in this process."""
        storage = self.storages[None]
        assert isinstance(storage, MemoryStorage)
        return storage

    def url_of(self, tenant: str | None) -> str:
        """Return the base URL of a service."""
        return self.origin + root_of(tenant)

    async def run(self, ready: Callable[[], None] = lambda: None) -> None:
        """Serve until `server.end`, then release the port and what the storages hold."""
        database = None
        try:
            if self.options.database is not None:
                database = await open_database(self.options)
                self.storages.update(await open_schemas(database, self.options))
                self.publish()
            ready()
            await self.server.serve(sockets=[self.socket])
        finally:
            self.socket.close()
            for storage in self.storages.values():
                await storage.close()
            if database is not None:
                await database.close()

    def publish(self) -> None:
        """Open a service over each storage."""
        credentials: dict[str | None, Credential] = {None: self.options.credential}
        credentials.update((tenant.name, tenant.credential) for tenant in self.options.tenants)
        public = self.options.public_url
        for tenant, storage in self.storages.items():
            url = self.url_of(tenant)
            if public is not None:
                url = public if tenant is None else public.removesuffix(BASE_PATH) + root_of(tenant)
            self.site.add(root_of(tenant), url, storage, credentials[tenant])


def root_of(tenant: str | None) -> str:
    """Return the path of a service."""
    return BASE_PATH if tenant is None else f"/{tenant}{BASE_PATH}"


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
    """Bind the port, open the storages that need no waiting, and put the server together."""
    listener = bind(host, port)
    storages: dict[str | None, Storage] = {}
    try:
        if options.database is None:
            storages.update((tenant, open_storage(options, tenant)) for tenant in options.names())
        recording = Recording(options.record) if options.record is not None else None
    except BaseException:
        listener.close()
        raise
    shown = f"[{host}]" if ":" in host else host
    origin = f"http://{shown}:{listener.getsockname()[1]}"
    faults = Faults(options.seed, options.journal) if options.faults else None
    around = faults.around if faults else None
    watch = None
    if options.page or recording is not None:
        watch = Watch(around, recording.write if recording else None)
        around = watch.around
    site = Site(options, faults, watch if options.page else None)
    app: Any = Edge(site.answer, options.limits.body, latency=options.latency, around=around)
    service = Service(options, _server(app, faults is not None), listener, origin, site, faults, storages)
    service.publish()
    return service


def _server(app: Any, droppable: bool) -> QuietServer:
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http=DroppableProtocol if droppable else "httptools",
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
    return QuietServer(config)


def run(service: Service, ready: Callable[[], None] = lambda: None) -> None:
    """Serve in this thread, on a loop of its own; `ready` is called when nothing can fail any more."""
    with asyncio.Runner(loop_factory=_new_loop) as runner:
        runner.run(service.run(ready))


def _new_loop() -> asyncio.AbstractEventLoop:
    import uvloop

    return uvloop.new_event_loop()

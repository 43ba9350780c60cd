"""Runs `scim2-server` from PyPI as an app, as strict as it comes, over real HTTP on a free port."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import uvicorn
from scim2_models import ScimProvider, UnauthorizedException
from scim2_server.applications.asgi import ASGIApplication
from scim2_server.memory import AsyncInMemoryStorage, InMemoryStorage
from scim2_server.requests import ScimRequest
from scim2_server.utils import (
    load_default_resource_types,
    load_default_schemas,
    load_default_service_provider_config,
)

from provisor.listening import listen, url_of
from provisor.scimserver.serving import QuietServer

TOKEN = "a token of the other server"


class Application(ASGIApplication):
    """Lets in only who has the token, and remembers what was asked of it."""

    requests: list[tuple[str, str]]

    def check_auth(self, request: ScimRequest) -> None:
        if request.header("Authorization") != f"Bearer {TOKEN}":
            raise UnauthorizedException

    async def dispatch_request(self, request: ScimRequest) -> Any:
        self.requests.append((request.method, request.path))
        return await super().dispatch_request(request)


@dataclass
class OtherServer:
    """The server, and what it holds."""

    url: str
    application: Application
    storage: InMemoryStorage
    token: str = TOKEN

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}", "Content-Type": "application/scim+json"}

    @property
    def methods(self) -> list[str]:
        """Of the requests so far, oldest first."""
        return [method for method, _ in self.application.requests]

    def account(self, user_name: str) -> dict[str, Any]:
        """The only account of this name."""
        held = [resource.model_dump() for resource in self.storage.resources]
        (found,) = [each for each in held if each.get("userName") == user_name]
        return found


@contextmanager
def scim2_server() -> Iterator[OtherServer]:
    """The server with its default schemas: it refuses every attribute that they do not have."""
    provider = ScimProvider.from_discovery(
        load_default_schemas().values(),
        load_default_resource_types().values(),
        config=load_default_service_provider_config(),
    )
    storage = InMemoryStorage()
    application = Application(AsyncInMemoryStorage(storage), provider)
    application.requests = []
    listener = listen("127.0.0.1", 0)
    listener.listen()  # whoever connects before the server is up waits
    server = QuietServer(uvicorn.Config(application, log_config=None, lifespan="off", ws="none"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    yield OtherServer(f"{url_of(listener)}/v2", application, storage)
    server.end()
    thread.join(10)
    listener.close()

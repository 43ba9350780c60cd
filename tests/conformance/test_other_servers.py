"""A server that we did not write: `scim2-server` from PyPI, with what it is known to do differently."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
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

from provisor.conformance import Verdict
from provisor.listening import listen, url_of

TOKEN = "a token of the other server"


class Application(ASGIApplication):
    """Lets in only who has the token."""

    def check_auth(self, request: ScimRequest) -> None:
        if request.header("Authorization") != f"Bearer {TOKEN}":
            raise UnauthorizedException


@pytest.fixture
def other() -> Iterator[str]:
    """The server as strict as it comes, over real HTTP; yields its base URL."""
    provider = ScimProvider.from_discovery(
        load_default_schemas().values(),
        load_default_resource_types().values(),
        config=load_default_service_provider_config(),
    )
    application = Application(AsyncInMemoryStorage(InMemoryStorage()), provider)
    listener = listen("127.0.0.1", 0)
    listener.listen()  # whoever connects before the server is up waits
    server = uvicorn.Server(uvicorn.Config(application, log_config=None, lifespan="off", ws="none"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    yield f"{url_of(listener)}/v2"
    server.should_exit = True
    thread.join(10)
    listener.close()


async def test_scim2_server(checking: Any, other: str) -> None:
    """It conforms but for its ServiceProviderConfig, which leaves out the required authenticationSchemes.

    It refuses attributes that it does not know, which a server may, and some of what only Entra ID sends.
    """
    report = await checking.run(other, TOKEN)
    assert checking.found(report, Verdict.CHECKER_ERROR) == []
    assert checking.found(report, Verdict.FAILED) == ["discovery/config-content"]
    (failed,) = [each for each in report.steps() if each.verdict is Verdict.FAILED]
    assert [each.text for each in failed.broken] == ["authenticationSchemes is an array"]
    assert checking.found(report, Verdict.DEVIATION) == [
        "entra/create-by-path",
        "entra/remove-member",
        "entra/create-group",
    ]
    assert [each for each in checking.found(report, Verdict.ACCEPTABLE) if not each.endswith("-shown")] == [
        "errors/unknown-attribute",
        "entra/manager",
    ]
    assert not any(each.left_behind for each in report.suites)

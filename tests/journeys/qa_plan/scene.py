"""What the cases of Okta's QA plan are played on: one worker, an app of each kind, people of each case's own.

Worker and servers live in threads or processes of their own for the whole run; every case opens its own connections.
"""

import asyncio
import threading
from collections.abc import AsyncIterator, Coroutine, Iterator
from concurrent.futures import Future
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any, TypeVar

from tests.contracts.scim11_app import scim11_app
from tests.foreign.scim2 import scim2_server
from tests.foreign.scimmy import TOKEN as SCIMMY_TOKEN
from tests.foreign.scimmy import scimmy
from tests.journeys.conftest import QUICK, Company

from provisor.scimserver.testing import running
from provisor.services.connecting import ConnectorFactory
from provisor.services.secrets import Sealer
from provisor.services.work import Database
from provisor.store.database import open_pool
from provisor.wiring_scim import build_scim_connector

T = TypeVar("T")
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
OLD_ENTERPRISE = "urn:scim:schemas:extension:enterprise:1.0"
OURS, SCIM2, SCIMMY, OLD = "ours", "scim2-server", "scimmy", "SCIM 1.1"
KINDS = [
    (OURS, "scim2_bearer_token"),
    (SCIM2, "scim2_bearer_token"),
    (SCIM2, "scim2"),
    (SCIMMY, "scim2_bearer_token"),
    (SCIMMY, "scim2"),
    (OLD, "scim1_bearer_token"),
]
"""A server and the catalogue entry it is connected by."""
_numbers = count(1)


class Background:
    """An event loop in a thread of its own."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="scene", daemon=True)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Do something there and wait for its result."""
        waiting: Future[T] = asyncio.run_coroutine_threadsafe(work, self._loop)
        return waiting.result(60)

    def __enter__(self) -> "Background":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()


@dataclass(frozen=True)
class Target:
    """A server, as an app is connected to it."""

    name: str
    url: str
    token: str
    media_type: str = "application/scim+json"
    enterprise: str = ENTERPRISE
    user: str = "urn:ietf:params:scim:schemas:core:2.0:User"
    manager: str = "value"
    """Which part of `manager` is the id."""

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}", "Content-Type": self.media_type}


@contextmanager
def serving(name: str, background: Background) -> Iterator[Target]:
    """One of the servers, empty."""
    if name == OURS:
        with running() as peer:
            yield Target(name, peer.url, peer.token)
    elif name == SCIM2:
        with scim2_server() as other:
            yield Target(name, other.url, other.token)
    elif name == SCIMMY:
        with scimmy() as url:
            yield Target(name, url, SCIMMY_TOKEN)
    else:
        stack = AsyncExitStack()
        app = background.run(stack.enter_async_context(scim11_app()))
        core = "urn:scim:schemas:core:1.0"
        yield Target(name, app.url, app.token, "application/json", OLD_ENTERPRISE, core, "managerId")
        background.run(stack.aclose())


@asynccontextmanager
async def directory(dsn: str) -> AsyncIterator[Company]:
    """The company of a database, over connections of this event loop."""
    pool = await open_pool(dsn, size=4)
    database = Database(pool)
    yield Company(database, dsn, ConnectorFactory(database, Sealer(bytes(32)), QUICK, build_scim_connector), QUICK)
    await pool.close()


@dataclass
class Case:
    """One case at one server: its people are nobody else's."""

    company: Company
    target: Target
    entry: str
    app: str
    number: int = field(default_factory=lambda: next(_numbers))

    def login(self, name: str) -> str:
        return f"{name}.{self.number}@example.com"

    async def hire(self, name: str, **profile: Any) -> str:
        """Somebody whose login is `login(name)`; their id."""
        given = {"firstName": name.title(), **profile}
        return await self.company.hire(f"{name}.{self.number}", **given)

    async def assigned(self, name: str, **profile: Any) -> str:
        """Somebody new who has the app."""
        user_id = await self.hire(name, **profile)
        await self.company.assign(self.app, user_id)
        await self.settled()
        return user_id

    async def settled(self) -> None:
        await self.company.settled(self.app)

    async def members(self, group_id: str) -> set[str]:
        rows = await self.company.database.pool.fetch("SELECT user_id FROM membership WHERE group_id = $1", group_id)
        return {row["user_id"] for row in rows}

    async def status(self, user_id: str) -> str:
        status: str = await self.company.database.pool.fetchval("SELECT status FROM users WHERE id = $1", user_id)
        return status

    async def tasks(self, *people: str) -> list[str]:
        """What waits for an administrator because of these people, or because of the app."""
        open_ones = await self.company.tasks(self.app)
        return [each["summary"] for each in open_ones if each["user_id"] is None or each["user_id"] in people]

    async def accounts(self, name: str) -> list[dict[str, Any]]:
        """What the app answers to the question for this person's user name, inactive ones included."""
        query = f"/Users?filter=userName%20eq%20%22{self.login(name)}%22"
        listed = await self.company.scim(self.target, "GET", query)
        found: list[dict[str, Any]] = listed.get("Resources", [])
        return found

    async def account(self, name: str) -> dict[str, Any]:
        """The only account of this person."""
        (found,) = await self.accounts(name)
        return found

    async def make_account(self, who: str, **values: Any) -> dict[str, Any]:
        """An account that the app's own people made."""
        body = {"schemas": [self.target.user], "userName": self.login(who), **values}
        made: dict[str, Any] = await self.company.scim(self.target, "POST", "/Users", body)
        assert "id" in made, made
        return made

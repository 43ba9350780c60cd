"""A small company for journeys: a real database, a real worker, real apps over HTTP; time-outs are short."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from ipaddress import ip_network
from typing import Any

import aiohttp
import orjson
import pytest

from provisor.directory.lifecycle import Operation
from provisor.provisioning.plan import GONE
from provisor.scimserver.testing import Peer, running
from provisor.services import apps, apps_features, assignments, connections, groups, users, users_lifecycle
from provisor.services.actor import SYSTEM
from provisor.services.apps_definition import parse_definition
from provisor.services.connecting import ConnectorFactory
from provisor.services.connections_definition import parse_connection
from provisor.services.secrets import Sealer
from provisor.services.users import Credentials
from provisor.services.work import Database
from provisor.settings import Settings
from provisor.store.database import open_pool
from provisor.wiring_scim import build_scim_connector
from provisor.worker.main import run_worker

QUICK = Settings(
    egress_allow=(ip_network("127.0.0.0/8"),),
    request_timeout=1.0,
    lookup_delay=0.1,
    backoff_first=0.05,
    backoff_most=0.4,
    lease_seconds=1.5,
    rescan_seconds=0.5,
    task_after=3,
)
"""A worker that gives up waiting sooner than anybody would want in earnest."""

DEADLINE = 20.0


@dataclass
class Company:
    """What a test says and asks, in the words of the directory."""

    database: Database
    dsn: str
    connectors: ConnectorFactory
    settings: Settings
    ids: dict[str, str] = field(default_factory=dict)
    """Login: user id."""

    async def hire(self, name: str, *, activate: bool = True, password: str | None = None, **profile: Any) -> str:
        """Somebody called Name Tester, whose login is name@example.com; their id."""
        login = f"{name}@example.com"
        user = await users.create_user(
            self.database,
            SYSTEM,
            {"login": login, "email": login, "firstName": name.title(), "lastName": "Tester", **profile},
            Credentials(password=password),
            activate=activate,
        )
        self.ids[login] = user.id
        return user.id

    async def edit(self, user_id: str, **profile: Any) -> None:
        await users.update_user(self.database, SYSTEM, user_id, profile, Credentials())

    async def move(self, user_id: str, operation: Operation) -> None:
        await users_lifecycle.change_status(self.database, SYSTEM, user_id, operation)

    async def group(self, name: str, *members: str) -> str:
        made = await groups.create_group(self.database, SYSTEM, {"name": name})
        for member in members:
            await groups.add_member(self.database, SYSTEM, made.id, member)
        return made.id

    async def add(self, group_id: str, user_id: str) -> None:
        await groups.add_member(self.database, SYSTEM, group_id, user_id)

    async def remove(self, group_id: str, user_id: str) -> None:
        await groups.remove_member(self.database, SYSTEM, group_id, user_id)

    async def app(
        self, peer: Peer, entry: str = "scim2_bearer_token", *, provisioned: bool = True, **limits: Any
    ) -> str:
        """An app connected to a peer, with everything of “To App” switched on."""
        body: dict[str, Any] = {"name": entry, "label": entry}
        if limits:
            body["settings"] = {"provisor": {"limits": limits}}
        made = await apps.create_app(self.database, SYSTEM, parse_definition(body))
        await self.connect(made.id, peer.url, peer.token)
        if provisioned:
            await self.switch_on(made.id)
        return made.id

    async def unconnected(self, label: str = "Wiki") -> str:
        """An app without a connection."""
        definition = parse_definition({"name": "scim2_bearer_token", "label": label})
        return (await apps.create_app(self.database, SYSTEM, definition)).id

    async def switch_on(self, app_id: str) -> None:
        on = {"status": "ENABLED"}
        capabilities = {"create": {"lifecycleCreate": on}, "update": {"profile": on, "lifecycleDeactivate": on}}
        await apps_features.set_features(self.database, SYSTEM, app_id, "USER_PROVISIONING", capabilities)

    async def scim(self, peer: Peer, method: str, path: str, body: Any = None) -> Any:
        """Do something in the app, as its own people would."""
        async with (
            aiohttp.ClientSession(headers=peer.headers) as session,
            session.request(method, peer.url + path, json=body) as response,
        ):
            return await response.json() if response.status != 204 else None

    async def connect(self, app_id: str, url: str, token: str) -> None:
        new = parse_connection({"baseUrl": url, "profile": {"authScheme": "TOKEN", "token": token}})
        await connections.save_connection(self.database, SYSTEM, self.connectors, app_id, new, activate=True)

    async def assign(self, app_id: str, user_id: str) -> None:
        await assignments.assign_user(self.database, SYSTEM, app_id, user_id, username=None, given={})

    async def unassign(self, app_id: str, user_id: str) -> None:
        await assignments.unassign_user(self.database, SYSTEM, app_id, user_id)

    async def assign_group(self, app_id: str, group_id: str) -> None:
        await assignments.assign_group(self.database, SYSTEM, app_id, group_id, priority=None, profile={})

    async def unassign_group(self, app_id: str, group_id: str) -> None:
        await assignments.unassign_group(self.database, SYSTEM, app_id, group_id)

    async def settled(self, app_id: str) -> None:
        """Wait until nobody is due in the app: everybody is served or waits for a person."""
        await until(lambda: self._nobody_due(app_id), "everybody to be served")

    async def _nobody_due(self, app_id: str) -> bool:
        due = await self.database.pool.fetchval(
            """SELECT (SELECT count(*) FROM dirty WHERE app_id = $1 AND due < 'infinity')
              + (SELECT count(*) FROM sweep WHERE app_id = $1)""",
            app_id,
        )
        return not due

    async def events(self, kind: str, outcome: str = "SUCCESS") -> list[Any]:
        return await self.database.pool.fetch(
            "SELECT * FROM event WHERE type = $1 AND outcome = $2 ORDER BY seq", kind, outcome
        )

    async def tasks(self, app_id: str) -> list[Any]:
        return await self.database.pool.fetch(
            "SELECT * FROM task WHERE app_id = $1 AND resolved IS NULL ORDER BY id", app_id
        )

    async def link(self, app_id: str, user_id: str) -> Any:
        return await self.database.pool.fetchrow(
            "SELECT * FROM app_user WHERE app_id = $1 AND user_id = $2", app_id, user_id
        )

    async def links(self, app_id: str) -> list[Any]:
        return await self.database.pool.fetch(
            "SELECT * FROM app_user WHERE app_id = $1 AND external_id IS NOT NULL AND active", app_id
        )

    @asynccontextmanager
    async def worker(self) -> AsyncIterator[None]:
        """A worker with a pool of its own, as in the server."""
        pool = await open_pool(self.dsn, size=4)
        stop = asyncio.Event()
        working = asyncio.create_task(
            run_worker(Database(pool, self.database.ids), self.dsn, self.settings, self.connectors, stop)
        )
        try:
            yield
        finally:
            stop.set()
            await working
            await pool.close()

    until = staticmethod(lambda condition, what, patience=DEADLINE: until(condition, what, patience))

    @staticmethod
    def json(value: Any) -> str:
        return orjson.dumps(value).decode()

    async def attempted(self, app_id: str, user_id: str) -> bool:
        """Whether a push has been tried and has failed."""
        attempts = await self.database.pool.fetchval(
            "SELECT attempts FROM dirty WHERE app_id = $1 AND user_id = $2", app_id, user_id
        )
        return bool(attempts)

    async def begun(self, app_id: str, user_id: str) -> bool:
        """Whether a write was begun that has not been answered."""
        return (await self.link(app_id, user_id))["intent_at"] is not None

    async def resting(self, app_id: str) -> bool:
        """Whether the app waits for a person to mend its settings."""
        resting: bool | None = await self.database.pool.fetchval(
            "SELECT paused_until = 'infinity' FROM app_lease WHERE app_id = $1", app_id
        )
        return bool(resting)

    async def sent(self, peer: Peer, method: str) -> bool:
        """Whether the app has seen such a request for a person."""
        return any(each.method == method and "count=2" not in each.target for each in peer.journal)

    async def differences(self, app_id: str, peer: Peer) -> list[str]:
        """In which ways the app is not as the directory says; empty when it is."""
        rows = await self.database.pool.fetch(
            """SELECT u.id, u.status, u.profile, a.direct OR EXISTS (
                 SELECT FROM membership m JOIN app_group g USING (group_id)
                 WHERE m.user_id = u.id AND g.app_id = a.app_id) AS assigned
            FROM app_user a JOIN users u ON u.id = a.user_id WHERE a.app_id = $1""",
            app_id,
        )
        held: dict[str, list[dict[str, Any]]] = {}
        for account in peer.users():
            held.setdefault(account["userName"].casefold(), []).append(account)
        found = [f"{name} has {len(accounts)} accounts" for name, accounts in held.items() if len(accounts) != 1]
        for row in rows:
            login = row["profile"]["login"].casefold()
            account = held.get(login, [None])[0]
            if row["assigned"] and row["status"] not in GONE:
                if account is None or not account["active"]:
                    found.append(f"{login} should be active and is {account and account['active']}")
                elif account["name"].get("givenName") != row["profile"]["firstName"]:
                    found.append(f"{login} is called {account['name']}")
                elif account.get("title") != row["profile"].get("title"):
                    found.append(f"{login} is a {account.get('title')}")
            elif account is not None and account["active"]:
                found.append(f"{login} has left and is active")
        return found


async def until(condition: Callable[[], Awaitable[Any]], what: str, patience: float = DEADLINE) -> Any:
    """Ask until the answer is true, with a deadline; the answer."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + patience
    while not (answer := await condition()):
        assert loop.time() < deadline, f"waited {patience} s in vain for {what}"
        await asyncio.sleep(0.01)
    return answer


@pytest.fixture
async def company(database: str) -> AsyncIterator[Company]:
    """The directory, without a worker: a test starts its own."""
    pool = await open_pool(database, size=4)
    opened = Database(pool)
    connectors = ConnectorFactory(opened, Sealer(bytes(32)), QUICK, build_scim_connector)
    yield Company(opened, database, connectors, QUICK)
    await pool.close()


@pytest.fixture
async def peer() -> AsyncIterator[Peer]:
    """An app."""
    async with running() as peer:
        yield peer

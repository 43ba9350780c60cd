"""A running console over a fresh database, and two ways to use it: plain HTTP and a real browser."""

import asyncio
import os
import re
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
from tests.journeys.conftest import QUICK, Company

from provisor.console.live import CHECK, Live
from provisor.listening import listen, serve_until, url_of
from provisor.services import admins
from provisor.services.actor import SYSTEM, Role
from provisor.services.connecting import ConnectorFactory
from provisor.services.secrets import Sealer
from provisor.services.work import Database
from provisor.settings import Settings
from provisor.store.database import open_pool
from provisor.wiring import build_console
from provisor.wiring_scim import build_scim_connector

PASSWORD = "correct horse battery"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@dataclass
class Site:
    """A console that is being served."""

    url: str
    database: Database
    dsn: str
    company: Company

    async def person(self, name: str, role: Role | None = None, **profile: Any) -> str:
        """Somebody who can sign in as NAME@example.com with `PASSWORD`; their id."""
        user_id = await self.company.hire(name, password=PASSWORD, **profile)
        if role is not None:
            await admins.grant_role(self.database, SYSTEM, user_id, role)
        return user_id


class Visitor:
    """Somebody at the console without a browser: keeps cookies, fills in the forms' tokens."""

    def __init__(self, site: Site, session: aiohttp.ClientSession) -> None:
        self.site = site
        self.session = session
        self.csrf = ""

    async def get(self, path: str, **headers: str) -> tuple[int, str]:
        """A page: status and text. Redirects are followed."""
        async with self.session.get(self.site.url + path, headers=headers) as response:
            text = await response.text()
            if found := re.search(r'name="csrf" value="([0-9a-f]+)"', text):
                self.csrf = found[1]
            return response.status, text

    async def post(
        self, path: str, fields: dict[str, str] | None = None, *, follow: bool = True, **headers: str
    ) -> tuple[int, str]:
        """Send a form as one of our pages would: status and text of what came of it."""
        sent = {"csrf": self.csrf, **(fields or {})}
        headers = {"Origin": self.site.url, **headers}
        url = self.site.url + path
        async with self.session.post(url, data=sent, headers=headers, allow_redirects=follow) as response:
            return response.status, await response.text()

    async def sign_in(self, name: str) -> "Visitor":
        status, _ = await self.post("/sign-in", {"login": f"{name}@example.com", "password": PASSWORD}, follow=False)
        assert status == 303, f"{name} could not sign in: {status}"
        await self.get("/")
        return self


@pytest.fixture
async def site(database: str) -> AsyncIterator[Site]:
    """A console on a free port, with no worker beside it."""
    async with served(database, QUICK) as site:
        yield site


class served:
    """Serves a console for as long as the block lasts."""

    def __init__(self, dsn: str, settings: Settings, *, port: int = 0, check: float = CHECK) -> None:
        self._dsn = dsn
        self._settings = settings
        self._port = port
        self._check = check
        self._stop = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Site:
        self._pool = await open_pool(self._dsn, size=8, statement_cache=200)
        database = Database(self._pool)
        connectors = ConnectorFactory(database, Sealer(os.urandom(32)), self._settings, build_scim_connector)
        live = Live(self._dsn, check=self._check)
        listener = listen("127.0.0.1", self._port)
        ready = asyncio.Event()
        console = build_console(database, self._settings, connectors, live)
        self._tasks = [
            asyncio.create_task(serve_until(self._stop, console, listener, ready.set)),
            asyncio.create_task(live.run(self._stop)),
        ]
        await ready.wait()
        company = Company(database, self._dsn, connectors, self._settings)
        return Site(url_of(listener), database, self._dsn, company)

    async def __aexit__(self, *_: object) -> None:
        self._stop.set()
        await asyncio.gather(*self._tasks)
        await self._pool.close()


@pytest.fixture
async def visitor(site: Site) -> AsyncIterator[Visitor]:
    """Somebody who has not signed in."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        yield Visitor(site, session)


@pytest.fixture
async def admin(site: Site, visitor: Visitor) -> Visitor:
    """A super administrator, signed in, without a browser."""
    await site.person("ada", Role.SUPER_ADMIN)
    return await visitor.sign_in("ada")


@pytest.fixture(scope="session")
async def chromium() -> AsyncIterator[Any]:
    """A real Chromium, started once. Without one its tests are skipped, unless PROVISOR_REQUIRE asks for it."""
    from playwright.async_api import async_playwright

    if CHROMIUM is None:
        wanted = "browser" in os.environ.get("PROVISOR_REQUIRE", "").split(",")
        (pytest.fail if wanted else pytest.skip)(
            "Install Chromium (apt-get install chromium) to run the browser tests."
        )
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=CHROMIUM)
        yield running
        await running.close()


@pytest.fixture
async def browser(chromium: Any) -> AsyncIterator[Any]:
    """The browser, which keeps nothing of a test: cookies, storage and pages are a context's, and end with the test."""
    yield chromium
    for context in list(chromium.contexts):
        await context.close()


def is_complaint(message: Any) -> bool:
    """A refused form is an answer like any other; everything else that Chromium calls an error is one."""
    return message.type == "error" and "status of 4" not in message.text


@pytest.fixture
async def page(site: Site, admin: Visitor, browser: Any) -> AsyncIterator[Any]:
    """A browser's page at which a super administrator (ada@example.com) is signed in.

    Whatever a page throws or is refused by the Content-Security-Policy fails the test.
    """
    context = await browser.new_context(base_url=site.url, viewport={"width": 1280, "height": 900}, locale="en-GB")
    # The session of `admin`: how one signs in with a form is what tests of the sign-in page are about.
    cookies = [{"name": each.key, "value": each.value, "url": site.url} for each in admin.session.cookie_jar]
    await context.add_cookies(cookies)
    opened = await context.new_page()
    complaints: list[str] = []
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on("console", lambda message: complaints.append(message.text) if is_complaint(message) else None)
    opened.set_default_timeout(10_000)
    await opened.goto("/")
    yield opened
    await context.close()
    assert complaints == []

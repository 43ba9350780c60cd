"""Open pages follow what happens: by a worker's hand, over lost connections, for as long as the session lasts."""

import asyncio
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from tests.console.conftest import PASSWORD, Site, Visitor, served
from tests.journeys.conftest import QUICK, until

from provisor.console.live import CHANGED, ENDED, Live
from provisor.postgres.cluster import start
from provisor.scimserver.testing import running
from provisor.services.actor import Role
from provisor.store.migrate import migrate

STREAMS = 200
LISTENERS = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query ILIKE 'LISTEN%'"


async def read(answer: aiohttp.ClientResponse, wanted: bytes) -> bool:
    """Whether the stream says this before it ends."""
    async for line in answer.content:
        if wanted in line:
            return True
    return False


async def is_live(page: Any) -> bool:
    return bool(await page.locator("#live-state[data-tone=on]").count())


async def follows(page: Any, path: str) -> None:
    """Open a page and wait until it follows."""
    await page.goto(path)
    await page.locator("#live-state[data-tone=on]").wait_for()


async def sign_in(page: Any, site: Site) -> None:
    await page.goto(f"{site.url}/sign-in")
    await page.get_by_label("Login").fill("ada@example.com")
    await page.get_by_label("Password", exact=True).fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()
    await page.wait_for_url(lambda url: "/sign-in" not in url)


async def test_a_push_by_a_worker_shows_on_open_pages(site: Site, page: Any) -> None:
    """The dashboard counts the account and the log tells of it, without a reload."""
    company = site.company
    log = await page.context.new_page()
    await follows(page, "/admin/dashboard")
    await follows(log, "/admin/log")
    for opened in (page, log):
        await opened.evaluate("window.stayed = true")
    async with running() as peer:
        app = await company.app(peer)
        async with company.worker():
            await company.assign(app, await company.hire("grace"))
            await page.locator("a.figure-link", has_text="Accounts created").get_by_text("1", exact=True).wait_for()
            await log.get_by_text("created an account for Grace Tester").wait_for()
    assert await page.evaluate("window.stayed") and await log.evaluate("window.stayed")


async def test_a_lost_ear_is_opened_again_and_nothing_is_missed(site: Site, page: Any) -> None:
    """What was written while the database's LISTEN connection was gone shows up all the same."""
    await follows(page, "/admin/log")
    (listener,) = await site.database.pool.fetch(LISTENERS)
    async with site.database.pool.acquire() as connection, connection.transaction():
        # Nothing is delivered before the commit, and by then nobody listens.
        await connection.execute(
            "INSERT INTO event (type, transaction_id, actor_id) VALUES ('group.lifecycle.create', 'lost', 'provisor')"
        )
        await connection.execute("SELECT pg_terminate_backend($1, 5000)", listener["pid"])
    await page.get_by_text("created the group").wait_for()


async def test_a_page_outlives_a_restart_of_the_server(database: str, browser: Any) -> None:
    """The page finds the server again on its own, and what happened meanwhile."""
    async with served(database, QUICK) as site:
        await site.person("ada", Role.SUPER_ADMIN)
        port = urlsplit(site.url).port
        page = await (await browser.new_context(base_url=site.url)).new_page()
        await sign_in(page, site)
        await follows(page, "/admin/log")
    await page.locator("#live-state[data-tone=off]").wait_for()
    async with served(database, QUICK, port=port) as again:
        await again.company.group("Meanwhile")
        await page.get_by_text("created the group Meanwhile").wait_for()
        assert await is_live(page)
        await page.close()


async def test_a_hidden_page_holds_no_stream_and_catches_up(site: Site, page: Any) -> None:
    """A tab in the background leaves its connection to others; looked at again, it is up to date."""
    await follows(page, "/admin/log")
    await set_hidden(page, True)
    await site.company.group("Unseen")
    await set_hidden(page, False)
    await page.get_by_text("created the group Unseen").wait_for()


async def set_hidden(page: Any, hidden: bool) -> None:
    """What a browser tells a page whose tab is left or chosen: Chromium without a window has no tabs to choose."""
    await page.evaluate(
        """hidden => {
          Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
          document.dispatchEvent(new Event("visibilitychange"));
        }""",
        hidden,
    )


async def test_an_ended_session_ends_the_page(database: str, browser: Any) -> None:
    """Somebody who is signed out everywhere sees the sign-in page soon, without touching anything."""
    async with served(database, QUICK, check=0.2) as site:
        ada = await site.person("ada", Role.SUPER_ADMIN)
        page = await (await browser.new_context(base_url=site.url)).new_page()
        await sign_in(page, site)
        await follows(page, "/admin/dashboard")
        await site.database.pool.execute("DELETE FROM session WHERE user_id = $1", ada)
        await page.wait_for_url(lambda url: "/sign-in" in url)
        await page.close()


async def test_a_stream_ends_with_its_session_and_does_not_prolong_it(database: str) -> None:
    """The stream says that it is over; until then, listening alone does not count as use."""
    async with (
        served(database, QUICK, check=0.1) as site,
        aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http,
    ):
        ada = await site.person("ada", Role.SUPER_ADMIN)
        await Visitor(site, http).sign_in("ada")
        async with http.get(f"{site.url}/live") as stream:
            old = "UPDATE session SET last_seen = now() - interval '2 minutes' WHERE user_id = $1"
            await site.database.pool.execute(old, ada)
            for _ in range(3):
                assert await read(stream, b": alive")
            seen = await site.database.pool.fetchval("SELECT now() - last_seen > '1 minute' FROM session")
            assert seen
            await site.database.pool.execute("DELETE FROM session")
            assert await read(stream, b"event: ended")
            assert await stream.content.read() == b"data:\n\n"


async def test_many_streams_cost_little(site: Site, admin: Visitor) -> None:
    """Hundreds of open pages hold no database connection, and every one of them hears."""
    cookies = {each.key: each.value for each in admin.session.cookie_jar}
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector, cookies=cookies) as http:
        streams = await asyncio.gather(*(http.get(f"{site.url}/live") for _ in range(STREAMS)))
        await site.company.group("Everybody hears")
        heard = await asyncio.gather(*(read(each, b"event: changed") for each in streams))
        busy = await site.database.pool.fetchval(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        )
        assert all(heard) and busy < 20
        assert (await admin.get("/admin/dashboard"))[0] == 200
        for each in streams:
            each.close()


async def test_bursts_become_one_message_a_while(database: str) -> None:
    """A thousand events are few messages, the last of them included."""
    live, stop = Live(database), asyncio.Event()
    running_live = asyncio.create_task(live.run(stop))
    heard: list[bytes] = []

    async def listen() -> None:
        async for message in live.follow(always):
            heard.append(message)  # noqa: PERF401  (read while it grows)

    listening = asyncio.create_task(listen())
    await until(lambda: told(heard, CHANGED), "the first message")
    stop.set()
    await asyncio.gather(listening, running_live)
    assert heard.count(CHANGED) <= 2 and ENDED not in heard


async def always() -> bool:
    return True


async def told(heard: list[bytes], message: bytes) -> bool:
    return message in heard


async def test_a_restart_of_the_database_under_an_open_page_is_said_and_survived(data_dir: Path, browser: Any) -> None:
    """A part of a page says it in a toast and stays; a page says it and comes back by itself, and so does following."""
    cluster = await start(data_dir, durable=False)
    await migrate(cluster.dsn())
    async with served(cluster.dsn(), QUICK) as site:
        await site.person("ada", Role.SUPER_ADMIN)
        page = await (await browser.new_context(base_url=site.url)).new_page()
        other = await page.context.new_page()
        await sign_in(page, site)
        await follows(other, "/admin/log")
        await follows(page, "/admin/log")
        assert await cluster.release()
        await page.get_by_label("Words").fill("grace")
        await page.locator(".toast", has_text="The database does not answer").first.wait_for()
        assert await page.locator("#events tr").count() > 1
        await page.goto("/admin/tasks")
        await page.get_by_role("heading", name="The database does not answer").wait_for()
        cluster = await start(data_dir, durable=False)
        await page.get_by_role("heading", name="Tasks", exact=True).wait_for()
        await site.company.group("Afterwards")
        await other.get_by_text("created the group Afterwards").wait_for()
    await cluster.release()

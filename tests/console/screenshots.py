"""Takes the walk of seed 004 in light and dark and writes what it looks like: `python -m tests.console.screenshots`.

Makes a database and a SCIM server of its own; nothing of an installation is touched.
"""

import asyncio
import sys
import tempfile
from pathlib import Path
from typing import Any

import asyncpg
from playwright.async_api import async_playwright
from tests.console.conftest import CHROMIUM, PASSWORD, Site, served
from tests.console.seed_004 import Walk
from tests.journeys.conftest import QUICK

from provisor.postgres import cluster
from provisor.scimserver.testing import running
from provisor.services.actor import Role
from provisor.store.migrate import migrate

IMAGES = Path(__file__).parents[2] / "docs/how-to/images/connect-an-app"
SIZE = {"width": 1200, "height": 800}
LARGEST = 128 * 1024
"""Bytes of one image: the documentation is cloned by everybody."""


class Photographer:
    """Writes a numbered picture of each step."""

    def __init__(self, page: Any, folder: Path, scheme: str) -> None:
        self._page = page
        self._folder = folder
        self._scheme = scheme
        self._number = 0

    async def look(self, name: str) -> None:
        self._number += 1
        path = self._folder / f"{self._number:02}-{name}-{self._scheme}.png"
        # Ports and moments differ from run to run; a picture should change only when the page does.
        await self._page.evaluate(STEADY)
        await self._page.screenshot(path=path, animations="disabled", caret="hide")
        await self._page.evaluate(RESTORE)
        size = path.stat().st_size
        if size > LARGEST:
            sys.exit(f"{path.name} has {size} bytes; at most {LARGEST} are wanted.")


STEADY = """() => {
  for (const each of document.querySelectorAll('time')) each.textContent = '22 Nov 2026, 10:00:00';
  for (const each of document.querySelectorAll('input')) if (/127\\.0\\.0\\.1/.test(each.value)) {
    each.dataset.real = each.value;
    each.value = 'https://wiki.example.com/scim/v2';
  }
  for (const each of document.querySelectorAll('[data-toast]')) each.remove();
}"""


RESTORE = "() => { for (const each of document.querySelectorAll('[data-real]')) each.value = each.dataset.real; }"


async def walk(dsn: str, browser: Any, scheme: str) -> None:
    """The walk once, in one colour scheme."""
    async with served(dsn, QUICK) as site, running() as peer, site.company.worker():
        await people(site)
        context = await browser.new_context(
            base_url=site.url, viewport=SIZE, color_scheme=scheme, locale="en-GB", timezone_id="UTC"
        )
        page = await context.new_page()
        await page.goto("/sign-in")
        await page.get_by_label("Login").fill("ada@example.com")
        await page.get_by_label("Password", exact=True).fill(PASSWORD)
        await page.get_by_role("button", name="Sign in").click()
        await page.wait_for_url(lambda url: "/sign-in" not in url)
        steps = Walk(page, site, peer, Photographer(page, IMAGES, scheme).look)
        for step in (
            steps.browse,
            steps.add,
            steps.configure,
            steps.assign,
            steps.view_logs,
            steps.switch_on,
            steps.provision,
            steps.delete_attribute,
            steps.add_attribute,
            steps.map_attributes,
        ):
            await step()
        await context.close()


async def people(site: Site) -> None:
    await site.person("ada", Role.SUPER_ADMIN)
    await site.company.hire("grace", costCenter="4711", nickName="Amazing")
    alan = await site.company.hire("alan")
    await site.company.group("Engineering", alan)


async def main() -> None:
    """Both colour schemes, each over a fresh database."""
    if CHROMIUM is None:
        sys.exit("Install Chromium to make screenshots, for instance: apt-get install chromium")
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="provisor-shots-") as folder:
        Path(folder).chmod(0o711)
        server = await cluster.start(Path(folder), durable=False)
        try:
            async with async_playwright() as playwright:
                browser = await playwright.chromium.launch(executable_path=CHROMIUM)
                for scheme in ("light", "dark"):
                    await create(server.dsn(), scheme)
                    await migrate(server.dsn(scheme))
                    await walk(server.dsn(scheme), browser, scheme)
                await browser.close()
        finally:
            await server.release()


async def create(dsn: str, name: str) -> None:
    connection = await asyncpg.connect(dsn)
    await connection.execute(f"CREATE DATABASE {name}")
    await connection.close()


if __name__ == "__main__":
    asyncio.run(main())

"""Every page in a real browser: axe finds nothing serious, nothing overflows; light and dark, wide and narrow."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from tests.console.conftest import Site
from tests.console.places import made

from provisor.console.app import ROUTES

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
RUN = """async (only) => (await axe.run(document, {
        resultTypes: ['violations'], preload: false, ...(only ? {runOnly: {type: 'rule', values: only}} : {})
    })).violations
    .filter(each => ['serious', 'critical'].includes(each.impact))
    .map(each => [each.id, each.nodes.length, ...[each.nodes[0].html, each.nodes[0].failureSummary].map(
        text => text.slice(0, 300))])"""
OVERFLOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
NOT_PAGES = {"/live", "/admin/log/export"}
PAGES = [route for route in ROUTES if route.method == "GET" and route.path not in NOT_PAGES]
IN_THE_DARK = ["color-contrast", "button-name", "link-name", "label"]
"""What the other colours and a narrow window can change."""
PARTS = 4
"""So that test processes can share them."""


@dataclass(frozen=True)
class Look:
    """A page as some people have it before them, and the rules that it may break for them."""

    scheme: str
    width: int
    rules: list[str] | None

    async def at(self, page: Any) -> list[Any]:
        """What is wrong with the page like this."""
        # Without motion, so that no colour is on its way from one to the other.
        await page.emulate_media(color_scheme=self.scheme, reduced_motion="reduce")
        await page.set_viewport_size({"width": self.width, "height": 800})
        found = [(self.scheme, *each) for each in await page.evaluate(RUN, self.rules)]
        if (overflow := await page.evaluate(OVERFLOW)) > 0:
            found.append((self.scheme, "wider than the window by", overflow))
        return found


LOOKS = [Look("light", 1280, None), Look("dark", 360, IN_THE_DARK)]


@pytest.mark.parametrize("part", range(PARTS))
async def test_every_page_can_be_used_by_everybody(site: Site, page: Any, part: int) -> None:
    """No serious or critical finding, and no page wider than the window, light and wide as well as dark and narrow."""
    places = await made(site)
    # By the protocol of the debugger, so that the page's own policy stays as strict as it is.
    await page.add_init_script(AXE)
    found: list[Any] = []
    for number, route in enumerate(PAGES[part::PARTS]):
        path = places.path(route)
        await page.goto(path)
        # Each page begins with the look that the last one ended with: changing it costs as much as a page.
        for look in LOOKS if number % 2 == 0 else reversed(LOOKS):
            found += [(path, *each) for each in await look.at(page)]
    assert found == [], "\n".join(str(each) for each in found)

"""Every page in a real browser: axe finds nothing serious, nothing overflows; light and dark, wide and narrow."""

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


@pytest.mark.parametrize("half", [0, 1])
async def test_every_page_can_be_used_by_everybody(site: Site, page: Any, half: int) -> None:
    """No serious or critical finding, and no page wider than the window: light and wide, then dark and narrow."""
    places = await made(site)
    found: list[Any] = []
    for route in PAGES[half::2]:
        path = places.path(route)
        await page.set_viewport_size({"width": 1280, "height": 800})
        # Without motion, so that no colour is on its way from one to the other.
        await page.emulate_media(color_scheme="light", reduced_motion="reduce")
        await page.goto(path)
        # By the protocol of the debugger, so that the page's own policy stays as strict as it is.
        await page.evaluate(AXE)
        found += [(path, "light", *each) for each in await page.evaluate(RUN, None)]
        await page.emulate_media(color_scheme="dark")
        await page.set_viewport_size({"width": 360, "height": 800})
        found += [(path, "dark", *each) for each in await page.evaluate(RUN, IN_THE_DARK)]
        if (overflow := await page.evaluate(OVERFLOW)) > 0:
            found.append((path, "wider than the window by", overflow))
    assert found == [], "\n".join(str(each) for each in found)

"""Every page in a real browser: axe finds nothing serious, nothing overflows; light and dark, wide and narrow."""

from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from tests.console.conftest import Site
from tests.console.places import made

from provisor.console.app import ROUTES

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
# Tabler's own rules are tested, experimental ones are not.
RUN = """async () => (await axe.run(document, {resultTypes: ['violations'], preload: false})).violations
    .filter(each => ['serious', 'critical'].includes(each.impact))
    .map(each => [each.id, each.nodes.length, ...[each.nodes[0].html, each.nodes[0].failureSummary].map(
        text => text.slice(0, 300))])"""
OVERFLOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
NOT_PAGES = {"/live", "/admin/log/export"}


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 360)])
async def test_every_page_can_be_used_by_everybody(site: Site, page: Any, scheme: str, width: int) -> None:
    """No serious or critical finding, and no page wider than the window."""
    places = await made(site)
    await page.emulate_media(color_scheme=scheme)
    await page.set_viewport_size({"width": width, "height": 800})
    found: list[Any] = []
    for route in ROUTES:
        if route.method != "GET" or route.path in NOT_PAGES:
            continue
        path = places.path(route)
        answer = await page.goto(path)
        if answer is None or "text/html" not in answer.headers.get("content-type", ""):
            continue
        # By the protocol of the debugger, so that the page's own policy stays as strict as it is.
        await page.evaluate(AXE)
        found += [(path, *each) for each in await page.evaluate(RUN)]
        if (overflow := await page.evaluate(OVERFLOW)) > 0:
            found.append((path, "wider than the window by", overflow))
    assert found == [], "\n".join(str(each) for each in found)

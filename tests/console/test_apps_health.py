"""How an app is treated and how it is doing, through its pages."""

import re
from html import unescape

import pytest
from tests.console.conftest import Site, Visitor
from tests.contracts.odd_app import odd_app

from provisor.services import health, policies
from provisor.services.actor import SYSTEM

MARKED = "UPDATE app_lease SET failing_since = now() - interval '1 hour', failing_tries = 4, failing_reason = $2"


def words_of(page: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page)))


def seen(page: str) -> dict[str, str]:
    return dict(re.findall(r'name="(was:\w+)" value="([^"]*)"', page))


async def test_an_administrator_probes_adopts_edits_and_goes_back(site: Site, admin: Visitor) -> None:
    """What is proposed stands beside what is in force; who saves second is told."""
    async with odd_app(patch=501) as odd:
        app = await site.company.app(odd, "scim2")
        path = f"/admin/apps/{app}/provisioning/treatment"
        _, page = await admin.get(path)
        assert "Nobody has probed this app yet" in words_of(page)
        status, page = await admin.post(f"{path}/probe", {"scratch": "on", "delete": "on"})
        assert (status, odd.users) == (200, {})
    said = words_of(page)
    assert "profile_by: patch → put" in said and "was deleted again" in said
    old = seen(page)
    _, page = await admin.post(f"{path}/adopt", {"adopt": "profile_by", **old})
    assert re.search(r"profile_by.{0,200} put patch ", words_of(page))
    status, page = await admin.post(f"{path}/adopt", {"all": "on", **old})
    assert (status, "Somebody else saved this" in page) == (422, True)
    _, form = await admin.get(f"{path}?edit=1")
    status, page = await admin.post(path, {"page": "none at all", **seen(form)})
    assert (status, "is a number of at least 1" in page) == (422, True)
    assert 'value="none at all"' in page
    await admin.post(path, {"page": "25", "profile_by": "patch", **seen(form)})
    stored = (await policies.get_treatment(site.database, SYSTEM, site.company.connectors, app)).stored
    assert (stored.changes, stored.version) == ({"page": 25}, 2)
    _, page = await admin.get(path)
    await admin.post(f"{path}/reset", seen(page))
    stored = (await policies.get_treatment(site.database, SYSTEM, site.company.connectors, app)).stored
    assert stored.changes == {}


async def test_pausing_says_what_waits_and_resuming_sends_it(site: Site, admin: Visitor) -> None:
    """The dialog says that deactivations wait; the page and the dashboard say since when and why."""
    async with odd_app() as odd:
        app = await site.company.app(odd, "scim2")
    _, page = await admin.get(f"/admin/apps/{app}/pause")
    assert "Deactivations wait too" in words_of(page)
    _, page = await admin.post(f"/admin/apps/{app}/pause", {"reason": "They move <house>"})
    said = words_of(page)
    assert "Paused by an administrator" in said and "They move <house>" in said
    assert "They move <house>" in words_of((await admin.get("/admin/dashboard"))[1])
    assert "Paused" in words_of((await admin.get("/admin/apps"))[1])
    await admin.post(f"/admin/apps/{app}/resume", {})
    assert (await health.get_health(site.database, SYSTEM, app)).standing is health.Standing.IDLE
    status, _ = await admin.post(f"/admin/apps/{app}/pause", {"reason": "x" * 501})
    assert status == 422


@pytest.mark.parametrize("until", ["now() + interval '5 minutes'", "'-infinity'"])
async def test_a_quarantine_says_since_when_why_and_what_comes_next(site: Site, admin: Visitor, until: str) -> None:
    """With a rest under way and between two rests; an administrator can have it tried at once."""
    async with odd_app() as odd:
        app = await site.company.app(odd, "scim2")
    pool = site.database.pool
    await pool.execute("INSERT INTO app_lease (app_id) VALUES ($1)", app)
    await pool.execute(f"{MARKED}, paused_until = {until} WHERE app_id = $1", app, "Bad Gateway")
    _, page = await admin.get(f"/admin/apps/{app}")
    said = words_of(page)
    assert "In quarantine: the app fails" in said and "Bad Gateway" in said and "4 times in vain" in said
    assert "Fails: in quarantine" in words_of((await admin.get("/admin/dashboard"))[1])
    await admin.post(f"/admin/apps/{app}/resume", {})
    found = await health.get_health(site.database, SYSTEM, app)
    assert (found.standing, found.next_try) == (health.Standing.QUARANTINED, None)

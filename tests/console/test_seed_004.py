"""Seed walk “Connect your SCIM API service”, in a real browser, against a real SCIM server, with a real worker."""

from typing import Any

from tests.console.conftest import Site
from tests.console.seed_004 import APP, Walk

from provisor.scimserver.testing import running
from provisor.services import apps
from provisor.services.actor import SYSTEM


async def look_on(name: str) -> None:
    """The test has nothing to photograph."""


async def test_an_admin_connects_a_scim_app_step_by_step(site: Site, page: Any) -> None:
    """From Applications to accounts in the app, and back to nobody's access, only by clicking."""
    company = site.company
    grace = await company.hire("grace", costCenter="4711", nickName="Amazing")
    alan = await company.hire("alan")
    await company.group("Engineering", alan)
    async with running() as peer, company.worker():
        walk = Walk(page, site, peer, look_on)
        await walk.browse()
        await walk.add()
        await walk.configure()
        await walk.assign()
        assert peer.users() == []
        await walk.view_logs()
        await walk.switch_on()
        await walk.provision()
        assert {each["userName"] for each in peer.users()} == {"grace@example.com", "alan@example.com"}

        (app,) = await apps.list_apps(site.database, SYSTEM, prefix=APP, filter=None, after=None, limit=9)
        assert app.settings["signOnMode"] == "AUTO_LOGIN"
        assert app.settings["visibility"] == {"autoLaunch": True, "hide": {"web": False, "iOS": True}}

        await company.edit(grace, title="Rear admiral")
        await company.settled(app.id)
        assert peer.user("grace@example.com")["title"] == "Rear admiral"

        assert peer.user("grace@example.com")["nickName"] == "Amazing"
        await walk.delete_attribute()
        await walk.add_attribute()
        await walk.map_attributes()
        await company.settled(app.id)
        account = peer.user("grace@example.com")
        assert account["urn:example:wiki:1.0:User"] == {"office": {"desk": "4711"}}
        assert "urn:example:wiki:1.0:User" not in peer.user("alan@example.com")

        await walk.tab("Assignments")
        await page.get_by_role("link", name="Unassign Grace Tester").click()
        await page.get_by_text("is deactivated, not deleted").wait_for()
        await page.get_by_role("button", name="Unassign").click()
        await page.get_by_role("row").filter(has_text="Grace Tester").wait_for(state="detached")
        await company.settled(app.id)
        assert peer.user("grace@example.com")["active"] is False
        assert peer.user("alan@example.com")["active"] is True
        assert await company.differences(app.id, peer) == []

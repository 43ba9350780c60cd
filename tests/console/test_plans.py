"""The page of a plan in a browser: worked out, looked at, tried on one person, applied; refused with what changed."""

from typing import Any

from tests.console.conftest import Site

from provisor.scimserver.testing import running


async def test_a_plan_is_worked_out_tried_and_applied(site: Site, page: Any) -> None:
    """What it shows is what the app holds in the end, and the mapping is the planned one."""
    async with running() as peer:
        app = await site.company.app(peer)
        await site.company.assign(app, await site.company.hire("ann", department="Sales"))
        bob = await site.company.hire("bob", department="Law")
        await site.company.assign(app, bob)
        async with site.company.worker():
            await site.company.settled(app)
            await page.goto(f"/admin/apps/{app}/provisioning/plans")
            await page.get_by_label("Attribute of the app").select_option("title")
            await page.get_by_label("Expression").fill("'Head of ' + user.departmental")
            await page.get_by_role("button", name="Work out the plan").first.click()
            assert "departmental" in await page.locator("#e-expression").inner_text()
            await page.get_by_label("Expression").fill("'Head of ' + user.department")
            await page.get_by_role("button", name="Work out the plan").first.click()
            await page.get_by_text("2 people").first.wait_for()
            assert "none → Head of Sales" in await page.get_by_role("table").inner_text()
            await page.get_by_label("One more person").fill("bob@example.com")
            await page.get_by_role("button", name="Try it on this person").click()
            await page.get_by_text("On trial with 1 person").wait_for()
            await site.company.settled(app)
            assert {each["userName"][:3]: each.get("title") for each in peer.users()} == {
                "ann": None,
                "bob": "Head of Law",
            }
            await page.get_by_role("button", name="Make it everybody’s").click()
            await page.get_by_role("heading", name="Applied").wait_for()
            await site.company.settled(app)
        assert {each["title"] for each in peer.users()} == {"Head of Law", "Head of Sales"}
        await page.goto(f"/admin/apps/{app}/provisioning/plans")
        await page.get_by_label("Attribute of the app").select_option("title")
        await page.get_by_label("Expression").fill("user.department")
        await page.get_by_role("button", name="Work out the plan").first.click()
        await page.get_by_role("button", name="Apply this plan").wait_for()
        await site.company.edit(bob, department="Tax")
        await page.get_by_role("button", name="Apply this plan").click()
        await page.get_by_text("bob@example.com: has changed, and would be sent other values.").wait_for()
        assert {each["title"] for each in peer.users()} == {"Head of Law", "Head of Sales"}

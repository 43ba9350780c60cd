"""Somebody's account in an app as a page: why there is one, where each value comes from, and setting one by hand."""

import re
from typing import Any

from tests.console.conftest import Site, Visitor

from provisor.scimserver.testing import running
from provisor.services import app_groups, app_values, assignments, explaining
from provisor.services.actor import SYSTEM


def words(html: str, id: str) -> str:
    """The text of the element with this id."""
    found = re.search(rf'<(\w+)(?: class="[^"]*")? id="{id}"[^>]*>(.*?)</\1>', html, re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", found[2]).split()) if found else ""


async def test_a_value_is_set_by_hand_and_reset_on_the_accounts_page(site: Site, page: Any) -> None:
    """The dialog says what it would be by itself; the page says who set it, and what would win otherwise."""
    company = site.company
    async with running() as peer:
        grace, app = await company.hire("grace", title="Clerk"), await company.app(peer)
        await company.assign(app, grace)
        async with company.worker():
            await company.settled(app)
            await page.goto(f"/admin/people/{grace}/applications")
            await page.get_by_role("link", name="Values and why").click()
            assert "The account is there" in await page.locator("#why").inner_text()
            line = page.locator("#v-title")
            assert "Mapped" in await line.inner_text()
            await line.get_by_role("link", name="Edit Title").click()
            dialog = page.get_by_role("dialog")
            assert "By itself it would be Clerk" in await dialog.inner_text()
            await dialog.get_by_label("Title", exact=True).fill("Admiral")
            await dialog.get_by_role("button", name="Save").click()
            await page.get_by_text("Overridden").wait_for()
            await company.settled(app)
            assert peer.user("grace@example.com")["title"] == "Admiral"
            await line.locator("summary").click()
            await line.get_by_text("the strongest first").wait_for()
            told = await line.inner_text()
            assert "Set by an administrator" in told and "Admiral wins" in told and "Mapped: Clerk" in told
            await company.edit(grace, city="Paris")
            await page.locator("#v-locality").get_by_text("Paris").first.wait_for()
            assert await line.get_by_text("the strongest first").is_visible()
            await line.get_by_role("button", name="Reset Title").click()
            await page.get_by_text("Overridden").wait_for(state="detached")
            await company.settled(app)
            assert peer.user("grace@example.com")["title"] == "Clerk"
    assert (await explaining.explain_account(site.database, SYSTEM, app, grace)).overrides == {}


async def test_two_who_set_the_same_value_are_told_of_each_other(site: Site, admin: Visitor) -> None:
    """The second sees what the first has set meanwhile; what does not fit is said at its field."""
    company = site.company
    async with running() as peer:
        grace, app = await company.hire("grace"), await company.app(peer)
    await company.assign(app, grace)
    path = f"/admin/apps/{app}/accounts/{grace}/values/title"
    _, form = await admin.get(path)
    assert 'name="was:value" value="mapped value"' in form
    await app_values.set_overrides(site.database, SYSTEM, app, grace, {"title": "First"})
    status, told = await admin.post(path, {"value": "Second", "was:value": "mapped value"})
    assert status == 409 and "was “mapped value”" in told and "is now “First”" in told and 'value="Second"' in told
    status, told = await admin.post(path, {"value": "x" * 5000, "was:value": "First"})
    assert status == 422 and "at most 4096 are allowed" in told
    status, told = await admin.post(path, {"value": "", "was:value": "First"})
    assert status == 422 and "tick that there is to be none" in told
    status, told = await admin.post(path, {"value": "", "empty": "on", "was:value": "First"})
    assert status == 200 and "An administrator has set that there is no value" in words(told, "v-title")


async def test_a_groups_values_and_order_are_edited(site: Site, admin: Visitor) -> None:
    """The form says how many people it concerns; moving a group up makes it win."""
    company = site.company
    async with running() as peer:
        grace, app = await company.hire("grace"), await company.app(peer)
    crew, staff = await company.group("Crew", grace), await company.group("Staff", grace)
    for group in (crew, staff):
        await company.assign_group(app, group)
    path = f"/admin/apps/{app}/assignments/groups/{staff}"
    _, form = await admin.get(f"{path}/values")
    assert "Saving has 1 person looked at again" in form
    status, told = await admin.post(f"{path}/values", {"priority": "first", "v-title": "x"})
    assert status == 422 and "whole number" in told
    sent = {"priority": "1", "was:priority": "1", "v-title": "Sailor", "was:v-title": ""}
    status, told = await admin.post(f"{path}/values", sent)
    assert status == 200 and "Sets title" in told
    status, told = await admin.post(f"{path}/values", {**sent, "v-title": "Pirate"})
    assert status == 409 and "Title" in told
    await app_groups.put_group(site.database, SYSTEM, app, crew, priority=0, profile={"title": "Captain"})
    line = (await admin.get(f"/admin/apps/{app}/accounts/{grace}"))[1]
    assert "Captain Set by the group Crew" in words(line, "v-title")
    status, told = await admin.post(f"{path}/move", {"to": "up"})
    assert status == 200 and told.index("Staff") < told.index("Crew")
    line = (await admin.get(f"/admin/apps/{app}/accounts/{grace}"))[1]
    assert "Sailor Set by the group Staff" in words(line, "v-title")


async def test_conversion_says_whom_it_concerns_before_it_is_done(site: Site, admin: Visitor) -> None:
    """Both ways, with what it means; nobody ticked is said and nothing done."""
    company = site.company
    async with running() as peer:
        grace, alan = await company.hire("grace"), await company.hire("alan")
        app, crew = await company.app(peer), await company.group("Crew", grace)
    for each in (grace, alan):
        await company.assign(app, each)
    await company.assign_group(app, crew)
    path = f"/admin/apps/{app}/assignments/convert"
    _, form = await admin.get(path)
    told = words(form, "effect")
    assert "1 person is assigned individually and by a group" in told and "1 more stays individual" in told
    assert (await admin.post(path, {"to": "GROUP"}))[0] == 422
    status, told = await admin.post(path, {"to": "GROUP", "user": grace})
    assert status == 200 and "Converted 1 assignment" in told
    _, form = await admin.get(f"{path}?to=USER")
    assert "1 person is assigned by groups alone" in words(form, "effect")
    status, told = await admin.post(path, {"to": "USER", "all": "on"})
    assert status == 200 and "Converted 1 assignment" in told


async def test_the_page_of_somebody_who_waits_says_for_what(site: Site, admin: Visitor) -> None:
    """The first unmet condition, with the act that removes it."""
    company = site.company
    async with running() as peer:
        grace, app = await company.hire("grace"), await company.app(peer, provisioned=False)
    await company.assign(app, grace)
    page = (await admin.get(f"/admin/apps/{app}/accounts/{grace}"))[1]
    assert words(page, "why") == "Assigned while provisioning was off."
    assert "Switch Create Users on, then use Provision User." in page
    await company.switch_on(app)
    await assignments.provision_user(site.database, SYSTEM, app, grace)
    page = (await admin.get(f"/admin/apps/{app}/accounts/{grace}"))[1]
    assert words(page, "why").startswith("It waits to be sent")

"""Directory > Groups: searching, members, names, and what deleting one takes from whom."""

from typing import Any

from tests.console.conftest import Site, Visitor

from provisor.directory.group import EVERYONE
from provisor.scimserver.testing import running

HOSTILE = "<script>alert(1)</script>\u202e"


async def test_a_group_is_made_renamed_and_found_by_a_part_of_its_name(site: Site, admin: Visitor) -> None:
    """A name that is taken or empty is said beside its field."""
    await admin.get("/admin/groups/new")
    status, text = await admin.post("/admin/groups/new", {"name": "Engineering", "description": "Builders"})
    assert status == 200 and "The group Engineering was made" in text
    status, text = await admin.post("/admin/groups/new", {"name": "Engineering"})
    assert status == 422 and "Another group has this name" in text
    status, text = await admin.post("/admin/groups/new", {"name": " "})
    assert status == 422 and "cannot be left blank" in text
    _, text = await admin.get("/admin/groups?q=GINEER")
    assert "Engineering" in text and "Everyone" not in text
    _, text = await admin.get("/admin/groups?q=%25")
    assert "No group has this in its name" in text


async def test_two_who_rename_a_group_do_not_overwrite_each_other(site: Site, admin: Visitor) -> None:
    """The second is told what the first one saved."""
    group = await site.company.group("Engineering")
    path = f"/admin/groups/{group}/edit"
    await admin.get(path)
    seen = {"was:name": "Engineering", "was:description": "", "description": ""}
    assert (await admin.post(path, {"name": "Builders", **seen}))[0] == 200
    status, text = await admin.post(path, {"name": "Makers", **seen})
    assert status == 409 and "“Builders”" in text and 'value="Makers"' in text


async def test_people_join_and_leave_and_the_page_says_what_apps_do(site: Site, admin: Visitor) -> None:
    """Joining names the app that the group brings; leaving names the account that ends."""
    company = site.company
    async with running() as peer:
        grace = await company.hire("grace")
        group = await company.group("Engineering")
        app = await company.app(peer)
        await company.assign_group(app, group)
        path = f"/admin/groups/{group}"
        _, text = await admin.get(f"{path}/add?q=gra")
        assert "Grace Tester" in text
        _, text = await admin.get(f"{path}/add?person={grace}")
        assert "an account is made" in text
        status, text = await admin.post(f"{path}/add", {"person": grace})
        assert status == 200 and "Grace Tester is in Engineering now" in text and "1 member" in text
        _, text = await admin.get(f"{path}/add?q=gra")
        assert "Nobody outside the group" in text
        async with company.worker():
            await company.settled(app)
        _, text = await admin.get(f"{path}/remove/{grace}")
        assert "the account is deactivated" in text
        _, text = await admin.get(f"{path}/delete")
        assert "1 person leaves" in text and "their accounts are deactivated" in text
        status, text = await admin.post(f"{path}/remove/{grace}")
        assert status == 200 and "Nobody is in it yet" in text
        status, text = await admin.post(f"{path}/delete")
        assert status == 200 and "The group Engineering was deleted" in text


async def test_everyone_is_shown_and_cannot_be_changed(site: Site, admin: Visitor) -> None:
    """The page offers nothing, and a direct request is refused in a sentence."""
    path = f"/admin/groups/{EVERYONE}"
    _, text = await admin.get(path)
    assert "Everybody is in it" in text and "Delete" not in text
    for action in ("edit", "delete"):
        status, text = await admin.post(f"{path}/{action}", {"name": "x"})
        assert status == 409 and "built in" in text


async def test_hostile_names_of_groups_are_text(site: Site, admin: Visitor) -> None:
    """On the list, the group's page and a member's page."""
    grace = await site.company.hire("grace")
    group = await site.company.group(HOSTILE, grace)
    for path in ("/admin/groups", f"/admin/groups/{group}", f"/admin/groups/{group}/delete"):
        status, text = await admin.get(path)
        assert status == 200 and "<script>alert" not in text
    assert "<script>alert" not in (await admin.get(f"/admin/people/{grace}/groups"))[1]
    status, _ = await admin.post("/admin/groups/new", {"name": "x" * 10_000})
    assert status == 422


async def test_a_member_is_added_in_a_browser(site: Site, page: Any) -> None:
    """Search in the dialog, choose, see what it does, confirm."""
    await site.company.hire("grace")
    group = await site.company.group("Engineering")
    await page.goto(f"/admin/groups/{group}")
    await page.get_by_role("link", name="Add a person").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Person").fill("grace")
    await dialog.get_by_role("link", name="Grace Tester").click()
    await dialog.get_by_role("button", name="Add to the group").click()
    await page.get_by_text("Grace Tester is in Engineering now.").wait_for()

"""Attribute mappings of an app: the two dropdowns, the expression beside them, the preview, both directions."""

from typing import Any

from tests.console.conftest import Site, Visitor

from provisor.apps.mapping import Direction, Mapping, PushStatus
from provisor.directory.user import DEFAULT_TYPE
from provisor.scimserver.testing import running
from provisor.services.actor import SYSTEM
from provisor.services.apps import get_app
from provisor.services.mappings import get_mapping_of


async def line(site: Site, app: str, target: str, direction: Direction = Direction.TO_APP) -> Mapping | None:
    """How an attribute is mapped now."""
    return (await get_mapping_of(site.database, SYSTEM, app, DEFAULT_TYPE, direction)).find(target)


async def test_an_attribute_is_mapped_from_a_dropdown_a_constant_or_an_expression(site: Site, admin: Visitor) -> None:
    """Each way becomes the expression it means, and the form shows it the same way again."""
    app = await site.company.unconnected()
    path = f"/admin/apps/{app}/provisioning/mappings/{DEFAULT_TYPE}/title"
    await admin.get(path)
    for sent, expression, shown in (
        ({"how": "attribute", "attribute": "department"}, "user.department", '<option value="department" selected>'),
        ({"how": "constant", "constant": "O'Neill"}, "'O''Neill'", "selected>Expression"),
        ({"how": "constant", "constant": "Boss"}, "'Boss'", 'value="Boss"'),
        ({"how": "expression", "expression": "user.title + '!'"}, "user.title + '!'", "user.title + &#39;!&#39;"),
    ):
        status, _ = await admin.post(path, {**sent, "occasion": "DONT_PUSH"})
        assert status == 200
        assert await line(site, app, "title") == Mapping("title", expression, PushStatus.DONT_PUSH)
        assert shown in (await admin.get(path))[1]
    status, _ = await admin.post(path, {"how": "nothing"})
    assert status == 200 and await line(site, app, "title") is None


async def test_an_expression_that_cannot_be_used_is_said_beside_it(site: Site, admin: Visitor) -> None:
    """Nothing is saved, and what was typed is still there."""
    app = await site.company.unconnected()
    path = f"/admin/apps/{app}/provisioning/mappings/{DEFAULT_TYPE}/title"
    await admin.get(path)
    status, text = await admin.post(path, {"how": "expression", "expression": "user.titel", "occasion": "PUSH"})
    assert status == 422 and "did you mean user.title" in text and "user.titel</textarea>" in text
    found = await line(site, app, "title")
    assert found is not None and found.expression == "user.title"


async def test_what_is_required_and_not_mapped_is_warned_of(site: Site, admin: Visitor) -> None:
    """In the list, beside the attribute, whether unmapped ones are shown or not."""
    async with running() as peer:
        app = await site.company.app(peer)
        path = f"/admin/apps/{app}/provisioning"
        assert "mapping-warning" not in (await admin.get(path))[1]
        assert (await admin.post(f"{path}/mappings/{DEFAULT_TYPE}/givenName/remove", {}))[0] == 200
        _, text = await admin.get(path)
        assert "Given name" in text and "mapping-warning" in text


async def test_the_preview_shows_what_a_real_person_would_get(site: Site, admin: Visitor) -> None:
    """And what they have now; nothing is saved by looking."""
    await site.company.hire("grace", title="Admiral")
    app = await site.company.unconnected()
    path = f"/admin/apps/{app}/provisioning/mappings/{DEFAULT_TYPE}/title"
    await admin.get(path)
    sent = {"how": "expression", "expression": "String.toUpperCase(user.title)", "person": "grace@example.com"}
    status, text = await admin.post(f"{path}/preview", sent)
    assert status == 200 and "ADMIRAL" in text and "Now: Admiral" in text
    _, text = await admin.post(f"{path}/preview", {**sent, "person": "nobody"})
    assert "Nobody has this login or id" in text
    _, text = await admin.post(f"{path}/preview", {**sent, "expression": "Convert.toInt(user.title)"})
    assert "Admiral" in text and "text-danger" in text
    found = await line(site, app, "title")
    assert found is not None and found.expression == "user.title"


async def test_mappings_from_the_app_are_prepared_the_same_way(site: Site, admin: Visitor) -> None:
    """Their sources are the app's attributes, their targets the person's."""
    async with running() as peer:
        app = await site.company.app(peer)
        path = f"/admin/apps/{app}/provisioning/from-app"
        _, text = await admin.get(f"{path}?unmapped=1")
        assert "Directory Attribute Mappings" in text and "Favourite" not in text
        sent = {"how": "attribute", "attribute": "nickName", "occasion": "PUSH"}
        status, _ = await admin.post(f"{path}/mappings/{DEFAULT_TYPE}/displayName", sent)
        assert status == 200
        found = await line(site, app, "displayName", Direction.FROM_APP)
        assert found is not None and found.expression == "appuser.nickName"


async def test_a_changed_mapping_reaches_the_app_from_the_browser(site: Site, page: Any) -> None:
    """Seed 004's dialog, with the preview before it and the account after it."""
    async with running() as peer:
        company = site.company
        app = await company.app(peer)
        grace = await company.hire("grace", title="Admiral", department="Navy")
        await company.assign(app, grace)
        await page.goto(f"/admin/apps/{app}/provisioning")
        await page.get_by_role("link", name="Edit the mapping of Title").click()
        dialog = page.get_by_role("dialog")
        await dialog.get_by_label("Attribute value").select_option("Expression")
        await dialog.get_by_label("Expression").fill("user.title + ' of the ' + user.department")
        await dialog.get_by_label("Preview for").fill("grace@example.com")
        await dialog.get_by_role("button", name="Preview").click()
        await dialog.get_by_text("Admiral of the Navy").wait_for()
        await dialog.get_by_role("button", name="Save").click()
        await page.get_by_text("The mapping was saved.").wait_for()
        async with company.worker():
            await company.settled(app)
        (account,) = (await company.scim(peer, "GET", "/Users"))["Resources"]
        assert account["title"] == "Admiral of the Navy"


async def test_the_format_of_usernames_is_chosen_or_written(site: Site, admin: Visitor) -> None:
    """What nobody could use is said beside the field; the second of two who save is told."""
    app = await site.company.unconnected()
    path = f"/admin/apps/{app}/provisioning/username"
    seen = {"was:template": "${source.login}", "was:suffix": "", "was:push_status": "PUSH"}
    await admin.get(path)
    status, text = await admin.post(path, {"format": "custom", "template": "user.nothing +", "push_status": "PUSH"})
    assert status == 422 and "cannot be used" in text and "user.nothing +" in text
    status, _ = await admin.post(path, {"format": "${source.email}", "push_status": "DONT_PUSH", **seen})
    assert status == 200
    _, text = await admin.get(path)
    assert '<option value="${source.email}" selected>' in text and 'value="DONT_PUSH" checked' in text
    status, text = await admin.post(path, {"format": "custom", "template": "user.firstName", **seen})
    assert status == 409 and "Somebody else saved this" in text


async def test_the_switches_of_to_app_reach_the_engine(site: Site, admin: Visitor) -> None:
    """Exclude Username Updates and Push Null Values are kept like the others."""
    async with running() as peer:
        app = await site.company.app(peer, provisioned=False)
        path = f"/admin/apps/{app}/provisioning"
        _, text = await admin.get(f"{path}?edit=1")
        assert "Push Null Values" in text
        status, _ = await admin.post(path, {"create": "on", "update": "on", "exclude_username": "on"})
        assert status == 200
        features = (await get_app(site.database, SYSTEM, app)).features
        assert (features.create, features.exclude_username, features.push_nulls) == (True, True, False)

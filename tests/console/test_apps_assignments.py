"""The Assignments tab: who is in an app and why, what an act does, errors with their reason, held people."""

import re
from typing import Any

import pytest
from tests.console.conftest import Site, Visitor
from tests.journeys.conftest import Company

from provisor.scimserver.testing import Peer, Rule, running


@pytest.fixture
async def peer() -> Any:
    """An app."""
    async with running() as peer:
        yield peer


def row(page: str, user_id: str) -> str:
    """One person's line, as text."""
    found = re.search(rf'<tr id="p-{user_id}">(.*?)</tr>', page, re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", found[1]).split()) if found else ""


async def page_of(admin: Visitor, app_id: str, query: str = "") -> str:
    status, text = await admin.get(f"/admin/apps/{app_id}/assignments{query}")
    assert status == 200
    return text


async def test_people_are_found_and_assigned_with_one_click_each(site: Site, admin: Visitor, peer: Peer) -> None:
    """First name, last name or login; who is assigned says so; deactivated people are not offered."""
    company = site.company
    app_id = await company.app(peer)
    grace = await company.hire("grace")
    await company.hire("alan")
    path = f"/admin/apps/{app_id}/assignments/people"
    _, text = await admin.get(f"{path}?q=GRA")
    assert "Grace Tester" in text and "Alan Tester" not in text
    status, text = await admin.post(path, {"user": grace, "q": "gra"})
    assert status == 200 and 'value="gra"' in text and "Assigned" in text and "Assign Grace" not in text
    assert "Individually" in row(await page_of(admin, app_id), grace)
    assert "Nobody’s name" in (await admin.get(f"{path}?q=%25"))[1]
    assert (await admin.post(path, {"user": "00u0nobody"}))[0] == 404


async def test_the_reason_names_the_groups_and_survives_the_direct_assignment(
    site: Site, admin: Visitor, peer: Peer
) -> None:
    """Unassigning somebody whom a group assigns keeps the account, and the dialog says so before."""
    company = site.company
    app_id = await company.app(peer)
    grace = await company.hire("grace")
    group = await company.group("Engineering", grace)
    await company.assign(app_id, grace)
    status, _ = await admin.post(f"/admin/apps/{app_id}/assignments/add-groups", {"group": group})
    assert status == 200
    async with company.worker():
        await company.settled(app_id)
        assert "Individually, and by Engineering" in row(await page_of(admin, app_id), grace)
        remove = f"/admin/apps/{app_id}/assignments/{grace}/remove"
        _, text = await admin.get(remove)
        assert "The account stays as it is" in text and "Engineering" in text
        assert (await admin.post(remove))[0] == 200
        assert "By Engineering" in row(await page_of(admin, app_id), grace)
        _, text = await admin.get(remove)
        assert "not individually" in text
        status, text = await admin.post(remove)
        assert status == 409 and "Engineering" in text
        await company.settled(app_id)
        assert peer.user("grace@example.com")["active"] is True
        leave = f"/admin/apps/{app_id}/assignments/groups/{group}/remove"
        assert "1 person leaves the app" in (await admin.get(leave))[1]
        assert (await admin.post(leave))[0] == 200
        await company.settled(app_id)
    assert peer.user("grace@example.com")["active"] is False


async def test_the_dialog_says_what_unassigning_does(site: Site, admin: Visitor, peer: Peer) -> None:
    """Deactivated, kept by setting, or nothing because there is no account."""
    company = site.company
    app_id = await company.app(peer)
    grace, staged = await company.hire("grace"), await company.hire("later", activate=False)
    for each in (grace, staged):
        await company.assign(app_id, each)
    async with company.worker():
        await company.settled(app_id)
    assert "The account is made when the person is activated" in row(await page_of(admin, app_id), staged)
    path = f"/admin/apps/{app_id}/assignments/{{}}/remove"
    assert "is deactivated, not deleted" in (await admin.get(path.format(grace)))[1]
    assert "no account in" in (await admin.get(path.format(staged)))[1]
    await admin.post(f"/admin/apps/{app_id}/provisioning", {"create": "on", "update": "on"})
    assert "stays active, because Deactivate Users is off" in (await admin.get(path.format(grace)))[1]


async def test_an_error_shows_the_apps_words_and_can_be_retried(site: Site, admin: Visitor, peer: Peer) -> None:
    """It is in the list, among the errors and among the tasks; Retry sends it again."""
    company = site.company
    app_id = await company.app(peer)
    grace = await company.hire("grace")
    refusal = '{"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "detail": "userName <b>too short</b>"}'
    peer.faults.add(Rule(method="POST", status=400, body=refusal, count=1))
    async with company.worker():
        await company.assign(app_id, grace)
        await company.settled(app_id)
        text = await page_of(admin, app_id, "?show=failed")
        assert "Needs you" in row(text, grace) and "too short" in row(text, grace) and "<b>too" not in text
        _, tasks = await admin.get(f"/admin/apps/{app_id}/tasks")
        assert "too short" in tasks and "grace@example.com" in tasks
        retry = re.search(rf'action="(/admin/apps/{app_id}/tasks/[^"]+)"', text)
        assert retry is not None
        assert (await admin.post(retry[1]))[0] == 200
        await company.settled(app_id)
        assert "In the app" in row(await page_of(admin, app_id), grace)
        assert "No errors" in await page_of(admin, app_id, "?show=failed")
    assert len(peer.users()) == 1


async def test_who_was_assigned_before_waits_for_provision(site: Site, admin: Visitor, peer: Peer) -> None:
    """One by one or everybody at once; nobody is sent before."""
    company = site.company
    app_id = await company.app(peer, provisioned=False)
    people = [await company.hire(name) for name in ("grace", "alan", "edsger")]
    for each in people:
        await company.assign(app_id, each)
    async with company.worker():
        await company.switch_on(app_id)
        text = await page_of(admin, app_id, "?show=unprovisioned")
        assert all("Not provisioned" in row(text, each) for each in people)
        await company.settled(app_id)
        assert peer.users() == []
        await admin.post(f"/admin/apps/{app_id}/assignments/{people[0]}/provision")
        await company.settled(app_id)
        assert [each["userName"] for each in peer.users()] == ["grace@example.com"]
        assert (await admin.post(f"/admin/apps/{app_id}/provision"))[0] == 200
        await company.settled(app_id)
    assert len(peer.users()) == 3
    assert "Everybody is provisioned" in await page_of(admin, app_id, "?show=unprovisioned")


async def test_force_sync_previews_counts_and_then_compares_everybody(site: Site, admin: Visitor, peer: Peer) -> None:
    """The dialog counts on request; confirming begins."""
    company = site.company
    app_id = await company.app(peer)
    grace = await company.hire("grace")
    await company.assign(app_id, grace)
    path = f"/admin/apps/{app_id}/sync"
    assert "Create or link" not in (await admin.get(path))[1]
    assert "Create or link" in (await admin.get(f"{path}?count=1"))[1]
    async with company.worker():
        await company.settled(app_id)
        assert "Nothing: as it should be" in (await admin.get(f"{path}?count=1"))[1]
        status, text = await admin.post(path)
        assert status == 200 and "Force Sync has begun" in text
        await company.settled(app_id)


async def test_a_held_safeguard_names_the_people_and_is_released(site: Site, admin: Visitor, peer: Peer) -> None:
    """Nobody is deactivated until somebody has looked; then everybody who is still unassigned."""
    company = site.company
    app_id = await company.app(peer, holdPercent=0, holdFloor=1)
    people = [await company.hire(f"person{number}") for number in range(4)]
    group = await company.group("Leavers", *people)
    await company.assign_group(app_id, group)
    async with company.worker():
        await company.settled(app_id)
        await company.unassign_group(app_id, group)

        async def held() -> bool:
            return "Held: 4 people would lose access" in (await admin.get(f"/admin/apps/{app_id}"))[1]

        await company.until(held, "the safeguard to hold")
        _, text = await admin.get(f"/admin/apps/{app_id}/hold")
        assert all(f"person{number}@example.com" in text for number in range(4))
        assert all(each["active"] for each in peer.users())
        line = row(await page_of(admin, app_id, "?show=waiting"), people[0])
        assert "Leaving" in line and "A safeguard holds it" in line
        status, text = await admin.post(f"/admin/apps/{app_id}/hold")
        assert status == 200 and "Released" in text
        await company.settled(app_id)
        assert not any(each["active"] for each in peer.users())
    assert "Nothing was held any more" in (await admin.post(f"/admin/apps/{app_id}/hold"))[1]


async def test_lists_page_by_key_and_searches_stop_at_a_page(site: Site, admin: Visitor, peer: Peer) -> None:
    """Everybody is on exactly one page; a search of many says that there are more."""
    company = site.company
    app_id = await company.app(peer, provisioned=False)
    people = await crowd(company, 60)
    await company.assign_group(app_id, await company.group("Everybody", *people))
    path, found = f"/admin/apps/{app_id}/assignments", []
    while path:
        _, text = await admin.get(path)
        found += re.findall(r'<tr id="p-(\w+)">', text)
        following = re.search(r'rel="next" href="([^"]+)"', text)
        path = following[1] if following else ""
    assert found == sorted(people)
    text = await page_of(admin, app_id, "?q=person")
    assert len(re.findall(r'<tr id="p-', text)) == 25 and "The first 25 are shown" in text
    assert len(re.findall(r'<tr id="p-', await page_of(admin, app_id, "?q=Tester,+Person07"))) == 1


async def crowd(company: Company, number: int) -> list[str]:
    return [await company.hire(f"person{each:02}") for each in range(number)]

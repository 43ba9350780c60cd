"""Tasks and held changes in the console: what they say, trying again, letting go, and who may."""

import re
from collections.abc import AsyncIterator
from html import unescape

import pytest
from tests.console.conftest import Site, Visitor

from provisor.scimserver.testing import Peer, running
from provisor.services import tasks
from provisor.services.actor import SYSTEM, Role

HOLD = "INSERT INTO hold (id, app_id, kind, waiting, allowed) VALUES ('hld1', $1, 'DEACTIVATIONS', 2, 1)"
LEAVING = """
INSERT INTO dirty (app_id, user_id, gen, lane, due, since, cause)
VALUES ($1, $2, nextval('generation'), 0, now(), now(), 'x')
ON CONFLICT (app_id, user_id) DO UPDATE SET lane = 0
"""


def words_of(page: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page)))


@pytest.fixture
async def peer() -> AsyncIterator[Peer]:
    async with running() as peer:
        yield peer


async def task(site: Site, number: int, app: str, user: str | None, kind: str = "PROVISIONING") -> str:
    """An open task, with a parked mark behind it."""
    pool = site.database.pool
    task_id = f"tsk{number:017d}"
    await pool.execute(
        """INSERT INTO task (id, kind, app_id, user_id, summary, detail)
        VALUES ($1, $2, $3, $4, $5, 'Correct the value.')""",
        task_id,
        kind,
        app,
        user,
        f"The app refused it: “no such department {number}”",
    )
    await pool.execute("UPDATE dirty SET due = 'infinity' WHERE app_id = $1 AND user_id = $2", app, user)
    return task_id


async def assigned(site: Site, peer: Peer, *names: str) -> tuple[str, list[str]]:
    app = await site.company.app(peer)
    people = [await site.company.hire(name) for name in names]
    for person in people:
        await site.company.assign(app, person)
    return app, people


async def parked(site: Site) -> int:
    number: int = await site.database.pool.fetchval("SELECT count(*) FROM dirty WHERE due = 'infinity'")
    return number


async def test_a_task_says_what_happened_what_to_do_and_whom_it_is_about(
    site: Site, admin: Visitor, peer: Peer
) -> None:
    """In the app's own words, with links to the person, the app and their log."""
    app, (grace,) = await assigned(site, peer, "grace")
    await task(site, 1, app, grace)
    _, page = await admin.get("/admin/tasks")
    said = words_of(page)
    assert "“no such department 1”" in said and "Correct the value." in said and "Grace Tester" in said
    assert f'href="/admin/people/{grace}"' in page and f'href="/admin/apps/{app}"' in page
    assert f'href="/admin/log?app={app}&amp;user={grace}"' in page


async def test_filters_choose_tasks_by_app_and_kind(site: Site, admin: Visitor, peer: Peer) -> None:
    """What does not fit is not shown; a filter that fits nothing says so."""
    app, (grace, alan) = await assigned(site, peer, "grace", "alan")
    await task(site, 1, app, grace)
    await task(site, 2, app, alan, "DEPROVISIONING")
    _, page = await admin.get(f"/admin/tasks?app={app}&kind=DEPROVISIONING")
    assert "no such department 2" in page and "no such department 1" not in page
    _, page = await admin.get("/admin/tasks?kind=BUG")
    assert "No open task fits" in page
    assert (await admin.get("/admin/tasks?app=%3Cscript%3E&after=%00"))[0] in (200, 400)


async def test_ticked_tasks_are_tried_again_and_the_others_stay(site: Site, admin: Visitor, peer: Peer) -> None:
    """Their marks are due at once; the closed ones are listed as such."""
    app, people = await assigned(site, peer, "grace", "alan", "edsger")
    ids = [await task(site, number, app, person) for number, person in enumerate(people)]
    await admin.get("/admin/tasks")
    status, page = await admin.post("/admin/tasks/retry", {"task": ids[0]})
    assert status == 200 and "1 task is being tried again" in words_of(page)
    assert await parked(site) == 2
    assert "Closed within a day" in page
    _, page = await admin.post("/admin/tasks/retry", {"task": ids[0]})
    assert "Nothing was ticked that is still open" in words_of(page)


async def test_all_tasks_of_a_filter_are_tried_again_however_many(site: Site, admin: Visitor, peer: Peer) -> None:
    """Set-wise, beyond the page that is shown; other apps' tasks stay."""
    app, _ = await assigned(site, peer)
    pool = site.database.pool
    await pool.execute(
        """INSERT INTO task (id, kind, app_id, user_id, summary, detail)
        SELECT 'tsk' || lpad(n::text, 17, '0'), 'PROVISIONING', CASE WHEN n > 700 THEN 'other' ELSE $1 END, '00u' || n,
          '', ''
        FROM generate_series(1, 710) AS n""",
        app,
    )
    _, page = await admin.get(f"/admin/tasks?app={app}")
    assert "Retry all 700" in words_of(page)
    status, page = await admin.post("/admin/tasks/retry", {"all": "yes", "app": app})
    assert status == 200 and "700 tasks are being tried again" in words_of(page)
    assert await pool.fetchval("SELECT count(*) FROM task WHERE resolved IS NULL") == 10


async def test_pages_of_tasks_continue_where_the_last_one_ended(site: Site, admin: Visitor, peer: Peer) -> None:
    """Every task is on one page exactly."""
    app, _ = await assigned(site, peer)
    for number in range(120):
        await task(site, number, app, f"00u{number}")
    path, seen = "/admin/tasks", []
    while path:
        _, page = await admin.get(path)
        seen += re.findall(r'name="task" value="([^"]+)"', page)
        found = re.search(r'rel="next" href="([^"]+)"', page)
        path = unescape(found[1]) if found else ""
    assert len(seen) == len(set(seen)) == 120


async def test_a_worker_takes_up_what_is_retried(site: Site, admin: Visitor, peer: Peer) -> None:
    """The account is there afterwards, and a task about the whole app ends its pause."""
    app, (grace,) = await assigned(site, peer, "grace")
    about_grace = await task(site, 1, app, grace)
    about_app = await task(site, 2, app, None, "CREDENTIALS")
    await site.database.pool.execute("INSERT INTO app_lease (app_id, paused_until) VALUES ($1, 'infinity')", app)
    async with site.company.worker():
        closed = await tasks.retry_tasks(site.database, SYSTEM, [about_grace, about_app, about_grace, "unknown"])
        await site.company.settled(app)
    assert {each.id for each in closed} == {about_grace, about_app}
    assert [each["userName"] for each in peer.users()] == ["grace@example.com"]


async def test_a_held_change_names_the_people_and_is_released(site: Site, admin: Visitor, peer: Peer) -> None:
    """Who would lose the account is shown before anybody does."""
    app, people = await assigned(site, peer, "grace", "alan")
    for person in people:
        await site.database.pool.execute(LEAVING, app, person)
    await site.database.pool.execute(HOLD, app)
    _, page = await admin.get("/admin/tasks")
    assert "2 people would lose their account at once" in words_of(page)
    _, page = await admin.get("/admin/tasks/holds/hld1")
    assert "grace@example.com" in page and "alan@example.com" in page and "Deactivate 2 accounts" in words_of(page)
    _, page = await admin.post("/admin/tasks/holds/hld1/release", {"was:people": "2"})
    assert "2 people are being deactivated" in words_of(page)
    assert await site.database.pool.fetchval("SELECT released_by IS NOT NULL FROM hold")
    assert (await admin.get("/admin/tasks/holds/hld1"))[0] == 404


async def test_nobody_is_released_whom_the_administrator_did_not_see(site: Site, admin: Visitor, peer: Peer) -> None:
    """Somebody who joins the held ones meanwhile is shown first."""
    app, people = await assigned(site, peer, "grace", "alan", "edsger")
    for person in people:
        await site.database.pool.execute(LEAVING, app, person)
    await site.database.pool.execute(HOLD, app)
    status, page = await admin.post("/admin/tasks/holds/hld1/release", {"was:people": "2"})
    assert status == 422 and "nothing was released" in words_of(page) and "edsger@example.com" in page
    assert await site.database.pool.fetchval("SELECT released FROM hold") is None


async def test_readers_see_tasks_but_neither_retry_nor_release(site: Site, visitor: Visitor, peer: Peer) -> None:
    """The buttons are not there, and a direct request is refused."""
    app, (grace,) = await assigned(site, peer, "grace")
    task_id = await task(site, 1, app, grace)
    await site.database.pool.execute(HOLD, app)
    await site.person("reader", Role.READ_ONLY_ADMIN)
    await visitor.sign_in("reader")
    _, page = await visitor.get("/admin/tasks")
    assert "no such department 1" in page and "Retry" not in words_of(page)
    _, page = await visitor.get("/admin/tasks/holds/hld1")
    assert "Deactivate" not in words_of(page)
    assert (await visitor.post("/admin/tasks/retry", {"task": task_id}))[0] == 403
    assert (await visitor.post("/admin/tasks/holds/hld1/release"))[0] == 403
    assert await parked(site) == 1


async def test_a_retry_leads_back_to_no_other_server(site: Site, admin: Visitor) -> None:
    """Where the form says to go back to is a page of ours, or the list."""
    for hostile in ("https://evil.example/", "//evil.example", "/\\evil.example"):
        fields = {"csrf": admin.csrf, "back": hostile}
        async with admin.session.post(
            f"{site.url}/admin/tasks/retry", data=fields, headers={"Origin": site.url}, allow_redirects=False
        ) as answer:
            assert (answer.status, answer.headers["location"]) == (303, "/admin/tasks")


async def test_held_overwrites_are_released_and_discarded_by_name(site: Site, admin: Visitor, peer: Peer) -> None:
    """The attribute and the people are named; the ticked go, the rest is not sent; deactivations stay held beside."""
    app, people = await assigned(site, peer, "grace", "alan", "edsger")
    pool = site.database.pool
    await pool.execute(HOLD, app)
    await pool.execute(
        """INSERT INTO hold (id, app_id, kind, waiting, allowed, attribute)
        VALUES ('hld2', $1, 'OVERWRITES', 3, 1, 'department')""",
        app,
    )
    await pool.execute("UPDATE dirty SET due = 'infinity'")
    await pool.execute("INSERT INTO held_person SELECT 'hld2', user_id, gen FROM dirty")
    for place in ("/admin/tasks", f"/admin/apps/{app}", "/admin/tasks/holds/hld2"):
        assert "department would be overwritten for 3 more people" in words_of((await admin.get(place))[1])
    _, page = await admin.post("/admin/tasks/holds/hld2/release", {"who": "ticked", "person": people[0]})
    assert "1 person is being updated" in words_of(page) and await parked(site) == 2
    _, page = await admin.post("/admin/tasks/holds/hld2/discard", {"who": "ticked"})
    assert "Nobody was ticked" in words_of(page) and await parked(site) == 2
    status, _ = await admin.post("/admin/tasks/holds/hld2/discard", {"was:people": "3"})
    assert status == 422 and await parked(site) == 2
    _, page = await admin.post("/admin/tasks/holds/hld2/discard", {"was:people": "2"})
    assert "2 people keep their accounts as they are" in words_of(page) and await parked(site) == 0
    assert (await admin.get("/admin/tasks/holds/hld2"))[0] == 404
    assert (await admin.get("/admin/tasks/holds/hld1"))[0] == 200


async def test_a_task_is_dismissed_without_trying_again(site: Site, admin: Visitor, peer: Peer) -> None:
    """It is closed, and what it was about stays parked."""
    app, (grace,) = await assigned(site, peer, "grace")
    task_id = await task(site, 1, app, grace)
    _, page = await admin.post("/admin/tasks/dismiss", {"task": task_id})
    assert "1 task was dismissed" in words_of(page) and await parked(site) == 1
    _, page = await admin.post("/admin/tasks/dismiss", {"task": task_id})
    assert "Nothing was ticked that is still open" in words_of(page)

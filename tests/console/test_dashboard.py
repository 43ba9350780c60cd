"""The administrator's start page: what waits, what moves, what happened today, and the first steps."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from zoneinfo import ZoneInfo

import pytest
from tests.console.conftest import Site, Visitor

from provisor.console.pages.dashboard.dashboard import moving
from provisor.console.rendering import duration
from provisor.console.zones import midnight
from provisor.directory.lifecycle import Operation
from provisor.scimserver.testing import running
from provisor.services.actor import SYSTEM, Role
from provisor.services.health import health_of
from provisor.services.overview import MOST_EVENTS, read_overview
from provisor.store.health import HealthRow

MARK = """
INSERT INTO dirty (app_id, user_id, gen, lane, due, since, cause)
VALUES ($1, $2, nextval('generation'), $3, CASE WHEN $4 THEN 'infinity'::timestamptz ELSE now() END,
  now() - interval '5 minutes', 'x')
ON CONFLICT (app_id, user_id) DO UPDATE SET lane = excluded.lane, due = excluded.due, since = excluded.since
"""


def words_of(page: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page)))


async def test_an_empty_installation_shows_the_first_steps_until_they_are_done(site: Site, admin: Visitor) -> None:
    """Each step is ticked off when it was done, and the card goes with the last."""
    _, page = await admin.get("/admin/dashboard")
    assert "First steps" in page and page.count('class="step-done"') == 0
    grace = await site.company.hire("grace")
    _, page = await admin.get("/admin/dashboard")
    assert page.count('class="step-done"') == 1
    async with running() as peer:
        app = await site.company.app(peer)
        _, page = await admin.get("/admin/dashboard")
        assert page.count('class="step-done"') == 3
        await site.company.assign(app, grace)
        _, page = await admin.get("/admin/dashboard")
    assert "First steps" not in page


async def test_queues_show_how_many_wait_by_lane_and_why_an_app_rests(site: Site, admin: Visitor) -> None:
    """Leaving, changes and bulk apart, what waits for a person apart from those, and the pause with its reason."""
    company, pool = site.company, site.database.pool
    people = [await company.hire(name) for name in ("grace", "alan", "edsger")]
    async with running() as peer:
        app = await company.app(peer)
        for person, lane in zip(people, range(3), strict=True):
            await company.assign(app, person)
            await pool.execute(MARK, app, person, lane, lane == 2)
        await pool.execute(
            "INSERT INTO app_lease (app_id, paused_until, pause_reason) VALUES ($1, 'infinity', 'The token expired.')",
            app,
        )
        _, page = await admin.get("/admin/dashboard")
    said = words_of(page)
    assert "Paused" in said and "The token expired." in said and "1 person waits for you" in said
    assert re.search(r"2 1 1 0 – 5 min unknown", said), said
    (queue,) = (await read_overview(site.database, SYSTEM, datetime.now(UTC))).queues
    assert ([each.waiting for each in queue.lanes], queue.parked, queue.done_in) == ([1, 1, 0], 1, None)


async def test_today_counts_what_happened_since_the_readers_midnight(site: Site, admin: Visitor) -> None:
    """People created and deactivated, and failures, each with the log behind the number."""
    alan = await site.company.hire("alan")
    await site.company.move(alan, Operation.DEACTIVATE)
    await site.database.pool.execute(
        """INSERT INTO event (published, type, outcome, transaction_id, actor_id)
        VALUES (now(), 'application.provision.user.push', 'FAILURE', 't', 'provisor'),
          (now() - interval '25 hours', 'application.provision.user.push', 'FAILURE', 't', 'provisor')"""
    )
    _, page = await admin.get("/admin/dashboard")
    said = words_of(page)
    assert "2 People created 1 People deactivated 0 Accounts created" in said and "1 Failures" in said
    found = re.search(r'href="(/admin/log\?outcome=FAILURE[^"]*)"', page)
    assert found
    _, page = await admin.get(unescape(found[1]))
    assert words_of(page).count("tried to create an account") == 1


async def test_a_busy_day_is_counted_as_far_as_the_bound_and_says_so(site: Site, admin: Visitor) -> None:
    """The newest events are counted, and the card tells since when."""
    await site.database.pool.execute(
        """INSERT INTO event (published, type, transaction_id, actor_id)
        SELECT now(), 'application.provision.user.push', 't', 'provisor' FROM generate_series(1, $1)""",
        MOST_EVENTS + 5,
    )
    _, page = await admin.get("/admin/dashboard")
    assert "The newest events, since" in words_of(page)


async def test_what_waits_for_a_person_leads_to_it(site: Site, admin: Visitor) -> None:
    """Tasks by app and kind with their number, held changes with a way to review them."""
    async with running() as peer:
        app = await site.company.app(peer)
    pool = site.database.pool
    for number, person in enumerate((None, "00u1", "00u2")):
        kind = "PROVISIONING" if person else "CREDENTIALS"
        await pool.execute(
            """INSERT INTO task (id, kind, app_id, user_id, summary, detail)
            VALUES ($1, $2, $3, $4, 'Refused', 'Mend it')""",
            f"tsk{number}",
            kind,
            app,
            person,
        )
    await pool.execute(
        "INSERT INTO hold (id, app_id, kind, waiting, allowed) VALUES ('hld1', $1, 'DEACTIVATIONS', 7, 2)", app
    )
    _, page = await admin.get("/admin/dashboard")
    said = words_of(page)
    assert "Account not kept in line 2" in said and "Credentials refused 1" in said
    assert "7 deactivations held back" in said and 'href="/admin/tasks/holds/hld1"' in page
    assert (await admin.get(f"/admin/tasks?app={app}&kind=PROVISIONING"))[0] == 200


@pytest.mark.parametrize("role", [Role.READ_ONLY_ADMIN, Role.HELP_DESK_ADMIN])
async def test_readers_see_the_dashboard(site: Site, visitor: Visitor, role: Role) -> None:
    """It takes no more than reading."""
    await site.person("reader", role)
    await visitor.sign_in("reader")
    assert (await visitor.get("/admin/dashboard"))[0] == 200


def test_midnight_is_the_readers() -> None:
    """At one in the morning in Berlin, the day is an hour old there; in the week of a change of clocks, too."""
    berlin = ZoneInfo("Europe/Berlin")
    assert midnight(datetime(2026, 11, 22, 0, 30, tzinfo=UTC), berlin) == datetime(2026, 11, 21, 23, tzinfo=UTC)
    assert midnight(datetime(2026, 3, 29, 12, tzinfo=UTC), berlin) == datetime(2026, 3, 28, 23, tzinfo=UTC)


def test_durations_are_told_in_one_unit_or_two() -> None:
    """Short enough for a table."""
    told = {5: "5 s", 90: "2 min", 3600: "1 h", 7500: "2 h 5 min", 100_000: "28 h", 400_000: "4 days"}
    assert {seconds: duration(timedelta(seconds=seconds)) for seconds in told} == told


def test_work_that_never_succeeds_is_not_called_work() -> None:
    """An app that is away, and one whose changes get through, are told apart without reading the log."""
    now = datetime(2026, 11, 22, 12, tzinfo=UTC)

    def state(seconds: int, speed: float | None) -> str:
        oldest = (now - timedelta(seconds=seconds)).timestamp()
        lanes = [(0, 0, 0, None), (1, 20, 0, oldest), (2, 0, 0, None)]
        row = HealthRow(
            "0oa1", "Chat", "ACTIVE", "ENABLED", {}, None, None, None, False, None, None, None, 0, None, True, speed,
            False, lanes,
        )  # fmt: skip
        return moving(health_of(row, now), now).state

    assert state(5, None) == "At work"
    assert state(300, 2.0) == "At work"
    assert state(300, None) == "Nothing gets through"

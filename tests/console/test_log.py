"""The System Log's pages: sentences, filters, pages, events, exports, and what hostile names do to them."""

import csv
import io
import re
from datetime import UTC, datetime
from html import unescape
from typing import Any

import orjson
import pytest
from tests.console.conftest import Site, Visitor

from provisor.console.pages.log.asked import understand
from provisor.console.pages.log.sentences import PHRASES, sentence, text
from provisor.services.actor import SYSTEM, Role
from provisor.services.users import get_user
from provisor.systemlog import EventType
from provisor.systemlog.rendering import Entry, Surroundings, render

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
EVENT_LINK = re.compile(r'href="(/admin/log/\d+-\d+)"')
INSERT = """
INSERT INTO event (published, type, outcome, reason, transaction_id, actor_id, user_id, app_id)
SELECT now() - n * interval '1 second', $1, 'SUCCESS', NULL, 'many', 'provisor', NULL, NULL
FROM generate_series(1, $2) AS n
"""


def words_of(page: str) -> str:
    """The text of a page, as it is read."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", "", page)))


def test_every_event_type_has_its_sentence() -> None:
    """An event type without words of its own would be shown by its technical name."""
    assert set(PHRASES) == set(EventType)


@pytest.mark.parametrize("outcome", ["SUCCESS", "FAILURE", "DEFERRED"])
def test_a_sentence_names_everything_that_is_known_and_misses_nothing_that_is_not(outcome: str) -> None:
    """With all names or none, each event type makes a sentence that says who acted."""
    around = Surroundings({"00u1": ("grace@example.com", "Grace")}, {"00g1": "Engineering"}, {"0oa1": "Wiki"})
    for kind in EventType:
        for ids in (("00u1", "00g1", "0oa1"), (None, None, None)):
            entry = Entry(NOW, 1, 1, kind.value, outcome, None, "t", "provisor", *ids, {})
            said = text(sentence(render(entry, around)))
            assert "{" not in said and "None" not in said and len(said) > 10
            assert said.startswith(("Provisor", "Grace", "Somebody")), said


def test_an_event_of_a_later_release_is_shown_by_its_message() -> None:
    """What this release does not know is no error."""
    entry = Entry(NOW, 1, 1, "some.new.event", "SUCCESS", None, "t", "provisor", None, None, "0oa1", {})
    said = text(sentence(render(entry, Surroundings(apps={"0oa1": "Wiki"}))))
    assert said == "Provisor: some.new.event Wiki"


async def test_events_read_as_sentences_newest_first(site: Site, admin: Visitor) -> None:
    """Who did what to whom, with links to their pages."""
    await site.company.group("Engineering", await site.company.hire("grace"))
    status, page = await admin.get("/admin/log")
    said = words_of(page)
    assert status == 200
    assert said.index("added Grace Tester to Engineering") < said.index("created the group Engineering")
    assert "Ada Tester signed in" in said
    assert f'href="/admin/people/{site.company.ids["grace@example.com"]}"' in page


async def test_filters_narrow_and_are_told_as_a_query_of_the_api(site: Site, admin: Visitor) -> None:
    """By event, outcome, person, group and words; each is a query that the API takes."""
    grace, _ = await site.company.hire("grace"), await site.company.hire("alan")
    group = await site.company.group("Engineering", grace)
    for query, shown, hidden in (
        ("type=group.lifecycle.create", "created the group", "activated"),
        ("type=membership", "added Grace", "activated"),
        ("person=grace@example.com", "activated Grace", "Alan"),
        (f"user={grace}", "activated Grace", "Alan"),
        (f"group={group}", "added Grace", "Alan"),
        ("q=alan+tester", "activated Alan", "Grace"),
        ("outcome=SUCCESS", "activated Alan", "Nothing happened"),
        ("outcome=FAILURE", "Nothing happened that fits", "activated"),
    ):
        status, page = await admin.get(f"/admin/log?{query}")
        said = words_of(page.partition('id="events"')[2])
        assert status == 200 and shown in said and hidden not in said, query
        assert "GET /api/v1/logs?since=" in said, query


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("type=nonsense", "No event is called like that"),
        ("person=nobody", "Nobody has the login “nobody”"),
        ("outcome=PERHAPS", "There is no such outcome"),
        ("app=%22%20or%20x", "not the id of such a thing"),
        ("range=custom&from=yesterday", "not a time"),
        ("from=2026-11-22T10:00&to=2026-11-22T09:00", "later than the beginning"),
        ("since=0001-01-01", "not a time"),
        ("q=" + "a+" * 20, "keywords"),
    ],
)
async def test_what_cannot_be_understood_is_said_and_nothing_is_looked_up(
    admin: Visitor, query: str, said: str
) -> None:
    """The page says which filter is wrong instead of showing everything or nothing."""
    status, page = await admin.get(f"/admin/log?{query}")
    assert status == 200 and said in words_of(page) and "Nothing was looked up" in page
    status, page = await admin.get(f"/admin/log/export?{query}")
    assert status == 422 and said in words_of(page)


def test_typed_times_are_those_of_the_reader() -> None:
    """A browser in Berlin says so in a cookie, and its ten o'clock is nine in London."""
    from zoneinfo import ZoneInfo

    asked = understand({"from": "2026-11-22T10:00", "to": "2026-11-22T11:00"}, ZoneInfo("Europe/Berlin"), NOW)
    assert (asked.since, asked.until) == (
        datetime(2026, 11, 22, 9, tzinfo=UTC),
        datetime(2026, 11, 22, 10, tzinfo=UTC),
    )
    assert understand({"since": "2026-11-22T10:00:00 02:00"}, UTC, NOW).since == datetime(2026, 11, 22, 8, tzinfo=UTC)


async def test_a_zone_that_nobody_knows_is_utc(site: Site, admin: Visitor) -> None:
    """Whatever the cookie holds, the page is there."""
    for zone in ("Europe/Berlin", "Mars/Olympus", "../../etc/passwd", "%00", "x" * 3000):
        status, page = await admin.get("/admin/log?range=custom", Cookie=f"{cookie(admin)}; provisor_zone={zone}")
        assert status == 200
        assert f"Times of {'Europe/Berlin' if zone == 'Europe/Berlin' else 'UTC'}" in page, zone


def cookie(visitor: Visitor) -> str:
    return "; ".join(f"{each.key}={each.value}" for each in visitor.session.cookie_jar)


async def test_pages_continue_where_the_last_one_ended(site: Site, admin: Visitor) -> None:
    """Following the links shows every event once, though new ones come meanwhile."""
    await site.database.pool.execute(INSERT, "user.session.end", 120)
    path, seen = "/admin/log?type=user.session.end", []
    while path:
        _, page = await admin.get(path)
        seen += dict.fromkeys(EVENT_LINK.findall(page))
        found = re.search(r'rel="next" href="([^"]+)"', page)
        path = unescape(found[1]) if found else ""
        await site.database.pool.execute(INSERT.replace("- n", "+ n"), "user.session.end", 1)
    assert len(seen) == len(set(seen)) == 120


async def test_words_are_looked_for_in_a_part_at_a_time(site: Site, admin: Visitor) -> None:
    """A rare word far back is found by going on; the first page says that it is not all."""
    await site.database.pool.execute(INSERT, "user.session.end", 2500)
    status, page = await admin.get("/admin/log?q=create+group")
    assert status == 200 and "Not among the newest" in page and "Look further back" in page


async def test_an_event_shows_everything_and_what_else_its_transaction_did(site: Site, admin: Visitor) -> None:
    """All fields, the change of a profile, the other events of the same request, the JSON of the API."""
    grace = await site.company.hire("grace")
    await site.company.edit(grace, title="Admiral")
    _, page = await admin.get(f"/admin/log?user={grace}&type=user.account.update_profile")
    (path,) = set(EVENT_LINK.findall(page))
    status, page = await admin.get(path)
    said = words_of(page)
    assert status == 200
    assert "changed the profile of Grace Tester" in said and "title: nothing → Admiral" in said
    json = orjson.loads(unescape(re.search(r'data-copy="([^"]+)"', page)[1]))  # type: ignore[index]
    assert json["eventType"] == "user.account.update_profile" and json["target"][0]["id"] == grace
    _, page = await admin.get(f"/admin/log?user={grace}&type=user.lifecycle.create")
    _, page = await admin.get(EVENT_LINK.findall(page)[0])
    assert "In the same transaction" in page and "activated Grace Tester" in words_of(page)
    found = re.search(r'href="(/admin/log\?transaction=[^"]+)"', page)
    assert found
    status, page = await admin.get(unescape(found[1]))
    assert "created Grace Tester" in words_of(page) and "activated Grace Tester" in words_of(page)


@pytest.mark.parametrize("key", ["0", "x-y", "1-1", "9999999999999999-1", "9" * 40 + "-1", "%2e%2e"])
async def test_an_event_that_is_not_there_is_said(admin: Visitor, key: str) -> None:
    """Any key at all is answered with a page."""
    status, _ = await admin.get(f"/admin/log/{key}")
    assert status == 404


async def test_the_present_filter_is_exported_as_csv_and_as_json_lines(site: Site, admin: Visitor) -> None:
    """Both hold the events of the filter, all of them; a name that looks like a formula stays a text."""
    await site.company.hire("grace", firstName="=HYPERLINK(1)", displayName="=HYPERLINK(1)")
    await site.database.pool.execute(INSERT, "user.session.end", 1500)
    _, found = await admin.get("/admin/log/export?format=csv&type=user.session.end")
    assert len(list(csv.DictReader(io.StringIO(found)))) == 1500
    _, found = await admin.get("/admin/log/export?format=csv&type=user.lifecycle.create")
    rows = list(csv.DictReader(io.StringIO(found)))
    assert rows[0]["person"] == "'=HYPERLINK(1)" and rows[0]["what"] == "Provisor created =HYPERLINK(1)"
    _, found = await admin.get("/admin/log/export?format=jsonl&type=user.lifecycle.create")
    assert [orjson.loads(line)["eventType"] for line in found.splitlines()] == ["user.lifecycle.create"] * len(rows)


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "\u202egnp.exe", "A" * 50, "{{ 7653 * 7 }}", "'\"><b>"])
async def test_hostile_names_are_texts(site: Site, admin: Visitor, name: str) -> None:
    """Names are shown as they are, and run nothing."""
    grace = await site.company.hire("grace", firstName=name)
    for path in ("/admin/log", f"/admin/log?q={name[:40]}", "/admin/dashboard", "/admin/tasks"):
        status, page = await admin.get(path)
        assert status == 200 and "<script>alert" not in page and "53571" not in words_of(page)[-200:]
    shown = await get_user(site.database, SYSTEM, grace)
    _, page = await admin.get(f"/admin/log?user={grace}")
    assert shown.profile["firstName"] in unescape(page)


async def test_ten_thousand_characters_break_nothing(site: Site, admin: Visitor) -> None:
    """The name of a group may be long; the log shortens it."""
    await site.database.pool.execute(
        "INSERT INTO groups (id, type, name, profile) VALUES ('00glong', 'OKTA_GROUP', repeat('x', 10000), '{}')"
    )
    await site.database.pool.execute(
        "INSERT INTO event (type, transaction_id, actor_id, group_id) "
        "VALUES ('group.lifecycle.create', 't', 'p', '00glong')"
    )
    status, page = await admin.get("/admin/log?type=group.lifecycle.create")
    assert status == 200 and "x" * 100 not in words_of(page) and "…" in page


async def test_roles_see_the_log_and_people_without_one_do_not(site: Site, visitor: Visitor) -> None:
    """Reading is enough; no role is not."""
    await site.person("reader", Role.READ_ONLY_ADMIN)
    await site.person("grace")
    await visitor.sign_in("reader")
    assert (await visitor.get("/admin/log"))[0] == 200
    await visitor.post("/sign-out")
    await visitor.sign_in("grace")
    for path in ("/admin/log", "/admin/log/1-1", "/admin/log/export"):
        assert (await visitor.get(path))[0] == 403


async def test_searching_and_stopping_in_a_browser(site: Site, page: Any) -> None:
    """Filters act while typing, an event opens as a dialog, and following stops when it is told to."""
    await site.company.group("Engineering", await site.company.hire("grace"))
    await page.goto("/admin/log")
    await page.get_by_label("Event", exact=True).fill("group.lifecycle")
    await page.get_by_text("added Grace Tester").wait_for(state="detached")
    assert "type=group.lifecycle" in page.url
    await page.locator(".log-time a").first.click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_text("Event type").wait_for()
    await page.keyboard.press("Escape")
    # The list that was narrowed goes on following, narrowed.
    await page.locator("#live-state[data-tone=on]").wait_for()
    await site.company.group("Second")
    await page.get_by_text("created the group Second").wait_for()
    await page.get_by_role("link", name="Stop following").click()
    await page.get_by_role("link", name="Follow live").wait_for()
    assert await page.locator("#events[hx-trigger]").count() == 0


async def test_the_log_says_which_role_was_given_and_taken(site: Site, admin: Visitor) -> None:
    """Who reads the log after an incident need not open each event."""
    person = await site.person("helen", Role.HELP_DESK_ADMIN)
    await admin.post(f"/admin/administrators/{person}/revoke/HELP_DESK_ADMIN")
    _, text = await admin.get("/admin/log")
    said = re.sub(r"\s+", " ", re.sub("<[^>]+>", "", text))
    assert "the role help desk administrator" in said
    assert "took the role help desk administrator from" in said

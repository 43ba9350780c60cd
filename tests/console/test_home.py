"""Everybody's own pages: tiles, profile, password, and the way to the administration for those who have it."""

import re
from html import unescape
from typing import Any

import aiohttp
import pytest
from tests.console.conftest import PASSWORD, Site, Visitor

from provisor.services import apps
from provisor.services.actor import SYSTEM, Role
from provisor.services.apps_definition import parse_definition

NEW = "a much better sentence"


def words_of(page: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page)))


async def app(site: Site, user: str, label: str, url: str | None = None, **visibility: Any) -> str:
    """An app that the person is assigned to."""
    body: dict[str, Any] = {"name": "scim2_bearer_token", "label": label, "visibility": visibility}
    if url is not None:
        body["settings"] = {"signOn": {"loginUrl": url}}
    made = await apps.create_app(site.database, SYSTEM, parse_definition(body))
    await site.company.assign(made.id, user)
    return made.id


@pytest.fixture
async def grace(site: Site, visitor: Visitor) -> tuple[str, Visitor]:
    """A person without a role, signed in."""
    user = await site.person("grace", title="Admiral", department="Navy")
    return user, await visitor.sign_in("grace")


async def test_tiles_open_the_app_in_a_new_tab_and_hidden_ones_are_hidden(
    site: Site, grace: tuple[str, Visitor]
) -> None:
    """An app without an address says so; one whose address would run a script has none."""
    user, visitor = grace
    await app(site, user, "Wiki", "https://wiki.example/sso")
    await app(site, user, "Secret", "https://secret.example", hide={"web": True})
    await app(site, user, "Nowhere")
    await app(site, user, "Evil", "javascript:alert(1)")
    status, page = await visitor.get("/")
    assert status == 200
    assert '<a class="card tile" href="https://wiki.example/sso" target="_blank" rel="noopener noreferrer">' in page
    assert "Secret" not in page and "javascript:" not in page
    assert words_of(page).count("Has no address here") == 2


async def test_somebody_without_apps_is_told_what_will_happen(grace: tuple[str, Visitor]) -> None:
    """The empty page says where apps come from."""
    assert "When an administrator assigns an app to you" in (await grace[1].get("/"))[1]


async def test_many_tiles_can_be_searched(site: Site, grace: tuple[str, Visitor]) -> None:
    """From a dozen on there is a search field; what fits nothing says so."""
    user, visitor = grace
    for number in range(12):
        await app(site, user, f"App {number}")
    _, page = await visitor.get("/")
    assert 'name="q"' in page
    _, page = await visitor.get("/?q=app+11")
    assert page.count('class="tile-name"') == 1
    _, page = await visitor.get("/?q=%3Cscript%3E")
    assert "No app of yours" in page and "<script>" not in page.split("<body")[1].replace("<script src", "")


@pytest.mark.parametrize("role", [None, *Role])
async def test_administration_is_offered_to_those_who_have_it(site: Site, visitor: Visitor, role: Role | None) -> None:
    """A role shows the button, no role does not."""
    await site.person("grace", role)
    await visitor.sign_in("grace")
    _, page = await visitor.get("/")
    assert ("/admin/dashboard" in page) is (role is not None)
    assert 'action="/sign-out"' in page and "data-theme-choice" in page


async def test_the_own_profile_is_read_only(grace: tuple[str, Visitor]) -> None:
    """What is filled in is shown by its title; there is nothing to type."""
    _, page = await grace[1].get("/profile")
    said = words_of(page)
    assert "Title Admiral" in said and "Department Navy" in said and "grace@example.com" in said
    assert "<input" not in page.replace('<input type="hidden" name="csrf"', "")


async def test_a_new_password_ends_every_other_session(site: Site, grace: tuple[str, Visitor]) -> None:
    """Here one stays signed in; elsewhere, and with the old password, it is over."""
    _, visitor = grace
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
        other = await Visitor(site, http).sign_in("grace")
        fields = {"old": PASSWORD, "new": NEW, "again": NEW}
        status, page = await visitor.post("/profile/password", fields)
        assert status == 200 and "Your password was changed" in words_of(page)
        assert "My profile" in (await visitor.get("/profile"))[1]
        assert "Sign in" in (await other.get("/profile"))[1]
        status, _ = await other.post("/sign-in", {"login": "grace@example.com", "password": PASSWORD})
        assert status == 401
        status, _ = await other.post("/sign-in", {"login": "grace@example.com", "password": NEW}, follow=False)
        assert status == 303


@pytest.mark.parametrize(
    ("old", "new", "again", "said"),
    [
        ("wrong", NEW, NEW, "This is not your password."),
        (PASSWORD, NEW, NEW + "x", "not the same as the new password"),
        (PASSWORD, "short", "short", "must have at least 8"),
        (PASSWORD, PASSWORD, PASSWORD, "This is the one you have."),
        ("", "", "", "This"),
    ],
)
async def test_a_refused_password_says_why_beside_its_field(
    grace: tuple[str, Visitor], old: str, new: str, again: str, said: str
) -> None:
    """And what was typed is not sent back."""
    status, page = await grace[1].post("/profile/password", {"old": old, "new": new, "again": again})
    assert status == 422 and said in words_of(page)
    assert NEW not in page and PASSWORD not in page


async def test_guessing_the_old_password_is_stopped(site: Site, grace: tuple[str, Visitor]) -> None:
    """Somebody at an open screen cannot try for ever."""
    statuses = []
    for _ in range(30):
        status, page = await grace[1].post("/profile/password", {"old": "wrong", "new": NEW, "again": NEW})
        statuses.append(status)
        if status == 429:
            break
    assert statuses[-1] == 429 and "too many" in words_of(page)


async def test_somebody_who_signs_in_elsewhere_changes_the_password_there(
    site: Site, grace: tuple[str, Visitor]
) -> None:
    """The page says so instead of offering a form."""
    user, visitor = grace
    await site.database.pool.execute("UPDATE users SET password_hash = NULL WHERE id = $1", user)
    _, page = await visitor.get("/profile/password")
    assert "Your password is not kept here" in page and 'name="old"' not in page
    status, page = await visitor.post("/profile/password", {"old": PASSWORD, "new": NEW, "again": NEW})
    assert status == 422


@pytest.mark.parametrize("label", ["<script>alert(1)</script>", "\u202egnp.exe", "x" * 100, "🦊 App", " "])
async def test_hostile_labels_are_texts(site: Site, grace: tuple[str, Visitor], label: str) -> None:
    """A tile shows the label as it is."""
    user, visitor = grace
    made = await app(site, user, "plain", "https://app.example/?a=1&b=%22onclick")
    await site.database.pool.execute("UPDATE apps SET label = $2 WHERE id = $1", made, label)
    status, page = await visitor.get("/")
    assert status == 200 and "<script>alert" not in page and label.strip() in unescape(page)


async def test_a_tile_appears_by_itself(site: Site, page: Any) -> None:
    """Somebody who waits for an app sees it come, and opens it with the keyboard."""
    user = await site.database.pool.fetchval("SELECT id FROM users WHERE login_key = 'ada@example.com'")
    await page.goto("/")
    await page.get_by_text("You have no apps yet").wait_for()
    await app(site, user, "Wiki", f"{site.url}/sign-in")
    tile = page.get_by_role("link", name="Wiki")
    await tile.wait_for()
    await tile.focus()
    async with page.context.expect_page() as opened:
        await page.keyboard.press("Enter")
    other = await opened.value
    assert await other.evaluate("window.opener") is None
    await other.close()

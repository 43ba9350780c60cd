"""The console under attack: what a browser, a stranger or a thief may send, and what each of them gets."""

import json
from io import BytesIO
from typing import Any

import aiohttp
import pytest
from tests.console.conftest import PASSWORD, Site, Visitor

from provisor.console.security import is_own_path
from provisor.services.actor import Role
from provisor.services.setup import offer_set_up

NEW = "quite another long one"


def cookie_of(visitor: Visitor) -> str:
    return next(each.value for each in visitor.session.cookie_jar if each.key == "provisor_session")


async def opens(site: Site, cookie: str) -> bool:
    """Whether somebody with nothing but this session's token is signed in."""
    async with (
        aiohttp.ClientSession(cookies={"provisor_session": cookie}) as http,
        http.get(site.url + "/profile", allow_redirects=False) as response,
    ):
        return response.status == 200


@pytest.mark.parametrize("path", ["//evil.example", "/\\evil.example", "/\t/evil.example", "/\r/x", "", "evil.example"])
def test_no_address_leads_to_another_server(path: str) -> None:
    """What browsers would read as another server's name is no path of ours."""
    assert not is_own_path(path)


@pytest.mark.parametrize("header", ["Origin", "Referer"])
async def test_unreadable_headers_are_refused_and_no_defect(site: Site, visitor: Visitor, header: str) -> None:
    """An Origin or a Referer that is no address is the sender's fault."""
    async with visitor.session.post(
        site.url + "/sign-out", headers={header: "http://["}, data={}, allow_redirects=False
    ) as response:
        assert response.status == 303
    async with visitor.session.post(site.url + "/sign-in", headers={header: "http://["}, data={}) as response:
        assert response.status == 403


async def test_a_form_that_cannot_be_read_is_refused_and_no_defect(site: Site, visitor: Visitor) -> None:
    """A body that is not what its type says, or has too many fields, is answered with 400."""
    broken: tuple[tuple[str, bytes], ...] = (
        ("multipart/form-data", b"abc"),
        ("application/x-www-form-urlencoded", b"a=1&" * 6_000),
        ("application/x-www-form-urlencoded", b"a=%00"),
    )
    for kind, body in broken:
        headers = {"Origin": site.url, "Content-Type": kind}
        async with visitor.session.post(site.url + "/sign-in", headers=headers, data=body) as response:
            assert response.status == 400, body[:10]


async def test_only_administrators_may_send_files(site: Site, visitor: Visitor) -> None:
    """A stranger's and an end user's large form is refused before it is read."""
    large = b"x" * 2_000_000
    multipart = {"Origin": site.url, "Content-Type": "multipart/form-data; boundary=b"}
    async with visitor.session.post(site.url + "/sign-in", headers=multipart, data=BytesIO(large)) as response:
        assert response.status == 400 and "at most 1\u202f048\u202f576" in await response.text()
    await site.person("eve")
    await visitor.sign_in("eve")
    upload = site.url + "/admin/people/upload"
    async with visitor.session.post(upload, headers=multipart, data=BytesIO(large)) as response:
        assert response.status == 403


async def test_signing_in_again_ends_the_session_of_the_cookie(site: Site, visitor: Visitor) -> None:
    """The token that a browser forgets opens nothing, and no token is taken from the visitor."""
    await site.person("ada")
    await visitor.sign_in("ada")
    before = cookie_of(visitor)
    await visitor.sign_in("ada")
    assert cookie_of(visitor) != before
    assert not await opens(site, before) and await opens(site, cookie_of(visitor))


async def test_a_new_password_makes_a_stolen_cookie_worthless(site: Site, visitor: Visitor) -> None:
    """The session goes on under another token."""
    await site.person("ada")
    await visitor.sign_in("ada")
    before = cookie_of(visitor)
    status, text = await visitor.post("/profile/password", {"old": PASSWORD, "new": NEW, "again": NEW})
    assert status == 200 and "Your password was changed" in text
    assert not await opens(site, before) and await opens(site, cookie_of(visitor))


@pytest.mark.parametrize(("proto", "secure"), [("https", True), ("https, http", True), ("http", False), ("", False)])
async def test_behind_tls_the_cookie_never_goes_out_in_the_clear(
    site: Site, visitor: Visitor, proto: str, secure: bool
) -> None:
    """The session's cookie is Secure when a proxy ended TLS, and out of reach of scripts and other sites always."""
    await site.person("ada")
    headers = {"Origin": site.url, "X-Forwarded-Proto": proto}
    fields = {"login": "ada@example.com", "password": PASSWORD}
    async with visitor.session.post(site.url + "/sign-in", data=fields, headers=headers, allow_redirects=False) as got:
        cookie = got.cookies["provisor_session"]
    assert bool(cookie["secure"]) is secure
    assert cookie["httponly"] and cookie["samesite"] == "lax"


async def test_a_set_up_whose_login_is_being_guessed_at_still_ends_well(site: Site, visitor: Visitor) -> None:
    """The administrator is made, and signs in once the guessing was waited out."""
    token = await offer_set_up(site.database)
    assert token is not None
    for _ in range(12):
        await visitor.post("/sign-in", {"login": "root@example.com", "password": "guess"})
    fields = {"token": token, "login": "root@example.com", "firstName": "Ro", "lastName": "Ot"}
    fields |= {"password": PASSWORD, "again": PASSWORD}
    async with visitor.session.post(
        site.url + "/setup", data=fields, headers={"Origin": site.url}, allow_redirects=False
    ) as response:
        assert (response.status, response.headers["location"]) == (303, "/sign-in")


async def test_secrets_that_were_typed_are_in_no_page(site: Site, visitor: Visitor, admin: Visitor) -> None:
    """A refused form comes back without the passwords that were in it."""
    secret = "s3cret-that-was-typed"
    me = await site.person("mia")
    forms: dict[str, dict[str, str]] = {
        "/sign-in": {"login": "x@example.com", "password": secret, "new_password": secret[:3]},
        "/profile/password": {"old": secret, "new": secret, "again": secret + "x"},
        f"/admin/people/{me}/password": {"password": secret, "again": secret + "x"},
        "/setup": {"token": "wrong", "password": secret, "again": secret + "x", "login": "x@example.com"},
    }
    for path, fields in forms.items():
        status, text = await admin.post(path, fields)
        assert status >= 400 and secret not in text, path


async def test_a_help_desk_cannot_touch_who_may_do_more(site: Site, visitor: Visitor) -> None:
    """Passwords, sessions and locks of a super administrator are out of a help desk's reach, by any form."""
    boss = await site.person("boss", Role.SUPER_ADMIN)
    await site.person("boss2", Role.SUPER_ADMIN)
    await site.person("helen", Role.HELP_DESK_ADMIN)
    await visitor.sign_in("helen")
    _, text = await visitor.get(f"/admin/people/{boss}")
    assert "May do more than you" in text and "Set a password" not in text
    for act in ("password", "sign-out", "reset_password", "expire_password", "expire_password_with_temp_password"):
        status, _ = await visitor.post(f"/admin/people/{boss}/{act}", {"password": NEW, "again": NEW})
        assert status in (403, 404), act
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
        await Visitor(site, http).sign_in("boss")


async def test_the_back_button_shows_nothing_after_signing_out(site: Site, page: Any) -> None:
    """A page that was left is asked for again, not kept by the browser."""
    await page.goto("/admin/people")
    await page.get_by_role("button", name="ada").click()
    await page.get_by_role("button", name="Sign out").click()
    await page.get_by_label("Login").wait_for()
    await page.go_back()
    await page.get_by_label("Login").wait_for()
    stored = await page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
    assert "ada@example.com" not in json.loads(json.dumps(stored))


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "nonsense", "2026-13-45"])
async def test_times_that_cannot_be_meant_are_said_so(admin: Visitor, moment: str) -> None:
    """The log's times take anything without failing."""
    for name in ("since", "until", "from", "to"):
        status, _ = await admin.get(f"/admin/log?{name}={moment}")
        assert status in (200, 422), name


async def test_a_very_long_name_does_not_break_the_word_about_it(site: Site, admin: Visitor) -> None:
    """What is said over a redirect fits into a cookie."""
    name = "ö" * 40 + " & <b>" * 200
    status, text = await admin.post("/admin/groups/new", {"name": name[:255], "description": ""})
    assert status == 200 and "<b>" not in text.split("<main", 1)[1]

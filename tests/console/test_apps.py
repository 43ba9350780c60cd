"""The list of apps, the catalogue, adding an app, its settings and its end."""

import re
from html import unescape

import aiohttp
import pytest
from tests.console.conftest import Site, Visitor

from provisor.apps.catalogue import CATALOGUE
from provisor.scimserver.testing import running
from provisor.services import apps
from provisor.services.actor import SYSTEM, Role
from provisor.services.apps_definition import parse_definition

HOSTILE = ("<script>alert(1)</script>", "safe\u202eexe.gpj", '"><img src=x onerror=alert(1)>', "{{ 7 * 7 }}")
LONG = "x" * 10_000

OVERWRITES = {"overwritePercent": "25", "overwriteFloor": "100"}


async def new_app(site: Site, label: str = "Wiki") -> str:
    """An app; its path."""
    app = await apps.create_app(site.database, SYSTEM, parse_definition({"name": "scim2_bearer_token", "label": label}))
    return f"/admin/apps/{app.id}"


def seen(page: str) -> dict[str, str]:
    """What the page's form was given with."""
    return {name: unescape(value) for name, value in re.findall(r'name="(was:\w+)" value="([^"]*)"', page)}


def labels(page: str) -> list[str]:
    return [unescape(each) for each in re.findall(r'<a href="/admin/apps/0oa\w+">(.*?)</a>', page)]


async def test_the_list_is_by_label_and_pages_by_key(site: Site, admin: Visitor) -> None:
    """Every app is on exactly one page, in the order of the labels, whatever their case."""
    names = [f"{'App' if number % 2 else 'app'} {number:02}" for number in range(60)]
    for name in reversed(names):
        await new_app(site, name)
    path, found = "/admin/apps", []
    while path:
        _, text = await admin.get(path)
        found += labels(text)
        following = re.search(r'rel="next" href="([^"]+)"', text)
        path = unescape(following[1]) if following else ""
    assert found == names


async def test_apps_are_found_by_words_and_status(site: Site, admin: Visitor) -> None:
    """Any part of the label, any case; a percent sign is a percent sign."""
    for name in ("Wiki", "Expenses", "100% travel"):
        path = await new_app(site, name)
    await apps.deactivate_app(site.database, SYSTEM, path.rpartition("/")[2])
    assert labels((await admin.get("/admin/apps?q=PENS"))[1]) == ["Expenses"]
    assert labels((await admin.get("/admin/apps?q=%25"))[1]) == ["100% travel"]
    assert labels((await admin.get("/admin/apps?status=INACTIVE"))[1]) == ["100% travel"]
    assert "No app fits" in (await admin.get("/admin/apps?q=nothing"))[1]
    assert (await admin.get("/admin/apps?status=nonsense&after=x"))[0] == 200


async def test_the_list_says_why_nothing_is_sent(site: Site, admin: Visitor) -> None:
    """Off without an integration, and off with one but no switches; on with both."""
    await new_app(site)
    assert "No API integration yet." in (await admin.get("/admin/apps"))[1]
    async with running() as peer:
        app_id = await site.company.app(peer, provisioned=False)
        assert "nothing is switched on under To App" in (await admin.get("/admin/apps"))[1]
        await site.company.switch_on(app_id)
        assert "Provisioning: " in (await admin.get(f"/admin/apps/{app_id}"))[1]
        assert "nothing is switched on" not in (await admin.get("/admin/apps"))[1]


async def test_the_catalogue_is_searched_and_filtered(admin: Visitor) -> None:
    """The seed's words find the templates; what nobody has says so."""
    _, text = await admin.get("/admin/catalog?q=scim+2.0&capability=Provisioning&sign_on=SAML")
    assert all(entry.title in unescape(text) for entry in CATALOGUE.values() if entry.protocol == "SCIM 2.0")
    _, text = await admin.get("/admin/catalog?q=basic")
    assert "SCIM 2.0 (Basic Auth)" in text and "Header Auth" not in text
    assert "No entry fits" in (await admin.get("/admin/catalog?q=%3Cscript%3E"))[1]
    assert (await admin.get("/admin/catalog/nothing"))[0] == 404
    assert (await admin.get("/admin/catalog/nothing/add"))[0] == 404


async def test_steps_carry_what_was_entered_and_save_nothing_before_done(site: Site, admin: Visitor) -> None:
    """On to sign-on, back again with everything there, and only Done makes the app."""
    path = "/admin/catalog/scim2_basic_auth/add"
    general = {"label": "Wiki", "hide_web": "on", "auto_launch": "on"}
    status, text = await admin.post(f"{path}/sign-on", general)
    assert status == 200 and 'name="hide_web" value="on"' in text and 'name="hide_mobile"' not in text
    status, text = await admin.post(path, {**general, "method": "SWA", "url": "https://wiki.example.com/"})
    assert 'name="label" type="text" value="Wiki"' in text and 'name="method" value="SWA"' in text
    everything = {**general, "method": "SWA", "url": "javascript:alert(1)"}
    status, text = await admin.post(f"{path}/done", everything)
    assert status == 422 and "beginning with https://" in text
    assert labels((await admin.get("/admin/apps"))[1]) == []
    status, text = await admin.post(f"{path}/done", {**everything, "url": "https://wiki.example.com/"})
    assert status == 200 and "Configure API Integration" in text
    (app,) = await apps.list_apps(site.database, SYSTEM, prefix=None, filter=None, after=None, limit=9)
    assert (app.label, app.name, app.settings["signOnMode"]) == ("Wiki", "scim2_basic_auth", "AUTO_LOGIN")
    assert app.settings["visibility"]["hide"] == {"web": True, "iOS": False}
    assert app.settings["settings"]["signOn"]["loginUrl"] == "https://wiki.example.com/"


@pytest.mark.parametrize("label", ["", "   ", LONG])
async def test_a_name_that_cannot_be_used_comes_back_with_the_reason(admin: Visitor, label: str) -> None:
    """The first step again, whichever step it was noticed at."""
    for step in ("sign-on", "done"):
        status, text = await admin.post(f"/admin/catalog/scim2_basic_auth/add/{step}", {"label": label})
        assert status == 422 and "General Settings" in text and 'id="e-label"' in text


@pytest.mark.parametrize("label", HOSTILE)
async def test_hostile_names_are_only_text(site: Site, admin: Visitor, label: str) -> None:
    """On every page of the app and in every dialog the name stands as it was typed, and nothing runs."""
    path = await new_app(site, label)
    person = await site.company.hire("grace", firstName=label, lastName="Hopper")
    await site.company.assign(path.rpartition("/")[2], person)
    pages = ("", "/provisioning", "/assignments", f"/assignments/{person}/remove", "/deactivate", "/assignments/people")
    for each in ("/admin/apps", *(path + page for page in pages)):
        status, text = await admin.get(each)
        assert status == 200
        assert "<script>alert" not in text and "<img src=x" not in text
        assert label in unescape(text)


async def test_general_settings_and_sign_on_are_edited_in_panels(site: Site, admin: Visitor) -> None:
    """A panel is read-only until Edit; what the API keeps beside it stays."""
    body = {"name": "scim2_bearer_token", "label": "Wiki", "settings": {"app": {"x": 1}}, "visibility": {"other": True}}
    app = await apps.create_app(site.database, SYSTEM, parse_definition(body))
    path = f"/admin/apps/{app.id}"
    assert 'name="label"' not in (await admin.get(path))[1]
    _, text = await admin.get(f"{path}?edit=1")
    status, text = await admin.post(path, {"label": "Handbook", "hide_web": "on", **seen(text)})
    assert status == 200 and "Handbook" in text and "Hidden from users" in text
    _, text = await admin.get(f"{path}/sign-on?edit=1")
    fields = {"method": "SAML", "url": "https://h.example.com/", **seen(text)}
    status, text = await admin.post(f"{path}/sign-on", fields)
    assert status == 200 and "https://h.example.com/" in text
    now = await apps.get_app(site.database, SYSTEM, app.id)
    assert now.settings["signOnMode"] == "SAML_2_0"
    assert now.settings["settings"]["app"] == {"x": 1}
    assert now.settings["visibility"]["other"] is True


async def test_the_second_of_two_savers_is_told_in_every_panel(site: Site, admin: Visitor) -> None:
    """What the first one changed is named in the form's words; saving again then replaces it."""
    async with running() as peer:
        app_id = await site.company.app(peer, provisioned=False)
        base = f"/admin/apps/{app_id}"
        limits = {"concurrency": "4", "rate": "", "holdPercent": "20", "holdFloor": "50", **OVERWRITES}
        for path, first, second, words in (
            (base, {"label": "First"}, {"label": "Second"}, "Application label"),
            (
                f"{base}/sign-on",
                {"method": "SAML", "url": ""},
                {"method": "SWA", "url": "https://x/"},
                "Sign-on method",
            ),
            (f"{base}/provisioning", {"create": "on"}, {"deactivate": "on"}, "Create Users"),
            (f"{base}/provisioning/pace", limits, {**limits, "concurrency": "9"}, "Requests at once"),
        ):
            old = seen((await admin.get(f"{path}?edit=1"))[1])
            assert old
            assert (await admin.post(path, {**first, **old}))[0] == 200
            status, text = await admin.post(path, {**second, **old})
            assert status == 422 and "Somebody else saved this" in text and f"<strong>{words}</strong>" in text
            assert (await admin.post(path, {**second, **seen(text)}))[0] == 200


async def test_limits_say_what_they_take(site: Site, admin: Visitor) -> None:
    """Every wrong field is named at once, and good ones are kept as numbers."""
    path = f"{await new_app(site)}/provisioning/pace"
    status, text = await admin.post(path, {"concurrency": "many", "rate": "-1", "holdPercent": "101", "holdFloor": ""})
    assert status == 422 and text.count('class="invalid-feedback d-block"') == 6
    fields = {"concurrency": "3", "rate": "0.5", "holdPercent": "10", "holdFloor": "0", **OVERWRITES}
    assert (await admin.post(path, fields))[0] == 200
    limits = (await apps.get_app(site.database, SYSTEM, path.split("/")[3])).limits
    assert (limits.concurrency, limits.rate, limits.hold_percent, limits.hold_floor) == (3, 0.5, 10, 0)


async def test_an_app_is_switched_off_and_only_then_deleted(site: Site, admin: Visitor) -> None:
    """The dialogs say what happens to accounts; deleting an active app is refused."""
    path = await new_app(site)
    assert "Nothing more is sent" in (await admin.get(f"{path}/deactivate"))[1]
    status, text = await admin.post(f"{path}/delete")
    assert status == 409 and "Deactivate it first" in text
    assert (await admin.post(f"{path}/deactivate"))[0] == 200
    assert "Accounts in the app itself are not touched" in (await admin.get(f"{path}/delete"))[1]
    status, text = await admin.post(f"{path}/activate")
    assert status == 200 and "active again" in text
    await admin.post(f"{path}/deactivate")
    status, text = await admin.post(f"{path}/delete")
    assert status == 200 and labels(text) == []
    assert (await admin.get(path))[0] == 404


@pytest.mark.parametrize("role", [Role.READ_ONLY_ADMIN, Role.HELP_DESK_ADMIN])
async def test_who_may_only_look_sees_no_way_to_change(site: Site, visitor: Visitor, role: Role) -> None:
    """No Edit, no Assign, no form but the search; `edit` in the address opens nothing."""
    await site.person("looker", role)
    looker = await visitor.sign_in("looker")
    path = await new_app(site)
    for page in ("", "?edit=1", "/sign-on?edit=1", "/provisioning/integration?edit=1", "/provisioning/pace?edit=1"):
        status, text = await looker.get(path + page)
        assert status == 200
        assert 'class="btn btn-primary" type="submit">Save' not in text
        assert f'action="{path}' not in text and "Edit</a>" not in text and "Deactivate" not in text
    status, text = await looker.get(f"{path}/assignments")
    assert status == 200 and "Assign to People" not in text


async def test_view_logs_leads_to_the_apps_own_log(site: Site, admin: Visitor) -> None:
    """The link names the app, and the log shows nothing of others."""
    path = await new_app(site, "Wiki")
    await new_app(site, "Unrelated")
    app_id = path.rpartition("/")[2]
    _, text = await admin.get(path)
    assert f'href="/admin/log?app={app_id}"' in text
    _, text = await admin.get(f"/admin/log?app={app_id}")
    events = text[text.index('id="events"') :]
    assert "Wiki" in events and "Unrelated" not in events


async def test_the_tile_of_a_new_app_leads_to_its_sign_on_url(site: Site, admin: Visitor) -> None:
    """Assigned people find it on their start page; hidden, it is gone."""
    fields = {"label": "Wiki", "method": "SWA", "url": "https://wiki.example.com/login"}
    await admin.post("/admin/catalog/scim2_bearer_token/add/done", fields)
    (app,) = await apps.list_apps(site.database, SYSTEM, prefix=None, filter=None, after=None, limit=9)
    await site.company.assign(app.id, await site.person("grace"))
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        grace = await Visitor(site, session).sign_in("grace")
        assert 'href="https://wiki.example.com/login"' in (await grace.get("/"))[1]
        await admin.post(f"/admin/apps/{app.id}", {"label": "Wiki", "hide_web": "on"})
        assert "wiki.example.com" not in (await grace.get("/"))[1]


async def test_addresses_of_nothing_are_a_page_that_says_so(site: Site, admin: Visitor) -> None:
    """Ids that no app has, and such as no database takes, are 404 on every page of an app."""
    await new_app(site)
    for app_id in ("0oa00000000000000000", "%F0%28", "a" * 5000):
        for page in ("", "/provisioning", "/assignments", "/tasks", "/assignments/groups", "/sync"):
            status, _ = await admin.get(f"/admin/apps/{app_id}{page}")
            assert status == 404, (app_id, page)
    for query in ("after=x&after_label=%F0%28", f"q={'x' * 5000}"):
        assert (await admin.get(f"/admin/apps?{query}"))[0] == 200
    for query in ("q=%00", "after=%00&after_label=x"):
        assert (await admin.get(f"/admin/apps?{query}"))[0] == 400

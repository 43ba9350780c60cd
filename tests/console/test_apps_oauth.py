"""API Integration by OAuth 2.0: settings, the way to the authorization server and back, and what is shown."""

import re
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.console.conftest import Site, Visitor
from tests.console.test_accessibility import AXE, LOOKS
from tests.oauth.iam import PASSWORD, Iam, Person

from provisor.scimserver.testing import Peer, running
from provisor.services import apps, connections
from provisor.services.actor import SYSTEM
from provisor.services.apps_definition import parse_definition


async def new_app(site: Site) -> str:
    """The path of an app's API integration."""
    app = await apps.create_app(site.database, SYSTEM, parse_definition({"name": "scim2", "label": "Wiki"}))
    return f"/admin/apps/{app.id}/provisioning/integration"


def form(iam: Iam, peer: Peer, client: Any, grant: str = "authorization_code", **more: str) -> dict[str, str]:
    return {
        "enable": "on",
        "base_url": peer.url,
        "scheme": "OAUTH2",
        "grantType": grant,
        "clientId": client.client_id,
        "clientSecret": client.client_secret,
        "clientAuthentication": "client_secret_basic",
        "tokenUrl": iam.url + "oauth/token",
        "authorizeUrl": iam.url + "oauth/authorize" if grant == "authorization_code" else "",
        "scope": "profile",
        "parameters": "",
        **more,
    }


async def test_an_administrator_authorizes_an_app_at_its_own_pages(site: Site, admin: Visitor, iam: Iam) -> None:
    """Save, go to the server, sign in there, allow it, come back: the app is on, and it says who did it."""
    path, name = await new_app(site), secrets.token_hex(4)
    _, text = await admin.get(f"{path}?edit=1&scheme=OAUTH2")
    callback = re.search(r'id="redirect-uri" value="([^"]+)"', text)
    assert callback and callback[1] == f"{site.url}{path}/callback"
    client = iam.client(callback[1])
    iam.person(name)
    async with iam.app(client) as peer:
        status, text = await admin.post(path, form(iam, peer, client))
        assert status == 200 and "Now authorize" in text
        _, text = await admin.get(path)
        assert "Somebody has to authorize Provisor" in text and "Authorize with Wiki" in text
        assert client.client_id in text and client.client_secret not in text
        _, text = await admin.post(f"{path}/authorize")
        onward = re.search(r'href="(http://127[^"]+)"', text)
        assert onward is not None
        back = await Person(admin.session, name).authorize(onward[1].replace("&amp;", "&"))
        status, text = await admin.get(back.removeprefix(site.url))
        assert status == 200 and "Provisor is authorized at Wiki" in text and "ada@example.com" in text
        assert "Authorize again with Wiki" in text
        _, text = await admin.get(back.removeprefix(site.url))
        assert "was used already" in text
    stored = await connections.get_connection(site.database, SYSTEM, path.split("/")[3])
    assert stored is not None and stored.status == "ENABLED"


async def test_what_the_server_refuses_is_told_in_words(site: Site, admin: Visitor, iam: Iam) -> None:
    """Whoever says no there reads here what that means; nothing is switched on."""
    path, name = await new_app(site), secrets.token_hex(4)
    client = iam.client(f"{site.url}{path}/callback")
    iam.person(name)
    async with iam.app(client) as peer:
        await admin.post(path, form(iam, peer, client))
        _, text = await admin.post(f"{path}/authorize")
        onward = re.search(r'href="(http://127[^"]+)"', text)
        assert onward is not None
        back = await Person(admin.session, name).authorize(onward[1].replace("&amp;", "&"), "deny")
        status, text = await admin.get(back.removeprefix(site.url))
        assert status == 409 and "refused the access" in text and "access_denied" in text
    status, text = await admin.get(f"{path}/callback?state=x&error=<script>")
    assert status == 409 and "<script>" not in text


async def test_client_credentials_are_tested_in_the_form_and_after_saving(site: Site, admin: Visitor, iam: Iam) -> None:
    """The button “Test” works before anything is saved and with what is stored; a blank secret keeps it."""
    path, client = await new_app(site), iam.client()
    async with iam.app(client) as peer:
        fields = form(iam, peer, client, "client_credentials")
        status, text = await admin.post(f"{path}/test", fields)
        assert status == 200 and "accepts these credentials" in text
        status, text = await admin.post(f"{path}/test", {**fields, "clientSecret": "wrong"})
        assert "invalid_client" in text and "wrong" not in text
        status, text = await admin.post(path, fields)
        assert status == 200 and "tested and saved" in text
        _, text = await admin.get(f"{path}?edit=1")
        assert client.client_id in text and client.client_secret not in text
        seen = dict(re.findall(r'name="(was:\w+)" value="([^"]*)"', text))
        status, text = await admin.post(f"{path}/test", {**fields, **seen, "clientSecret": ""})
        assert "accepts these credentials" in text
        status, text = await admin.post(path, {**fields, **seen, "clientSecret": "", "scope": "email"})
        assert status == 422 and "Enter the client secret." in text


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"clientId": ""}, "Enter the client ID."),
        ({"authorizeUrl": ""}, "Enter the authorization URL."),
        ({"tokenUrl": "login.example.com/token"}, "Must be an address like https://"),
        ({"tokenUrl": "http://169.254.169.254/token"}, "metadata"),
        ({"parameters": "client_secret=x"}, "set by Provisor itself"),
        ({"parameters": "audience"}, "Must look like audience="),
    ],
)
async def test_what_cannot_be_used_is_said_at_its_field(
    site: Site, admin: Visitor, iam: Iam, changed: dict[str, str], said: str
) -> None:
    """Nothing is saved, and what was typed is still there."""
    path, client = await new_app(site), iam.client()
    async with iam.app(client) as peer:
        status, text = await admin.post(path, {**form(iam, peer, client), **changed})
    assert status == 422 and said in text and peer_is_kept(text)
    assert await connections.get_connection(site.database, SYSTEM, path.split("/")[3]) is None


def peer_is_kept(text: str) -> bool:
    return 'name="base_url"' in text and "/scim/v2" in text


async def test_a_date_is_noted_without_typing_the_token_again(site: Site, admin: Visitor) -> None:
    """Only the end of the credentials changes; they stay."""
    path = await new_app(site)
    async with running() as peer:
        fields = {"enable": "on", "base_url": peer.url, "scheme": "TOKEN", "token": peer.token, "expires": ""}
        await admin.post(path, fields)
        _, text = await admin.get(f"{path}?edit=1")
        seen = dict(re.findall(r'name="(was:\w+)" value="([^"]*)"', text))
        status, text = await admin.post(path, {**fields, **seen, "token": "", "expires": "2031-05-06"})
        assert status == 200 and "2031-05-06" in text and "end soon" not in text
        seen = dict(re.findall(r'name="(was:\w+)" value="([^"]*)"', (await admin.get(f"{path}?edit=1"))[1]))
        soon = (datetime.now(UTC) + timedelta(days=3)).date().isoformat()
        status, text = await admin.post(path, {**fields, **seen, "token": "", "expires": soon})
        assert status == 200 and "These credentials end soon" in text
        status, text = await admin.post(path, {**fields, "token": "", "expires": "never"})
        assert status == 422 and "must be a date" in text.lower()


async def test_the_way_there_and_back_in_a_browser(site: Site, page: Any, iam: Iam) -> None:
    """The policy of our pages lets a browser go to the server and come back signed in; everybody can use the forms."""
    path, name = await new_app(site), secrets.token_hex(4)
    client = iam.client(f"{site.url}{path}/callback")
    iam.person(name)
    await page.add_init_script(AXE)
    async with iam.app(client) as peer:
        await page.goto(f"{path}?edit=1")
        await page.get_by_role("link", name="OAuth 2.0").click()
        await page.get_by_label("How Provisor gets in").select_option("authorization_code")
        for label, value in (
            ("Base URL", peer.url),
            ("Client ID", client.client_id),
            ("Token URL", iam.url + "oauth/token"),
            ("Authorization URL", iam.url + "oauth/authorize"),
            ("Scope", "profile"),
        ):
            await page.get_by_label(label, exact=True).fill(value)
        assert [await look.at(page) for look in LOOKS] == [[], []]
        await page.get_by_label("Client secret").fill(client.client_secret)
        await page.get_by_role("button", name="Save").click()
        await page.get_by_role("button", name="Authorize with Wiki").click()
        await page.get_by_label("Login").fill(name)
        await page.locator("button[type=submit]").first.click()
        await page.locator("input[name=password]").fill(PASSWORD)
        await page.locator("button[type=submit]").first.click()
        await page.locator("button[name=answer][value=accept]").click()
        await page.get_by_text("Provisor is authorized at Wiki").wait_for()
        assert await page.get_by_role("button", name="Authorize again with Wiki").is_visible()
        assert [await look.at(page) for look in LOOKS] == [[], []]

"""API Integration: what a test says, whose fault it is, and that credentials are never shown."""

import re
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from tests.console.conftest import Site, Visitor, served
from tests.peers.raw_server import closed_port, raw_server, reply

from provisor.scimserver.auth import basic, raw_header
from provisor.scimserver.options import Options
from provisor.scimserver.testing import Peer, Rule, running
from provisor.services import apps, connections
from provisor.services.actor import SYSTEM, Role
from provisor.services.apps_definition import parse_definition
from provisor.settings import Settings

SECRET = "a-token-that-nobody-may-see"


@pytest.fixture
async def peer() -> AsyncIterator[Peer]:
    """An app that takes `SECRET` as its bearer token."""
    async with running(token=SECRET) as peer:
        yield peer


async def new_app(site: Site, entry: str = "scim2_bearer_token", label: str = "Wiki") -> str:
    """An app without an API integration; the path of its form."""
    app = await apps.create_app(site.database, SYSTEM, parse_definition({"name": entry, "label": label}))
    return f"/admin/apps/{app.id}/provisioning/integration"


def seen(page: str) -> dict[str, str]:
    """What the form was given with."""
    return dict(re.findall(r'name="(was:\w+)" value="([^"]*)"', page))


def form(url: str, token: str = SECRET, **more: str) -> dict[str, str]:
    return {"enable": "on", "base_url": url, "scheme": "TOKEN", "token": token, **more}


async def connected(site: Site, admin: Visitor, url: str) -> str:
    """An app whose integration was saved through the page; the path of its form."""
    path = await new_app(site)
    status, text = await admin.post(path, form(url))
    assert status == 200 and "tested and saved" in text
    return path


async def test_a_test_says_what_was_found_and_saves_nothing(site: Site, admin: Visitor, peer: Peer) -> None:
    """The number of users, the endpoints that are there, and how long it took."""
    path = await new_app(site)
    status, text = await admin.post(f"{path}/test", form(peer.url))
    assert status == 200
    assert "It reports 0 users" in text and " ms." in text
    for part in ("Users", "Groups", "ServiceProviderConfig", "PATCH"):
        assert f"<strong>{part}</strong> is there" in text
    assert await connections.get_connection(site.database, SYSTEM, path.split("/")[3]) is None


async def test_a_peer_without_groups_or_description_serves_too(site: Site, admin: Visitor, peer: Peer) -> None:
    """What is absent or unclear is said, and fails nothing."""
    peer.faults.add(Rule(path="/Groups", status=404))
    peer.faults.add(Rule(path="/ServiceProviderConfig", status=500))
    _, text = await admin.post(f"{await new_app(site)}/test", form(peer.url))
    assert "accepts these credentials" in text
    assert "<strong>Groups</strong> is not offered" in text
    assert "<strong>ServiceProviderConfig</strong> is unclear" in text


async def test_wrong_credentials_are_told_in_the_peers_own_words(site: Site, admin: Visitor, peer: Peer) -> None:
    """Neither a test nor a save takes them, and the typed address is still in the form."""
    path = await new_app(site)
    refused = b'{"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "detail": "Token expired on Friday"}'
    peer.faults.add(Rule(status=401, body=refused.decode()))
    status, text = await admin.post(f"{path}/test", form(peer.url))
    assert status == 200 and "The settings do not serve" in text and "Token expired on Friday" in text
    status, text = await admin.post(path, form(peer.url))
    assert status == 422 and "Token expired on Friday" in text and f'value="{peer.url}"' in text
    assert await connections.get_connection(site.database, SYSTEM, path.split("/")[3]) is None


async def test_an_app_that_cannot_be_reached_is_the_apps_fault(site: Site, admin: Visitor) -> None:
    """Nobody listens there: check the address, or ask whoever runs the app."""
    async with closed_port() as url:
        _, text = await admin.post(f"{await new_app(site)}/test", form(url))
    said = re.search(r"<blockquote[^>]*>(.*?)</blockquote>", text)
    assert "The app cannot be reached" in text, said
    assert said is not None and "Connect" in said[1]


async def test_a_web_page_instead_of_scim_is_told_as_such(site: Site, admin: Visitor) -> None:
    """HTML with a 200 is not a SCIM endpoint; what it said is shown, as text."""
    async with raw_server([reply(200, b"<html><script>alert(1)</script>It works!</html>")]) as server:
        _, text = await admin.post(f"{await new_app(site)}/test", form(server.url))
    assert "not as SCIM asks" in text and "It works!" in text
    assert "<script>alert(1)" not in text


async def test_plain_http_takes_the_operators_word(database: str) -> None:
    """Without the allow-list, an address inside is refused with the setting to change."""
    strict = Settings(request_timeout=1.0)
    async with served(database, strict) as site:
        await site.person("ada", Role.SUPER_ADMIN)
        async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
            admin = await Visitor(site, session).sign_in("ada")
            path = await new_app(site)
            _, text = await admin.post(f"{path}/test", form("http://127.0.0.1:1/scim/v2"))
            assert "PROVISOR_EGRESS_ALLOW" in text
            _, text = await admin.post(f"{path}/test", form("http://8.8.8.8/scim/v2"))
            assert "would send the credentials readable" in text


@pytest.mark.parametrize(
    "url", ["wiki.example.com", "ftp://x/", "https://u:p@x/", "https://x/?a=b", "https://" + "x" * 2000]
)
async def test_an_address_that_cannot_be_used_says_why(site: Site, admin: Visitor, url: str) -> None:
    """The sentence is about the base URL."""
    _, text = await admin.post(f"{await new_app(site)}/test", form(url))
    assert "The settings do not serve" in text and "base URL" in text


async def test_what_is_missing_is_asked_for(site: Site, admin: Visitor, peer: Peer) -> None:
    """An empty form names its fields; nothing is sent to the app."""
    path = await new_app(site)
    status, text = await admin.post(path, form("", ""))
    assert status == 422 and "Enter the base URL." in text and "Enter the token." in text
    status, text = await admin.post(path, {"base_url": peer.url, "scheme": "TOKEN", "token": SECRET})
    assert status == 422 and "Tick this to connect the app" in text
    assert peer.journal == []


async def test_each_kind_of_authentication_asks_for_its_own_credentials(site: Site, admin: Visitor) -> None:
    """Basic: user name and password; header: the token as it is; the PUT-only entry offers all three."""
    path = await new_app(site, "scim2_basic_auth")
    _, text = await admin.get(f"{path}?edit=1")
    assert 'name="username"' in text and 'name="password"' in text and 'name="token"' not in text
    async with running(Options(credential=basic("scim", "pass word"))) as peer:
        fields = {"base_url": peer.url, "scheme": "BASIC", "username": "scim", "password": "pass word"}
        assert "accepts these" in (await admin.post(f"{path}/test", fields))[1]
        assert "accepts these" not in (await admin.post(f"{path}/test", {**fields, "password": "pass"}))[1]

    path = await new_app(site, "scim2_header_auth")
    async with running(Options(credential=raw_header("raw value"))) as peer:
        fields = {"base_url": peer.url, "scheme": "HEADER", "token": "raw value"}
        assert "accepts these" in (await admin.post(f"{path}/test", fields))[1]

    path = await new_app(site, "scim2_custom")
    _, text = await admin.get(f"{path}?edit=1&scheme=BASIC")
    assert 'name="scheme" value="BASIC"' in text and 'name="password"' in text


async def test_credentials_are_in_no_page(site: Site, admin: Visitor, peer: Peer) -> None:
    """Neither after saving nor in a refusal, in a test's result or in the log."""
    path = await connected(site, admin, peer.url)
    app = path.rpartition("/provisioning")[0]
    texts = [(await admin.get(each))[1] for each in (path, f"{path}?edit=1", app, f"{app}/tasks", "/admin/log")]
    for url in (peer.url, "http://127.0.0.1:1/", "nonsense"):
        texts += [(await admin.post(each, form(url)))[1] for each in (f"{path}/test", path)]
    assert not [text for text in texts if SECRET in text]


async def test_a_new_address_asks_for_the_credentials_again(site: Site, admin: Visitor, peer: Peer) -> None:
    """Else whoever may edit the app could have its credentials sent to a server of their own."""
    path = await connected(site, admin, peer.url)
    async with running(token=SECRET) as other:
        status, text = await admin.post(path, form(other.url, ""))
        assert status == 422 and "takes all credentials again" in text
        assert other.journal == []


async def test_stored_credentials_are_tested_when_nothing_was_typed(site: Site, admin: Visitor, peer: Peer) -> None:
    """A blank field means what is stored, for the test as for saving."""
    path = await connected(site, admin, peer.url)
    assert "accepts these credentials" in (await admin.post(f"{path}/test", form(peer.url, "")))[1]
    peer.faults.add(Rule(status=401))
    assert "The settings do not serve" in (await admin.post(f"{path}/test", form(peer.url, "")))[1]


async def test_the_second_of_two_savers_is_told(site: Site, admin: Visitor, peer: Peer) -> None:
    """The first one's address is named; what the second typed is still there but for the token."""
    path = await connected(site, admin, peer.url)
    old = seen((await admin.get(f"{path}?edit=1"))[1])
    async with running(token=SECRET) as other:
        status, _ = await admin.post(path, {**form(other.url), **old})
        assert status == 200
        status, text = await admin.post(path, {**form(peer.url), **old})
        assert status == 422 and "Somebody else saved this" in text and other.url in text
        again = seen(text)
        status, _ = await admin.post(path, {**form(peer.url), **again})
        assert status == 200


async def test_switching_off_stops_pushes_and_switching_on_resumes_them(site: Site, admin: Visitor, peer: Peer) -> None:
    """Everything is kept: a change made meanwhile arrives afterwards, without credentials being typed again."""
    company = site.company
    grace = await company.hire("grace")
    path = await connected(site, admin, peer.url)
    app_id = path.split("/")[3]
    await company.switch_on(app_id)
    await company.assign(app_id, grace)
    async with company.worker():
        await company.settled(app_id)
        status, text = await admin.post(path, {"base_url": peer.url, "scheme": "TOKEN"})
        assert status == 200 and "everything is kept" in text and "Switched off" not in text
        sent = len(peer.journal)
        await company.edit(grace, title="Rear admiral")
        assert "The API integration is switched off" in (await admin.get(f"/admin/apps/{app_id}/provisioning"))[1]
        assert len(peer.journal) == sent
        status, text = await admin.post(path, form(peer.url, ""))
        assert status == 200 and "What waited is sent" in text
        await company.settled(app_id)
    assert peer.user("grace@example.com")["title"] == "Rear admiral"


async def test_while_it_is_off_nothing_is_sent(site: Site, admin: Visitor, peer: Peer) -> None:
    """A worker that looks at the app finds nothing that it may do."""
    company = site.company
    grace = await company.hire("grace")
    path = await connected(site, admin, peer.url)
    app_id = path.split("/")[3]
    await company.switch_on(app_id)
    await company.assign(app_id, grace)
    await admin.post(path, {"base_url": peer.url, "scheme": "TOKEN"})
    before = len(peer.journal)
    other = await company.app(peer)
    alan = await company.hire("alan")
    async with company.worker():
        await company.assign(other, alan)
        await company.settled(other)
    assert len(peer.journal) > before
    assert [each["userName"] for each in peer.users()] == ["alan@example.com"]


async def test_a_paused_app_says_why_and_goes_on_after_new_credentials(site: Site, admin: Visitor, peer: Peer) -> None:
    """The alert holds the peer's words and leads to the form; saving good credentials ends the pause."""
    company = site.company
    grace = await company.hire("grace")
    path = await connected(site, admin, peer.url)
    app_id = path.split("/")[3]
    await company.switch_on(app_id)
    peer.faults.add(Rule(status=401, body='{"detail": "The key was rotated"}'))
    async with company.worker():
        await company.assign(app_id, grace)

        async def paused() -> Any:
            return "Paused: the app does not take our requests" in (await admin.get(f"/admin/apps/{app_id}"))[1]

        await company.until(paused, "the pause to show")
        _, text = await admin.get(f"/admin/apps/{app_id}/assignments")
        assert "The key was rotated" in text and f"{path}?edit=1" in text
        assert "The key was rotated" in (await admin.get("/admin/apps"))[1]
        peer.faults.clear()
        status, _ = await admin.post(path, form(peer.url))
        assert status == 200
        await company.settled(app_id)
    assert peer.user("grace@example.com")["active"] is True
    assert "Paused" not in (await admin.get(f"/admin/apps/{app_id}"))[1]

"""Okta's QA plan: the case about OAuth."""

import secrets

import aiohttp
from tests.oauth.conftest import REDIRECT, SESSION, Office
from tests.oauth.iam import Iam, Person

from provisor.services import authorizations
from provisor.services.actor import SYSTEM

ELSEWHERE = "https://elsewhere.example.com/callback"


async def test_C21902_nobody_is_authorized_over_an_address_that_is_not_allowed(office: Office, iam: Iam) -> None:
    """C21902: the host of the callback is tampered with; the server sends nobody there, and there are no tokens."""
    client, name = iam.client(REDIRECT), secrets.token_hex(4)
    iam.person(name)
    async with iam.app(client) as peer, aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as browser:
        app_id = await office.new_app()
        await office.save(app_id, peer, iam.profile(client, grantType="authorization_code"))

        async def begin(redirect: str) -> str:
            return await authorizations.begin_authorization(
                office.database, SYSTEM, office.connectors, app_id, SESSION, redirect
            )

        await Person(browser, name).authorize(await begin(REDIRECT), "deny")  # signed in from here on
        async with browser.get(await begin(ELSEWHERE), allow_redirects=False) as answer:
            assert (answer.status, answer.headers.get("Location")) == (400, None)
            assert "not supported by client" in await answer.text()
    assert (await office.grant(app_id))["tokens"] is None
    assert iam.tokens(client) == []

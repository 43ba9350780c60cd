"""Going to an authorization server and coming back: who may come back, once, with what, and what is said otherwise."""

import secrets
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any, TypeAlias
from urllib.parse import parse_qs, urlsplit

import pytest
from tests.oauth.conftest import REDIRECT, Office
from tests.oauth.iam import Iam

from provisor.connector import ConfigError
from provisor.scimserver.testing import running
from provisor.services.authorizations import Answer, AuthorizationFailed
from provisor.services.connections import TestFailed

CODE = {"grantType": "authorization_code"}
Waiting: TypeAlias = tuple[str, str, Any]


@pytest.fixture
async def waiting(office: Office, iam: Iam) -> AsyncIterator[Waiting]:
    """An app that waits for somebody to authorize; app id, who can, and their client."""
    client, name = iam.client(REDIRECT), secrets.token_hex(4)
    iam.person(name)
    async with iam.app(client) as peer:
        app_id = await office.new_app()
        await office.save(app_id, peer, iam.profile(client, **CODE))
        yield app_id, name, client


async def test_an_answer_serves_once(office: Office, iam: Iam, waiting: Waiting) -> None:
    """Going back in the browser's history authorizes nothing again."""
    app_id, name, _ = waiting
    answer = await office.go(app_id, name)
    await office.come_back(app_id, answer)
    with pytest.raises(AuthorizationFailed, match="used already"):
        await office.come_back(app_id, answer)
    assert iam.asked == ["authorization_code"]


async def test_an_answer_serves_nobody_else(office: Office, iam: Iam, waiting: Waiting) -> None:
    """Another session, another app, an invented state, too late: no token is asked for (RFC 6749 §10.12)."""
    app_id, name, _ = waiting
    answer = await office.go(app_id, name)
    elsewhere = await office.new_app()
    for app, session, state in (
        (app_id, b"another session", answer.state),
        (elsewhere, b"the session of an administrator", answer.state),
        (app_id, b"the session of an administrator", "invented"),
    ):
        with pytest.raises(AuthorizationFailed, match="belongs to another session"):
            await office.come_back(app, replace(answer, state=state), session)
    await office.database.pool.execute("UPDATE oauth_request SET expires = now()")
    with pytest.raises(AuthorizationFailed, match="too old"):
        await office.come_back(app_id, answer)
    assert iam.asked == []


async def test_a_refusal_is_told_in_words_and_leaves_what_was_there(office: Office, iam: Iam, waiting: Waiting) -> None:
    """Whoever says no on the consent page changes nothing: the tokens from before go on."""
    app_id, name, client = waiting
    with pytest.raises(AuthorizationFailed, match=r"refused the access.*access_denied"):
        await office.authorize(app_id, name, "deny")
    await office.authorize(app_id, name)
    with pytest.raises(AuthorizationFailed, match="refused the access"):
        await office.come_back(app_id, replace(await office.go(app_id, name), code="", error="access_denied"))
    connector = await office.connectors.open(app_id)
    await connector.test()
    await connector.close()
    assert len(iam.tokens(client)) == 1


async def test_a_code_that_was_not_given_to_us_is_refused(office: Office, iam: Iam, waiting: Waiting) -> None:
    """A code of another sign-in, slipped into the address: PKCE makes it useless (RFC 7636 §1)."""
    app_id, name, _ = waiting
    stolen = await office.go(app_id, name)
    # Begun here and not finished there: the server has one code alone, so it cannot confuse two.
    ours = parse_qs(urlsplit(await office.begin(app_id)).query)["state"][0]
    with pytest.raises(AuthorizationFailed, match="invalid_grant"):
        await office.come_back(app_id, Answer(ours, stolen.code))
    assert (await office.grant(app_id))["tokens"] is None


async def test_a_client_that_was_changed_meanwhile_gets_no_tokens(office: Office, iam: Iam, waiting: Waiting) -> None:
    """Another administrator saved other settings: the answer belongs to the old ones."""
    app_id, name, client = waiting
    answer = await office.go(app_id, name)
    async with iam.app(client) as moved:
        await office.save(app_id, moved, iam.profile(client, **CODE))
        with pytest.raises(AuthorizationFailed, match="authorize again"):
            await office.come_back(app_id, answer)
        assert moved.journal == []


async def test_tokens_that_the_app_does_not_take_leave_it_switched_off(office: Office, iam: Iam) -> None:
    """The tokens are kept, the reason is the app's; nothing is sent until it is right."""
    client, name = iam.client(REDIRECT), secrets.token_hex(4)
    iam.person(name)
    async with running() as stranger:
        app_id = await office.new_app()
        await office.save(app_id, stranger, iam.profile(client, **CODE))
        with pytest.raises(TestFailed, match="Unauthorized"):
            await office.authorize(app_id, name)
    with pytest.raises(ConfigError, match="deactivated"):
        await office.connectors.open(app_id)


async def test_an_answer_that_was_lost_on_its_way_asks_for_a_person(office: Office, iam: Iam, waiting: Waiting) -> None:
    """The server rotated the refresh token and its answer never came: what we hold is dead, and that is said."""
    app_id, name, _ = waiting
    await office.authorize(app_id, name)
    await office.database.pool.execute("UPDATE oauth_grant SET access_until = clock_timestamp()")
    connector = await office.connectors.open(app_id)
    iam.lose_answers = True
    with pytest.raises(Exception, match="without an access token"):
        await connector.test()
    iam.lose_answers = False
    with pytest.raises(ConfigError, match=r"invalid_grant.*authorize again"):
        await connector.test()
    await connector.close()

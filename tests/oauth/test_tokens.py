"""Tokens from a real authorization server: had, used, renewed once for all, refused, and never lost."""

import asyncio
import secrets
from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import urlsplit

import asyncpg
import pytest
from tests.journeys.conftest import QUICK
from tests.oauth.conftest import REDIRECT, Office
from tests.oauth.iam import Iam
from tests.peers.raw_server import closed_port

from provisor.apps.oauth import client_of
from provisor.connector import ConfigError, PeerUnavailable
from provisor.connector.oauth import OAuthClient, TokenEndpoint, Tokens
from provisor.postgres.cluster import Cluster
from provisor.services import connections
from provisor.services.actor import SYSTEM
from provisor.services.authorizing import StoredGrant
from provisor.services.connecting import ConnectorFactory
from provisor.services.connections import TestFailed
from provisor.services.secrets import Sealer
from provisor.services.work import Database
from provisor.store.database import connect, open_pool
from provisor.wiring_scim import build_scim_connector

CODE = {"grantType": "authorization_code"}


class Outage:
    """A token endpoint during whose answer the database goes away."""

    def __init__(self, inner: TokenEndpoint, operator: asyncpg.Connection, database: str) -> None:
        self._inner = inner
        self._operator = operator
        self._database = database
        self.answered = asyncio.Event()

    async def ask(self, client: OAuthClient, form: Mapping[str, str]) -> Tokens:
        tokens = await self._inner.ask(client, form)
        await self._operator.execute(f"ALTER DATABASE {self._database} ALLOW_CONNECTIONS false")
        await self._operator.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", self._database
        )
        self.answered.set()
        return tokens

    async def admit(self, url: str) -> None:
        await self._inner.admit(url)

    async def close(self) -> None:
        await self._inner.close()


async def test_client_credentials_are_tested_saved_and_used(office: Office, iam: Iam) -> None:
    """The token is asked for when it is needed first, and then serves every connector of the app."""
    client = iam.client()
    async with iam.app(client) as peer:
        app_id = await office.new_app()
        saved = await office.save(app_id, peer, iam.profile(client))
        assert (saved.status, iam.asked) == ("ENABLED", ["client_credentials"])
        for _ in range(3):
            connector = await office.connectors.open(app_id)
            await connector.test()
            await connector.close()
    assert iam.asked == ["client_credentials"] * 2, "one token for the test of what was not saved yet, one for good"


@pytest.mark.parametrize("auth", ["client_secret_post", "none"])
async def test_a_client_shows_who_it_is_in_other_ways_too(office: Office, iam: Iam, auth: str) -> None:
    """With its secret in the form (RFC 6749 §2.3.1), or with PKCE alone."""
    client, name = iam.client(REDIRECT, auth), secrets.token_hex(4)
    iam.person(name)
    async with iam.app(client) as peer:
        app_id = await office.new_app()
        await office.save(app_id, peer, iam.profile(client, clientAuthentication=auth, **CODE))
        await office.authorize(app_id, name)
        assert len(peer.journal) == 1


async def test_a_wrong_secret_is_told_and_nothing_is_saved(office: Office, iam: Iam) -> None:
    """The authorization server's own words, with what to do, and without the secret."""
    client = iam.client()
    async with iam.app(client) as peer:
        app_id = await office.new_app()
        with pytest.raises(TestFailed, match=r"invalid_client.*Check the client id") as refused:
            await office.save(app_id, peer, iam.profile(client, clientSecret="wrong-secret-of-a-client"))
        assert "wrong-secret" not in str(refused.value)
        assert peer.journal == []
    assert await office.grant(app_id) is None


async def test_an_authorization_server_that_fails_is_waited_for(office: Office, iam: Iam) -> None:
    """A 503, a refused connection or an answer without a token: the app was asked nothing, so nothing is uncertain."""
    client = iam.client()
    async with iam.app(client) as peer:
        app_id = await office.new_app()
        await office.save(app_id, peer, iam.profile(client))
        connector = await office.connectors.open(app_id)
        iam.refuse = 503
        with pytest.raises(PeerUnavailable, match="answered 503") as failed:
            await connector.test()
        assert not failed.value.unknown
        iam.refuse = None
        await connector.test()
        await connector.close()
        async with closed_port() as url:
            with pytest.raises(TestFailed, match="authorization server does not answer"):
                await office.save(app_id, peer, iam.profile(client, tokenUrl=url + "/token"))


@pytest.mark.parametrize("name", ["tokenUrl", "authorizeUrl"])
@pytest.mark.parametrize("url", ["http://169.254.169.254/token", "http://10.1.2.3/token", "http://8.8.8.8/token"])
async def test_the_egress_policy_holds_for_the_authorization_server_too(
    office: Office, iam: Iam, name: str, url: str
) -> None:
    """Neither we nor the administrator are sent to the metadata service, inside, or anywhere in plain http."""
    client = iam.client(REDIRECT)
    async with iam.app(client) as peer:
        with pytest.raises(TestFailed, match=r"metadata|PROVISOR_EGRESS_ALLOW"):
            await office.save(await office.new_app(), peer, iam.profile(client, **CODE, **{name: url}))


async def test_an_authorization_by_a_person_makes_the_app_usable(office: Office, iam: Iam) -> None:
    """Through the real sign-in and consent pages, with PKCE; until then the app says that it waits."""
    client, name = iam.client(REDIRECT), secrets.token_hex(4)
    iam.person(name)
    async with iam.app(client) as peer:
        app_id = await office.new_app()
        saved = await office.save(app_id, peer, iam.profile(client, **CODE))
        assert saved.status == "DISABLED" and iam.asked == []
        with pytest.raises(ConfigError, match="Nobody has authorized"):
            connector = await office.connectors.open(app_id, disabled_too=True)
            try:
                await connector.test()
            finally:
                await connector.close()
        await office.authorize(app_id, name)
        connector = await office.connectors.open(app_id)
        await connector.test()
        await connector.close()
    assert iam.asked == ["authorization_code"]
    grant = await office.grant(app_id)
    given = iam.tokens(client)[-1]
    assert grant["authorized_by"] == "provisor" and given.access_token.encode() not in grant["tokens"]


async def test_a_token_is_renewed_and_a_rotated_refresh_token_is_kept(office: Office, iam: Iam) -> None:
    """Each renewal makes the refresh token before it useless; every connector goes on with the new one."""
    client, name = iam.client(REDIRECT), secrets.token_hex(4)
    iam.person(name)
    async with iam.app(client) as peer:
        app_id = await office.new_app()
        await office.save(app_id, peer, iam.profile(client, **CODE))
        await office.authorize(app_id, name)
        for _ in range(3):
            await office.database.pool.execute("UPDATE oauth_grant SET access_until = clock_timestamp()")
            connector = await office.connectors.open(app_id)
            await connector.test()
            await connector.close()
    assert iam.asked == ["authorization_code", *["refresh_token"] * 3]
    assert len({each.refresh_token for each in iam.tokens(client)}) == 4


async def test_two_processes_that_renew_at_once_ask_once(office: Office, iam: Iam) -> None:
    """Forty requests of two processes find the token at its end: one of them asks, and no refresh token is lost."""
    client, name = iam.client(REDIRECT), secrets.token_hex(4)
    iam.person(name)
    async with iam.app(client) as peer:
        app_id = await office.new_app()
        await office.save(app_id, peer, iam.profile(client, **CODE))
        await office.authorize(app_id, name)
        await office.database.pool.execute("UPDATE oauth_grant SET access_until = clock_timestamp()")
        pool = await open_pool(office.dsn, size=2)
        other = ConnectorFactory(Database(pool), Sealer(bytes(32)), QUICK, build_scim_connector)
        connectors = [await office.connectors.open(app_id), await other.open(app_id)]
        await asyncio.gather(*(each.test() for each in connectors * 20))
        for each in connectors:
            await each.close()
        await pool.close()
    assert iam.asked == ["authorization_code", "refresh_token"]


async def test_a_token_revoked_meanwhile_is_replaced_once_and_the_request_repeated(office: Office, iam: Iam) -> None:
    """The app refuses a token that should have served for an hour: one renewal for all, and nobody notices."""
    client = iam.client()
    async with iam.app(client) as peer:
        app_id = await office.new_app()
        await office.save(app_id, peer, iam.profile(client))
        connector = await office.connectors.open(app_id)
        await connector.test()
        iam.revoke(*iam.tokens(client))
        iam.asked.clear()
        await asyncio.gather(*(connector.test() for _ in range(10)))
        await connector.close()
    assert iam.asked == ["client_credentials"]


async def test_an_app_that_refuses_new_tokens_too_is_not_asked_for_ever(office: Office, iam: Iam) -> None:
    """One forced renewal, one repetition, then it is the administrator's matter."""
    client, other = iam.client(), iam.client()
    async with iam.app(client) as peer, iam.app(other) as stranger:
        app_id = await office.new_app()
        await office.save(app_id, peer, iam.profile(client))
        await office.database.pool.execute("UPDATE app_connection SET base_url = $1", stranger.url)
        connector = await office.connectors.open(app_id)
        iam.asked.clear()
        for _ in range(3):
            with pytest.raises(ConfigError, match="Unauthorized"):
                await connector.test()
        await connector.close()
        assert len(stranger.journal) == 4, "the second attempt of the first request, and one for each other"
    assert iam.asked == ["client_credentials"] * 2


async def test_a_refresh_token_that_was_revoked_asks_for_a_person(office: Office, iam: Iam) -> None:
    """The refusal is remembered: no process asks again until somebody has authorized anew, which then serves."""
    client, name = iam.client(REDIRECT), secrets.token_hex(4)
    iam.person(name)
    async with iam.app(client) as peer:
        app_id = await office.new_app()
        await office.save(app_id, peer, iam.profile(client, **CODE))
        await office.authorize(app_id, name)
        iam.revoke(*iam.tokens(client))
        for _ in range(2):
            connector = await office.connectors.open(app_id)
            with pytest.raises(ConfigError, match=r"invalid_grant.*authorize again"):
                await connector.test()
            await connector.close()
        assert iam.asked == ["authorization_code", "refresh_token"]
        await office.authorize(app_id, name)
        connector = await office.connectors.open(app_id)
        await connector.test()
        await connector.close()


async def test_an_access_token_that_nothing_renews_asks_for_a_person_at_its_end(office: Office, iam: Iam) -> None:
    """Some servers give no refresh token: its end is the credentials' end, told before, and said afterwards."""
    client, name = iam.client(REDIRECT, grants=["authorization_code"]), secrets.token_hex(4)
    iam.person(name)
    async with iam.app(client) as peer:
        app_id = await office.new_app()
        await office.save(app_id, peer, iam.profile(client, **CODE))
        await office.authorize(app_id, name)
        grant = await office.grant(app_id)
        assert abs(grant["expires"] - grant["access_until"]) < timedelta(seconds=1)
        await office.database.pool.execute("UPDATE oauth_grant SET access_until = clock_timestamp()")
        connector = await office.connectors.open(app_id)
        with pytest.raises(ConfigError, match=r"gave none to renew it.*authorize again"):
            await connector.test()
        await connector.close()
    assert iam.asked == ["authorization_code"]


async def test_who_gives_up_waiting_loses_no_refresh_token(office: Office, iam: Iam) -> None:
    """The request that needed the token is cancelled while it is being renewed: what came is stored all the same."""
    client, name = iam.client(REDIRECT), secrets.token_hex(4)
    iam.person(name)
    async with iam.app(client) as peer:
        app_id = await office.new_app()
        await office.save(app_id, peer, iam.profile(client, **CODE))
        await office.authorize(app_id, name)
        await office.database.pool.execute("UPDATE oauth_grant SET access_until = clock_timestamp()")
        connector = await office.connectors.open(app_id)
        asking = asyncio.create_task(connector.test())
        while "refresh_token" not in iam.asked and not asking.done():
            await asyncio.sleep(0)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        await connector.close()
        await office.database.pool.execute("UPDATE oauth_grant SET access_until = clock_timestamp()")
        connector = await office.connectors.open(app_id)
        await connector.test()
        await connector.close()
    assert iam.asked == ["authorization_code", "refresh_token", "refresh_token"]


async def test_new_tokens_wait_for_a_database_that_is_away(office: Office, iam: Iam, cluster: Cluster) -> None:
    """The database goes while the authorization server answers: the rotated token is stored as soon as it is back."""
    client, name = iam.client(REDIRECT), secrets.token_hex(4)
    iam.person(name)
    database = urlsplit(office.dsn).path.lstrip("/")
    async with iam.app(client) as peer:
        app_id = await office.new_app()
        await office.save(app_id, peer, iam.profile(client, **CODE))
        await office.authorize(app_id, name)
        await office.database.pool.execute("UPDATE oauth_grant SET access_until = clock_timestamp()")
        stored = await connections.get_connection(office.database, SYSTEM, app_id)
        assert stored is not None and stored.oauth is not None
        secret = office.connectors.unseal(stored)["clientSecret"]
        operator = await connect(cluster.dsn())
        endpoint = Outage(office.connectors.endpoint(), operator, database)
        made = (await office.grant(app_id))["made"]
        held = StoredGrant(
            office.database, office.connectors.sealer, app_id, made, client_of(stored.oauth, secret), endpoint, 5.0
        )
        renewing = asyncio.create_task(held.authorization())
        await endpoint.answered.wait()
        assert (await asyncio.wait([renewing], timeout=0.3))[1], "without a database there is nothing to be used yet"
        await operator.execute(f"ALTER DATABASE {database} ALLOW_CONNECTIONS true")
        assert iam.serves(client, (await renewing).removeprefix("Bearer "))
        await held.close()
        await operator.close()
        await office.database.pool.execute("UPDATE oauth_grant SET access_until = clock_timestamp()")
        connector = await office.connectors.open(app_id)
        await connector.test()
        await connector.close()
    assert iam.asked == ["authorization_code", "refresh_token", "refresh_token"]


async def test_a_process_that_died_while_asking_is_waited_for_and_replaced(office: Office, iam: Iam) -> None:
    """Its claim runs out; nobody is locked out for good by a crash."""
    client = iam.client()
    async with iam.app(client) as peer:
        app_id = await office.new_app()
        await office.save(app_id, peer, iam.profile(client))
        await office.database.pool.execute(
            "UPDATE oauth_grant SET renewing_until = clock_timestamp() + interval '0.5 seconds'"
        )
        connector = await office.connectors.open(app_id)
        await connector.test()
        await connector.close()
    assert (await office.grant(app_id))["tokens"] is not None


async def test_a_connector_of_an_earlier_client_gets_no_token_for_the_next(office: Office, iam: Iam) -> None:
    """Somebody saves another client while the old connector is in use: it waits to be replaced and asks nobody."""
    before, after = iam.client(), iam.client()
    async with iam.app(before) as peer, iam.app(after) as moved:
        app_id = await office.new_app()
        await office.save(app_id, peer, iam.profile(before))
        old = await office.connectors.open(app_id)
        await office.save(app_id, moved, iam.profile(after))
        iam.asked.clear()
        with pytest.raises(PeerUnavailable, match="changed just now"):
            await old.test()
        await old.close()
    assert iam.asked == [] and (await office.grant(app_id))["tokens"] is None


async def test_other_credentials_forget_the_tokens(office: Office, iam: Iam) -> None:
    """A token is never sent to another address than the one it was given for."""
    client, name = iam.client(REDIRECT), secrets.token_hex(4)
    iam.person(name)
    async with iam.app(client) as peer, iam.app(client) as moved:
        app_id = await office.new_app()
        await office.save(app_id, peer, iam.profile(client, **CODE))
        await office.authorize(app_id, name)
        saved = await office.save(app_id, moved, iam.profile(client, **CODE))
        assert saved.status == "DISABLED" and (await office.grant(app_id))["tokens"] is None
        assert moved.journal == []
        await office.save(app_id, peer, {"authScheme": "OAUTH2", **iam.profile(client)})
        assert (await office.grant(app_id))["authorized"] is None

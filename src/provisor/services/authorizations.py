"""Use cases of authorizing at an app by OAuth 2.0: going there, coming back with a code, and how that stands.

1. A state is of one session, one app and one use, and ends after some minutes (RFC 9700 §4.7); the verifier never
   leaves the server (RFC 7636).
2. Each app has a redirect URI of its own, so that no server can pass off its answers as another's (RFC 9700 §4.4).
3. New tokens are stored before they are used, and kept when the app then refuses them.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field

from provisor.apps.oauth import authorization_url, challenge_of, client_of
from provisor.connector import PeerError
from provisor.connector.oauth import GrantType, OAuthClient, Tokens
from provisor.services.actor import Actor, Permission
from provisor.services.apps import existing_app, held_app
from provisor.services.authorizing import ends_in, seal_tokens
from provisor.services.connecting import ConnectorFactory
from provisor.services.connections import TestFailed, recovered
from provisor.services.errors import Forbidden
from provisor.services.work import Database
from provisor.settings import Settings
from provisor.store import connections, grants
from provisor.store.connections import AppConnection, ConnectionStatus
from provisor.store.grants import Asked, Grant
from provisor.systemlog import Event, EventType

VERIFIER = "oauth_request.verifier"
"""The logical name under which verifiers are sealed."""
MINUTES = 15
STALE = (
    "This answer of the authorization server is too old, was used already, or belongs to another session. "
    "Nothing was changed; authorize again."
)
ELSEWHERE = "The API integration was changed while you were away, so the answer was not used. Authorize again."
# RFC 6749 §4.1.2.1
REFUSALS = {
    "access_denied": "You, or the authorization server, refused the access.",
    "invalid_scope": "The authorization server does not know the scope, or does not allow it to this client.",
    "unauthorized_client": "The authorization server does not allow this client this kind of grant.",
    "unsupported_response_type": "The authorization server does not give authorization codes.",
    "temporarily_unavailable": "The authorization server is overloaded or being maintained. Try again later.",
    "server_error": "The authorization server failed by itself. Try again later.",
}


class AuthorizationFailed(Exception):
    """Nothing was authorized; the sentence says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the authorization server sent the administrator back with."""

    state: str
    code: str = field(default="", repr=False)
    error: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """How an app's authorization stands, for who may look."""

    needs_person: bool
    grant: Grant

    @property
    def is_waiting(self) -> bool:
        """Somebody has to authorize before anything can be sent."""
        return self.needs_person and (self.grant.tokens is None or self.grant.refused is not None)

    @property
    def status(self) -> str:
        """The wire value."""
        if self.grant.refused is not None:
            return "REFUSED"
        return "WAITING" if self.is_waiting else "AUTHORIZED"


def redirect_uri(settings: Settings, app_id: str, asked_at: str) -> str:
    """Where an app's authorization server sends people back to; `asked_at` is where this server was reached just now.

    The app's own, so that the answer of another app's server is not taken for its (RFC 9700 §4.4).
    """
    origin = (settings.public_url or asked_at).rstrip("/")
    return f"{origin}/admin/apps/{app_id}/provisioning/integration/callback"


async def get_standing(database: Database, actor: Actor, app_id: str) -> Standing | None:
    """How the authorization stands; None for an app that does not use OAuth."""
    actor.require(Permission.READ)
    async with database.read() as connection:
        await existing_app(connection, app_id)
        stored = await connections.find(connection, app_id)
        grant = await grants.find(connection, app_id)
    if stored is None or stored.oauth is None or grant is None:
        return None
    return Standing(client_of(stored.oauth).grant is GrantType.AUTHORIZATION_CODE, grant)


async def begin_authorization(
    database: Database, actor: Actor, factory: ConnectorFactory, app_id: str, session: bytes, redirect_uri: str
) -> str:
    """The address to send the administrator to. `session` is what only this administrator can come back with."""
    actor.require(Permission.MANAGE_APPS)
    state, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(48)
    async with database.begin(actor) as work:
        await held_app(work.connection, app_id)
        stored = await connections.find(work.connection, app_id)
        grant = await grants.find(work.connection, app_id)
        if stored is None or stored.oauth is None or grant is None or not stored.oauth.get("authorizeUrl"):
            raise Forbidden("Only a connection by OAuth with an authorization code is authorized. Save one first.")
        sealed = factory.sealer.seal(VERIFIER, app_id, verifier.encode())
        asked = Asked(app_id, sealed, redirect_uri)
        await grants.leave(work.connection, _digest(state), session, app_id, asked, seconds=MINUTES * 60)
    return authorization_url(client_of(stored.oauth), redirect_uri, state, challenge_of(verifier))


async def finish_authorization(
    database: Database, actor: Actor, factory: ConnectorFactory, app_id: str, session: bytes, answer: Answer
) -> None:
    """Turn the server's answer into tokens, test them at the app, and use them. A first authorization switches it on.

    Raises `AuthorizationFailed` when there are no tokens, `TestFailed` when the app does not take them.
    """
    actor.require(Permission.MANAGE_APPS)
    async with database.begin(actor) as work:
        asked = await grants.come_back(work.connection, _digest(answer.state), session, app_id)
        stored = await connections.find(work.connection, app_id)
    if asked is None or stored is None or stored.oauth is None:
        raise AuthorizationFailed(STALE)
    if answer.error or not answer.code:
        raise AuthorizationFailed(_in_words(answer))
    client = client_of(stored.oauth, factory.unseal(stored).get("clientSecret", ""))
    tokens = await _exchange(factory, client, asked, answer.code)
    first = await _store(database, actor, factory, stored, client, asked, tokens)
    await _test(factory, app_id)
    async with database.begin(actor) as work:
        await held_app(work.connection, app_id)
        if first:
            await connections.set_status(work.connection, app_id, ConnectionStatus.ENABLED)
        await recovered(work, app_id)


async def _exchange(factory: ConnectorFactory, client: OAuthClient, asked: Asked, code: str) -> Tokens:
    """RFC 6749 §4.1.3, RFC 7636 §4.5."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": asked.redirect_uri,
        "code_verifier": factory.sealer.open(VERIFIER, asked.app_id, asked.verifier).decode(),
    }
    endpoint = factory.endpoint()
    try:
        return await endpoint.ask(client, form)
    except PeerError as problem:
        raise AuthorizationFailed(f"{problem.message} Authorize again.") from None
    finally:
        await endpoint.close()


async def _store(
    database: Database,
    actor: Actor,
    factory: ConnectorFactory,
    stored: AppConnection,
    client: OAuthClient,
    asked: Asked,
    tokens: Tokens,
) -> bool:
    """Keep the tokens, and have whoever uses older ones begin anew; True when there were none before."""
    sealed = seal_tokens(factory.sealer, asked.app_id, tokens)
    left = ends_in(client, tokens, renewable=tokens.refresh is not None)
    async with database.begin(actor) as work:
        await held_app(work.connection, asked.app_id)
        now = await connections.find(work.connection, asked.app_id)
        grant = await grants.find(work.connection, asked.app_id)
        if now is None or grant is None or now.last_updated != stored.last_updated:
            raise AuthorizationFailed(ELSEWHERE)
        await grants.store(
            work.connection,
            asked.app_id,
            grant.version,
            sealed,
            lifetime=tokens.lifetime,
            left=left,
            authorized_by=actor.user_id or actor.id,
        )
        await connections.touch(work.connection, asked.app_id)
        work.log(Event(EventType.APP_AUTHORIZE, app_id=asked.app_id))
        work.wake([asked.app_id])
    return grant.authorized is None


async def _test(factory: ConnectorFactory, app_id: str) -> None:
    """Ask the app whether it takes the new tokens."""
    try:
        connector = await factory.open(app_id, disabled_too=True)
        try:
            await connector.test()
        finally:
            await connector.close()
    except PeerError as problem:
        raise TestFailed(problem) from None


def _in_words(answer: Answer) -> str:
    """What an error answer says; the server's own words go after ours."""
    said = REFUSALS.get(answer.error, "The authorization server did not give a code.")
    words = " ".join(f"{answer.error} {answer.description}".split())[:300]
    return f"{said} It said: {words}" if words else said


def _digest(state: str) -> bytes:
    return hashlib.sha256(state.encode()).digest()

"""Keeps an app's access token fresh: used until shortly before its end, renewed once for everybody who waits for it.

1. In a process, whoever needs a token while it is being renewed waits for the same renewal.
2. Between processes, a claim in the row lets one ask; the others wait for its result. No transaction is open meanwhile.
3. What a token endpoint gave is stored before it is used, and for as long as the database is away it is kept and tried
   again: a rotated refresh token is the only one that is left. Who asked for it may have gone by then.
4. A result names the version it came from. If that is gone (another process was quicker, somebody authorized anew), the
   stored one counts.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from time import monotonic

import asyncpg
import orjson
import structlog

from provisor.connector import ConfigError, PeerUnavailable
from provisor.connector.oauth import GrantRefused, GrantType, OAuthClient, TokenEndpoint, Tokens
from provisor.services.secrets import NotReadable, Sealer
from provisor.services.work import Database
from provisor.store import grants
from provisor.store.database import DATABASE_AWAY
from provisor.store.grants import Grant

TOKENS = "oauth_grant.tokens"
"""The logical name under which tokens are sealed."""
MARGIN = 60.0
"""Seconds before its end from which a token is not used any more; a tenth of its life where that is less."""
POLL = 0.1
AWAY = 0.2
AWAY_MOST = 5.0
"""Seconds between attempts to store new tokens."""
ROOM = 30.0
"""Seconds that a claim outlives the longest answer, so that its result is there before somebody else may ask."""
AGAIN = "Open the app's API Integration and authorize again; what waits is sent then."

log = structlog.get_logger("provisor.oauth")


@dataclass(frozen=True, slots=True)
class Held:
    """Tokens as they are sealed."""

    access: str = field(default="", repr=False)
    refresh: str = field(default="", repr=False)


def seal_tokens(sealer: Sealer, app_id: str, tokens: Tokens, before: Held | None = None) -> bytes:
    """Tokens for the store; a refresh token that no new one replaces goes on (RFC 6749 §6)."""
    refresh = tokens.refresh or (before.refresh if before else "")
    return sealer.seal(TOKENS, app_id, orjson.dumps({"access": tokens.access, "refresh": refresh}))


def ends_in(client: OAuthClient, tokens: Tokens, *, renewable: bool) -> float | None:
    """Seconds until only a person can renew these tokens; None when nobody said, or when there is no such end."""
    if client.grant is GrantType.CLIENT_CREDENTIALS:
        return None
    return tokens.refresh_lifetime if renewable else tokens.lifetime


def usable_for(lifetime: float) -> float:
    """Seconds for which a token that has so many left is used."""
    return lifetime - min(MARGIN, lifetime / 10)


class StoredGrant:
    """The tokens of a saved connection. Implements `Authorizer`; use it within one event loop."""

    def __init__(
        self,
        database: Database,
        sealer: Sealer,
        app_id: str,
        made: int,
        client: OAuthClient,
        endpoint: TokenEndpoint,
        patience: float,
    ) -> None:
        """`made` says which of the app's grants is the client's; `patience` is what the token endpoint is given."""
        self._database = database
        self._sealer = sealer
        self._app_id = app_id
        self._made = made
        self._client = client
        self._endpoint = endpoint
        self._patience = patience
        self._value = ""
        self._until = 0.0
        self._flight: asyncio.Task[str] | None = None

    async def authorization(self) -> str:
        if monotonic() < self._until:
            return self._value
        return await self._join("")

    async def renew(self, refused: str) -> str:
        value = self._value
        if value == refused or monotonic() >= self._until:
            value = await self._join(refused)
            if value == refused:  # we joined who was only looking for a token that was thought good
                value = await self._join(refused)
        return value

    async def close(self) -> None:
        """Let a renewal that is on its way be stored first."""
        if self._flight is not None:
            await asyncio.wait([self._flight])
        await self._endpoint.close()

    async def _join(self, refused: str) -> str:
        """Wait for the renewal that is under way, or begin one. It outlives whoever gives up waiting."""
        if self._flight is None or self._flight.done():
            self._flight = asyncio.create_task(self._find(refused))
            self._flight.add_done_callback(_note)
        return await asyncio.shield(self._flight)

    async def _find(self, refused: str) -> str:
        """A value that is not the refused one: another process's if it has one, else our own."""
        give_up = monotonic() + 2 * self._patience + ROOM
        while monotonic() < give_up:
            grant = await self._load()
            held = self._open(grant)
            left = grant.access_left
            if held.access and _bearer(held.access) != refused and (left is None or usable_for(left) > 0):
                return self._adopt(held.access, left)
            async with self._database.pool.acquire() as connection:
                claimed = await grants.claim(connection, self._app_id, grant.version, self._patience + ROOM)
            if not claimed:
                await asyncio.sleep(POLL)
            elif (value := await self._renewed(grant, held)) is not None:
                return value
        raise PeerUnavailable("Another process of Provisor has been asking for an access token for too long.")

    async def _load(self) -> Grant:
        async with self._database.pool.acquire() as connection:
            grant = await grants.find(connection, self._app_id)
        if grant is None or grant.made != self._made:
            # Whoever still holds this connector is about to get another one; these tokens are not for it.
            raise PeerUnavailable("The app's connection was changed just now.")
        if grant.refused is not None:
            raise ConfigError(grant.refused)
        if grant.tokens is None and self._client.grant is GrantType.AUTHORIZATION_CODE:
            raise ConfigError(f"Nobody has authorized Provisor at the app yet. {AGAIN}")
        return grant

    def _open(self, grant: Grant) -> Held:
        if grant.tokens is None:
            return Held()
        try:
            return Held(**orjson.loads(self._sealer.open(TOKENS, self._app_id, grant.tokens)))
        except NotReadable as problem:
            raise ConfigError(f"{problem} {AGAIN}") from None

    async def _renewed(self, grant: Grant, held: Held) -> str | None:
        """Ask with what is held and store the answer; None when the grant has changed meanwhile."""
        try:
            tokens = await self._ask(held)
        except GrantRefused as refusal:
            reason = f"{refusal.message} {AGAIN}"
            async with self._database.pool.acquire() as connection:
                ours = await grants.refuse(connection, self._app_id, grant.version, reason)
            if not ours:
                return None
            raise ConfigError(reason, status=refusal.status) from None
        except BaseException:
            with suppress(*DATABASE_AWAY):  # the claim ends by itself too
                async with self._database.pool.acquire() as connection:
                    await grants.release(connection, self._app_id, grant.version)
            raise
        if not await self._store(grant, held, tokens):
            return None
        return self._adopt(tokens.access, tokens.lifetime)

    async def _ask(self, held: Held) -> Tokens:
        form = request_form(self._client, held)
        try:
            async with asyncio.timeout(self._patience):
                return await self._endpoint.ask(self._client, form)
        except TimeoutError:
            raise PeerUnavailable(
                f"The authorization server does not answer: no tokens within {self._patience:g} seconds."
            ) from None

    async def _store(self, grant: Grant, held: Held, tokens: Tokens) -> bool:
        """Write new tokens down, however long the database is away; False when the grant has changed."""
        sealed = seal_tokens(self._sealer, self._app_id, tokens, held)
        left = ends_in(self._client, tokens, renewable=bool(tokens.refresh or held.refresh))
        delay = AWAY
        while True:
            try:
                async with self._database.pool.acquire() as connection:
                    version = await grants.store(
                        connection, self._app_id, grant.version, sealed, lifetime=tokens.lifetime, left=left
                    )
                return version is not None
            except (*DATABASE_AWAY, asyncpg.PostgresError) as problem:  # also a full disk, or a standby
                log.warning("new tokens wait for the database", app=self._app_id, problem=str(problem))
                await asyncio.sleep(delay)
                delay = min(2 * delay, AWAY_MOST)

    def _adopt(self, access: str, left: float | None) -> str:
        self._value = _bearer(access)
        self._until = float("inf") if left is None else monotonic() + usable_for(left)
        return self._value


class UnsavedGrant:
    """Tokens for testing a client that is not saved: client credentials alone. Implements `Authorizer`."""

    def __init__(self, client: OAuthClient, endpoint: TokenEndpoint) -> None:
        self._client = client
        self._endpoint = endpoint
        self._value = ""

    async def authorization(self) -> str:
        return self._value or await self.renew("")

    async def renew(self, refused: str) -> str:
        self._value = _bearer((await self._endpoint.ask(self._client, request_form(self._client, Held()))).access)
        return self._value

    async def close(self) -> None:
        await self._endpoint.close()


def request_form(client: OAuthClient, held: Held) -> dict[str, str]:
    """What a token is asked for with; `ConfigError` when only a person can get one."""
    if client.grant is GrantType.AUTHORIZATION_CODE:
        if not held.refresh:
            raise GrantRefused("The access token has ended, and the app gave none to renew it with.")
        return {"grant_type": "refresh_token", "refresh_token": held.refresh}
    return {"grant_type": "client_credentials"} | ({"scope": client.scope} if client.scope else {})


def _note(flight: asyncio.Task[str]) -> None:
    """Take note of how it ended, also when nobody waits for it any more."""
    if not flight.cancelled():
        flight.exception()


def _bearer(token: str) -> str:
    """RFC 6750 §2.1."""
    return f"Bearer {token}"

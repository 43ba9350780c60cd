"""The outbound SCIM 2.0 client: Okta's requests, in Okta's order, for each capability of the port.

Decides what is sent when; the bodies come from `render` and `overlay`, the meaning of answers from `answers` and
`reading`. Never DELETEs, never retries, keeps nothing between calls.
"""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from urllib.parse import quote

import orjson

from provisor.connector import (
    Account,
    ConfigError,
    Desired,
    Json,
    PeerMissing,
    PeerNonconformant,
    PeerUnavailable,
    Request,
    Response,
    Survey,
    Transport,
)
from provisor.connectors.scim.answers import error_from
from provisor.connectors.scim.overlay import overlay
from provisor.connectors.scim.reading import Unreadable, count_of, parse_account, parse_list, parse_object
from provisor.connectors.scim.redaction import Redaction
from provisor.connectors.scim.render import compile_create
from provisor.connectors.scim.settings import Dialect, ScimSettings, parse_base_url
from provisor.connectors.scim.shape import shape_of
from provisor.connectors.scim.surveying import look_around

# RFC 7644 §3.5.2, in Okta's form: no path, lower-case op, a JSON boolean.
_PATCH = (
    b'{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],'
    b'"Operations":[{"op":"replace","value":{"active":%s}}]}'
)
MAX_MESSAGE = 500
_SWITCH = {True: _PATCH % b"true", False: _PATCH % b"false"}


class ScimConnector:
    """One app's SCIM endpoint. Implements every capability of the port."""

    def __init__(self, transport: Transport, settings: ScimSettings) -> None:
        self._transport = transport
        self._dialect = settings.dialect
        self._policy = settings.policy
        self._base = parse_base_url(settings.base_url)
        self._users = self._base + "/Users"
        self._shape = shape_of(settings.attributes)
        self._render_create = compile_create(self._shape)
        self._redaction = Redaction(settings.authorization[1])
        name, value = settings.authorization
        self._read_headers = {
            "Accept": "application/scim+json",
            "Accept-Charset": "utf-8",
            "User-Agent": "Okta SCIM Client 1.0.0",
            name: value,
            "Accept-Encoding": "gzip,deflate",
        }
        self._write_headers = self._read_headers | {"Content-Type": "application/scim+json; charset=utf-8"}

    def __repr__(self) -> str:
        return f"ScimConnector({self._users!r}, {self._dialect.value})"

    async def test(self) -> None:
        """Ask for two users, as Okta does when credentials are saved."""
        await self._first_users()

    async def survey(self) -> Survey:
        """The same question, then the other endpoints; what they answer fails nothing."""
        answer = await self._first_users()
        return await look_around(self._base, self._send, count_of(answer.body, self._policy))

    async def _first_users(self) -> Response:
        try:
            answer = await self._send("GET", f"{self._users}?startIndex=1&count=2")
        except PeerMissing as error:
            raise ConfigError(
                f"Error authenticating: {error.message} Nothing answers at {self._users}; check the base URL.",
                status=error.status,
            ) from None
        except (ConfigError, PeerUnavailable) as error:
            raise type(error)(f"Error authenticating: {error.message}", status=error.status) from None
        try:
            parse_list(answer.body, self._policy)
        except Unreadable as reason:
            raise self._nonconformant("No results for users returned", reason, answer) from None
        return answer

    async def close(self) -> None:
        await self._transport.close()

    async def find_accounts(self, username: str) -> Sequence[Account]:
        """Look a user name up; an app that answers 404 has none (both forms are in use)."""
        # A JSON string (RFC 7644 §3.4.2.2), percent-encoded. `quote` is quick when nothing but letters, digits and
        # what it holds safe is there, which is every ordinary user name.
        name = orjson.dumps(username).decode()[1:-1]
        literal = f"%22{quote(name, safe='@').replace('@', '%40')}%22"
        try:
            answer = await self._send("GET", f"{self._users}?filter=userName%20eq%20{literal}&startIndex=1&count=100")
        except PeerMissing:
            return ()
        try:
            return [parse_account(user, self._policy) for user in parse_list(answer.body, self._policy)]
        except Unreadable as reason:
            raise self._nonconformant("The answer to the look-up cannot be read", reason, answer) from None

    async def read_account(self, account_id: str) -> Account:
        answer = await self._send("GET", self._user(account_id))
        return self._account(answer, account_id)

    async def create_account(self, desired: Desired, password: str) -> Account:
        body = self._render_create(desired, password)
        try:
            answer = await self._send("POST", self._users, body, password)
        except PeerMissing as error:
            raise ConfigError(
                f"{error.message} Users cannot be created at {self._users}; check the base URL.",
                status=error.status,
            ) from None
        if not answer.body.strip():
            raise PeerNonconformant(
                "Create new user returned empty user. The app has to answer with the user and its id (RFC 7644 §3.3).",
                status=answer.status,
            )
        return self._account(answer, None, password)

    async def update_account(self, account_id: str, desired: Desired, *, activate: bool = False) -> Account:
        current = await self._representation(account_id)
        overlay(self._shape, self._policy, current, desired, activate=activate)
        account = await self._put(account_id, current)
        if activate:
            self._confirm(account, active=True)
        return account

    async def reactivate_account(self, account_id: str, desired: Desired) -> Account:
        if self._dialect is Dialect.PATCH:
            await self._representation(account_id)
            await self._switch(account_id, active=True)
        return await self.update_account(account_id, desired, activate=True)

    async def deactivate_account(self, account_id: str) -> None:
        if self._dialect is Dialect.PATCH:
            await self._switch(account_id, active=False)
            return
        current = await self._representation(account_id)
        current["active"] = False
        account = await self._put(account_id, current)
        self._confirm(account, active=False)

    async def _representation(self, account_id: str) -> dict[str, Json]:
        """Return the app's own view, checked to be that of this account."""
        answer = await self._send("GET", self._user(account_id))
        return dict(self._account(answer, account_id).resource)

    async def _put(self, account_id: str, body: dict[str, Json]) -> Account:
        answer = await self._send("PUT", self._user(account_id), orjson.dumps(body))
        if self._may_be_empty(answer):
            return parse_account(body, self._policy)
        return self._account(answer, account_id)

    async def _switch(self, account_id: str, *, active: bool) -> None:
        answer = await self._send("PATCH", self._user(account_id), _SWITCH[active])
        if answer.status == HTTPStatus.NO_CONTENT or self._may_be_empty(answer):
            return
        self._confirm(self._account(answer, account_id), active=active)

    def _may_be_empty(self, answer: Response) -> bool:
        """Tell whether a write was answered without a body and the policy lets that pass."""
        if answer.body.strip():
            return False
        if not self._policy.empty_write_answers:
            raise self._nonconformant(
                "The answer has no user", Unreadable("the body is empty", "empty_write_answers"), answer
            )
        return True

    def _confirm(self, account: Account, *, active: bool) -> None:
        """Refuse a success whose body says the opposite: a link must not be settled on it."""
        if account.active is (not active):
            state = "active" if account.active else "inactive"
            raise PeerNonconformant(
                f"The app accepted the change of 'active', but answered with an account that is still {state}."
            )

    async def _send(self, method: str, url: str, body: bytes | None = None, *secrets: str) -> Response:
        """Carry out one exchange; anything but a success is raised as what it means."""
        headers = self._read_headers if body is None else self._write_headers
        try:
            answer = await self._transport.send(Request(method, url, headers, body))
        except PeerUnavailable as error:
            if body is None and error.unknown:  # an unanswered read has changed nothing
                raise PeerUnavailable(error.message, status=error.status) from None
            raise
        if 200 <= answer.status < 300:
            return answer
        raise error_from(answer, method, self._redaction, *secrets)

    def _user(self, account_id: str) -> str:
        return f"{self._users}/{quote(account_id, safe='')}"

    def _account(self, answer: Response, account_id: str | None, *secrets: str) -> Account:
        """Read the user in an answer, and that it is the one that was asked for."""
        try:
            account = parse_account(parse_object(answer.body), self._policy)
            if account_id is not None and account.id != account_id:
                raise Unreadable(f"'id' is {account.id[:60]!r}, but {account_id[:60]!r} was asked for")
        except Unreadable as reason:
            raise self._nonconformant("The user in the answer cannot be read", reason, answer, *secrets) from None
        return account

    def _nonconformant(self, what: str, reason: Unreadable, answer: Response, *secrets: str) -> PeerNonconformant:
        excerpt = self._redaction.clean(answer.body.decode("utf-8", "replace"), *secrets)
        advice = f" The peer policy can allow it: {reason.tolerance}." if reason.tolerance else ""
        message = f"{what}: {reason}.{advice} The app sent: {excerpt or 'nothing'}"
        return PeerNonconformant(message[:MAX_MESSAGE], status=answer.status)

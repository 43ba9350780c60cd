"""The outbound SCIM client: for each capability of the port, which requests in which order, as the policy says.

The bodies come from `render`, `overlay` and `patching`, their spelling from `wire`, single requests from `exchange`.
Never DELETEs. Keeps between calls only what the app has taught: versions, and that it refuses PATCH.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from http import HTTPStatus
from typing import TypeVar
from urllib.parse import quote

import orjson

from provisor.connector import (
    Account,
    AccountAttribute,
    AccountPage,
    ConfigError,
    Desired,
    Discovered,
    Finding,
    Json,
    PeerError,
    PeerMissing,
    PeerNonconformant,
    PeerRefused,
    PeerUnavailable,
    Probed,
    Response,
    Survey,
    Transport,
)
from provisor.connectors.scim.attributes import CORE
from provisor.connectors.scim.discovering import place_of
from provisor.connectors.scim.exchange import Exchange
from provisor.connectors.scim.listing import page_of
from provisor.connectors.scim.overlay import overlay
from provisor.connectors.scim.patching import Operation, patchable, seen, switch, unseen
from provisor.connectors.scim.paths import full_path
from provisor.connectors.scim.policy import PeerPolicy, Write
from provisor.connectors.scim.probe import declared_attributes, look
from provisor.connectors.scim.proposal import judged, suggestions
from provisor.connectors.scim.reading import Unreadable, count_of, parse_account, parse_list
from provisor.connectors.scim.remarks import Remarks
from provisor.connectors.scim.render import compile_create
from provisor.connectors.scim.scratch import stranger, try_out
from provisor.connectors.scim.settings import ScimSettings
from provisor.connectors.scim.shape import shape_of
from provisor.connectors.scim.surveying import look_around
from provisor.connectors.scim.values import compile_observed
from provisor.connectors.scim.wire import WIRES

Answer = TypeVar("Answer")

NO_PATCH = frozenset({HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.NOT_IMPLEMENTED})


class ScimConnector:
    """One app's SCIM endpoint. Implements every capability of the port."""

    def __init__(self, transport: Transport, settings: ScimSettings) -> None:
        self._policy = settings.peer()
        self._transport, self._settings = transport, settings
        self._wire = WIRES[self._policy.version]
        self._exchange = Exchange(transport, settings)
        self._attributes = settings.attributes
        self._shape = shape_of(settings.attributes)
        self._patchable = patchable(self._shape, self._policy)
        self._render_create = compile_create(self._shape, empty_groups=self._policy.empty_groups)
        self._name = settings.dialect.value
        self._remarks = Remarks(settings.attributes, self._policy)
        unseen_or_name = {*self._policy.server_only, f"{CORE}:userName"}
        shown = [each for each in settings.attributes if full_path(each) not in unseen_or_name]
        self.observable = frozenset(each.name for each in shown)
        self._observed = compile_observed(shown)
        self._refused_patch = ""
        """What the app said when it refused PATCH and the policy makes up for it by PUT."""

    def __repr__(self) -> str:
        return f"ScimConnector({self._exchange.users!r}, {self._name})"

    async def test(self) -> None:
        """Ask for two users, as Okta does when credentials are saved."""
        await self._first_users()

    async def survey(self) -> Survey:
        """The same question, then the other endpoints; what they answer fails nothing."""
        answer = await self._first_users()
        users = count_of(answer.body, self._policy)
        found = await look_around(self._exchange.base, self._exchange.send, users, self._policy, self._refused_patch)
        with suppress(PeerError):
            proposal = await look(self._exchange, self._attributes)
            return replace(found, suggestions=suggestions(proposal, self._policy))
        return found

    async def probe(self, *, scratch: bool, delete: bool) -> Probed:
        """Look at the server, then try it out if that is wanted; what was tried outweighs what was looked at."""
        proposal = await look(self._exchange, self._attributes)
        if not scratch:
            return Probed(judged(proposal.findings, self._policy), proposal.unknown)
        known = [each for each in self._attributes if each.name not in proposal.unknown or each.required]
        found, left = await try_out(
            lambda policy: self._treated(policy, known),
            self._exchange,
            replace(proposal.policy, if_match=False, bulk=False, put_when_refused=False),
            stranger(known, secrets.token_hex(4)),
            known,
            delete=delete,
            password=secrets.token_urlsafe(18),
        )
        tried = {each.field for each in found}
        said = [*found, *(each for each in proposal.findings if each.field not in tried)]
        return Probed(judged(said, self._policy), proposal.unknown, left)

    async def discover_attributes(self) -> Sequence[Discovered]:
        """Test, then read what the server declares; those that it is told of already come under their names."""
        await self._first_users()
        found = await declared_attributes(self._exchange, self._policy.version)
        known = {place_of(each): each for each in self._attributes}
        return [replace(each, attribute=known.get(place_of(each.attribute), each.attribute)) for each in found]

    def _treated(self, policy: PeerPolicy, attributes: Sequence[AccountAttribute]) -> ScimConnector:
        """The same app under another policy. Only whoever made this one closes the transport."""
        return ScimConnector(self._transport, replace(self._settings, policy=policy, attributes=tuple(attributes)))

    async def _first_users(self) -> Response:
        users = self._exchange.users
        try:
            answer = await self._exchange.send("GET", f"{users}?startIndex=1&count=2")
        except PeerMissing as error:
            raise ConfigError(
                f"Error authenticating: {error.message} Nothing answers at {users}; check the base URL.",
                status=error.status,
            ) from None
        except (ConfigError, PeerUnavailable) as error:
            raise type(error)(f"Error authenticating: {error.message}", status=error.status) from None
        try:
            parse_list(answer.body, self._policy)
        except Unreadable as reason:
            raise self._exchange.nonconformant("No results for users returned", reason, answer) from None
        return answer

    async def close(self) -> None:
        await self._exchange.close()

    async def find_accounts(self, username: str) -> Sequence[Account]:
        """Look a user name up; an app that answers 404 has none (both forms are in use)."""
        # A JSON string (RFC 7644 §3.4.2.2), percent-encoded. `quote` is quick when nothing but letters, digits and
        # what it holds safe is there, which is every ordinary user name.
        name = orjson.dumps(username).decode()[1:-1]
        literal = f"%22{quote(name, safe='@').replace('@', '%40')}%22"
        query = f"filter=userName%20eq%20{literal}&startIndex=1&count={self._policy.page}"
        try:
            answer = await self._exchange.send("GET", f"{self._exchange.users}?{query}")
        except PeerMissing:
            return ()
        try:
            return [parse_account(user, self._policy) for user in parse_list(answer.body, self._policy)]
        except Unreadable as reason:
            raise self._exchange.nonconformant("The answer to the look-up cannot be read", reason, answer) from None

    async def read_account(self, account_id: str) -> Account:
        return self._exchange.account(await self._exchange.send("GET", self._exchange.user(account_id)), account_id)

    async def list_accounts(self, position: str | None) -> AccountPage:
        """Ask for the users from this index on (RFC 7644 §3.4.2.4, SCIM 1.1 §3.2.2.3)."""
        start = int(position or 1)
        answer = await self._exchange.send(
            "GET", f"{self._exchange.users}?startIndex={start}&count={self._policy.page}"
        )
        try:
            return page_of(answer.body, start, self._policy)
        except Unreadable as reason:
            raise self._exchange.nonconformant("The list of users cannot be read", reason, answer) from None

    def observed(self, account: Account) -> Mapping[str, Json]:
        return self._observed(account.resource)

    async def create_account(self, desired: Desired, password: str) -> Account:
        body = self._wire.render_user(self._render_create(desired, password))
        try:
            answer = await self._exchange.send("POST", self._exchange.users, body, password)
        except PeerMissing as error:
            raise ConfigError(
                f"{error.message} Users cannot be created at {self._exchange.users}; check the base URL.",
                status=error.status,
            ) from None
        if not answer.body.strip():
            raise PeerNonconformant(
                "Create new user returned empty user. The app has to answer with the user and its id (RFC 7644 §3.3).",
                status=answer.status,
            )
        account = self._exchange.account(answer, None, password)
        self._remarks.look(desired, account)
        return account

    async def update_account(self, account_id: str, desired: Desired, *, activate: bool = False) -> Account:
        async def put() -> Account:
            current = await self._representation(account_id)
            overlay(self._shape, self._policy, current, desired, activate=activate)
            return await self._put(account_id, current)

        async def patch() -> Account:
            if self._policy.read_first:
                current = await self._representation(account_id)
                operations = seen(self._shape, self._policy, current, desired, activate=activate)
            else:
                operations = unseen(self._patchable, self._policy, desired, activate=activate)
            return await self._patch(account_id, operations) or _as_written(account_id, desired, activate)

        account = await self._by(self._policy.profile_by, account_id, put, patch)
        if activate:
            _confirm(account, active=True)
        self._remarks.look(desired, account)
        return account

    def remarks(self) -> Sequence[Finding]:
        return self._remarks.findings

    async def reactivate_account(self, account_id: str, desired: Desired) -> Account:
        if self._policy.switch_apart:
            await self._representation(account_id)
            await self._switch(account_id, active=True)
        return await self.update_account(account_id, desired, activate=True)

    async def deactivate_account(self, account_id: str) -> None:
        await self._switch(account_id, active=False)

    async def _switch(self, account_id: str, *, active: bool) -> None:
        async def put() -> Account | None:
            current = await self._representation(account_id)
            return await self._put(account_id, {**current, "active": active})

        async def patch() -> Account | None:
            # Unguarded: whoever leaves, leaves, whatever else changed in the app meanwhile.
            return await self._patch(account_id, switch(active), guarded=False)

        account = await self._by(self._policy.switch_by, account_id, put, patch)
        if account is not None:
            _confirm(account, active=active)

    async def _by(
        self,
        method: Write,
        account_id: str,
        put: Callable[[], Awaitable[Answer]],
        patch: Callable[[], Awaitable[Answer]],
    ) -> Answer:
        """Write in the policy's way, or by PUT if the app has none for PATCH and the policy makes up for it."""
        if method is Write.PATCH and not self._refused_patch:
            try:
                return await self._unless_changed(account_id, patch, looks=self._policy.read_first)
            except PeerRefused as refusal:
                if refusal.status not in NO_PATCH or not self._policy.put_when_refused:
                    raise
                self._refused_patch = refusal.message
        return await self._unless_changed(account_id, put, looks=True)

    async def _unless_changed(self, account_id: str, write: Callable[[], Awaitable[Answer]], *, looks: bool) -> Answer:
        """Write; an account that is not as we last saw it (412) is looked at again and written once more."""
        try:
            return await write()
        except PeerRefused as refusal:
            if not _changed(refusal):
                raise
        if not looks:
            await self.read_account(account_id)
        try:
            return await write()
        except PeerRefused as refusal:
            if not _changed(refusal):
                raise
            message = f"{refusal.message} The account changes in the app at this very moment."
            raise PeerUnavailable(message, status=refusal.status) from None

    async def _representation(self, account_id: str) -> dict[str, Json]:
        """Return the app's own view, checked to be that of this account."""
        return dict((await self.read_account(account_id)).resource)

    async def _put(self, account_id: str, user: dict[str, Json]) -> Account:
        answer = await self._exchange.write("PUT", account_id, self._wire.render_user(user), guarded=True)
        if self._may_be_empty(answer):
            return parse_account(user, self._policy)
        return self._exchange.account(answer, account_id)

    async def _patch(self, account_id: str, operations: list[Operation], *, guarded: bool = True) -> Account | None:
        body = self._wire.render_patch(account_id, operations)
        answer = await self._exchange.write("PATCH", account_id, body, guarded=guarded)
        if answer.status == HTTPStatus.NO_CONTENT or self._may_be_empty(answer):
            return None
        return self._exchange.account(answer, account_id)

    def _may_be_empty(self, answer: Response) -> bool:
        """Tell whether a write was answered without a body and the policy lets that pass."""
        if answer.body.strip():
            return False
        if not self._policy.empty_write_answers:
            raise self._exchange.nonconformant(
                "The answer has no user", Unreadable("the body is empty", "empty_write_answers"), answer
            )
        return True


def _confirm(account: Account, *, active: bool) -> None:
    """Refuse a success whose body says the opposite: a link must not be settled on it."""
    if account.active is (not active):
        state = "active" if account.active else "inactive"
        raise PeerNonconformant(
            f"The app accepted the change of 'active', but answered with an account that is still {state}."
        )


def _changed(refusal: PeerRefused) -> bool:
    return refusal.status == HTTPStatus.PRECONDITION_FAILED


def _as_written(account_id: str, desired: Desired, activate: bool) -> Account:
    """The account after a PATCH that was answered with 204: as far as we know it."""
    return Account(account_id, desired.username, True if activate else None, desired.subject, {})

"""Carries single requests to one SCIM server and reads what comes back; anything but a success is raised as an error.

Knows addresses, headers and the policy's tolerances; decides nothing about which request comes when.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from provisor.connector import Account, PeerNonconformant, PeerUnavailable, Request, Response, Transport
from provisor.connectors.scim.answers import error_from
from provisor.connectors.scim.bulk import BulkTransport
from provisor.connectors.scim.policy import PeerPolicy
from provisor.connectors.scim.reading import Unreadable, parse_account, parse_object
from provisor.connectors.scim.redaction import Redaction
from provisor.connectors.scim.settings import ScimSettings, parse_base_url
from provisor.connectors.scim.versions import Versions
from provisor.connectors.scim.wire import WIRES

MAX_MESSAGE = 500
_NOTHING: Mapping[str, str] = {}


class Exchange:
    """One app's server, one request at a time."""

    def __init__(self, transport: Transport, settings: ScimSettings) -> None:
        self._policy = settings.peer()
        self._redaction = Redaction(settings.authorization[1] if settings.authorization else "")
        self._versions = Versions()
        self.base = parse_base_url(settings.base_url)
        self.users = self.base + "/Users"
        self.read_headers = read_headers(self._policy, settings.authorization)
        media_type = WIRES[self._policy.version].media_type
        self._transport = BulkTransport(transport, self.base, self.read_headers) if self._policy.bulk else transport
        self._write_headers = self.read_headers | {"Content-Type": f"{media_type}; charset=utf-8"}

    def user(self, account_id: str) -> str:
        """Return an account's address."""
        return f"{self.users}/{quote(account_id, safe='')}"

    async def send(
        self, method: str, url: str, body: bytes | None = None, *secrets: str, extra: Mapping[str, str] = _NOTHING
    ) -> Response:
        """Carry out one exchange; `secrets` are in the body and stay out of errors."""
        headers = self.read_headers if body is None else self._write_headers
        try:
            answer = await self._transport.send(Request(method, url, {**headers, **extra} if extra else headers, body))
        except PeerUnavailable as error:
            if body is None and error.unknown:  # an unanswered read has changed nothing
                raise PeerUnavailable(error.message, status=error.status) from None
            raise
        if 200 <= answer.status < 300:
            return answer
        raise error_from(answer, method, self._redaction, *secrets)

    async def write(self, method: str, account_id: str, body: bytes, *, guarded: bool) -> Response:
        """Write to an account; when guarded, only if it is as we last saw it."""
        held = self._versions.of(account_id) if guarded and self._policy.if_match else _NOTHING
        try:
            answer = await self.send(method, self.user(account_id), body, extra=held)
        except BaseException:
            self._versions.forget(account_id)
            raise
        if not answer.body.strip():
            self.note(account_id, answer)
        return answer

    def note(self, account_id: str, answer: Response, account: Account | None = None) -> None:
        """Remember the version that an answer tells, if the policy has use for it."""
        if self._policy.if_match:
            self._versions.note(account_id, answer, account.resource if account else None)

    def account(self, answer: Response, account_id: str | None, *secrets: str) -> Account:
        """Read the user in an answer, and that it is the one that was asked for."""
        try:
            account = parse_account(parse_object(answer.body), self._policy)
            if account_id is not None and account.id != account_id:
                raise Unreadable(f"'id' is {account.id[:60]!r}, but {account_id[:60]!r} was asked for")
        except Unreadable as reason:
            raise self.nonconformant("The user in the answer cannot be read", reason, answer, *secrets) from None
        self.note(account.id, answer, account)
        return account

    def nonconformant(self, what: str, reason: Unreadable, answer: Response, *secrets: str) -> PeerNonconformant:
        """Say what is wrong with a success, and which field of the policy would let it pass."""
        excerpt = self._redaction.clean(answer.body.decode("utf-8", "replace"), *secrets)
        advice = f" The peer policy can allow it: {reason.tolerance}." if reason.tolerance else ""
        message = f"{what}: {reason}.{advice} The app sent: {excerpt or 'nothing'}"
        return PeerNonconformant(message[:MAX_MESSAGE], status=answer.status)

    async def close(self) -> None:
        """Give the connections back."""
        await self._transport.close()


def read_headers(policy: PeerPolicy, authorization: tuple[str, str] | None) -> dict[str, str]:
    """Return the headers of a GET, in the order of Okta's client if the policy wants its name."""
    accept = {"Accept": WIRES[policy.version].media_type}
    okta = {"Accept-Charset": "utf-8", "User-Agent": "Okta SCIM Client 1.0.0"}
    own = okta if policy.okta_headers else {"User-Agent": "Provisor"}
    credentials = dict([authorization]) if authorization else {}
    return {**accept, **own, **credentials, "Accept-Encoding": "gzip,deflate"}

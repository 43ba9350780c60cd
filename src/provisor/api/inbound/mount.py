"""`/scim/v2` of the server: who may come in, how often, and the SCIM server that answers them.

Every answer is SCIM's (RFC 7644 §3.12), also a refusal at the door. A token needs the scope `scim` or `write`.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import replace

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from provisor.api.frame import permissions_of
from provisor.api.inbound.refusals import NOT_REACHED
from provisor.api.inbound.storage import ACTING, DirectoryHasher, DirectoryStorage
from provisor.api.limits import WINDOW, RateLimit
from provisor.api.metrics import Metrics
from provisor.directory.ids import Prefix
from provisor.directory.scim_schemas import DIRECTORY_GROUP, DIRECTORY_USER
from provisor.scim.errors import ScimError
from provisor.scim.policy import TOLERANT
from provisor.scimserver.application import scim_app
from provisor.scimserver.auth import Credential, Scheme
from provisor.scimserver.handler import error
from provisor.scimserver.options import BASE_PATH, Limits, Options
from provisor.services import actor as actors
from provisor.services.actor import Actor, RequestOrigin
from provisor.services.tokens import Tokens
from provisor.services.work import Database
from provisor.settings import Settings
from provisor.store.database import DATABASE_AWAY

ENDPOINTS = frozenset(
    {"/Users", "/Groups", "/Bulk", "/.search", "/Me", "/Schemas", "/ResourceTypes", "/ServiceProviderConfig"}
)
ADMITTED = frozenset({actors.Scope.SCIM, actors.Scope.WRITE})
POLICY = replace(TOLERANT, keep_unknown_extensions=False)
"""What Okta and Entra ID send is accepted; what no schema declares is not kept."""
MOST_BULK = 1000
WAIT = b"5"
"""Seconds that a client is asked to wait while the directory cannot be reached."""


class CheckedAtTheDoor(Credential):
    """Announces bearer tokens to clients, and leaves the checking to this module."""

    def admits(self, authorization: bytes | None) -> bool:
        return True


class InboundScim:
    """The ASGI application for everything below `/scim/v2`."""

    def __init__(
        self, database: Database, settings: Settings, cursor_key: bytes, metrics: Metrics | None = None
    ) -> None:
        options = Options(
            credential=CheckedAtTheDoor(Scheme.BEARER),
            resource_types=(DIRECTORY_USER, DIRECTORY_GROUP),
            policy=POLICY,
            hasher=DirectoryHasher(),
            limits=Limits(body=settings.api_max_body, bulk_body=settings.api_max_body, operations=MOST_BULK),
            cursor_key=cursor_key,
            refuse_unknown_members=True,
            unique_group_names=True,
        )
        self._server: ASGIApp = scim_app(DirectoryStorage(database, POLICY), options)
        self._database = database
        self._tokens = Tokens(database)
        self._metrics = metrics or Metrics()
        self._limit = RateLimit(settings.api_rate_limit, time.time)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request_id, began = self._database.ids.new(Prefix.TRANSACTION), time.perf_counter()
        marked = Marked(send, request_id)
        await self._answer(scope, receive, marked, request_id)
        self._metrics.count(scope["method"], route_of(scope["path"]), marked.status, time.perf_counter() - began)

    async def _answer(self, scope: Scope, receive: Receive, marked: Marked, request_id: str) -> None:
        try:
            ACTING.set(await self._admit(scope, request_id))
        except ScimError as problem:
            await refuse(marked, problem)
            return
        except DATABASE_AWAY:
            await refuse(marked, ScimError(503, NOT_REACHED))
            return
        await self._server({**scope, "root_path": BASE_PATH}, receive, marked)

    async def _admit(self, scope: Scope, request_id: str) -> Actor:
        """Who asks; raises 401, 403 and 429."""
        headers = dict(scope["headers"])
        address = scope["client"][0] if scope.get("client") else None
        text = bearer_text(headers.get(b"authorization", b""))
        token = await self._tokens.check(text) if text else None
        if not self._limit.take(token.id if token else f"address {address}").allowed:
            raise ScimError(429, "this token has sent too many requests this minute")
        if token is None:
            raise ScimError(401, "the Authorization header holds no API token that is valid: Bearer <token>")
        if not ADMITTED & set(token.scopes):
            raise ScimError(403, "this token lacks the scope “scim”; a super administrator can make one that has it")
        agent = headers.get(b"user-agent", b"").decode("latin-1")[:500]
        origin = RequestOrigin(request_id, scope["path"].replace("\x00", "�"), address, agent or None)
        return Actor(token.id, permissions_of(token.scopes), origin)


class Marked:
    """Sends an answer with its request id and, where the client is to wait, for how long."""

    def __init__(self, send: Send, request_id: str) -> None:
        self._send = send
        self._request_id = request_id
        self.status = 0
        """What was answered; 0 while nothing was."""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            more = [(b"x-okta-request-id", self._request_id.encode()), (b"cache-control", b"no-store")]
            message = {**message, "headers": [*message["headers"], *more, *waiting(message["status"])]}
        await self._send(message)


def route_of(path: str) -> str:
    """The path without ids, so that they do not become labels."""
    endpoint = "/" + path.removeprefix(BASE_PATH).strip("/").partition("/")[0]
    return BASE_PATH + endpoint if endpoint in ENDPOINTS else BASE_PATH


def waiting(status: int) -> Iterable[tuple[bytes, bytes]]:
    """Retry-After (RFC 7231 §7.1.3)."""
    if status == 429:
        return [(b"retry-after", b"%d" % (WINDOW - int(time.time()) % WINDOW))]
    return [(b"retry-after", WAIT)] if status == 503 else []


async def refuse(send: Send, problem: ScimError) -> None:
    """Answer at the door."""
    challenge = [(b"www-authenticate", b'Bearer realm="scim"')] if problem.status == 401 else []
    response = error(problem, *challenge)
    headers = [*response.headers, (b"content-length", b"%d" % len(response.body)), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": response.body})


def bearer_text(header: bytes) -> str | None:
    """The token of an Authorization header (RFC 6750 §2.1)."""
    scheme, _, text = header.partition(b" ")
    return text.strip().decode("latin-1") or None if scheme.lower() == b"bearer" else None

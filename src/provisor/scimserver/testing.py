"""A reference server inside a test: real HTTP on a free loopback port, with a look at what the app holds.

It runs in a thread of its own, so both async and blocking clients can talk to it:

    async with running(faults=True) as peer:
        ...  # peer.url, peer.token, peer.users(), peer.faults.add(Rule(status=500, count=1)), peer.journal
"""

import threading
from types import TracebackType
from typing import Any, Self

import orjson

from provisor.scim.schemas import GROUP, USER

from .auth import bearer
from .faults import Faults, Rule
from .journal import Exchange
from .options import Options
from .passwords import verify_digest
from .records import render, render_groups, render_members
from .serving import Service, build, run
from .storage import label_of

__all__ = ["Peer", "Rule", "running"]

TOKEN = "scim-token-for-tests"


class Peer:
    """A running server; use it as a context manager, blocking or async."""

    def __init__(self, options: Options, token: str) -> None:
        self._options = options
        self.token = token
        self._service: Service | None = None
        self._thread: threading.Thread | None = None

    @property
    def service(self) -> Service:
        """The running service."""
        assert self._service is not None, "the peer is not running"
        return self._service

    @property
    def url(self) -> str:
        """The base URL, with `/scim/v2`."""
        return self.service.url

    @property
    def headers(self) -> dict[str, str]:
        """The headers that authenticate with the default bearer token."""
        return {"Authorization": f"Bearer {self.token}"}

    @property
    def faults(self) -> Faults:
        """The rules of misbehaviour; needs `Options(faults=True)`, which is the default of `running`."""
        assert self.service.faults is not None, "start the peer with faults=True"
        return self.service.faults

    @property
    def journal(self) -> list[Exchange]:
        """The requests seen so far, oldest first."""
        return self.faults.journal.entries()

    def users(self) -> list[dict[str, Any]]:
        """Return the users the app holds, in order of creation."""
        storage = self.service.storage
        groups = {group.id: group for group in storage.snapshot(GROUP)}
        of: dict[str, list[Any]] = {}
        for group in groups.values():
            for member in storage.snapshot_members(group.id):
                of.setdefault(member.id, []).append(label_of(group))
        return [
            orjson.loads(render(user, self.url, render_groups(of.get(user.id, []), self.url)))
            for user in storage.snapshot(USER)
        ]

    def user(self, user_name: str) -> dict[str, Any]:
        """Return the one user of this userName, ignoring case; raises LookupError otherwise."""
        found = [user for user in self.users() if user["userName"].casefold() == user_name.casefold()]
        if len(found) != 1:
            raise LookupError(f"{len(found)} users are called {user_name!r}")
        return found[0]

    def groups(self) -> list[dict[str, Any]]:
        """Return the groups the app holds, with their members."""
        storage = self.service.storage
        everyone = {record.id: label_of(record) for kind in (USER, GROUP) for record in storage.snapshot(kind)}
        endpoints = {kind.name: kind.endpoint for kind in (USER, GROUP)}
        shown = []
        for group in storage.snapshot(GROUP):
            members = render_members(storage.snapshot_members(group.id), everyone, endpoints, self.url)
            shown.append(orjson.loads(render(group, self.url, members)))
        return shown

    def accepts_password(self, user_name: str, password: str) -> bool:
        """Whether the app would let this user in with this password."""
        user_id = self.user(user_name)["id"]
        stored = next(record.password for record in self.service.storage.snapshot(USER) if record.id == user_id)
        return stored is not None and verify_digest(password, stored)

    def reset(self) -> None:
        """Forget users, groups, rules and journal, so that tests can share one server kept in memory."""
        self.service.storage.clear()
        if self.service.faults is not None:
            self.service.faults.clear()
            self.service.faults.journal.clear()

    def start(self, port: int = 0) -> Self:
        """Start serving; returns when connections are accepted (the port is bound before the thread starts)."""
        self._service = build(self._options, port=port)
        self._thread = threading.Thread(target=run, args=(self._service,), name="scim-server", daemon=True)
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop serving and wait for it."""
        assert self._thread is not None
        self.service.server.end()
        self._thread.join(timeout=10)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    async def __aenter__(self) -> Self:
        return self.start()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        # Blocks the caller's loop for the moment the server takes to close its connections.
        self.stop()


def running(options: Options | None = None, *, token: str = TOKEN, **changes: Any) -> Peer:
    """Return a peer that expects `token` as a bearer token and has faults and journal, unless `options` say otherwise.

    Keyword arguments are fields of `Options`.
    """
    if options is None:
        options = Options(**{"credential": bearer(token), "faults": True, **changes})
    elif changes:
        raise TypeError("give either options or single fields")
    return Peer(options, token)

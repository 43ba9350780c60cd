"""How a reference server behaves, as one frozen value; the command line, tests and mounting apps fill it."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from provisor.scim.policy import TOLERANT, Policy
from provisor.scim.schemas import ResourceType

from .auth import ANONYMOUS, Credential
from .catalogue import KINDS
from .passwords import Hasher, KeyedDigest

BASE_PATH = "/scim/v2"


@dataclass(frozen=True, slots=True)
class Limits:
    """What one request may cost; beyond it the client gets the error that the RFC names."""

    body: int = 64 * 1024 * 1024
    """Bytes, 413 beyond; a PUT of 100,000 members is about 17 MB."""

    depth: int = 16
    """Levels of JSON, 400 invalidSyntax beyond."""

    filter: int = 20_000
    """Characters, 400 invalidFilter beyond."""

    operations: int = 1000
    """Operations of one PATCH or one Bulk request, 413 beyond (RFC 7644 §3.7.4)."""

    bulk_body: int = 4 * 1024 * 1024
    """Bytes of a Bulk request, 413 beyond."""

    page: int = 1000
    """Resources on one page; a larger `count` gets this many (RFC 7644 §3.4.2.4)."""

    default_page: int = 100
    """Resources on a page whose size the client leaves open."""


@dataclass(frozen=True, slots=True)
class Tenant:
    """One of several services of a stand-alone server, at `/{name}/scim/v2`."""

    name: str
    credential: Credential


@dataclass(frozen=True, slots=True)
class Options:
    """The defaults accept what Okta and Entra ID send and keep everything in memory."""

    credential: Credential = ANONYMOUS
    """Who is let in; a mounting app with an authentication of its own leaves it."""

    resource_types: tuple[ResourceType, ...] = KINDS
    """What the server keeps: users, groups, and what else a schema describes."""

    policy: Policy = TOLERANT
    """Which deviations of clients are accepted."""

    hasher: Hasher = field(default_factory=KeyedDigest)
    """What becomes of passwords."""

    limits: Limits = field(default_factory=Limits)

    me: Callable[[Mapping[bytes, bytes]], str | None] | None = None
    """Names the user (by userName) whom a request's headers stand for, which is what `/Me` is; None = 501."""

    cursor_key: bytes = field(default_factory=lambda: os.urandom(32), repr=False)
    """Seals cursors; processes that share a storage share it, and a new one ends all cursors."""

    cursor_timeout: int | None = None
    """Seconds a cursor lives; None = as long as the key."""

    refuse_unknown_members: bool = False
    """Whether a group refuses the id of nobody; otherwise it is kept, without `$ref`."""

    refuse_clearing_members: bool = False
    """Whether `remove members` without a filter is refused."""

    patch_shows_members: bool = False
    """Whether a group's PATCH answers with `members` unasked, as RFC 7644 §3.5.2 has it; 100,000 are 17 MB."""

    unique_group_names: bool = False
    """Whether a second group of the same displayName is a 409."""

    data: Path | None = None
    """The file in which accepted writes are kept; None = in memory only."""

    database: str | None = field(default=None, repr=False)
    """The PostgreSQL database in which everything is kept; its URL may hold a password."""

    tenants: tuple[Tenant, ...] = ()
    """Services beside the one at `/scim/v2`, or instead of it where nobody could sign in there."""

    default_tenant: bool = True
    """Whether there is a service at `/scim/v2`."""

    page: bool = False
    """Whether the page at `/` exists."""

    record: Path | None = None
    """The directory that every exchange is written to."""

    public_url: str | None = None
    """How clients reach the base path when that differs from host and port, for `meta.location`."""

    latency: float = 0.0
    """Seconds every answer waits."""

    faults: bool = False
    """Whether `/_faults` and `/_requests` exist."""

    seed: int = 0
    """Makes faults with a probability repeatable."""

    journal: int = 1000
    """How many requests `/_requests` remembers, when faults are on."""

    def names(self) -> tuple[str | None, ...]:
        """Return the tenants; None = the service at `/scim/v2`."""
        return (*((None,) if self.default_tenant else ()), *(tenant.name for tenant in self.tenants))

    def for_tenant(self, credential: Credential) -> "Options":
        """Return the options of one service."""
        return replace(self, credential=credential)

"""How a reference server behaves, as one frozen value; the command line and tests fill it."""

from dataclasses import dataclass
from pathlib import Path

from provisor.scim.policy import TOLERANT, Policy

from .auth import ANONYMOUS, Credential

BASE_PATH = "/scim/v2"


@dataclass(frozen=True, slots=True)
class Options:
    """The defaults accept what Okta and Entra ID send and keep everything in memory."""

    credential: Credential = ANONYMOUS
    policy: Policy = TOLERANT
    data: Path | None = None
    """Where accepted writes are kept; None = in memory only."""

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

    refuse_unknown_members: bool = False
    """Whether a group refuses the id of nobody; otherwise it is kept, without `$ref`."""

    refuse_clearing_members: bool = False
    """Whether `remove members` without a filter is refused."""

    patch_shows_members: bool = False
    """Whether a group's PATCH answers with `members` unasked, as RFC 7644 §3.5.2 has it; 100,000 are 17 MB."""

    unique_group_names: bool = False
    """Whether a second group of the same displayName is a 409."""

    max_body: int = 64 * 1024 * 1024
    """Bytes; a PUT of 100,000 members is about 17 MB."""

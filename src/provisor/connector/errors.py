"""Everything that can go wrong between us and an app, sorted by who must act.

    PeerError
    ├── PeerUnavailable    wait: connect, time-out, 5xx; `unknown` writes are observed before they are repeated
    ├── PeerThrottled      wait this long: 429, 503 with Retry-After; the whole app waits
    ├── PeerConflict       look again: 409
    ├── PeerMissing        look again: 404 on a known id
    ├── PeerRefused        fix the data: another 4xx, with the app's own words
    ├── PeerNonconformant  fix the policy: a 2xx that cannot be read or has no id
    └── ConfigError        fix the settings: 401, 403, URL, address not allowed

Messages are for the administrator and never hold credentials or passwords.
"""

from __future__ import annotations


class PeerError(Exception):
    """The app did not do what was asked."""

    def __init__(self, message: str, *, status: int | None = None) -> None:
        super().__init__(message)
        # The peer's own words may hold what no database column and no terminal takes.
        self.message = message.replace("\x00", "\ufffd")
        self.status = status


class PeerUnavailable(PeerError):
    """The app cannot be reached or failed by itself."""

    def __init__(self, message: str, *, status: int | None = None, unknown: bool = False) -> None:
        super().__init__(message, status=status)
        self.unknown = unknown
        """True when a write was sent and may have been carried out; False when it surely was not."""


class PeerThrottled(PeerError):
    """The app asks for patience."""

    def __init__(self, message: str, *, status: int | None = None, retry_after: float | None = None) -> None:
        super().__init__(message, status=status)
        self.retry_after = retry_after
        """Seconds the app asked for; None when it did not say."""


class PeerConflict(PeerError):
    """The app says that such an account exists."""


class PeerMissing(PeerError):
    """The app does not know this id."""


class PeerRefused(PeerError):
    """The app does not accept the data."""

    def __init__(self, message: str, *, status: int | None = None, scim_type: str | None = None) -> None:
        super().__init__(message, status=status)
        self.scim_type = scim_type


class PeerNonconformant(PeerError):
    """The app says yes in a way that cannot be understood. A write may have been carried out."""


class ConfigError(PeerError):
    """The connection's settings do not serve: credentials, address or permission."""

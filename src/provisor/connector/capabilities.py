"""What an app can do, as types: a connector implements the protocols it can honour and no others.

Obligations of every method:
1. One call is one attempt. A connector never sleeps, retries or loops; it raises an error from `errors`.
2. A write that may have been carried out although no answer came raises `PeerUnavailable(unknown=True)`.
3. Nothing that an app holds is cached between calls; the caller decides what to observe again. What an app teaches
   about itself may be kept: that it has no PATCH, or the version that a write is held to.
Obligations of the caller: calls for one account never overlap.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol, runtime_checkable

from provisor.connector.accounts import Account, Desired, Json
from provisor.connector.discovery import Discovered
from provisor.connector.listing import AccountPage
from provisor.connector.policy import Finding, Probed
from provisor.connector.survey import Survey


@runtime_checkable
class Connector(Protocol):
    """The least every connector offers."""

    async def test(self) -> None:
        """Ask the app whether address and credentials serve; raise what is wrong. Changes nothing."""

    async def close(self) -> None:
        """Give back connections. Nothing is called afterwards."""


@runtime_checkable
class SurveysApps(Protocol):
    async def survey(self) -> Survey:
        """Test as `test` does, and look around for the administrator. Changes nothing; fails only as `test` does."""


@runtime_checkable
class ProbesApps(Protocol):
    async def probe(self, *, scratch: bool, delete: bool) -> Probed:
        """Look at the app to learn how it should be treated; fails as `test` does. Changes nothing without `scratch`.

        With `scratch` an account is made there, tried out and switched off, or deleted if `delete` says so.
        """


@runtime_checkable
class DiscoversAttributes(Protocol):
    async def discover_attributes(self) -> Sequence[Discovered]:
        """What the app says its accounts can have, as far as it can be written; fails as `test` does.

        Empty for an app that does not describe itself. Those that the connector was told of come under their names.
        """


@runtime_checkable
class RemarksOnApps(Protocol):
    def remarks(self) -> Sequence[Finding]:
        """What the app made of values that it was sent, as far as some answers showed; asks the app nothing."""


@runtime_checkable
class FindsAccounts(Protocol):
    async def find_accounts(self, username: str) -> Sequence[Account]:
        """List what the app returns for this user name, in its order; empty when it has none.

        May hold accounts with other names: some apps ignore the filter. Matching is the caller's.
        """


@runtime_checkable
class ReadsAccounts(Protocol):
    async def read_account(self, account_id: str) -> Account:
        """Read one account; `PeerMissing` when the app does not know the id."""


@runtime_checkable
class ListsAccounts(Protocol):
    @property
    def observable(self) -> frozenset[str]:
        """The attributes that the app shows when it has been sent them."""

    async def list_accounts(self, position: str | None) -> AccountPage:
        """A page of everybody who has an account, from `position` on; None: the first."""

    def observed(self, account: Account) -> Mapping[str, Json]:
        """The observable attributes that an account has a value of: the way back from what is written."""


@runtime_checkable
class CreatesAccounts(Protocol):
    async def create_account(self, desired: Desired, password: str) -> Account:
        """Create an active account; `PeerConflict` when the name is taken."""


@runtime_checkable
class UpdatesAccounts(Protocol):
    async def update_account(self, account_id: str, desired: Desired, *, activate: bool = False) -> Account:
        """Write the whole mapped profile; `PeerMissing` when the id is unknown.

        The account's state stays as it is unless `activate` asks for it to be switched on.
        Returns the account as it is now.
        """


@runtime_checkable
class ReactivatesAccounts(Protocol):
    async def reactivate_account(self, account_id: str, desired: Desired) -> Account:
        """Switch a deactivated account on and write its profile; `PeerMissing` when the id is unknown."""


@runtime_checkable
class DeactivatesAccounts(Protocol):
    async def deactivate_account(self, account_id: str) -> None:
        """Switch an account off, never delete it; `PeerMissing` when the id is unknown."""

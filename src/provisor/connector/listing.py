"""A page of an app's accounts, as its listing is walked. Says nothing of whether the listing is complete."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from provisor.connector.accounts import Account


@dataclass(frozen=True, slots=True)
class AccountPage:
    accounts: Sequence[Account]
    """In the app's order; nobody may rely on it."""
    next: str | None
    """Where the next page begins, in the connector's own words; None after the last."""
    total: int | None
    """How many accounts there are, as the app says with this page; None when it does not."""

"""Decides whether what an app returned for a user name is our person's account. Links nothing by itself.

A server that ignores the filter returns everybody, and its first resource would be a stranger: only a single result
whose name equals ours, ignoring case, is a match.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from provisor.connector import Account


@dataclass(frozen=True, slots=True)
class NoMatch:
    """The app has no account by this name."""


@dataclass(frozen=True, slots=True)
class Match:
    account: Account


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """Only a person can tell."""

    reason: str


def match(accounts: Sequence[Account], username: str) -> NoMatch | Match | Ambiguous:
    """Find our person's account among what the app returned for `username`."""
    if not accounts:
        return NoMatch()
    wanted = username.casefold()
    ours = [account for account in accounts if account.username is not None and account.username.casefold() == wanted]
    if len(ours) == 1 and len(accounts) == 1:
        return Match(ours[0])
    if not ours:
        return Ambiguous(
            f"asked for the user name {username!r}, the app returned {len(accounts)} other account(s): "
            "it may ignore the filter"
        )
    return Ambiguous(f"asked for the user name {username!r}, the app returned {len(accounts)} accounts")


def is_ours(account: Account, user_id: str) -> bool:
    """Whether an account found after an unanswered create may be taken for the one we made.

    An account that remembers somebody else is a stranger's; one that remembers nobody is ours, because we began a
    create under this name and had found none before.
    """
    return account.subject is None or account.subject == user_id

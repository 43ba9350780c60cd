"""Which accounts of an app are being written, and for whom: no account is written for two people at once.

Somebody who has left and the person who takes their login over are two people with one account. This says who goes
first; whose the account is in the end is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence

from provisor.provisioning.settlement import Settlement


class Accounts:
    """Of one app, in the worker that owns it."""

    def __init__(self) -> None:
        self._held: dict[str, str] = {}
        self._robbed: set[str] = set()

    def hold(self, account_id: str, user_id: str) -> bool:
        """Keep an account for a person until they are settled; False while it is kept for somebody else."""
        return self._held.setdefault(account_id, user_id) == user_id

    def outdated(self, user_id: str) -> bool:
        """Whether the person has lost their account to somebody since they may have been read; told once."""
        if user_id not in self._robbed:
            return False
        self._robbed.discard(user_id)
        return True

    def release(self, settled: Sequence[Settlement]) -> None:
        """These people are settled."""
        people = {each.subject.user_id for each in settled}
        self._robbed.update(each.transfer_from for each in settled if each.transfer_from is not None)
        self._held = {account: user for account, user in self._held.items() if user not in people}

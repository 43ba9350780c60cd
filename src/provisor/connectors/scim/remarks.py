"""Notes which attributes an app forgets or alters, from the first answers to writes. Asks nothing and repeats nothing.

What was sent and confirmed counts as done whatever the answer shows; this is for people. Values stay out of it.
"""

from __future__ import annotations

from collections.abc import Iterable

from provisor.connector import Account, AccountAttribute, Desired, Finding
from provisor.connectors.scim.paths import full_path
from provisor.connectors.scim.policy import PeerPolicy
from provisor.connectors.scim.values import value_of

LOOKS = 25
"""Answers that are looked at: an app treats everybody alike, and work must not cost more for it."""


class Remarks:
    """Of one connector."""

    def __init__(self, attributes: Iterable[AccountAttribute], policy: PeerPolicy) -> None:
        self._attributes = [each for each in attributes if full_path(each) not in policy.server_only]
        self._looks = LOOKS
        self._lost: dict[str, None] = {}
        self._changed: dict[str, None] = {}
        self.findings: tuple[Finding, ...] = ()

    def look(self, desired: Desired, account: Account) -> None:
        """Compare what was sent with what the answer shows; an answer without a user shows nothing."""
        if not self._looks or not account.resource:
            return
        self._looks -= 1
        held = dict(account.resource)
        for attribute in self._attributes:
            sent = desired.attributes.get(attribute.name)
            if sent is None or sent in ("", []):
                continue
            kept = value_of(held, attribute)
            if kept != sent:
                (self._lost if kept is None else self._changed)[attribute.name] = None
        self.findings = tuple(
            Finding(field, ", ".join(names), reason)
            for field, names, reason in (
                ("lost at work", self._lost, "It takes these attributes and shows them no more; do not map them."),
                ("changed at work", self._changed, "It returns these attributes with other values than it was sent."),
            )
            if names
        )

"""Reads one page of a server's users and where the next begins. Sends nothing, and believes no order."""

from __future__ import annotations

from provisor.connector import AccountPage
from provisor.connectors.scim.policy import PeerPolicy
from provisor.connectors.scim.reading import count_of, parse_account, parse_list


def page_of(body: bytes, start: int, policy: PeerPolicy) -> AccountPage:
    """Return the page that was asked for with this `startIndex`; raises `Unreadable`.

    Servers give fewer than they are asked for (RFC 7644 §3.4.2.4), so the next page begins after what has come, and
    only an empty page ends the walk before the total does.
    """
    users = parse_list(body, policy, may_be_empty=True)
    total = count_of(body, policy)
    after = start + len(users)
    return AccountPage(
        [parse_account(user, policy) for user in users], str(after) if users and after <= total else None, total
    )

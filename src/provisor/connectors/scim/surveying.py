"""Looks around a SCIM server beyond its users: does it offer groups, and what does it say it supports.

Fails nothing: an app without groups or self-description (RFC 7644 §4) can be provisioned all the same.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Any

from provisor.connector import Part, PeerError, PeerMissing, Presence, Response, Survey
from provisor.connectors.scim.policy import PeerPolicy, Write
from provisor.connectors.scim.reading import Unreadable, parse_object
from provisor.connectors.scim.wire import WIRES

Send = Callable[[str, str], Awaitable[Response]]
"""Method and address; raises what the answer means."""

SUPPORTED = {"patch": "PATCH", "filter": "Filters", "bulk": "Bulk", "etag": "ETags"}
"""By the attribute of ServiceProviderConfig (RFC 7643 §5)."""


async def look_around(base: str, send: Send, users: int | None, policy: PeerPolicy, refused_patch: str) -> Survey:
    """Ask each endpoint once, one after the other: some servers take one request at a time.

    `refused_patch` is what the app said to a PATCH before, if it refused one.
    """
    path = WIRES[policy.version].config_path
    groups, _ = await _ask(send, f"{base}/Groups?startIndex=1&count=1", "Groups")
    own, config = await _ask(send, base + path, path.removeprefix("/"))
    claims = _claims(WIRES[policy.version].parse_config(dict(config)))
    return Survey(users, (Part("Users", Presence.OFFERED), groups, own, *_patching(claims, policy, refused_patch)))


def _patching(claims: list[Part], policy: PeerPolicy, refused: str) -> list[Part]:
    """Say what becomes of PATCH where the app has none and the policy would send it."""
    if Write.PATCH not in (policy.profile_by, policy.switch_by):
        return claims
    said = refused or ("It says so itself." if Part("PATCH", Presence.ABSENT) in claims else "")
    if not said:
        return claims
    then = "Accounts are written by PUT instead." if policy.put_when_refused else "This kind of app needs it."
    others = [part for part in claims if part.name != "PATCH"]
    return [Part("PATCH", Presence.ABSENT, f"{said} {then}"), *others]


async def _ask(send: Send, url: str, name: str) -> tuple[Part, Mapping[str, Any]]:
    try:
        return Part(name, Presence.OFFERED), parse_object((await send("GET", url)).body)
    except PeerMissing:
        return Part(name, Presence.ABSENT), {}
    except PeerError as error:
        if error.status == HTTPStatus.NOT_IMPLEMENTED:
            return Part(name, Presence.ABSENT), {}
        return Part(name, Presence.UNCLEAR, error.message), {}
    except Unreadable as reason:
        return Part(name, Presence.UNCLEAR, f"{reason}."), {}


def _claims(config: Mapping[str, Any]) -> list[Part]:
    """What the app says of itself; what it leaves out is not shown."""
    claims = []
    for attribute, name in SUPPORTED.items():
        value = config.get(attribute)
        supported = value.get("supported") if isinstance(value, dict) else None
        if isinstance(supported, bool):
            claims.append(Part(name, Presence.OFFERED if supported else Presence.ABSENT))
    return claims

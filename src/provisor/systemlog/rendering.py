"""Renders a stored entry as Okta's LogEvent: complete, with the names that things have when it is read.

Pure: names, origins and changes are handed in. What Provisor does not know (places, devices) is null or "Unknown".
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeAlias

from provisor.systemlog.catalogue import EventType, Severity
from provisor.systemlog.event import Outcome

LogEvent: TypeAlias = dict[str, Any]

NAMESPACE = uuid.UUID("6f1f0a5e-9c1b-5d0e-8f43-3a6c9e5d7b21")
KNOWN = {member.value: member for member in EventType}
WARNINGS = frozenset({EventType.HOLD, EventType.TASK_CREATE, EventType.APP_CREDENTIALS_EXPIRE})
"""What waits for a person, though nothing failed."""
NOBODY = "unknown"
"""The actor of a sign-in with a login that nobody has. What was typed is not kept: it may be a password."""
INTERNAL = frozenset({"token", "task", "name", "version"})
"""Keys of an entry's detail that say what it is about, and so are shown as targets."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of the System Log."""

    published: datetime
    seq: int
    xid: int
    type: str
    outcome: str
    reason: str | None
    transaction_id: str
    actor_id: str
    user_id: str | None
    group_id: str | None
    app_id: str | None
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Origin:
    """The request that a transaction came from."""

    path: str
    ip: str | None
    user_agent: str | None


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the ids of some entries stand for. What is missing has vanished."""

    users: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """Id to login and display name."""
    groups: Mapping[str, str] = field(default_factory=dict)
    apps: Mapping[str, str] = field(default_factory=dict)
    tokens: Mapping[str, str] = field(default_factory=dict)
    usernames: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """(app id, user id) to the person's name in the app."""
    changes: Mapping[tuple[str, int], tuple[dict[str, Any], dict[str, Any]]] = field(default_factory=dict)
    """(user id, version of the profile) to the attributes before and after."""
    origins: Mapping[str, Origin] = field(default_factory=dict)
    """Transaction id to request; a transaction that is not here was a job."""


def instant(moment: datetime) -> str:
    """UTC, milliseconds: `2026-11-21T10:00:00.000Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def render(entry: Entry, around: Surroundings) -> LogEvent:
    """The LogEvent of an entry."""
    kind = KNOWN.get(entry.type)
    origin = around.origins.get(entry.transaction_id)
    severity = Severity.WARN if entry.outcome == Outcome.FAILURE or entry.type in WARNINGS else Severity.INFO
    return {
        "uuid": str(uuid.uuid5(NAMESPACE, str(entry.seq))),
        "version": "0",
        "published": instant(entry.published),
        "eventType": entry.type,
        "legacyEventType": None,
        "displayMessage": kind.message if kind else entry.type,
        # Filters compare plain texts.
        "severity": severity.value,
        "actor": actor(entry.actor_id, around),
        "client": client(origin),
        "authenticationContext": {
            "authenticationProvider": None,
            "authenticationStep": 0,
            "credentialProvider": None,
            "credentialType": None,
            "externalSessionId": entry.transaction_id,
            "interface": None,
            "issuer": None,
        },
        "outcome": {"result": entry.outcome, "reason": entry.reason},
        "securityContext": {"asNumber": None, "asOrg": None, "isp": None, "domain": None, "isProxy": None},
        "debugContext": {"debugData": debug_data(entry, origin)},
        "transaction": {
            "type": "WEB" if origin else "JOB",
            "id": entry.transaction_id,
            "detail": {"requestApiTokenId": entry.actor_id} if origin and entry.actor_id.startswith("00T") else {},
        },
        "request": {"ipChain": [ip_link(origin.ip)] if origin and origin.ip else []},
        "target": targets(entry, around),
    }


def actor(actor_id: str, around: Surroundings) -> dict[str, Any]:
    """A person, an API token (a client that acts for itself), or Provisor."""
    if actor_id.startswith("00T"):
        name = around.tokens.get(actor_id, "A token that was revoked")
        return thing(actor_id, "PublicClientApp", name, name)
    if actor_id == NOBODY:
        return thing(NOBODY, "User", NOBODY, NOBODY)
    if actor_id.startswith("00u"):
        login, name = around.users.get(actor_id, ("unknown", "A person who was deleted"))
        return thing(actor_id, "User", login, name)
    return thing(actor_id, "SystemPrincipal", "system@provisor", "Provisor")


def client(origin: Origin | None) -> dict[str, Any]:
    return {
        "id": None,
        "device": "Unknown" if origin else None,
        "ipAddress": origin.ip if origin else None,
        "zone": "null",
        "userAgent": (
            {"rawUserAgent": origin.user_agent, "os": "Unknown", "browser": "UNKNOWN"}
            if origin and origin.user_agent
            else None
        ),
        "geographicalContext": None,
    }


def ip_link(ip: str) -> dict[str, Any]:
    return {"ip": ip, "version": "V6" if ":" in ip else "V4", "source": None, "geographicalContext": None}


def debug_data(entry: Entry, origin: Origin | None) -> dict[str, Any]:
    shown = {name: value for name, value in entry.detail.items() if name not in INTERNAL}
    return {**shown, "requestUri": origin.path} if origin else shown


def targets(entry: Entry, around: Surroundings) -> list[dict[str, Any]]:
    """What the entry is about: the person, their place in the app, the app, the group, the token, the task."""
    found = []
    vanished = entry.detail.get("name")
    if entry.user_id is not None:
        login, name = around.users.get(entry.user_id, ("unknown", "A person who was deleted"))
        user = thing(entry.user_id, "User", login, name)
        change = around.changes.get((entry.user_id, entry.detail.get("version", 0)))
        if change is not None:
            user["changeDetails"] = {"from": change[0], "to": change[1]}
        found.append(user)
        if entry.app_id is not None:
            username = around.usernames.get((entry.app_id, entry.user_id), login)
            found.append(thing(app_user_id(entry.app_id, entry.user_id), "AppUser", username, name))
    if entry.app_id is not None:
        label = around.apps.get(entry.app_id) or vanished or "An app that was deleted"
        found.append(thing(entry.app_id, "AppInstance", label, label))
    if entry.group_id is not None:
        name = around.groups.get(entry.group_id) or vanished or "A group that was deleted"
        found.append(thing(entry.group_id, "UserGroup", "unknown", name))
    if "token" in entry.detail:
        found.append(thing(entry.detail["token"], "Token", "unknown", vanished))
    if "task" in entry.detail:
        found.append(thing(entry.detail["task"], "Task", "unknown", None))
    return found


def thing(id: str, kind: str, alternate_id: str, name: str | None) -> dict[str, Any]:
    return {"id": id, "type": kind, "alternateId": alternate_id, "displayName": name, "detailEntry": None}


def app_user_id(app_id: str, user_id: str) -> str:
    """Stable, though app users have no id of their own: made from whom and where."""
    return "0ua" + hashlib.sha256(f"{app_id} {user_id}".encode()).hexdigest()[:17]

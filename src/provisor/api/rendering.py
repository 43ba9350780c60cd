"""How times and people look in the API."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from starlette.requests import Request

from provisor.api.context import link_to
from provisor.directory.lifecycle import Operation, allowed
from provisor.directory.user import User
from provisor.systemlog.rendering import instant as render_instant

SHOWN_NULL = ("mobilePhone", "secondEmail")
"""Attributes that are shown as null when they have no value; others are left out."""

ACTIONS: dict[Operation, tuple[str, str]] = {
    Operation.ACTIVATE: ("activate", "lifecycle/activate"),
    Operation.REACTIVATE: ("reactivate", "lifecycle/reactivate"),
    Operation.SUSPEND: ("suspend", "lifecycle/suspend"),
    Operation.UNSUSPEND: ("unsuspend", "lifecycle/unsuspend"),
    Operation.UNLOCK: ("unlock", "lifecycle/unlock"),
    Operation.RESET_PASSWORD: ("resetPassword", "lifecycle/reset_password"),
    Operation.EXPIRE_PASSWORD: ("expirePassword", "lifecycle/expire_password"),
    Operation.DEACTIVATE: ("deactivate", "lifecycle/deactivate"),
}
"""The links of the operations that a user's status may allow."""


def instant(moment: datetime | None) -> str | None:
    """UTC, milliseconds: `2026-11-21T10:00:00.000Z`."""
    return None if moment is None else render_instant(moment)


def render_user(request: Request, user: User, *, links: bool = False) -> dict[str, Any]:
    """A user; with the links of what may be done next when it is shown by itself."""
    own = link_to(request, f"/api/v1/users/{user.id}")
    return {
        "id": user.id,
        "status": user.status,
        "created": instant(user.created),
        "activated": instant(user.activated),
        "statusChanged": instant(user.status_changed),
        "lastLogin": instant(user.last_login),
        "lastUpdated": instant(user.last_updated),
        "passwordChanged": instant(user.password_changed),
        "type": {"id": user.type_id},
        "profile": {**user.profile, **{name: user.profile.get(name) for name in SHOWN_NULL}},
        "credentials": render_credentials(user),
        "_links": {**(action_links(user, own) if links else {}), "self": {"href": own}},
    }


def render_credentials(user: User) -> dict[str, Any]:
    credentials: dict[str, Any] = {"provider": {"type": user.provider.type, "name": user.provider.name}}
    if user.has_password:
        credentials["password"] = {}
    if user.question is not None:
        credentials["recovery_question"] = {"question": user.question}
    return credentials


def action_links(user: User, own: str) -> dict[str, Any]:
    return {
        name: {"href": f"{own}/{path}", "method": "POST"}
        for name, path in (ACTIONS[operation] for operation in allowed(user.status) if operation in ACTIONS)
    }

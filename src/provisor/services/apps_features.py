"""Use cases of an app's features: which of create, update, deactivate and password Provisor does there.

Switching one on pushes nobody by itself: people assigned before wait for Provision User.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from provisor.apps.app import Change, Features, Seed
from provisor.directory.diagnostics import Diagnostic
from provisor.services.actor import Actor, Permission
from provisor.services.apps import existing_app, held_app
from provisor.services.errors import ChangedMeanwhile, Invalid, NotFound
from provisor.services.work import Database
from provisor.store import apps, connections
from provisor.store.connections import ConnectionStatus
from provisor.systemlog import Event, EventType


class FeatureName(StrEnum):
    USER_PROVISIONING = "USER_PROVISIONING"
    INBOUND_PROVISIONING = "INBOUND_PROVISIONING"


SWITCHES = {
    "create": ("create", "lifecycleCreate"),
    "update": ("update", "profile"),
    "deactivate": ("update", "lifecycleDeactivate"),
    "password": ("update", "password"),
}
"""Field of `Features`: where its `{"status"}` is in the capabilities object."""
OWN = {
    "exclude_username": ("provisor", "excludeUsernameUpdates"),
    "push_nulls": ("provisor", "pushNullValues"),
}
"""The same for what Okta's object has no place for: how what is switched on is done."""
STATES = {"ENABLED": True, "DISABLED": False}


@dataclass(frozen=True, slots=True)
class ShownFeatures:
    connected: bool
    """There is an enabled connection, without which nothing is pushed."""
    features: Features


async def get_features(database: Database, actor: Actor, app_id: str) -> ShownFeatures:
    actor.require(Permission.READ)
    async with database.read() as connection:
        app = await existing_app(connection, app_id)
        stored = await connections.find(connection, app_id)
    return ShownFeatures(stored is not None and stored.status is ConnectionStatus.ENABLED, app.features)


async def set_features(
    database: Database,
    actor: Actor,
    app_id: str,
    name: str,
    capabilities: Mapping[str, Any],
    seen: Mapping[str, str] | None = None,
) -> ShownFeatures:
    """Change what the capabilities object names and leave the rest. Switching on needs an enabled connection.

    With `seen` (as `as_seen` renders it), raises `ChangedMeanwhile` if somebody saved other switches meanwhile.
    """
    actor.require(Permission.MANAGE_APPS)
    if name != FeatureName.USER_PROVISIONING:
        if name == FeatureName.INBOUND_PROVISIONING:
            raise Invalid.one("name", "this release imports nobody, so INBOUND_PROVISIONING cannot be changed")
        raise NotFound("ApplicationFeature", name)
    async with database.begin(actor) as work:
        app = await held_app(work.connection, app_id)
        ChangedMeanwhile.check("To App", seen or {}, as_seen(app.features))
        features = parse_capabilities(capabilities, app.features)
        stored = await connections.find(work.connection, app_id)
        connected = stored is not None and stored.status is ConnectionStatus.ENABLED
        if not connected and _switched_on(app.features, features):
            raise Invalid.one("connection", "the app has no active connection; save and activate one first")
        if features != app.features:
            await apps.set_features(work.connection, app_id, features)
            work.log(Event(EventType.APP_CONFIGURE, app_id=app_id, detail={"features": features.render()}))
            work.wake([app_id])
    return ShownFeatures(connected, features)


def as_seen(features: Features) -> dict[str, str]:
    """The switches as a form's ticked boxes."""
    return {name: "on" if getattr(features, name) else "" for name in (*SWITCHES, *OWN)}


def parse_capabilities(capabilities: Mapping[str, Any], now: Features) -> Features:
    """The features after a partial change; raises `Invalid` with every problem at once."""
    problems: list[Diagnostic] = []
    changes: dict[str, Any] = {}
    for name, (outer, inner) in {**SWITCHES, **OWN}.items():
        capability = _object(_object(capabilities, outer, outer, problems), inner, f"{outer}.{inner}", problems)
        status = capability.get("status")
        if status in STATES:
            changes[name] = STATES[status]
        elif status is not None:
            problems.append(Diagnostic(f"{outer}.{inner}.status", "must be ENABLED or DISABLED"))
        if name == "password":
            _choice(capability, "seed", Seed, changes, problems)
            _choice(capability, "change", Change, changes, problems)
    features = replace(now, **changes)
    if features.password and features.password_seed is Seed.OKTA:
        problems.append(
            Diagnostic("update.password.seed", "directory passwords are not sent to apps by this release; use RANDOM")
        )
    if problems:
        raise Invalid(problems[0].path, problems)
    return features


def render_capabilities(features: Features) -> dict[str, Any]:
    """The capabilities object; `parse_capabilities` reads it."""
    rendered: dict[str, Any] = {}
    for name, (outer, inner) in {**SWITCHES, **OWN}.items():
        status = "ENABLED" if getattr(features, name) else "DISABLED"
        rendered.setdefault(outer, {})[inner] = {"status": status}
    rendered["update"]["password"] |= {"seed": features.password_seed, "change": features.password_change}
    return rendered


def _object(outer: Mapping[str, Any], name: str, path: str, problems: list[Diagnostic]) -> Mapping[str, Any]:
    value = outer.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        problems.append(Diagnostic(path, "must be an object"))
        return {}
    return value


def _choice(
    capability: Mapping[str, Any],
    name: str,
    kind: type[Seed] | type[Change],
    changes: dict[str, Any],
    problems: list[Diagnostic],
) -> None:
    value = capability.get(name)
    if value is None:
        return
    try:
        changes[f"password_{name}"] = kind(value)
    except ValueError:
        problems.append(Diagnostic(f"update.password.{name}", f"must be one of {', '.join(kind)}"))


def _switched_on(before: Features, after: Features) -> bool:
    return any(getattr(after, name) and not getattr(before, name) for name in SWITCHES)

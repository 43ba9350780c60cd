"""Use cases of an app's peer policy: see it, probe the app for one, adopt what was found, change fields, go back.

A policy is stored as what differs from that of the entry's dialect. What its fields mean is the connector's affair;
here they are names with values that the connector's own reader has checked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from provisor.apps import catalogue
from provisor.apps.app import App
from provisor.connector import ConfigError, FieldKind, Finding, PeerError, PolicyField, PolicyValue, ProbesApps
from provisor.services.actor import Actor, Permission
from provisor.services.apps import existing_app, held_app
from provisor.services.connecting import ConnectorFactory
from provisor.services.connections import TestFailed
from provisor.services.errors import ChangedMeanwhile, Forbidden, Invalid
from provisor.services.work import Database
from provisor.store import policies as store
from provisor.store.policies import AppPolicy
from provisor.systemlog import Event, EventType

SUBJECT = "How this app is treated"


@dataclass(frozen=True, slots=True)
class Treatment:
    """How an app is treated, and what the last probe would change."""

    app: App
    dialect: str
    fields: Sequence[PolicyField]
    """As the dialect ships."""
    stored: AppPolicy
    in_force: Mapping[str, PolicyValue]
    findings: Sequence[Finding]

    @property
    def proposal(self) -> Mapping[str, PolicyValue]:
        """What the last probe found that is not in force."""
        return {
            each.field: each.change
            for each in self.findings
            if each.change is not None and self.in_force.get(each.field) != each.change
        }

    @property
    def version(self) -> str:
        """What the second of two who save is compared by."""
        return str(self.stored.version)


def treatment_of(factory: ConnectorFactory, app: App, stored: AppPolicy) -> Treatment:
    dialect = catalogue.entry(app.name).dialect.value
    fields = factory.policies.fields(dialect)
    in_force = {each.name: stored.changes.get(each.name, each.value) for each in fields}
    return Treatment(app, dialect, fields, stored, in_force, [Finding(**each) for each in stored.findings])


async def get_treatment(database: Database, actor: Actor, factory: ConnectorFactory, app_id: str) -> Treatment:
    """How the app is treated; raises `NotFound`."""
    actor.require(Permission.READ)
    async with database.read() as connection:
        app = await existing_app(connection, app_id)
        return treatment_of(factory, app, await store.find(connection, app_id))


async def probe(
    database: Database,
    actor: Actor,
    factory: ConnectorFactory,
    app_id: str,
    *,
    scratch: bool = False,
    delete: bool = False,
) -> Treatment:
    """Look at the app with its stored credentials and keep what was found; changes nothing in force.

    With `scratch` an account is made in the app and tried out, which the System Log tells. Raises `TestFailed`.
    """
    actor.require(Permission.MANAGE_APPS)
    async with database.read() as connection:
        await existing_app(connection, app_id)
    try:
        connector = await factory.open(app_id, disabled_too=True)
    except PeerError as problem:
        raise TestFailed(problem) from None
    try:
        if not isinstance(connector, ProbesApps):
            raise Forbidden("This kind of app cannot be probed.")
        found = await connector.probe(scratch=scratch, delete=delete)
    except PeerError as problem:
        raise TestFailed(problem) from None
    finally:
        await connector.close()
    async with database.begin(actor) as work:
        app = await held_app(work.connection, app_id)
        await store.put_probe(work.connection, app_id, [asdict(each) for each in found.findings], found.left)
        if scratch:
            work.log(Event(EventType.APP_PROBE, app_id=app_id, detail={"left": found.left}))
        return treatment_of(factory, app, await store.find(work.connection, app_id))


async def adopt(
    database: Database,
    actor: Actor,
    factory: ConnectorFactory,
    app_id: str,
    names: Sequence[str] | None = None,
    seen: Mapping[str, str] | None = None,
) -> Treatment:
    """Put in force what the last probe found: these fields, or all of them."""

    def change(now: Treatment) -> Mapping[str, Any]:
        unfound = [name for name in names or () if name not in now.proposal]
        if unfound:
            raise Invalid.one("fields", f"The last probe proposes nothing for {', '.join(unfound)}")
        chosen = now.proposal if names is None else {name: now.proposal[name] for name in names}
        return {**now.stored.changes, **chosen}

    return await _change(database, actor, factory, app_id, change, seen)


async def edit(
    database: Database,
    actor: Actor,
    factory: ConnectorFactory,
    app_id: str,
    changes: Mapping[str, Any],
    seen: Mapping[str, str] | None = None,
) -> Treatment:
    """Set single fields; null sets one back to the dialect's. Raises `Invalid` with the connector's reason."""

    def change(now: Treatment) -> Mapping[str, Any]:
        return {name: value for name, value in {**now.stored.changes, **changes}.items() if value is not None}

    return await _change(database, actor, factory, app_id, change, seen)


async def reset(
    database: Database,
    actor: Actor,
    factory: ConnectorFactory,
    app_id: str,
    seen: Mapping[str, str] | None = None,
) -> Treatment:
    """Go back to the entry's dialect as it ships."""
    return await _change(database, actor, factory, app_id, lambda now: {}, seen)


async def _change(
    database: Database,
    actor: Actor,
    factory: ConnectorFactory,
    app_id: str,
    change: Callable[[Treatment], Mapping[str, Any]],
    seen: Mapping[str, str] | None,
) -> Treatment:
    actor.require(Permission.MANAGE_APPS)
    async with database.begin(actor) as work:
        app = await held_app(work.connection, app_id)
        now = treatment_of(factory, app, await store.find(work.connection, app_id))
        ChangedMeanwhile.check(SUBJECT, seen or {}, {"version": now.version})
        try:
            changes = factory.policies.read(now.dialect, change(now))
        except ConfigError as problem:
            raise Invalid.one("policy", problem.message) from None
        if changes == now.stored.changes:
            return now
        await store.put(work.connection, app_id, changes, actor.id)
        then = treatment_of(factory, app, await store.find(work.connection, app_id))
        work.log(Event(EventType.APP_POLICY, app_id=app_id, detail={"changes": said(now, then)}))
        work.wake([app_id])
    return then


def said(before: Treatment, after: Treatment) -> list[str]:
    """What changed, one line a field."""
    return [
        f"{name}: {in_words(value)} → {in_words(after.in_force[name])}"
        for name, value in before.in_force.items()
        if value != after.in_force[name]
    ]


def in_words(value: PolicyValue | None) -> str:
    """A field's value for people."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(value) or "none" if isinstance(value, list) else str(value)


def parse_value(field: PolicyField, text: str) -> Any:
    """Read what somebody typed for a field; what cannot be read is left for the connector to refuse."""
    text = text.strip()
    if field.kind is FieldKind.FLAG:
        return {"yes": True, "true": True, "on": True, "no": False, "false": False, "off": False}.get(text, text)
    if field.kind is FieldKind.NUMBER:
        return int(text) if text.isascii() and text.isdigit() else text
    return [each for each in text.replace(",", " ").split() if each] if field.kind is FieldKind.PATHS else text

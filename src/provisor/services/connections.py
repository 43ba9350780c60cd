"""Use cases of an app's connection: test and save credentials, show, switch on and off.

Credentials are tested against the app before they are saved, outside any transaction, and are never shown again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic
from typing import Any

from provisor.apps import catalogue
from provisor.apps.app import App
from provisor.apps.catalogue import AuthScheme
from provisor.apps.oauth import render_client
from provisor.connector import Connector, PeerError, Survey, SurveysApps
from provisor.directory.diagnostics import Diagnostic
from provisor.provisioning.settlement import TaskKind
from provisor.services.actor import Actor, Permission
from provisor.services.apps import existing_app, held_app
from provisor.services.connecting import ConnectorFactory
from provisor.services.connections_definition import NewConnection, parse_expiry
from provisor.services.errors import ChangedMeanwhile, Forbidden, Invalid, NotFound, ServiceError
from provisor.services.work import Database, Work
from provisor.store import connections, grants, policies, task_list
from provisor.store.connections import AppConnection, ConnectionStatus
from provisor.systemlog import Event, EventType


class TestFailed(ServiceError):
    """The app does not answer to this address and these credentials; the message is the app's reason."""

    __test__ = False

    def __init__(self, problem: PeerError) -> None:
        super().__init__(problem.message)
        self.problem = problem
        """Its class says who must act."""


@dataclass(frozen=True, slots=True)
class Findings:
    """What a test of address and credentials found."""

    survey: Survey
    milliseconds: int
    """From the first request to the last answer."""


async def get_connection(database: Database, actor: Actor, app_id: str) -> AppConnection | None:
    """The app's connection; None while it has none."""
    actor.require(Permission.READ)
    async with database.read() as connection:
        await existing_app(connection, app_id)
        return await connections.find(connection, app_id)


async def save_connection(
    database: Database,
    actor: Actor,
    factory: ConnectorFactory,
    app_id: str,
    new: NewConnection,
    *,
    activate: bool,
    seen: Mapping[str, str] | None = None,
) -> AppConnection:
    """Test credentials, then save them. An app that was paused for its old ones goes on at once.

    With `seen`, raises `ChangedMeanwhile` if somebody saved other ones since the caller looked.
    """
    actor.require(Permission.MANAGE_APPS)
    async with database.read() as connection:
        app = await existing_app(connection, app_id)
        stored = await connections.find(connection, app_id)
        policy = (await policies.find(connection, app_id)).changes
    base_url = new.base_url or (stored.base_url if stored else None)
    if base_url is None:
        raise Invalid.one("baseUrl", "The field cannot be left blank")
    await check_connection(factory, app, base_url, new, policy)
    row = AppConnection(
        app_id,
        ConnectionStatus.DISABLED,
        base_url,
        new.scheme,
        factory.seal(app_id, new.secret),
        datetime.now(UTC),
        render_client(new.client) if new.client else None,
        new.expires,
    )
    # Whoever has to be authorized first is of no use until then.
    status = ConnectionStatus.DISABLED if new.needs_person else ConnectionStatus.ENABLED if activate else None
    async with database.begin(actor) as work:
        await held_app(work.connection, app_id)
        ChangedMeanwhile.check(
            "The API integration", seen or {}, as_seen(await connections.find(work.connection, app_id))
        )
        saved = await connections.put(work.connection, row, status=status)
        # Tokens belong to the client and the address that they were given for.
        await grants.clear(work.connection, app_id)
        if new.client is not None:
            await grants.make(work.connection, app_id)
        if new.needs_person:
            work.log(Event(EventType.APP_CONFIGURE, app_id=app_id))
            work.wake([app_id])
        else:
            await recovered(work, app_id)
    return saved


async def check_connection(
    factory: ConnectorFactory, app: App, base_url: str, new: NewConnection, policy: Mapping[str, Any]
) -> None:
    """Test a connection; where a person has to authorize first, only whether its addresses may be used."""
    if new.client is None or not new.needs_person:
        await test_connection(factory, app, base_url, new, policy)
        return
    check_scheme(app, new.scheme)
    endpoint = factory.endpoint()
    try:
        for url in (base_url, new.client.token_url, new.client.authorize_url):
            await endpoint.admit(url)
    except PeerError as problem:
        raise TestFailed(problem) from None
    finally:
        await endpoint.close()


def as_seen(stored: AppConnection | None) -> dict[str, str]:
    """What the second of two who save is compared by; the credentials themselves are not shown, only their time."""
    if stored is None:
        return {"base_url": "", "enable": "", "saved": ""}
    enabled = stored.status is ConnectionStatus.ENABLED
    return {"base_url": stored.base_url, "enable": "on" if enabled else "", "saved": stored.last_updated.isoformat()}


async def try_connection(
    database: Database, actor: Actor, factory: ConnectorFactory, app_id: str, new: NewConnection
) -> Findings:
    """Test credentials without saving them, and look around; raises `TestFailed` with the app's reason."""
    actor.require(Permission.MANAGE_APPS)
    async with database.read() as connection:
        app = await existing_app(connection, app_id)
        stored = await connections.find(connection, app_id)
        policy = (await policies.find(connection, app_id)).changes
    base_url = new.base_url or (stored.base_url if stored else "")
    return await look_at(build_connector(factory, app, base_url, new, policy))


async def try_stored(database: Database, actor: Actor, factory: ConnectorFactory, app_id: str) -> Findings:
    """Test the credentials that are stored, whether they are used now or not; raises `TestFailed`."""
    actor.require(Permission.MANAGE_APPS)
    try:
        connector = await factory.open(app_id, disabled_too=True)
    except PeerError as problem:
        raise TestFailed(problem) from None
    return await look_at(connector)


async def look_at(connector: Connector) -> Findings:
    """Test an app and look around there, then close the connector."""
    began = monotonic()
    try:
        survey = await connector.survey() if isinstance(connector, SurveysApps) else await bare(connector)
    except PeerError as problem:
        raise TestFailed(problem) from None
    finally:
        await connector.close()
    return Findings(survey, round((monotonic() - began) * 1000))


async def bare(connector: Connector) -> Survey:
    """The test alone, for connectors that cannot look around."""
    await connector.test()
    return Survey(None, ())


async def test_connection(
    factory: ConnectorFactory, app: App, base_url: str, new: NewConnection, policy: Mapping[str, Any]
) -> None:
    """Ask the app whether address and credentials serve; raises `TestFailed` with its reason."""
    connector = build_connector(factory, app, base_url, new, policy)
    try:
        await connector.test()
    except PeerError as problem:
        raise TestFailed(problem) from None
    finally:
        await connector.close()


def build_connector(
    factory: ConnectorFactory, app: App, base_url: str, new: NewConnection, policy: Mapping[str, Any]
) -> Connector:
    """A connector for credentials that are not saved, under the policy that is; raises `Invalid` and `TestFailed`."""
    check_scheme(app, new.scheme)
    if new.needs_person:
        raise Invalid.one("profile.authScheme", "cannot be tested before somebody has authorized: save it, then do so")
    try:
        if new.client is not None:
            return factory.build_unsaved(app.id, app.name, base_url, new.client, policy)
        return factory.build(app.id, app.name, base_url, new.scheme, new.secret, policy=policy)
    except PeerError as problem:
        raise TestFailed(problem) from None


def check_scheme(app: App, scheme: AuthScheme) -> None:
    """Raise `Invalid` for a kind of authentication that the app's entry does not offer."""
    schemes = catalogue.entry(app.name).schemes
    if scheme not in schemes:
        raise Invalid.one("profile.authScheme", f"must be {' or '.join(schemes)} for an app made from “{app.name}”")


async def activate_connection(
    database: Database, actor: Actor, app_id: str, seen: Mapping[str, str] | None = None
) -> None:
    """Use the stored credentials again. `seen` as in `save_connection`."""
    actor.require(Permission.MANAGE_APPS)
    async with database.begin(actor) as work:
        await _switch(work, app_id, ConnectionStatus.ENABLED, seen)
        stored, grant = await connections.find(work.connection, app_id), await grants.find(work.connection, app_id)
        if stored and stored.oauth and stored.oauth.get("authorizeUrl") and grant and grant.tokens is None:
            raise Forbidden("Nobody has authorized Provisor at the app yet. Authorize first; that switches it on.")
        await recovered(work, app_id)


async def set_expiry(
    database: Database, actor: Actor, app_id: str, expires: str, seen: Mapping[str, str] | None = None
) -> None:
    """Note until when the stored credentials serve: a date, or empty for what nobody knows. `seen` as above."""
    actor.require(Permission.MANAGE_APPS)
    problems: list[Diagnostic] = []
    moment = parse_expiry({"provisor": {"expires": expires or None}}, problems)
    if problems:
        raise Invalid(problems[0].path, problems)
    async with database.begin(actor) as work:
        await held_app(work.connection, app_id)
        now = as_seen(await connections.find(work.connection, app_id))
        ChangedMeanwhile.check("The API integration", seen or {}, now)
        if not await connections.set_expiry(work.connection, app_id, moment):
            raise NotFound("ProvisioningConnection", app_id)
        work.log(Event(EventType.APP_CONFIGURE, app_id=app_id))


async def deactivate_connection(
    database: Database, actor: Actor, app_id: str, seen: Mapping[str, str] | None = None
) -> None:
    """Send nothing to the app until the connection is activated again. Assignments stay, work waits."""
    actor.require(Permission.MANAGE_APPS)
    async with database.begin(actor) as work:
        await _switch(work, app_id, ConnectionStatus.DISABLED, seen)
        work.log(Event(EventType.APP_CONFIGURE, app_id=app_id))
        work.wake([app_id])


async def _switch(work: Work, app_id: str, status: ConnectionStatus, seen: Mapping[str, str] | None) -> None:
    await held_app(work.connection, app_id)
    ChangedMeanwhile.check("The API integration", seen or {}, as_seen(await connections.find(work.connection, app_id)))
    if not await connections.set_status(work.connection, app_id, status):
        raise NotFound("ProvisioningConnection", app_id)


async def recovered(work: Work, app_id: str) -> None:
    """The connection may serve now: end the pause, close the tasks about it, wake the worker."""
    await connections.unpause(work.connection, app_id)
    for kind in (TaskKind.CREDENTIALS, TaskKind.CREDENTIALS_EXPIRE):
        for task in await task_list.resolve_kind(work.connection, app_id, kind):
            work.log(Event(EventType.TASK_DEACTIVATE, app_id=app_id, detail={"task": task}))
    work.log(Event(EventType.APP_CONFIGURE, app_id=app_id))
    work.wake([app_id])

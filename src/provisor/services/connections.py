"""Use cases of an app's connection: test and save credentials, show, switch on and off.

Credentials are tested against the app before they are saved, outside any transaction, and are never shown again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from provisor.apps import catalogue
from provisor.apps.app import App
from provisor.apps.catalogue import AuthScheme
from provisor.connector import Connector, PeerError, Survey, SurveysApps
from provisor.directory.diagnostics import Diagnostic
from provisor.provisioning.settlement import TaskKind
from provisor.services.actor import Actor, Permission
from provisor.services.apps import existing_app, held_app
from provisor.services.connecting import ConnectorFactory
from provisor.services.errors import ChangedMeanwhile, Invalid, NotFound, ServiceError
from provisor.services.work import Database, Work
from provisor.store import connections, task_list
from provisor.store.connections import AppConnection, ConnectionStatus
from provisor.systemlog import Event, EventType

FIELDS = {
    AuthScheme.TOKEN: ("token",),
    AuthScheme.BASIC: ("username", "password"),
    AuthScheme.HEADER: ("token",),
}
LONGEST_SECRET = 10_000
HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}\Z")
"""A token of RFC 9110 §5.6.2."""
OUR_HEADERS = frozenset(
    {"accept", "accept-charset", "accept-encoding", "connection", "content-length", "content-type", "cookie", "expect"}
    | {"host", "te", "trailer", "transfer-encoding", "upgrade", "user-agent"}
)
"""Set by the connector; a credential there would break the request."""


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


@dataclass(frozen=True, slots=True)
class NewConnection:
    base_url: str | None
    """None keeps the address that is stored."""
    scheme: AuthScheme
    secret: Mapping[str, str] = field(repr=False)


def parse_connection(body: Mapping[str, Any]) -> NewConnection:
    """Read `{"baseUrl", "profile": {"authScheme", ...}}`; raises `Invalid`, which never repeats a secret."""
    profile = body.get("profile")
    if not isinstance(profile, dict):
        raise Invalid.one("profile", "is required: an object with authScheme and the credentials")
    problems: list[Diagnostic] = []
    base_url = body.get("baseUrl")
    if base_url is not None and not isinstance(base_url, str):
        problems.append(Diagnostic("baseUrl", "must be text"))
    scheme = _scheme(profile.get("authScheme"))
    secret: dict[str, str] = {}
    for name in FIELDS[scheme]:
        value = profile.get(name)
        if not isinstance(value, str) or not value or len(value) > LONGEST_SECRET:
            problems.append(
                Diagnostic(f"profile.{name}", f"is required for {scheme}: text of at most {LONGEST_SECRET} characters")
            )
        else:
            secret[name] = value
    header = profile.get("header")
    if scheme is AuthScheme.HEADER and header is not None:
        if not isinstance(header, str) or not HEADER_NAME.match(header) or header.lower() in OUR_HEADERS:
            problems.append(Diagnostic("profile.header", "must be the name of a header that Provisor does not set"))
        else:
            secret["header"] = header
    if problems:
        raise Invalid(problems[0].path, problems)
    return NewConnection(base_url, scheme, secret)


def _scheme(value: Any) -> AuthScheme:
    try:
        return AuthScheme(value)
    except ValueError:
        raise Invalid.one("profile.authScheme", f"must be one of {', '.join(AuthScheme)}") from None


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
    base_url = new.base_url or (stored.base_url if stored else None)
    if base_url is None:
        raise Invalid.one("baseUrl", "The field cannot be left blank")
    await test_connection(factory, app, base_url, new)
    async with database.begin(actor) as work:
        await held_app(work.connection, app_id)
        ChangedMeanwhile.check(
            "The API integration", seen or {}, as_seen(await connections.find(work.connection, app_id))
        )
        saved = await connections.put(
            work.connection, app_id, base_url, new.scheme, factory.seal(app_id, new.secret), activate=activate
        )
        await _recovered(work, app_id)
    return saved


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
    base_url = new.base_url or (stored.base_url if stored else "")
    return await look_at(build_connector(factory, app, base_url, new))


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


async def test_connection(factory: ConnectorFactory, app: App, base_url: str, new: NewConnection) -> None:
    """Ask the app whether address and credentials serve; raises `TestFailed` with its reason."""
    connector = build_connector(factory, app, base_url, new)
    try:
        await connector.test()
    except PeerError as problem:
        raise TestFailed(problem) from None
    finally:
        await connector.close()


def build_connector(factory: ConnectorFactory, app: App, base_url: str, new: NewConnection) -> Connector:
    """A connector for credentials that are not saved; raises `Invalid` and `TestFailed`."""
    schemes = catalogue.entry(app.name).schemes
    if new.scheme not in schemes:
        raise Invalid.one("profile.authScheme", f"must be {' or '.join(schemes)} for an app made from “{app.name}”")
    try:
        return factory.build(app.id, app.name, base_url, new.scheme, new.secret)
    except PeerError as problem:
        raise TestFailed(problem) from None


async def activate_connection(
    database: Database, actor: Actor, app_id: str, seen: Mapping[str, str] | None = None
) -> None:
    """Use the stored credentials again. `seen` as in `save_connection`."""
    actor.require(Permission.MANAGE_APPS)
    async with database.begin(actor) as work:
        await _switch(work, app_id, ConnectionStatus.ENABLED, seen)
        await _recovered(work, app_id)


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


async def _recovered(work: Work, app_id: str) -> None:
    """The connection may serve now: end the pause, close the task about it, wake the worker."""
    await connections.unpause(work.connection, app_id)
    for task in await task_list.resolve_kind(work.connection, app_id, TaskKind.CREDENTIALS):
        work.log(Event(EventType.TASK_DEACTIVATE, app_id=app_id, detail={"task": task}))
    work.log(Event(EventType.APP_CONFIGURE, app_id=app_id))
    work.wake([app_id])

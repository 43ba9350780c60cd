"""Use cases of an app's connection: test and save credentials, show, switch on and off.

Credentials are tested against the app before they are saved, outside any transaction, and are never shown again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time
from time import monotonic
from typing import Any

from provisor.apps import catalogue
from provisor.apps.app import App
from provisor.apps.catalogue import AuthScheme
from provisor.apps.oauth import end_of_jwt, parse_client, render_client
from provisor.connector import Connector, PeerError, Survey, SurveysApps
from provisor.connector.oauth import ClientAuth, GrantType, OAuthClient
from provisor.directory.diagnostics import Diagnostic
from provisor.provisioning.settlement import TaskKind
from provisor.services.actor import Actor, Permission
from provisor.services.apps import existing_app, held_app
from provisor.services.connecting import ConnectorFactory
from provisor.services.errors import ChangedMeanwhile, Forbidden, Invalid, NotFound, ServiceError
from provisor.services.work import Database, Work
from provisor.store import connections, grants, task_list
from provisor.store.connections import AppConnection, ConnectionStatus
from provisor.systemlog import Event, EventType

FIELDS = {
    AuthScheme.TOKEN: ("token",),
    AuthScheme.BASIC: ("username", "password"),
    AuthScheme.HEADER: ("token",),
    AuthScheme.OAUTH2: (),
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
    client: OAuthClient | None = None
    """With its secret; for OAUTH2 alone."""
    expires: datetime | None = None
    """When the credentials end, as far as anybody knows."""

    @property
    def needs_person(self) -> bool:
        """Whether somebody has to authorize at the app before it can be used or tested."""
        return self.client is not None and self.client.grant is GrantType.AUTHORIZATION_CODE


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
    client = None
    if scheme is AuthScheme.OAUTH2:
        client = _client(profile, secret, problems)
    expires = _expires(profile, problems) or end_of_jwt(secret.get("token", ""))
    if problems:
        raise Invalid(problems[0].path, problems)
    return NewConnection(base_url, scheme, secret, client, expires)


def _client(profile: Mapping[str, Any], secret: dict[str, str], problems: list[Diagnostic]) -> OAuthClient | None:
    """The OAuth client with its secret, which is put beside the others."""
    client, found = parse_client(profile)
    problems += found
    ours = profile.get("provisor")
    value = ours.get("clientSecret") if isinstance(ours, dict) else None
    if client is None or client.auth is ClientAuth.NONE:
        return client
    if not isinstance(value, str) or not value or len(value) > LONGEST_SECRET:
        said = f"is required: text of at most {LONGEST_SECRET} characters"
        problems.append(Diagnostic("profile.provisor.clientSecret", said))
        return None
    secret["clientSecret"] = value
    return replace(client, secret=value)


def _expires(profile: Mapping[str, Any], problems: list[Diagnostic]) -> datetime | None:
    """When the credentials end by the administrator's word: a date, whose last moment is meant, or a moment."""
    ours = profile.get("provisor")
    value = ours.get("expires") if isinstance(ours, dict) else None
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(value)
        if len(value) == len("2026-01-31"):
            moment = datetime.combine(moment, time.max)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (TypeError, ValueError):
        problems.append(Diagnostic("profile.provisor.expires", "must be a date like 2026-01-31, or a moment with zone"))
        return None


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
    await check_connection(factory, app, base_url, new)
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


async def check_connection(factory: ConnectorFactory, app: App, base_url: str, new: NewConnection) -> None:
    """Test a connection; where a person has to authorize first, only whether its addresses may be used."""
    if new.client is None or not new.needs_person:
        await test_connection(factory, app, base_url, new)
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
    check_scheme(app, new.scheme)
    if new.needs_person:
        raise Invalid.one("profile.authScheme", "cannot be tested before somebody has authorized: save it, then do so")
    try:
        if new.client is not None:
            return factory.build_unsaved(app.id, app.name, base_url, new.client)
        return factory.build(app.id, app.name, base_url, new.scheme, new.secret)
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

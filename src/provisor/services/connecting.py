"""Makes connectors for apps: what a connection says, its credentials unsealed, as a plan that wiring turns into one.

Names no concrete connector. Nothing is kept: who opens a connector closes it, and asks `revision` when to open anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

import orjson

from provisor.apps import catalogue
from provisor.apps.catalogue import AuthScheme, Dialect
from provisor.apps.oauth import client_of
from provisor.apps.schemas import account_attributes
from provisor.connector import AccountAttribute, ConfigError, Connector, Places, Policies
from provisor.connector.oauth import Authorizer, OAuthClient, TokenEndpoint
from provisor.services.app_setup import app_schema
from provisor.services.authorizing import StoredGrant, UnsavedGrant
from provisor.services.secrets import NotReadable, Sealer
from provisor.services.work import Database
from provisor.settings import Network, Settings
from provisor.store import apps, connections, grants, policies, profile_schemas
from provisor.store.connections import AppConnection, ConnectionStatus

NOTHING: Mapping[str, Any] = {}
SECRET = "app_connection.secret"
"""The logical name under which credentials are sealed."""


@dataclass(frozen=True, slots=True)
class ConnectionPlan:
    """Everything a connector needs to know of one app's connection."""

    app_id: str
    dialect: Dialect
    base_url: str
    scheme: AuthScheme
    """What goes over the wire, which may differ from what the administrator calls it."""
    secret: Mapping[str, str] = field(repr=False)
    """`token` and for headers `header`; or `username` and `password`. Empty with an authorizer."""
    timeout: float
    egress: tuple[Network, ...]
    authorizer: Authorizer | None = None
    """Who says what is sent as Authorization; None for credentials that stay as they are."""
    policy: Mapping[str, Any] = field(default_factory=dict)
    """What of the dialect's policy is different for this app."""
    rate: float | None = None
    """Requests a second; None = as fast as the app answers."""
    attributes: tuple[AccountAttribute, ...] = ()
    """Of the app's accounts; empty: those that the connector knows by itself."""


class Build(Policies, Places, Protocol):
    """The wiring's part: concrete classes, what they may be told by a policy, and where they can keep attributes."""

    def __call__(self, plan: ConnectionPlan) -> Connector:
        """Make a connector; raises `ConfigError` for an address or credentials that cannot be used."""

    def endpoint(self, timeout: float, egress: tuple[Network, ...]) -> TokenEndpoint:
        """Make what asks authorization servers for tokens."""


class ConnectorFactory:
    """Opens connectors for the worker and for testing credentials."""

    def __init__(self, database: Database, sealer: Sealer, settings: Settings, build: Build) -> None:
        self._database = database
        self._settings = settings
        self._build = build
        self.sealer = sealer

    @property
    def policies(self) -> Policies:
        """What policies the connectors know."""
        return self._build

    @property
    def places(self) -> Places:
        """Where the connectors can keep attributes."""
        return self._build

    async def open(self, app_id: str, *, disabled_too: bool = False) -> Connector:
        """A connector for the app's connection as it is now; `ConfigError` when it has none that serves."""
        async with self._database.read() as connection:
            app = await apps.find(connection, app_id)
            stored = await connections.find(connection, app_id)
            policy = await policies.find(connection, app_id)
            schema = await profile_schemas.find_text(connection, app_id)
            grant = await grants.find(connection, app_id)
        if app is None or stored is None:
            raise ConfigError("The app has no connection. Enter its address and credentials.")
        if stored.status is not ConnectionStatus.ENABLED and not disabled_too:
            raise ConfigError("The app's connection is deactivated. Activate it.")
        secret = self.unseal(stored)
        own: dict[str, Any] = {
            # Whether values are cleared is a switch of the app; how, its policy.
            "policy": policy.changes if app.features.push_nulls else {**policy.changes, "clear_as": "keep"},
            "rate": app.limits.rate,
            "attributes": account_attributes(app_schema(schema)),
        }
        if stored.oauth is None or grant is None:
            return self.build(app_id, app.name, stored.base_url, stored.scheme, secret, **own)
        client = client_of(stored.oauth, secret.get("clientSecret", ""))
        authorizer = StoredGrant(
            self._database, self.sealer, app_id, grant.made, client, self.endpoint(), self._settings.request_timeout
        )
        return self.build(app_id, app.name, stored.base_url, stored.scheme, {}, authorizer, **own)

    def unseal(self, stored: AppConnection) -> dict[str, str]:
        """The stored credentials; `ConfigError` when they cannot be read."""
        try:
            secret: dict[str, str] = orjson.loads(self.sealer.open(SECRET, stored.app_id, stored.secret))
        except NotReadable as problem:
            raise ConfigError(str(problem)) from None
        return secret

    def endpoint(self) -> TokenEndpoint:
        """What asks authorization servers for tokens; whoever gets it closes it."""
        return self._build.endpoint(self._settings.request_timeout, self._settings.egress_allow)

    def build_unsaved(
        self, app_id: str, entry_name: str, base_url: str, client: OAuthClient, policy: Mapping[str, Any]
    ) -> Connector:
        """A connector for an OAuth client that is not stored: with client credentials alone."""
        authorizer = UnsavedGrant(client, self.endpoint())
        return self.build(app_id, entry_name, base_url, AuthScheme.OAUTH2, {}, authorizer, policy=policy)

    async def revision(self, app_id: str) -> datetime | None:
        """Changes whenever the app's connection does; None while it has none that is enabled."""
        async with self._database.read() as connection:
            return await connections.find_revision(connection, app_id)

    def build(
        self,
        app_id: str,
        entry_name: str,
        base_url: str,
        scheme: AuthScheme,
        secret: Mapping[str, str],
        authorizer: Authorizer | None = None,
        *,
        policy: Mapping[str, Any] = NOTHING,
        rate: float | None = None,
        attributes: tuple[AccountAttribute, ...] = (),
    ) -> Connector:
        """A connector for these values, stored or not yet."""
        entry = catalogue.entry(entry_name)
        return self._build(
            ConnectionPlan(
                app_id,
                entry.dialect,
                base_url,
                entry.wire_scheme(scheme),
                secret,
                self._settings.request_timeout,
                self._settings.egress_allow,
                authorizer,
                policy,
                rate,
                attributes,
            )
        )

    def seal(self, app_id: str, secret: Mapping[str, str]) -> bytes:
        return self.sealer.seal(SECRET, app_id, orjson.dumps(dict(secret)))

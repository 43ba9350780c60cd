"""Makes connectors for apps: what a connection says, its credentials unsealed, as a plan that wiring turns into one.

Names no concrete connector. Nothing is kept: who opens a connector closes it, and asks `revision` when to open anew.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import orjson

from provisor.apps import catalogue
from provisor.apps.catalogue import AuthScheme, Dialect
from provisor.connector import ConfigError, Connector
from provisor.services.secrets import NotReadable, Sealer
from provisor.services.work import Database
from provisor.settings import Network, Settings
from provisor.store import apps, connections
from provisor.store.connections import ConnectionStatus

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
    """`token` and for headers `header`; or `username` and `password`."""
    timeout: float
    egress: tuple[Network, ...]


Build = Callable[[ConnectionPlan], Connector]
"""Makes a connector; raises `ConfigError` for an address or credentials that cannot be used."""


class ConnectorFactory:
    """Opens connectors for the worker and for testing credentials."""

    def __init__(self, database: Database, sealer: Sealer, settings: Settings, build: Build) -> None:
        self._database = database
        self._settings = settings
        self._build = build
        self.sealer = sealer

    async def open(self, app_id: str, *, disabled_too: bool = False) -> Connector:
        """A connector for the app's connection as it is now; `ConfigError` when it has none that serves."""
        async with self._database.read() as connection:
            app = await apps.find(connection, app_id)
            stored = await connections.find(connection, app_id)
        if app is None or stored is None:
            raise ConfigError("The app has no connection. Enter its address and credentials.")
        if stored.status is not ConnectionStatus.ENABLED and not disabled_too:
            raise ConfigError("The app's connection is deactivated. Activate it.")
        try:
            secret = orjson.loads(self.sealer.open(SECRET, app_id, stored.secret))
        except NotReadable as problem:
            raise ConfigError(str(problem)) from None
        return self.build(app_id, app.name, stored.base_url, stored.scheme, secret)

    async def revision(self, app_id: str) -> datetime | None:
        """Changes whenever the app's connection does; None while it has none that is enabled."""
        async with self._database.read() as connection:
            return await connections.find_revision(connection, app_id)

    def build(
        self, app_id: str, entry_name: str, base_url: str, scheme: AuthScheme, secret: Mapping[str, str]
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
            )
        )

    def seal(self, app_id: str, secret: Mapping[str, str]) -> bytes:
        return self.sealer.seal(SECRET, app_id, orjson.dumps(dict(secret)))

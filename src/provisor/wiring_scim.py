"""Turns a connection plan into the SCIM connector over aiohttp. Part of the wiring: it names concrete classes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from provisor.connector import AccountAttribute, Connector, PolicyField, PolicyValue, Transport
from provisor.connector.oauth import TokenEndpoint
from provisor.connectors.authorizing import AuthorizedTransport
from provisor.connectors.egress import EgressPolicy
from provisor.connectors.http import AiohttpTransport
from provisor.connectors.oauth import HttpTokenEndpoint
from provisor.connectors.pacing import PacedTransport
from provisor.connectors.scim import (
    DEFAULT_USER_ATTRIBUTES,
    AuthScheme,
    Dialect,
    ScimConnector,
    ScimSettings,
    authorization,
    check_places,
    describe,
    differences,
    load_policy,
    parse_base_url,
    read_policy,
)
from provisor.services.connecting import ConnectionPlan
from provisor.settings import Network


class ScimConnectors:
    """Makes connectors that speak SCIM, and what asks for their tokens."""

    def __call__(self, plan: ConnectionPlan) -> Connector:
        """The connector for one app; `ConfigError` for an address or credentials that cannot be used."""
        header = None if plan.authorizer else fixed_header(plan)
        base_url = parse_base_url(plan.base_url)
        egress = EgressPolicy(plan.egress)
        egress.check_url(base_url)
        transport: Transport = AiohttpTransport(egress, timeout=plan.timeout)
        if plan.authorizer is not None:
            transport = AuthorizedTransport(transport, plan.authorizer)
        if plan.rate is not None:
            transport = PacedTransport(transport, plan.rate)
        policy = read_policy(plan.policy, load_policy(plan.dialect.value))
        attributes = plan.attributes or DEFAULT_USER_ATTRIBUTES
        dialect = Dialect(plan.dialect.value)
        return ScimConnector(transport, ScimSettings(base_url, header, dialect, attributes, policy))

    def fields(self, dialect: str) -> Sequence[PolicyField]:
        return describe(load_policy(dialect))

    def read(self, dialect: str, changes: Mapping[str, Any]) -> Mapping[str, PolicyValue]:
        shipped = load_policy(dialect)
        return differences(read_policy(changes, shipped), shipped)

    def check(self, dialect: str, attributes: Sequence[AccountAttribute]) -> None:
        check_places(attributes)

    def endpoint(self, timeout: float, egress: tuple[Network, ...]) -> TokenEndpoint:
        return HttpTokenEndpoint(AiohttpTransport(EgressPolicy(egress), timeout=timeout))


def fixed_header(plan: ConnectionPlan) -> tuple[str, str]:
    """The header that every request carries, for credentials that stay as they are."""
    secret = plan.secret
    name, value = authorization(
        AuthScheme(plan.scheme.value),
        token=secret.get("token", ""),
        username=secret.get("username", ""),
        password=secret.get("password", ""),
    )
    return (secret.get("header", name), value) if plan.scheme.value == AuthScheme.HEADER.value else (name, value)


build_scim_connector = ScimConnectors()

"""Turns a connection plan into the SCIM connector over aiohttp. Part of the wiring: it names concrete classes."""

from __future__ import annotations

from provisor.connector import Connector
from provisor.connectors.egress import EgressPolicy
from provisor.connectors.http import AiohttpTransport
from provisor.connectors.scim import AuthScheme, Dialect, ScimConnector, ScimSettings, authorization, parse_base_url
from provisor.services.connecting import ConnectionPlan


def build_scim_connector(plan: ConnectionPlan) -> Connector:
    """The connector for one app; `ConfigError` for an address or credentials that cannot be used."""
    secret = plan.secret
    name, value = authorization(
        AuthScheme(plan.scheme.value),
        token=secret.get("token", ""),
        username=secret.get("username", ""),
        password=secret.get("password", ""),
    )
    if plan.scheme.value == AuthScheme.HEADER.value:
        name = secret.get("header", name)
    base_url = parse_base_url(plan.base_url)
    egress = EgressPolicy(plan.egress)
    egress.check_url(base_url)
    return ScimConnector(
        AiohttpTransport(egress, timeout=plan.timeout),
        ScimSettings(base_url, (name, value), Dialect(plan.dialect.value)),
    )

"""The outbound SCIM connector, in every dialect: the names that wiring needs."""

from provisor.connectors.scim.attributes import CORE, DEFAULT_USER_ATTRIBUTES, ENTERPRISE
from provisor.connectors.scim.auth import AuthScheme, authorization
from provisor.connectors.scim.client import ScimConnector
from provisor.connectors.scim.policy import (
    ClearAs,
    Dialect,
    ExternalId,
    Lists,
    PeerPolicy,
    Version,
    Write,
    describe,
    differences,
    load_policy,
    parse_policy,
    read_policy,
)
from provisor.connectors.scim.probe import probe
from provisor.connectors.scim.proposal import Proposal
from provisor.connectors.scim.settings import ScimSettings, parse_base_url
from provisor.connectors.scim.shape import check_places

__all__ = [
    "CORE",
    "DEFAULT_USER_ATTRIBUTES",
    "ENTERPRISE",
    "AuthScheme",
    "ClearAs",
    "Dialect",
    "ExternalId",
    "Lists",
    "PeerPolicy",
    "Proposal",
    "ScimConnector",
    "ScimSettings",
    "Version",
    "Write",
    "authorization",
    "check_places",
    "describe",
    "differences",
    "load_policy",
    "parse_base_url",
    "parse_policy",
    "probe",
    "read_policy",
]

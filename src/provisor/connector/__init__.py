"""What a connector author imports: capability protocols, value types, errors. Holds no connector."""

from provisor.connector.accounts import Account, AccountAttribute, Desired, Json
from provisor.connector.capabilities import (
    Connector,
    CreatesAccounts,
    DeactivatesAccounts,
    DiscoversAttributes,
    FindsAccounts,
    ListsAccounts,
    ProbesApps,
    ReactivatesAccounts,
    ReadsAccounts,
    RemarksOnApps,
    SurveysApps,
    UpdatesAccounts,
)
from provisor.connector.discovery import DataType, Discovered, Writing
from provisor.connector.errors import (
    ConfigError,
    PeerConflict,
    PeerError,
    PeerMissing,
    PeerNonconformant,
    PeerRefused,
    PeerThrottled,
    PeerUnavailable,
)
from provisor.connector.listing import AccountPage
from provisor.connector.policy import FieldKind, Finding, Places, Policies, PolicyField, PolicyValue, Probed
from provisor.connector.survey import Part, Presence, Suggestion, Survey
from provisor.connector.transport import Request, Response, Transport

__all__ = [
    "Account",
    "AccountAttribute",
    "AccountPage",
    "ConfigError",
    "Connector",
    "CreatesAccounts",
    "DataType",
    "DeactivatesAccounts",
    "Desired",
    "Discovered",
    "DiscoversAttributes",
    "FieldKind",
    "Finding",
    "FindsAccounts",
    "Json",
    "ListsAccounts",
    "Part",
    "PeerConflict",
    "PeerError",
    "PeerMissing",
    "PeerNonconformant",
    "PeerRefused",
    "PeerThrottled",
    "PeerUnavailable",
    "Places",
    "Policies",
    "PolicyField",
    "PolicyValue",
    "Presence",
    "Probed",
    "ProbesApps",
    "ReactivatesAccounts",
    "ReadsAccounts",
    "RemarksOnApps",
    "Request",
    "Response",
    "Suggestion",
    "Survey",
    "SurveysApps",
    "Transport",
    "UpdatesAccounts",
    "Writing",
]

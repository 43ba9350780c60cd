"""The attributes that a connector writes unless it is told others: those of Okta's SCIM 2.0 template apps."""

from __future__ import annotations

from provisor.connector import AccountAttribute
from provisor.scim.template import CORE, ENTERPRISE, REQUIRED, TEMPLATE

__all__ = ["CORE", "DEFAULT_USER_ATTRIBUTES", "ENTERPRISE"]

DEFAULT_USER_ATTRIBUTES: tuple[AccountAttribute, ...] = tuple(
    AccountAttribute(name, external_name, namespace, required=name in REQUIRED)
    for namespace, attributes in TEMPLATE.items()
    for name, external_name in attributes.items()
)

"""Schemas as data: the model (`attributes`) and the definitions of RFC 7643 (`core`)."""

from .attributes import (
    COMMON,
    META,
    Attribute,
    Mutability,
    ResourceType,
    Returned,
    Schema,
    Type,
    Uniqueness,
    parse_attribute,
    parse_schema,
    render_attribute,
    render_schema,
)
from .core import ENTERPRISE_USER_SCHEMA, GROUP, GROUP_SCHEMA, USER, USER_SCHEMA

__all__ = [
    "COMMON",
    "ENTERPRISE_USER_SCHEMA",
    "GROUP",
    "GROUP_SCHEMA",
    "META",
    "USER",
    "USER_SCHEMA",
    "Attribute",
    "Mutability",
    "ResourceType",
    "Returned",
    "Schema",
    "Type",
    "Uniqueness",
    "parse_attribute",
    "parse_schema",
    "render_attribute",
    "render_schema",
]

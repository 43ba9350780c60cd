"""Schemas as data: the model (`attributes`) the definitions of RFC 7643 (`core`), and others from a file (`files`)."""

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
    render_resource_type,
    render_schema,
)
from .core import ENTERPRISE_USER_SCHEMA, GROUP, GROUP_SCHEMA, USER, USER_SCHEMA
from .files import SchemaFileError, parse_resource_types

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
    "SchemaFileError",
    "Type",
    "Uniqueness",
    "parse_attribute",
    "parse_resource_types",
    "parse_schema",
    "render_attribute",
    "render_resource_type",
    "render_schema",
]

"""Attribute, schema and resource-type definitions as frozen data, with case-insensitive look-up (RFC 7643 §2, §7).

It describes; it validates no value and stores none.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Type(StrEnum):
    """Data types of RFC 7643 §2.3."""

    STRING = "string"
    BOOLEAN = "boolean"
    DECIMAL = "decimal"
    INTEGER = "integer"
    DATE_TIME = "dateTime"
    BINARY = "binary"
    REFERENCE = "reference"
    COMPLEX = "complex"


class Mutability(StrEnum):
    """Who may write the attribute, and when (RFC 7643 §7)."""

    READ_ONLY = "readOnly"
    READ_WRITE = "readWrite"
    IMMUTABLE = "immutable"
    WRITE_ONLY = "writeOnly"


class Returned(StrEnum):
    """When the attribute appears in a response (RFC 7643 §7)."""

    ALWAYS = "always"
    NEVER = "never"
    DEFAULT = "default"
    REQUEST = "request"


class Uniqueness(StrEnum):
    """How far the value is unique (RFC 7643 §7)."""

    NONE = "none"
    SERVER = "server"
    GLOBAL = "global"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Attribute:
    """One attribute or sub-attribute; the defaults are those of RFC 7643 §2.2."""

    name: str
    type: Type = Type.STRING
    description: str = ""
    multi_valued: bool = False
    required: bool = False
    case_exact: bool = False
    mutability: Mutability = Mutability.READ_WRITE
    returned: Returned = Returned.DEFAULT
    uniqueness: Uniqueness = Uniqueness.NONE
    canonical_values: tuple[str, ...] = ()
    reference_types: tuple[str, ...] = ()
    sub_attributes: tuple["Attribute", ...] = ()
    by_name: Mapping[str, "Attribute"] = field(init=False)
    """Sub-attributes by exact and by folded name: one dict get decides both."""
    read_only: bool = field(init=False)
    """Whether clients may not write it."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_name", _index(self.sub_attributes))
        object.__setattr__(self, "read_only", self.mutability is Mutability.READ_ONLY)

    def __repr__(self) -> str:
        return f"<Attribute {self.name}>"

    def find(self, name: str) -> "Attribute | None":
        """Return the sub-attribute of this name, ignoring case, or None."""
        return self.by_name.get(name) or self.by_name.get(name.lower())


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Schema:
    """A schema: its URN and its attributes."""

    id: str
    name: str
    description: str
    attributes: tuple[Attribute, ...]
    by_name: Mapping[str, Attribute] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_name", _index(self.attributes))

    def __repr__(self) -> str:
        return f"<Schema {self.id}>"

    def find(self, name: str) -> Attribute | None:
        """Return the attribute of this name, ignoring case, or None."""
        return self.by_name.get(name) or self.by_name.get(name.lower())


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ResourceType:
    """A resource type: its endpoint, its core schema, its extensions (RFC 7643 §6)."""

    name: str
    endpoint: str
    description: str
    schema: Schema
    extensions: tuple[Schema, ...] = ()
    required_extensions: frozenset[str] = frozenset()
    """URNs of the extensions that every resource must have."""
    by_name: Mapping[str, Attribute] = field(init=False)
    """Core and common attributes by exact and folded name."""
    by_urn: Mapping[str, Schema] = field(init=False)
    """Extension schemas by exact and folded URN."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_name", _index((*COMMON, *self.schema.attributes)))
        urns = {schema.id: schema for schema in self.extensions}
        object.__setattr__(self, "by_urn", {**{urn.lower(): schema for urn, schema in urns.items()}, **urns})

    def __repr__(self) -> str:
        return f"<ResourceType {self.name}>"

    def find(self, name: str) -> Attribute | None:
        """Return the core or common attribute of this name, ignoring case, or None."""
        return self.by_name.get(name) or self.by_name.get(name.lower())

    def extension(self, urn: str) -> Schema | None:
        """Return the extension of this URN, ignoring case, or None (also for the core URN)."""
        return self.by_urn.get(urn) or self.by_urn.get(urn.lower())

    def locate(self, urn: str | None, name: str) -> tuple[Schema | None, Attribute | None]:
        """Return the extension schema (None = core) that `urn` names, and the attribute `name` in it."""
        if urn is None or urn.lower() == self.schema.id.lower():
            return None, self.find(name)
        extension = self.extension(urn)
        return extension, extension.find(name) if extension else None


def _index(attributes: Iterable[Attribute]) -> dict[str, Attribute]:
    found = list(attributes)
    return {**{a.name.lower(): a for a in found}, **{a.name: a for a in found}}


META = Attribute(
    "meta",
    Type.COMPLEX,
    "What the server knows about the resource.",
    mutability=Mutability.READ_ONLY,
    sub_attributes=(
        Attribute("resourceType", case_exact=True, mutability=Mutability.READ_ONLY),
        Attribute("created", Type.DATE_TIME, mutability=Mutability.READ_ONLY),
        Attribute("lastModified", Type.DATE_TIME, mutability=Mutability.READ_ONLY),
        Attribute("location", Type.REFERENCE, case_exact=True, mutability=Mutability.READ_ONLY),
        Attribute("version", case_exact=True, mutability=Mutability.READ_ONLY),
    ),
)
COMMON = (
    # The client may announce extensions, so `schemas` is not read-only; the kernel recomputes it anyway.
    Attribute("schemas", Type.REFERENCE, multi_valued=True, required=True, case_exact=True, returned=Returned.ALWAYS),
    Attribute("id", case_exact=True, mutability=Mutability.READ_ONLY, returned=Returned.ALWAYS),
    Attribute("externalId", case_exact=True),
    META,
)
"""The attributes that every resource has (RFC 7643 §3.1)."""


def render_attribute(attribute: Attribute) -> dict[str, Any]:
    """Render as an element of `attributes` in a Schema resource (RFC 7643 §7)."""
    out: dict[str, Any] = {
        "name": attribute.name,
        "type": attribute.type.value,
        "multiValued": attribute.multi_valued,
        "description": attribute.description,
        "required": attribute.required,
        "mutability": attribute.mutability.value,
        "returned": attribute.returned.value,
    }
    if attribute.type is not Type.COMPLEX:
        out["caseExact"] = attribute.case_exact
        out["uniqueness"] = attribute.uniqueness.value
    if attribute.canonical_values:
        out["canonicalValues"] = list(attribute.canonical_values)
    if attribute.reference_types:
        out["referenceTypes"] = list(attribute.reference_types)
    if attribute.sub_attributes:
        out["subAttributes"] = [render_attribute(sub) for sub in attribute.sub_attributes]
    return out


def render_schema(schema: Schema) -> dict[str, Any]:
    """Render as a Schema resource without `schemas` and `meta`."""
    return {
        "id": schema.id,
        "name": schema.name,
        "description": schema.description,
        "attributes": [render_attribute(attribute) for attribute in schema.attributes],
    }


def render_resource_type(kind: ResourceType) -> dict[str, Any]:
    """Render as a ResourceType resource without `schemas` and `meta` (RFC 7643 §6)."""
    out: dict[str, Any] = {
        "id": kind.name,
        "name": kind.name,
        "endpoint": kind.endpoint,
        "description": kind.description,
        "schema": kind.schema.id,
    }
    if kind.extensions:
        out["schemaExtensions"] = [
            {"schema": extension.id, "required": extension.id in kind.required_extensions}
            for extension in kind.extensions
        ]
    return out


def parse_attribute(document: Mapping[str, Any]) -> Attribute:
    """Read an element of `attributes`; the inverse of `render_attribute`."""
    return Attribute(
        name=document["name"],
        type=Type(document.get("type", "string")),
        description=document.get("description", ""),
        multi_valued=document.get("multiValued", False),
        required=document.get("required", False),
        case_exact=document.get("caseExact", False),
        mutability=Mutability(document.get("mutability", "readWrite")),
        returned=Returned(document.get("returned", "default")),
        uniqueness=Uniqueness(document.get("uniqueness", "none")),
        canonical_values=tuple(document.get("canonicalValues", ())),
        reference_types=tuple(document.get("referenceTypes", ())),
        sub_attributes=tuple(parse_attribute(sub) for sub in document.get("subAttributes", ())),
    )


def parse_schema(document: Mapping[str, Any]) -> Schema:
    """Read a Schema resource; the inverse of `render_schema`."""
    return Schema(
        id=document["id"],
        name=document.get("name", ""),
        description=document.get("description", ""),
        attributes=tuple(parse_attribute(attribute) for attribute in document["attributes"]),
    )

"""The SCIM resource types of the directory: what of RFC 7643 it has a place for, and nothing else.

What is not declared here is not kept, and clients can read that at `/Schemas`.
"""

from __future__ import annotations

from provisor.scim.schemas import (
    ENTERPRISE_USER_SCHEMA,
    GROUP_SCHEMA,
    USER_SCHEMA,
    Attribute,
    ResourceType,
    Schema,
    Type,
)


def attribute(schema: Schema, name: str) -> Attribute:
    """A standard's attribute as it is."""
    return schema.by_name[name]


def narrowed(
    schema: Schema, name: str, keep: tuple[str, ...], types: tuple[str, ...] = (), must: tuple[str, ...] = ()
) -> Attribute:
    """A standard's complex attribute with some of its sub-attributes, and the types that the directory tells apart."""
    whole = schema.by_name[name]
    subs = []
    for sub in whole.sub_attributes:
        if sub.name == "type" and types:
            sub = Attribute("type", description=sub.description, canonical_values=types)
        if sub.name in keep:
            subs.append(required(sub) if sub.name in must else sub)
    return Attribute(
        whole.name, Type.COMPLEX, whole.description, multi_valued=whole.multi_valued, sub_attributes=tuple(subs)
    )


def required(whole: Attribute) -> Attribute:
    return Attribute(
        whole.name,
        whole.type,
        whole.description,
        multi_valued=whole.multi_valued,
        required=True,
        sub_attributes=whole.sub_attributes,
    )


VALUE = ("value", "type", "primary")
ADDRESS = ("formatted", "streetAddress", "locality", "region", "postalCode", "country", "type", "primary")
NAME = ("familyName", "givenName", "middleName", "honorificPrefix", "honorificSuffix")

DIRECTORY_USER = ResourceType(
    "User",
    "/Users",
    "User Account",
    Schema(
        USER_SCHEMA.id,
        USER_SCHEMA.name,
        USER_SCHEMA.description,
        (
            attribute(USER_SCHEMA, "userName"),
            required(narrowed(USER_SCHEMA, "name", NAME, must=("givenName", "familyName"))),
            *(
                attribute(USER_SCHEMA, name)
                for name in (
                    "displayName",
                    "nickName",
                    "profileUrl",
                    "title",
                    "userType",
                    "preferredLanguage",
                    "locale",
                    "timezone",
                    "active",
                    "password",
                )
            ),
            narrowed(USER_SCHEMA, "emails", VALUE, ("work", "other")),
            narrowed(USER_SCHEMA, "phoneNumbers", VALUE, ("work", "mobile")),
            narrowed(USER_SCHEMA, "addresses", ADDRESS, ("work",)),
            attribute(USER_SCHEMA, "groups"),
        ),
    ),
    (
        Schema(
            ENTERPRISE_USER_SCHEMA.id,
            ENTERPRISE_USER_SCHEMA.name,
            ENTERPRISE_USER_SCHEMA.description,
            (
                *(each for each in ENTERPRISE_USER_SCHEMA.attributes if each.name != "manager"),
                narrowed(ENTERPRISE_USER_SCHEMA, "manager", ("value", "displayName")),
            ),
        ),
    ),
)
DIRECTORY_GROUP = ResourceType("Group", "/Groups", "Group", GROUP_SCHEMA)

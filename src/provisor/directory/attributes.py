"""What is known of one attribute of a profile, and the 31 attributes that every person has.

People, groups and apps describe their attributes alike; what only apps have (a name on the wire) is empty elsewhere.
Whether a value fits is decided in `profiles`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from provisor.directory.formats import Format

LONGEST = 4096
"""Characters of a text whose attribute sets no limit of its own."""


class AttributeType(StrEnum):
    STRING = "string"
    BOOLEAN = "boolean"
    NUMBER = "number"
    INTEGER = "integer"
    ARRAY = "array"


class Access(StrEnum):
    """What people may do with an attribute of their own profile."""

    HIDE = "HIDE"
    READ_ONLY = "READ_ONLY"
    READ_WRITE = "READ_WRITE"


class Scope(StrEnum):
    NONE = "NONE"
    """May be set for a whole group."""
    SELF = "SELF"
    """“User personal”: for each person apart."""


class Mutability(StrEnum):
    READ_WRITE = "READ_WRITE"
    READ_ONLY = "READ_ONLY"
    IMMUTABLE = "IMMUTABLE"
    WRITE_ONLY = "WRITE_ONLY"


class Unique(StrEnum):
    """Whether no two people may have the same value."""

    UNIQUE_VALIDATED = "UNIQUE_VALIDATED"
    PENDING_UNIQUENESS = "PENDING_UNIQUENESS"
    """Asked for; the values that are there already are being looked through."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the values that an attribute allows."""

    value: str | int | float
    title: str


@dataclass(frozen=True, slots=True)
class Attribute:
    name: str
    """The variable name: what profiles, mappings and the API call it."""
    title: str
    type: AttributeType = AttributeType.STRING
    required: bool = False
    shortest: int = 0
    longest: int = LONGEST
    format: Format | None = None
    item: AttributeType | None = None
    """What the elements of an array are: string, number or integer."""
    description: str = ""
    choices: tuple[Choice, ...] = ()
    """Empty: any value."""
    least: float | None = None
    most: float | None = None
    pattern: str | None = None
    """An RE2 pattern that the whole text must match; only the login has one."""
    unique: Unique | None = None
    access: Access = Access.READ_ONLY
    scope: Scope = Scope.NONE
    mutability: Mutability = Mutability.READ_WRITE
    sensitive: bool = False
    """Shown as asterisks; only super administrators may map it."""
    default: Any = None
    external_name: str | None = None
    """What the app calls it, for SCIM a path such as `emails.^[primary==true].value`."""
    external_namespace: str | None = None
    """For SCIM the URN of the schema it belongs to."""
    union: bool = False
    """An array's values are combined across groups; otherwise the group of the highest priority wins."""

    @property
    def constrained(self) -> bool:
        """Whether a value of the right type may still not fit."""
        return bool(self.choices or self.format or self.shortest or self.longest != LONGEST or self.pattern) or not (
            self.least is None and self.most is None
        )


BASE_ATTRIBUTES = (
    Attribute("login", "Username", required=True, shortest=5, longest=100, format=Format.EMAIL),
    Attribute("email", "Primary email", required=True, shortest=5, longest=100, format=Format.EMAIL),
    Attribute("secondEmail", "Secondary email", longest=100, format=Format.EMAIL),
    Attribute("firstName", "First name", required=True, shortest=1, longest=50),
    Attribute("lastName", "Last name", required=True, shortest=1, longest=50),
    Attribute("middleName", "Middle name"),
    Attribute("honorificPrefix", "Honorific prefix"),
    Attribute("honorificSuffix", "Honorific suffix"),
    Attribute("title", "Title"),
    Attribute("displayName", "Display name"),
    Attribute("nickName", "Nickname"),
    Attribute("profileUrl", "Profile Url", format=Format.URI),
    Attribute("primaryPhone", "Primary phone", longest=100),
    Attribute("mobilePhone", "Mobile phone", longest=100),
    Attribute("streetAddress", "Street address", longest=1024),
    Attribute("city", "City", longest=128),
    Attribute("state", "State", longest=128),
    Attribute("zipCode", "Zip code", longest=50),
    Attribute("countryCode", "Country code", longest=2, format=Format.COUNTRY),
    Attribute("postalAddress", "Postal Address", longest=4096),
    Attribute("preferredLanguage", "Preferred language", format=Format.LANGUAGE),
    Attribute("locale", "Locale", format=Format.LOCALE),
    Attribute("timezone", "Time zone", format=Format.ZONE),
    Attribute("userType", "User type"),
    Attribute("employeeNumber", "Employee number"),
    Attribute("costCenter", "Cost center"),
    Attribute("organization", "Organization"),
    Attribute("division", "Division"),
    Attribute("department", "Department"),
    Attribute("managerId", "ManagerId"),
    Attribute("manager", "Manager"),
)

"""The 31 attributes every user profile has, with their types, lengths and formats."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

LONGEST = 4096
"""Characters of a text whose attribute sets no limit of its own."""

ATOM = r"[^\s@.\"(),:;<>\[\\\]\x00-\x1f\x7f]+"
LABEL = r"[^\W_](?:[\w-]*[^\W_])?"
# RFC 5322 §3.4.1 without quoted strings, comments and domain literals; letters beyond ASCII as RFC 6532 allows.
EMAIL = re.compile(rf"{ATOM}(?:\.{ATOM})*@{LABEL}(?:\.{LABEL})*")
URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+")
COUNTRY = re.compile(r"[A-Za-z]{2}")
# RFC 7231 §5.3.5, and the underscore that many sources write.
LANGUAGE = re.compile(r"[A-Za-z]{1,8}(?:[-_][A-Za-z0-9]{1,8})*(?:;q=[01](?:\.\d{1,3})?)?")
LOCALE = re.compile(r"[A-Za-z]{2,8}(?:[-_][A-Za-z0-9]{1,8})*")
ZONE = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+)*")


class AttributeType(StrEnum):
    STRING = "string"
    BOOLEAN = "boolean"
    NUMBER = "number"
    INTEGER = "integer"
    ARRAY = "array"


class Format(StrEnum):
    """What a text must look like; the wire values are those of the schema API."""

    EMAIL = "email"
    URI = "uri"
    COUNTRY = "country-code"
    LANGUAGE = "language-code"
    LOCALE = "locale"
    ZONE = "timezone"


def languages(text: str) -> bool:
    return all(LANGUAGE.fullmatch(each.strip()) for each in text.split(","))


FORMATS: dict[Format, tuple[Callable[[str], object], str]] = {
    Format.EMAIL: (EMAIL.fullmatch, "must be in the form of an email address"),
    Format.URI: (URI.fullmatch, "must be a URL, such as https://example.com/ann"),
    Format.COUNTRY: (COUNTRY.fullmatch, "must be a country code of two letters (ISO 3166-1), such as US"),
    Format.LANGUAGE: (languages, "must be a language, such as en-US"),
    Format.LOCALE: (LOCALE.fullmatch, "must be a locale, such as en_US"),
    Format.ZONE: (ZONE.fullmatch, "must be the name of a time zone, such as Europe/Berlin"),
}
"""How each format is checked, and what is said of a value that fails."""


@dataclass(frozen=True, slots=True)
class Attribute:
    name: str
    title: str
    type: AttributeType = AttributeType.STRING
    required: bool = False
    shortest: int = 0
    longest: int = LONGEST
    format: Format | None = None


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

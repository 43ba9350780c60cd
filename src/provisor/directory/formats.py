"""What a text must look like where an attribute asks for a format. Knows no attributes."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from enum import StrEnum

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


class Format(StrEnum):
    """What a text must look like; the wire values are those of the schema API."""

    EMAIL = "email"
    URI = "uri"
    COUNTRY = "country-code"
    LANGUAGE = "language-code"
    LOCALE = "locale"
    ZONE = "timezone"
    TIME = "date-time"
    REFERENCE = "ref-id"
    ENCRYPTED = "encrypted"
    HASHED = "hashed"


def languages(text: str) -> bool:
    return all(LANGUAGE.fullmatch(each.strip()) for each in text.split(","))


def is_time(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


def anything(text: str) -> bool:
    return True


FORMATS: dict[Format, tuple[Callable[[str], object], str]] = {
    Format.EMAIL: (EMAIL.fullmatch, "must be in the form of an email address"),
    Format.URI: (URI.fullmatch, "must be a URL, such as https://example.com/ann"),
    Format.COUNTRY: (COUNTRY.fullmatch, "must be a country code of two letters (ISO 3166-1), such as US"),
    Format.LANGUAGE: (languages, "must be a language, such as en-US"),
    Format.LOCALE: (LOCALE.fullmatch, "must be a locale, such as en_US"),
    Format.ZONE: (ZONE.fullmatch, "must be the name of a time zone, such as Europe/Berlin"),
    Format.TIME: (is_time, "must be a moment with its time zone, such as 2026-01-31T08:00:00Z"),
    Format.REFERENCE: (anything, ""),
    Format.ENCRYPTED: (anything, ""),
    Format.HASHED: (anything, ""),
}
"""How each format is checked, and what is said of a value that fails."""

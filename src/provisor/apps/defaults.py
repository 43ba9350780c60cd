"""The mapping a SCIM app starts with, Okta's template profile, and what its formats of usernames mean.

Types of e-mail, phone and address are `work`, as in Okta's default mapping, and only sent along with the value.
"""

from __future__ import annotations

import re
from collections.abc import Container

from provisor.apps.mapping import USERNAME, Direction, Mapping, MappingError
from provisor.expression import ExpressionError, compile_expression, username

DIRECT = {
    "givenName": "firstName",
    "familyName": "lastName",
    "middleName": "middleName",
    "honorificPrefix": "honorificPrefix",
    "honorificSuffix": "honorificSuffix",
    "email": "email",
    "displayName": "displayName",
    "nickName": "nickName",
    "profileUrl": "profileUrl",
    "title": "title",
    "userType": "userType",
    "preferredLanguage": "preferredLanguage",
    "locale": "locale",
    "timezone": "timezone",
    "primaryPhone": "primaryPhone",
    "streetAddress": "streetAddress",
    "locality": "city",
    "region": "state",
    "postalCode": "zipCode",
    "country": "countryCode",
    "formatted": "postalAddress",
    "employeeNumber": "employeeNumber",
    "costCenter": "costCenter",
    "organization": "organization",
    "division": "division",
    "department": "department",
    "managerValue": "managerId",
    "managerDisplayName": "manager",
}
"""App attribute: profile attribute."""

SCIM_MAPPINGS: tuple[Mapping, ...] = (
    *(Mapping(target, f"user.{source}") for target, source in DIRECT.items()),
    Mapping("emailType", "'work'", along_with="email"),
    Mapping("primaryPhoneType", "'work'", along_with="primaryPhone"),
    Mapping("addressType", "'work'", along_with="streetAddress"),
)

IMPORT_MAPPINGS: tuple[Mapping, ...] = (
    Mapping("login", "appuser.userName"),
    *(Mapping(source, f"appuser.{target}") for target, source in DIRECT.items()),
)
"""The way back."""


def shipped_mappings(direction: Direction, account: Container[str]) -> tuple[Mapping, ...]:
    """The mapping that comes with Provisor, as far as the app's schema has the attributes."""
    if direction is Direction.TO_APP:
        return tuple(e for e in SCIM_MAPPINGS if e.target in account and (e.along_with or e.target) in account)
    return tuple(each for each in IMPORT_MAPPINGS if each.expression.removeprefix("appuser.") in account)


HOLE = re.compile(r"\$\{([^{}]*)\}")
SUFFIX = "${instance.userSuffix}"
FUNCTION = re.compile(r"\bfn:(?=\w+\()")


def username_expression(template: str) -> str:
    """The expression behind a format of usernames.

    Built-in formats are texts with holes, such as `${fn:substringBefore(source.login, "@")}-admin`; a format without
    holes is an expression already. Raises `MappingError` for one that nobody could use; whether people have the
    attributes that it names is seen when it is compiled for a type of them.
    """
    expression = _filled(template) if "${" in template else template.strip()
    try:
        compile_expression(expression, username())
    except ExpressionError as problem:
        raise MappingError(f"The mapping of “{USERNAME}” cannot be used: {problem}", USERNAME) from None
    return expression


def with_suffix(template: str, suffix: str) -> str:
    """The format with the app's own suffix in its place."""
    return template.replace(SUFFIX, suffix)


def _filled(template: str) -> str:
    pieces = HOLE.split(template.strip())
    texts = ["'" + text.replace("'", "''") + "'" if text else "" for text in pieces[::2]]
    holes = [FUNCTION.sub("", hole.strip()).replace("source.", "user.") for hole in pieces[1::2]]
    if any(not hole for hole in holes) or "${" in "".join(texts):
        raise MappingError(f"The username format {template!r} has a hole without an end or with nothing in it.")
    filled = [part for pair in zip(texts, [*holes, ""], strict=True) for part in pair if part]
    return " + ".join(filled)

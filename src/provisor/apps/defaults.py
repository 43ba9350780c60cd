"""The mapping a SCIM app starts with: Okta's template profile, attribute by attribute.

Types of e-mail, phone and address are `work`, as in Okta's default mapping, and only sent along with the value.
"""

from __future__ import annotations

import re

from provisor.apps.mapping import Mapping, MappingError

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

BUILT_IN_TEMPLATE = re.compile(r"\$\{source\.([A-Za-z][A-Za-z0-9_]*)\}\Z")


def username_expression(template: str) -> str:
    """The expression behind a built-in username template such as `${source.login}`."""
    found = BUILT_IN_TEMPLATE.match(template.strip())
    if not found:
        raise MappingError(f"The username template {template!r} is not understood: it takes ${{source.attribute}}.")
    return f"user.{found[1]}"

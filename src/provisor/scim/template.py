"""The user attributes of Okta's SCIM template apps by name, and where each lives in a SCIM user. Data only.

Both sides need it: the connector that writes users, and the schema that an app begins with.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

CORE: Final = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE: Final = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

# RFC 7643 §4.1.1 and §4.1.2; names and external names are those of the template's profile.
_CORE = {
    "userName": "userName",
    "givenName": "name.givenName",
    "familyName": "name.familyName",
    "middleName": "name.middleName",
    "honorificPrefix": "name.honorificPrefix",
    "honorificSuffix": "name.honorificSuffix",
    "email": "emails.^[primary==true].value",
    "emailType": "emails.^[primary==true].type",
    "title": "title",
    "displayName": "displayName",
    "nickName": "nickName",
    "profileUrl": "profileUrl",
    "primaryPhone": "phoneNumbers.^[primary==true].value",
    "primaryPhoneType": "phoneNumbers.^[primary==true].type",
    "addressType": "addresses.^[primary==true].type",
    "streetAddress": "addresses.^[primary==true].streetAddress",
    "locality": "addresses.^[primary==true].locality",
    "region": "addresses.^[primary==true].region",
    "postalCode": "addresses.^[primary==true].postalCode",
    "country": "addresses.^[primary==true].country",
    "formatted": "addresses.^[primary==true].formatted",
    "preferredLanguage": "preferredLanguage",
    "locale": "locale",
    "timezone": "timezone",
    "userType": "userType",
}
# RFC 7643 §4.3
_ENTERPRISE = {
    "employeeNumber": "employeeNumber",
    "costCenter": "costCenter",
    "organization": "organization",
    "division": "division",
    "department": "department",
    "managerValue": "manager.value",
    "managerDisplayName": "manager.displayName",
}

TEMPLATE: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType({CORE: _CORE, ENTERPRISE: _ENTERPRISE})
"""By schema URN: the attribute's name and its external name."""
REQUIRED: Final = frozenset({"userName", "givenName", "familyName", "email"})

"""The user attributes of Okta's SCIM 2.0 template apps and where they live in SCIM. Maps nothing to a directory."""

from __future__ import annotations

from typing import Final

from provisor.connector import AccountAttribute

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
_REQUIRED = {"userName", "givenName", "familyName", "email"}

DEFAULT_USER_ATTRIBUTES: tuple[AccountAttribute, ...] = tuple(
    AccountAttribute(name, external_name, namespace, required=name in _REQUIRED)
    for namespace, attributes in ((CORE, _CORE), (ENTERPRISE, _ENTERPRISE))
    for name, external_name in attributes.items()
)

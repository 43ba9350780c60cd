"""Which attribute a column of a file may mean, by its heading. A guess, which a person looks at."""

from __future__ import annotations

import re
from collections.abc import Sequence

from provisor.directory.attributes import Attribute

IGNORE = ""
BOTH = "login+email"
"""One column that is the username and the primary email address."""


def choices(attributes: Sequence[Attribute]) -> list[tuple[str, str]]:
    """What a column may be used for: value, title."""
    named = [(each.name, each.title) for each in attributes]
    return [(IGNORE, "Ignore this column"), (BOTH, "Username and primary email"), *named]


def filled_by(choice: str) -> tuple[str, ...]:
    """The attributes that a column with this choice fills."""
    return ("login", "email") if choice == BOTH else (choice,) if choice else ()


SYNONYMS = {
    "login": ("user", "userid", "loginname", "account", "samaccountname", "userprincipalname", "upn"),
    "email": ("mail", "emailaddress", "workemail", "emailwork", "primaryemailaddress"),
    "firstName": ("givenname", "forename", "first", "vorname"),
    "lastName": ("surname", "familyname", "last", "sn", "nachname"),
    "title": ("jobtitle", "position", "role"),
    "primaryPhone": ("phone", "telephone", "telephonenumber", "workphone", "officephone"),
    "mobilePhone": ("mobile", "cell", "cellphone", "mobilenumber"),
    "streetAddress": ("street", "address", "addressline1"),
    "zipCode": ("zip", "postalcode", "postcode", "plz"),
    "countryCode": ("country", "countryiso"),
    "state": ("region", "province", "stateprovince"),
    "city": ("town", "location"),
    "employeeNumber": ("employeeid", "employee", "personnelnumber", "staffid", "empid"),
    "department": ("dept", "departmentname"),
    "organization": ("company", "organisation", "org"),
    "costCenter": ("costcentre",),
    "manager": ("managername", "supervisor"),
    "preferredLanguage": ("language",),
    "timezone": ("timezone", "tz"),
    "secondEmail": ("privateemail", "personalemail", "secondaryemailaddress"),
}


def plain(heading: str) -> str:
    """A heading without case, blanks and signs."""
    return re.sub(r"[^a-z0-9]", "", heading.casefold())


def guess(headings: Sequence[str], attributes: Sequence[Attribute]) -> list[str]:
    """A choice for every column; no attribute is chosen twice."""
    known = {
        **{name: attribute for attribute, names in SYNONYMS.items() for name in names},
        **{plain(each.title): each.name for each in attributes},
        **{plain(each.name): each.name for each in attributes},
    }
    chosen: list[str] = []
    for heading in headings:
        attribute = known.get(plain(heading), IGNORE)
        chosen.append(attribute if attribute not in chosen else IGNORE)
    if "login" not in chosen and "email" in chosen:
        chosen[chosen.index("email")] = BOTH
    return chosen

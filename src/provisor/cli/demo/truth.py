"""What the demo's apps have to hold, worked out from the directory alone, and the comparison with what they do hold.

It uses none of the engine's mapping code: a second opinion, not an echo.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
SIMPLE = {"displayName": "displayName", "title": "title"}
NAME = {"givenName": "firstName", "familyName": "lastName"}
ADDRESS = {"streetAddress": "streetAddress", "locality": "city", "region": "state", "postalCode": "zipCode"}
EXTENSION = {"department": "department", "employeeNumber": "employeeNumber"}


def expected(user: Mapping[str, Any]) -> dict[str, Any]:
    """The account that a person of the directory has to have, flattened to path: value."""
    profile = user["profile"]
    values: dict[str, Any] = {"userName": profile["login"], "externalId": user["id"]}
    values |= {target: profile.get(source) for target, source in SIMPLE.items()}
    values |= {f"name.{target}": profile.get(source) for target, source in NAME.items()}
    values |= {f"{ENTERPRISE}.{target}": profile.get(source) for target, source in EXTENSION.items()}
    values |= {f"addresses.{target}": profile.get(source) for target, source in ADDRESS.items()}
    values |= {"emails.value": profile.get("email"), "phoneNumbers.value": profile.get("primaryPhone")}
    values["manager"] = profile.get("managerId")
    return {path: value for path, value in values.items() if value not in (None, "")}


def actual(account: Mapping[str, Any]) -> dict[str, Any]:
    """The same values as an app shows them."""
    values: dict[str, Any] = {path: account.get(path) for path in ("userName", "externalId", *SIMPLE)}
    values |= {f"name.{part}": account.get("name", {}).get(part) for part in NAME}
    extension = account.get(ENTERPRISE, {})
    values |= {f"{ENTERPRISE}.{part}": extension.get(part) for part in EXTENSION}
    address = _primary(account.get("addresses"))
    values |= {f"addresses.{part}": address.get(part) for part in ADDRESS}
    values["emails.value"] = _primary(account.get("emails")).get("value")
    values["phoneNumbers.value"] = _primary(account.get("phoneNumbers")).get("value")
    values["manager"] = extension.get("manager", {}).get("value")
    return {path: value for path, value in values.items() if value not in (None, "")}


def differences(
    assigned: Iterable[Mapping[str, Any]], held: Mapping[str, Mapping[str, Any]], left: Iterable[str]
) -> list[str]:
    """Sentences, one for each way in which an app is not as the directory says; empty when it is.

    `left` are the logins of people who had an account and may be there, switched off.
    """
    found = []
    wanted = {user["profile"]["login"]: user for user in assigned}
    for login, user in wanted.items():
        account = held.get(login)
        if account is None:
            found.append(f"{login} has no account")
        elif account.get("active") is not True:
            found.append(f"{login} is switched off")
        else:
            should, does = expected(user), actual(account)
            found += [
                f"{login}: {path} is {does.get(path)!r}, not {should.get(path)!r}"
                for path in sorted(should.keys() | does.keys())
                if should.get(path) != does.get(path)
            ]
    former = set(left)
    for login, account in held.items():
        if login in wanted:
            continue
        if login not in former:
            found.append(f"{login} has an account and should never have had one")
        elif account.get("active") is not False:
            found.append(f"{login} has left and is still switched on")
    return found


def _primary(elements: Any) -> Mapping[str, Any]:
    for each in elements or []:
        if each.get("primary"):
            return dict(each)
    return {}
